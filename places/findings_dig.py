"""The finding "dig once": works of different projects that will open the same ground at the same time or shortly after one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gis_data.names import in_language
from places.findings_dig_sql import pairs
from places.findings_named import of_keys
from places.findings_page_sql import page
from places.findings_types import Asked, Cell, Column, Finding, Knob, Line, drawn_from
from places.money_words import kind_name
from works.codelists import ProjectStatus, RepairStatus
from works.models import Project, Repair


@dataclass(frozen=True, slots=True)
class _Work:
    """A project or repair as a line shows it."""

    public_id: str
    title: str
    href: str
    status: str


def _read(asked: Asked, most: int) -> list[dict[str, Any]]:
    return page(pairs(asked), asked, most)


def _base(asked: Asked) -> list[str]:
    ahead = Q(status="", ends__gte=asked.today)
    known = Project.objects.annotate(ends=Coalesce("planned_end", "promised_end")).filter(actual_end=None)
    going = known.filter(Q(status__in=["preparation", "implementation"]) | ahead)
    found = going.aggregate(all=Count("pk"), placed=Count("pk", filter=Q(place_kind__in=["exact", "area"])))
    repairs = Repair.objects.filter(status__in=["planned", "running"]).count()
    said = _(
        "%(placed)s of %(all)s projects in preparation or under way, or of no known state with an end still to come, have a place that is known; with them %(repairs)s planned or running repairs were looked at."
    )
    return [drawn_from(said, {**found, "repairs": repairs})]  # fmt: skip


def _lines(rows: Sequence[dict[str, Any]], asked: Asked) -> list[Line]:
    keys = {(row["what"], row["one"]) for row in rows} | {(row["and_what"], row["other"]) for row in rows}
    works = _projects(key for what, key in keys if what == "p") | _repairs(key for what, key in keys if what == "r")
    gone = _Work("", "", "", "")  # deleted between two queries
    return [
        _line(row, works.get((row["what"], row["one"]), gone), works.get((row["and_what"], row["other"]), gone)) for row in rows
    ]


def _projects(keys: Iterable[int]) -> dict[tuple[str, int], _Work]:
    """One query."""
    found = of_keys(Project.objects.values_list("pk", "public_id", "title", "status"), keys)
    words = dict(ProjectStatus.choices)
    return {
        ("p", key): _Work(ref, in_language(title) or ref, reverse("project", args=[ref]), str(words.get(status, "")))
        for key, ref, title, status in found
    }


def _repairs(keys: Iterable[int]) -> dict[tuple[str, int], _Work]:
    """One query."""
    found = of_keys(Repair.objects.values_list("pk", "public_id", "title", "kind", "status"), keys)
    return {
        ("r", key): _Work(
            ref, in_language(title) or kind_name(f"r:{kind}"), reverse("repair", args=[ref]), str(RepairStatus(status).label)
        )
        for key, ref, title, kind, status in found
    }


def _line(row: Mapping[str, Any], one: _Work, other: _Work) -> Line:
    together = 1 - row["apart"]
    cells = (
        Cell(one.title, one.href, note=one.status),
        Cell(day=row["begins"]),
        Cell(day=row["ends"]),
        Cell(other.title, other.href, note=other.status),
        Cell(day=row["and_begins"]),
        Cell(day=row["and_ends"]),
        Cell(_when(row["apart"])),
    )
    values = (
        one.public_id, one.title, row["begins"], row["ends"], other.public_id, other.title, row["and_begins"], row["and_ends"],
        max(0, together), max(0, row["apart"]), row["metres"],
    )  # fmt: skip
    return Line(cells, values)


def _when(apart: int) -> str:
    """How the two lie in time: ``apart`` is days from the end of the earlier to the start of the later, 0 or less where they overlap."""
    if apart <= 0:
        together = 1 - apart
        return ngettext("%(days)d day together", "%(days)d days together", together) % {"days": together}
    return ngettext("%(days)d day apart", "%(days)d days apart", apart) % {"days": apart}


DIG_ONCE: Final = Finding(
    name="dig-once",
    title=gettext_lazy("Dig once: works in the same place"),
    question=gettext_lazy("Which works of different projects open the same ground at the same time, or shortly after one another?"),
    counted=(
        gettext_lazy("Pairs of projects in preparation or under way, or of no known state with an end still to come, whose places touch or lie within %(metres)d m; with them planned and running repairs that do not belong to the same project."),
        gettext_lazy("Their days overlap, or one follows the other within %(months)d months: as works began, else as they are planned now, else as they were promised. Each pair is listed once."),
        gettext_lazy("Only places that the source gives exactly or as an area: where it only names a district, nothing can be said."),
    ),
    not_said=(
        gettext_lazy("That somebody forgot to plan: the two may well be done as one. What is missing is that the source says so."),
        gettext_lazy("Works whose days are not known at all are not here."),
        gettext_lazy("How deep anybody digs: trees beside a new water main are a pair as well."),
    ),
    draws_on=("projects", "repairs"),
    years=gettext_lazy("the year in which the later one begins"),
    columns=(
        Column(gettext_lazy("Works")), Column(gettext_lazy("Begin")), Column(gettext_lazy("End")), Column(gettext_lazy("Other works")),
        Column(gettext_lazy("Begin")), Column(gettext_lazy("End")), Column(gettext_lazy("In time")),
    ),
    header=("works", "title", "begins", "ends", "other_works", "other_title", "other_begins", "other_ends", "days_together", "days_apart", "metres"),
    read=_read,
    lines=_lines,
    base=_base,
    knobs=(
        Knob("metres", gettext_lazy("Metres between them, at most"), 0, 200, 15),
        Knob("months", gettext_lazy("Months between them, at most"), 0, 60, 12),
    ),
)  # fmt: skip
