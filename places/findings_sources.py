"""What a finding is drawn from: which data sets, how many rows, and how far in time they reach."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Max, Min, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from gis_data.names import in_language
from issues.models import Appeal
from places.findings_types import Finding
from places.models import MoneyTotal
from places.money_sums import level_of
from works.models import DataSet, Project, Repair


@dataclass(frozen=True, slots=True)
class Source:
    """``first`` and ``last`` are days or years, '' or None where nothing says; ``rows`` None is not counted."""

    what: str
    name: str
    invented: bool
    rows: int | None
    first: dt.date | str | None
    last: dt.date | str | None
    loaded_at: dt.datetime | None


def sources(finding: Finding) -> list[Source]:
    """Read them. A query or two for each kind of thing."""
    return [source for what in finding.draws_on for source in _READ[what]()]


def _of_works(what: str, model: type[Any], first: Any, last: Any) -> list[Source]:
    found = model.objects.order_by().values("data_set").annotate(rows=Count("pk"), first=first, last=last)
    sets = DataSet.objects.in_bulk([one["data_set"] for one in found])
    rows = [(sets[one["data_set"]], one) for one in found if one["data_set"] in sets]
    return [
        Source(
            what, in_language(which.names) or which.code, which.invented, one["rows"], one["first"], one["last"], which.loaded_at
        )
        for which, one in sorted(rows, key=lambda row: row[0].code)
    ]


def _repairs() -> list[Source]:
    day = Coalesce("finished_on", "started_on")
    return _of_works(_("Repairs"), Repair, Min(day), Max(day))


def _projects() -> list[Source]:
    begins = Coalesce("actual_start", "planned_start", "promised_start")
    ends = Coalesce("actual_end", "planned_end", "promised_end")
    return _of_works(_("Funded projects"), Project, Min(begins), Max(ends))


def _money() -> list[Source]:
    found = MoneyTotal.objects.filter(level=level_of(["year"]), stage__in=["planned", "approved", "committed", "paid"])
    years = found.filter(year__gt=0).aggregate(first=Min("year"), last=Max("year"))
    rows = found.aggregate(rows=Sum("rows"))["rows"] or 0
    first, last = (str(years[one] or "") for one in ("first", "last"))
    return [Source(_("Money"), _("the ledger, split by district and street"), False, rows, first, last, None)]


def _reports() -> list[Source]:
    """The days alone: counting a million reports is for pages that show the number."""
    found = Appeal.objects.public().order_by("created_at", "id")
    first, last = found.values_list("created_at", flat=True).first(), found.reverse().values_list("created_at", flat=True).first()
    return [Source(_("Reports"), _("public reports of residents"), False, None, first, last, None)]


_READ: Final[Mapping[str, Callable[[], list[Source]]]] = {
    "repairs": _repairs,
    "projects": _projects,
    "money": _money,
    "reports": _reports,
}
