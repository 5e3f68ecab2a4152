"""The finding of projects that were paid for and of which no work is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gis_data.names import in_language
from places.findings_page_sql import page
from places.findings_types import Asked, Cell, Column, Finding, Knob, Line, drawn_from
from places.findings_unseen_sql import unseen
from works.codelists import ProjectStatus
from works.models import Project


def _read(asked: Asked, most: int) -> list[dict[str, Any]]:
    return page(unseen(asked), asked, most)


def _base(asked: Asked) -> list[str]:
    begun = Q(actual_start__isnull=False) | Q(actual_end__isnull=False)
    found = Project.objects.aggregate(all=Count("pk"), begun=Count("pk", filter=begun))
    return [drawn_from(_("Of %(all)s projects a real start or end is known for %(begun)s."), found)]


def _lines(rows: Sequence[dict[str, Any]], asked: Asked) -> list[Line]:
    return [_line(row) for row in rows]


def _line(row: Mapping[str, Any]) -> Line:
    title = in_language(row["title"]) or row["public_id"]
    amounts = [(Decimal(amount), code) for code, amount in sorted(row["amounts"].items())]
    status = str(capfirst(str(ProjectStatus(row["status"]).label))) if row["status"] else ""
    payments = ngettext("%(number)d payment", "%(number)d payments", row["rows"]) % {"number": row["rows"]}
    cells = (
        Cell(title, reverse("project", args=[row["public_id"]]), note=status),
        Cell(amounts=amounts, note=payments),
        Cell(day=row["first"]),
        Cell(str(row["days"]) if row["days"] is not None else ""),
        Cell(day=row["begins"]),
    )
    values = (
        row["public_id"], title, row["status"], "; ".join(f"{amount} {code}" for amount, code in amounts), row["rows"],
        row["first"], row["last"], row["days"], row["begins"],
    )  # fmt: skip
    return Line(cells, values)


UNSEEN: Final = Finding(
    name="paid-unseen",
    title=gettext_lazy("Paid, but no work seen"),
    question=gettext_lazy("For which projects was money paid although nothing shows that works began?"),
    counted=(
        gettext_lazy("Projects with payments in the ledger, the first of them at least %(days)d days ago: to the project, under its contracts or for its repairs."),
        gettext_lazy(
            "And no sign of works: no real start or end, no state that says works go on or are finished, no repair that is running or finished, "
            "no photo."
        ),
        gettext_lazy("A payment that only names its year counts from the end of that year."),
    ),
    not_said=(
        gettext_lazy("That anything is wrong: design, land and advances are paid before works begin. Compare the planned start."),
        gettext_lazy("That nothing was built: only that the sources loaded here do not say so."),
        gettext_lazy("Projects that say of themselves that they are under way are not here, even where nobody has seen anything."),
    ),
    draws_on=("projects", "money", "repairs"),
    years=gettext_lazy("the year of the last payment"),
    columns=(
        Column(gettext_lazy("Funded project")), Column(gettext_lazy("Paid"), number=True), Column(gettext_lazy("First payment")),
        Column(gettext_lazy("Days since"), number=True), Column(gettext_lazy("Planned start")),
    ),
    header=("project", "title", "status", "paid", "payments", "first_payment", "last_payment", "days_since_first", "planned_start"),
    read=_read,
    lines=_lines,
    base=_base,
    knobs=(Knob("days", gettext_lazy("Days since the first payment, at least"), 0, 9999, 14),),
)  # fmt: skip
