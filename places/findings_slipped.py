"""The finding of slipped and overrun projects: what was promised, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from gis_data.names import in_language
from places.findings_page_sql import page
from places.findings_slipped_sql import slipped
from places.findings_types import Asked, Cell, Column, Finding, Knob, Line, Pick, drawn_from
from places.money_words import SERIES
from works.codelists import ProjectStatus
from works.models import Project


def _read(asked: Asked, most: int) -> list[dict[str, Any]]:
    return page(slipped(asked), asked, most)


def _base(asked: Asked) -> list[str]:
    projects = Project.objects.exclude(status="cancelled").annotate(ends=Coalesce("actual_end", "planned_end"))
    found = projects.aggregate(
        all=Count("pk"),
        dated=Count("pk", filter=Q(promised_end__isnull=False, ends__isnull=False)),
        priced=Count("pk", filter=Q(promised_amount__gt=0)),
    )
    said = _(
        "Of %(all)s projects that were not cancelled, %(dated)s have a promised and a later known end, and %(priced)s a promised amount."
    )
    return [drawn_from(said, found)]


def _lines(rows: Sequence[dict[str, Any]], asked: Asked) -> list[Line]:
    return [_line(row) for row in rows]


def _line(row: Mapping[str, Any]) -> Line:
    title = in_language(row["title"]) or row["public_id"]
    late, over = row["late"], row["over"]
    stage = SERIES["paid"] if row["paid"] is not None and row["paid"] == row["reached"] else SERIES["committed"]
    end = _("as it was") if row["ended"] else _("as planned now")
    cells = (
        Cell(title, reverse("project", args=[row["public_id"]]), note=_status(row["status"])),
        Cell(day=row["promised_end"]),
        Cell(day=row["ends"], note=end if row["ends"] else ""),
        Cell(_days(late)),
        Cell(amounts=[(row["promised"], row["currency"])]),
        Cell(amounts=[(row["reached"], row["currency"])], note=str(stage) if row["reached"] is not None else ""),
        Cell(f"{over:+.0f} %" if over is not None else ""),
    )
    values = (
        row["public_id"], title, row["status"], row["promised_end"], row["ends"], "yes" if row["ended"] else "no", late,
        row["promised"], row["contracted"], row["paid"], row["currency"], over,
    )  # fmt: skip
    return Line(cells, values)


def _days(late: int | None) -> str:
    if late is None:
        return ""
    number = number_format(late, 0)
    return ngettext("%(number)s day", "%(number)s days", abs(late)) % {"number": f"+{number}" if late > 0 else number}


def _status(code: str) -> str:
    return str(capfirst(str(ProjectStatus(code).label))) if code in ProjectStatus.values else ""


SLIPPED: Final = Finding(
    name="slipped-projects",
    title=gettext_lazy("Slipped and overrun projects"),
    question=gettext_lazy("Which projects end later, or cost more, than was promised at first?"),
    counted=(
        gettext_lazy("The end that was promised first against the end as it was, or where works go on, as it is planned now: later by at least %(days)d days."),
        gettext_lazy(
            "Or the amount that was promised first against what is contracted or paid by now, the largest of them, in the same currency: "
            "more by at least %(percent)d per cent."
        ),
        gettext_lazy("Projects that were cancelled are left out."),
    ),
    not_said=(
        gettext_lazy("Why: the page of a project gives the reason where the source does, and the changes of its contracts."),
        gettext_lazy("A project whose plan nobody has brought up to date looks as if it were on time."),
        gettext_lazy("Whether more was built for more money: an amount may grow with the scope of the works. Prices are not adjusted for inflation."),
    ),
    draws_on=("projects", "money"),
    years=gettext_lazy("the year of the promised end"),
    columns=(
        Column(gettext_lazy("Funded project")), Column(gettext_lazy("Promised end")), Column(gettext_lazy("End")),
        Column(gettext_lazy("Later by"), number=True), Column(gettext_lazy("Promised amount"), number=True),
        Column(gettext_lazy("Reached"), number=True), Column(gettext_lazy("More by"), number=True),
    ),
    header=("project", "title", "status", "promised_end", "end", "ended", "days_late", "promised_amount", "contracted", "paid", "currency", "percent_over"),
    read=_read,
    lines=_lines,
    base=_base,
    knobs=(
        Knob("days", gettext_lazy("Days later, at least"), 1, 9999, 30),
        Knob("percent", gettext_lazy("Per cent more, at least"), 1, 1000, 10),
    ),
    picks=(Pick("order", gettext_lazy("Largest first by"), {"days": pgettext_lazy("order of a list", "days"), "percent": pgettext_lazy("order of a list", "per cent")}),),
)  # fmt: skip
