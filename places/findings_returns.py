"""The finding of warranty returns: how much of what a firm repaired was reported again while its warranty ran."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from places.findings_named import of_keys
from places.findings_page_sql import page
from places.findings_returns_sql import returns
from places.findings_types import Asked, Cell, Column, Finding, Knob, Line, drawn_from
from places.money_words import Named
from works.models import Repair
from works.warranty_end import last_day

#: Repairs of a firm that are named.
_NAMED: Final = 12


def _read(asked: Asked, most: int) -> list[dict[str, Any]]:
    return page(returns(asked), asked, most)


def _base(asked: Asked) -> list[str]:
    made = Repair.objects.filter(status="finished").annotate(until=last_day(), firm=Coalesce("contractor", "contract__supplier"))
    found = made.aggregate(all=Count("pk"), known=Count("pk", filter=Q(until__isnull=False, firm__isnull=False)))
    said = _("Of %(all)s finished repairs the firm and the warranty of %(known)s are known: only these can come back.")
    return [drawn_from(said, found)]


def _lines(rows: Sequence[dict[str, Any]], asked: Asked) -> list[Line]:
    """One query, for the repairs that are named."""
    wanted = [one for row in rows for one in row["ids"][:_NAMED]]
    found = of_keys(Repair.objects.values_list("pk", "public_id", "finished_on"), wanted)
    repairs = {key: (public_id, day) for key, public_id, day in found}
    return [_line(row, asked.numbers["least"], [repairs[one] for one in row["ids"][:_NAMED] if one in repairs]) for row in rows]


def _line(row: Mapping[str, Any], least: int, repairs: Sequence[tuple[str, dt.date | None]]) -> Line:
    ranked = row["repairs"] >= least
    unchecked, more = row["reports"] - row["confirmed"], row["returned"] - len(repairs)
    share = f"{number_format(round(row['sort'], 1), 1)} %" if ranked else ""
    cells = (
        Cell(row["name"], reverse("contractor", args=[row["firm"]])),
        Cell(str(row["repairs"])),
        Cell(str(row["returned"])),
        Cell(share, tag="" if ranked else _("too few to compare")),
        Cell(str(row["confirmed"])),
        Cell(str(unchecked)),
        Cell(
            links=[_link(*one) for one in repairs],
            note=_("and %(number)d more") % {"number": more} if more > 0 else "",
        ),
    )
    values = (
        row["name"], row["firm"], row["repairs"], row["returned"], round(row["sort"], 2) if ranked else "",
        row["confirmed"], unchecked, " ".join(one for one, _day in repairs),
    )  # fmt: skip
    return Line(cells, values)


def _link(public_id: str, day: dt.date | None) -> Named:
    return Named(date_format(day, "SHORT_DATE_FORMAT") if day else public_id, reverse("repair", args=[public_id]))


RETURNS: Final = Finding(
    name="warranty-returns",
    title=gettext_lazy("Warranty returns by contractor"),
    question=gettext_lazy("How much of what each contractor repaired was reported again while its warranty ran?"),
    counted=(
        gettext_lazy("Finished repairs with a known warranty, by the firm that made them; all names of one firm are one firm."),
        gettext_lazy(
            "A repair came back when residents reported a problem that such a repair mends, after it was finished and before its warranty "
            "ended, and staff confirmed it. What staff refused is not counted."
        ),
        gettext_lazy(
            "Reports within 20 m of such a repair that nobody has checked yet are told as a number: they change neither the share nor the "
            "order nor which repairs are named."
        ),
        gettext_lazy("The share is repairs that came back out of all these repairs. With fewer than %(least)d repairs a firm has no share: chance alone would make it."),
    ),
    not_said=(
        gettext_lazy("That the firm is to blame: staff confirm that a report concerns a repair, not who caused it."),
        gettext_lazy("That nothing else came back: where many reports are not checked yet, the share may be too low."),
        gettext_lazy("Where few people report, little comes back. Reports that are not public are not counted."),
        gettext_lazy("A firm that repairs what breaks more often has more returns: compare firms that do like works."),
    ),
    draws_on=("repairs", "reports"),
    years=gettext_lazy("the year in which the repairs were finished"),
    columns=(
        Column(gettext_lazy("Contractor")), Column(gettext_lazy("Repairs with a warranty"), number=True),
        Column(gettext_lazy("Came back"), number=True), Column(gettext_lazy("Share"), number=True),
        Column(gettext_lazy("Reports, confirmed"), number=True), Column(gettext_lazy("Reports, not checked"), number=True),
        Column(gettext_lazy("Repairs that came back")),
    ),
    header=("contractor", "contractor_id", "repairs_with_warranty", "repairs_that_came_back", "share_percent", "reports_confirmed", "reports_not_checked", "repairs"),
    read=_read,
    lines=_lines,
    base=_base,
    knobs=(Knob("least", gettext_lazy("Repairs for a share, at least"), 1, 1000, 20),),
)  # fmt: skip
