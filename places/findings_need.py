"""The finding of spend against need: what was paid in each district against what residents reported there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_data import city_time
from gis_data.models import Boundary
from gis_data.names import in_language
from gis_data.population import Population
from issues.models import Appeal
from layers.problems import TooMuchWork
from layers.rows_sql import fetch_rows
from places import money_sums, money_tables
from places.findings_need_sql import kilometres
from places.findings_page_sql import LONGEST_MS
from places.findings_types import Asked, Cell, Column, Finding, Knob, Line
from places.models import OUTSIDE, MoneyTotal, Series
from places.money_filters import MoneyFilters
from places.patience_sql import TooLongPage, limited

_STAGES: Final = (Series.PAID, Series.PLANNED)
_CENT: Final = Decimal("0.01")
#: Where a district without a rank stands: below all that have one.
_LAST: Final = Decimal(-(10**17))


def _read(asked: Asked, most: int) -> list[dict[str, Any]]:
    """All districts in force, the one with the least paid for a report first. Six queries."""
    currency = _currency(asked)
    money, reports = _money(asked, currency), _reports(asked)
    districts = list(Boundary.objects.filter(boundary_set__is_district=True).on(asked.today).values("pk", "code", "names"))
    residents, long = _residents(asked), kilometres([one["pk"] for one in districts])
    rows = []
    for one in districts:
        code = one["code"]
        row = {"code": code, "names": one["names"], "currency": currency, "reports": reports.get(code, 0), "key": f"b{one['pk']}"}
        row |= {"paid": money.get((code, "paid")), "planned": money.get((code, "planned"))}
        row |= {"residents": residents.get(code), "km": long.get(code)}
        row["sort"] = _rank(row, asked.numbers["least"])
        rows.append(row)
    rows.sort(key=lambda row: (row["sort"], row["key"]), reverse=True)
    return [row for row in rows if asked.after is None or (row["sort"], row["key"]) < asked.after][:most]


def _rank(row: Mapping[str, Any], least: int) -> Decimal:
    if row["reports"] < least or row["paid"] is None:
        return _LAST
    return Decimal(-(row["paid"] / row["reports"]).quantize(_CENT))


def _currency(asked: Asked) -> str:
    """That asked for, else the one of most amounts. One query."""
    return asked.currency or next(iter(money_sums.currencies(MoneyFilters())), "")


def _money(asked: Asked, currency: str) -> dict[tuple[str, str], Decimal]:
    """Sums by (district, stage); also of what lies outside of all or in no known one. One query."""
    level = ["district"] if asked.any_time else ["year", "district"]
    rows = MoneyTotal.objects.filter(level=money_sums.level_of(level), stage__in=_STAGES, currency=currency)
    if not asked.any_time:
        rows = rows.filter(year__range=(asked.since or 1, asked.until or 9999))
    found = rows.order_by().values_list("district", "stage").annotate(sum=Sum("amount"))
    return {(district, stage): total for district, stage, total in found}


def _reports(asked: Asked) -> dict[str, int]:
    """Public reports opened there, by the code of the district. Two queries; raises `TooLongPage`."""
    rows: QuerySet[Any, Any] = Appeal.objects.public().filter(parent=None)
    zone = city_time.zone()
    if asked.since:
        rows = rows.filter(created_at__gte=dt.datetime.combine(asked.first_day, dt.time(), zone))
    if asked.until:
        rows = rows.filter(created_at__lt=dt.datetime.combine(dt.date(asked.until + 1, 1, 1), dt.time(), zone))
    try:
        with limited(LONGEST_MS):  # for this statement alone
            found = fetch_rows(rows.order_by().values("district").annotate(number=Count("id")), LONGEST_MS)
    except TooMuchWork as stopped:
        raise TooLongPage from stopped
    codes = dict(Boundary.objects.filter(pk__in=[one["district"] for one in found]).values_list("pk", "code"))
    sums: dict[str, int] = {}
    for one in found:
        code = codes.get(one["district"], "")
        sums[code] = sums.get(code, 0) + one["number"]
    return sums


def _residents(asked: Asked) -> dict[str, tuple[int, dt.date]]:
    """The latest count of each district that is of its shape today, with its day. One query."""
    counted = Population.objects.filter(boundary_set__is_district=True, counted_on__lte=asked.today).order_by("counted_on")
    shapes = dict(Boundary.objects.filter(boundary_set__is_district=True).on(asked.today).values_list("code", "valid"))
    return {
        code: (residents, day)
        for code, residents, day in counted.values_list("code", "residents", "counted_on")
        if code in shapes and (shapes[code].lower is None or shapes[code].lower <= day)
    }


def _base(asked: Asked) -> list[str]:
    currency = _currency(asked)
    money = _money(asked, currency)
    nowhere = sum((money.get((code, "paid"), Decimal(0)) for code in ("", OUTSIDE)), Decimal(0))
    said = [_("Amounts in %(currency)s.") % {"currency": currency}] if currency else [_("No amounts are known.")]
    if nowhere:
        amount = f"{number_format(nowhere, 2, use_l10n=True, force_grouping=True)} {currency}"
        said.append(_("%(amount)s were paid for works outside of the districts or in no single known district: they are in no line.") % {"amount": amount})  # fmt: skip
    return said


def _lines(rows: Sequence[dict[str, Any]], asked: Asked) -> list[Line]:
    return [_line(row, asked) for row in rows]


def _line(row: Mapping[str, Any], asked: Asked) -> Line:
    paid, currency = row["paid"], row["currency"]
    residents, day = row["residents"] or (0, None)
    ranked = row["sort"] != _LAST
    each = (paid / row["reports"]).quantize(_CENT) if ranked else None
    per_km = (paid / row["km"]).quantize(_CENT) if paid is not None and row["km"] else None
    per_thousand = (paid * 1000 / residents).quantize(_CENT) if paid is not None and residents else None
    heads = _heads(residents, day) if day else ""
    length = _("%(number)s km of streets") % {"number": number_format(round(row["km"], 1), 1)} if row["km"] else ""
    cells = (
        Cell(in_language(row["names"]) or row["code"], reverse("district", args=[row["code"]])),
        Cell(amounts=[(paid, currency)], href=_rows(row, "paid", asked)),
        Cell(amounts=[(row["planned"], currency)], href=_rows(row, "planned", asked)),
        Cell(number_format(row["reports"], 0, force_grouping=True)),
        Cell(amounts=[(each, currency)] if ranked else (), tag="" if ranked else _why(row, asked)),
        Cell(amounts=[(per_thousand, currency)], note=heads),
        Cell(amounts=[(per_km, currency)], note=length),
    )
    values = (
        row["code"], in_language(row["names"]), currency, paid, row["planned"], row["reports"], each, residents or None, day,
        per_thousand, row["km"], per_km,
    )  # fmt: skip
    return Line(cells, values)


def _heads(residents: int, day: dt.date) -> str:
    said = {"number": number_format(residents, 0, force_grouping=True), "day": date_format(day, "SHORT_DATE_FORMAT")}
    return _("%(number)s residents on %(day)s") % said


def _why(row: Mapping[str, Any], asked: Asked) -> str:
    """Why a district has no rank."""
    return _("too few reports") if row["reports"] < asked.numbers["least"] else _("nothing known to be paid")


def _rows(row: Mapping[str, Any], stage: str, asked: Asked) -> str:
    """The rows that a sum is made of; '' where no address of rows says the same years."""
    if row[stage] is None or (asked.since != asked.until and not asked.any_time):
        return ""
    return money_tables.rows_address(MoneyFilters(district=row["code"], year=asked.since, stage=stage, currency=row["currency"]))


NEED: Final = Finding(
    name="spend-and-need",
    title=gettext_lazy("Spend against need by district"),
    question=gettext_lazy("Where is little paid for each report of residents, and where much?"),
    counted=(
        gettext_lazy("What was paid and what is planned in each district, from the same sums as “Where the money went”: money of works in several districts is split by length or area."),
        gettext_lazy("Against the public reports of residents opened there, those that were joined with another one counted once. The least paid for a report stands first."),
        gettext_lazy("A district with fewer than %(least)d reports is marked and has no rank: a few reports more would turn it round."),
        gettext_lazy("For each 1,000 residents and each kilometre of named streets where these numbers are known; they stand beside the result."),
    ),
    not_said=(
        gettext_lazy("That reports are need: some places report more than others with the same streets, and some needs nobody reports."),
        gettext_lazy("That the money answered these reports: it also paid for works that were planned years ago."),
        gettext_lazy("Money is of fiscal years where the source gives these, reports of calendar years."),
    ),
    draws_on=("money", "reports"),
    years=gettext_lazy("the year of the money and of the reports"),
    columns=(
        Column(gettext_lazy("District")), Column(gettext_lazy("Paid"), number=True), Column(gettext_lazy("Planned"), number=True),
        Column(gettext_lazy("Reports"), number=True), Column(gettext_lazy("Paid for each report"), number=True),
        Column(gettext_lazy("Paid for 1,000 residents"), number=True), Column(gettext_lazy("Paid for one km of streets"), number=True),
    ),
    header=(
        "district", "name", "currency", "paid", "planned", "reports", "paid_per_report", "residents", "residents_counted_on",
        "paid_per_1000_residents", "street_km", "paid_per_km",
    ),
    read=_read,
    lines=_lines,
    base=_base,
    knobs=(Knob("least", gettext_lazy("Reports for a rank, at least"), 1, 100_000, 10),),
    by_district=False,
    by_currency=True,
)  # fmt: skip
