"""The finding of repeat repairs: places that were repaired again and again, and what that has cost so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gis_data.names import in_language
from places.findings_named import of_keys
from places.findings_page_sql import page
from places.findings_repeat_sql import repeats
from places.findings_types import Asked, Cell, Column, Finding, Knob, Line, drawn_from
from places.money_words import Named, kind_name
from works.models import Repair

#: Repairs of a place that are named, the latest first.
_NAMED: Final = 12


def _read(asked: Asked, most: int) -> list[dict[str, Any]]:
    return page(repeats(asked), asked, most)


def _base(asked: Asked) -> list[str]:
    finished = Repair.objects.filter(status="finished")
    located = Q(geometry__isnull=False) | Q(asset__isnull=False) | Q(street__isnull=False)
    found = finished.aggregate(
        all=Count("pk"), placed=Count("pk", filter=located & Q(finished_on__lte=asked.today)), priced=Count("cost")
    )
    said = _(
        "%(placed)s of %(all)s finished repairs have a known day and place and could be compared; the cost of %(priced)s is known."
    )
    return [drawn_from(said, found)]


def _lines(rows: Sequence[dict[str, Any]], asked: Asked) -> list[Line]:
    repairs = _named(rows)
    return [_line(row, [repairs[one] for one in row["ids"][:_NAMED] if one in repairs]) for row in rows]


def _named(rows: Sequence[dict[str, Any]]) -> dict[int, Any]:
    """The repairs that lines name, with their streets and things. One query."""
    wanted = [one for row in rows for one in row["ids"][:_NAMED]]
    related = ("street__names", "street__source_id", "asset__names", "contractor__legal_name")
    found = Repair.objects.values("pk", "public_id", "address", "finished_on", *related)
    return {one["pk"]: one for one in of_keys(found, wanted)}


def _line(row: Mapping[str, Any], repairs: Sequence[Mapping[str, Any]]) -> Line:
    place, kind = _place(repairs), kind_name(f"r:{row['kind']}")
    costs: list[tuple[Decimal | None, str]] = [(Decimal(amount), code) for code, amount in sorted((row["costs"] or {}).items())]
    more = row["repairs"] - len(repairs)
    span = (row["last"] - row["first"]).days
    cells = (
        Cell(place.text, place.href, note=f"{kind}, {_across(row)}" if row["across"] else kind),
        Cell(str(row["times"]), note=_repairs(row["repairs"]) if row["repairs"] != row["times"] else ""),
        Cell(day=row["first"]),
        Cell(day=row["last"], note=ngettext("%(days)d day from the first to the last", "%(days)d days from the first to the last", span) % {"days": span}),
        Cell(amounts=costs or [(None, "")], note=_unpriced(row["unknown"]) if costs and row["unknown"] else ""),
        Cell(links=[_link(one) for one in repairs], note=_("and %(number)d more") % {"number": more} if more > 0 else ""),
    )  # fmt: skip
    values = (
        place.text, row["kind"], row["times"], row["repairs"], row["first"], row["last"], span,
        "; ".join(f"{amount} {code}" for amount, code in costs), row["unknown"], row["across"], " ".join(one["public_id"] for one in repairs),
    )  # fmt: skip
    return Line(cells, values)


def _across(row: Mapping[str, Any]) -> str:
    return _("%(metres)d m across") % {"metres": row["across"]}


def _repairs(number: int) -> str:
    return ngettext("%(number)d repair", "%(number)d repairs", number) % {"number": number}


def _unpriced(number: int) -> str:
    return ngettext("and %(number)d of unknown cost", "and %(number)d of unknown cost", number) % {"number": number}


def _place(repairs: Sequence[Mapping[str, Any]]) -> Named:
    """Where it is, as the latest repair says that says it: a street with its page, an address, a thing of the city."""
    for one in repairs:
        if street := in_language(one["street__names"]):
            return Named(street, reverse("street", args=[one["street__source_id"]]))
    words = (one["address"] or in_language(one["asset__names"]) for one in repairs)
    return Named(next((text for text in words if text), "") or _("Place without a name"))


def _link(one: Mapping[str, Any]) -> Named:
    return Named(date_format(one["finished_on"], "SHORT_DATE_FORMAT"), reverse("repair", args=[one["public_id"]]))


REPEATS: Final = Finding(
    name="repeat-repairs",
    title=gettext_lazy("Repeat repairs"),
    question=gettext_lazy("Where was the same thing repaired again and again, and what has it cost so far?"),
    counted=(
        gettext_lazy("Finished repairs of one kind at one place, each at most %(months)d months after the one before."),
        gettext_lazy(
            "One place is the same thing of the city; for works along a street the same piece of street; for all others what lies "
            "within %(metres)d m. Neighbours of neighbours belong together, so along a street a place may grow longer than that."
        ),
        gettext_lazy("Repairs with at most a week between them count as one time. Listed is what was repaired at least %(times)d times."),
    ),
    not_said=(
        gettext_lazy("That the first repair was bad: a place may break again for another reason, or be worn out as a whole."),
        gettext_lazy("Costs are those that the source gives for each repair. A repair without a cost is unknown and is not counted as free."),
        gettext_lazy("Repairs that the source does not tell of, or tells of without a day or a place, are not here."),
    ),
    draws_on=("repairs",),
    years=gettext_lazy("the year of the last repair"),
    columns=(
        Column(gettext_lazy("Place")), Column(gettext_lazy("Times repaired"), number=True), Column(gettext_lazy("First")),
        Column(gettext_lazy("Last")), Column(gettext_lazy("Cost so far"), number=True), Column(gettext_lazy("Repairs")),
    ),
    header=("place", "kind", "times", "repairs", "first", "last", "days", "known_cost", "repairs_without_cost", "metres_across", "latest_repairs"),
    read=_read,
    lines=_lines,
    base=_base,
    knobs=(
        Knob("metres", gettext_lazy("Metres between repairs of one place"), 1, 100, 20),
        Knob("months", gettext_lazy("Months until it came back"), 1, 120, 24),
        Knob("times", gettext_lazy("Times repaired, at least"), 2, 100, 2),
    ),
)  # fmt: skip
