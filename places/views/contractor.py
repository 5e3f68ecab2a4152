"""The public page of a contractor: its works, its money, what grew beyond what was agreed, and what came back under warranty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from places import appeals_here, money_tables, on_map, repairs_here
from places.money_filters import MoneyFilters
from places.overruns import contracts_of
from places.views.money import in_one_currency
from places.views.refusals import in_time
from works.models import Organisation, OrganisationName, Project, Repair

_HOPS: Final = 20


@require_safe
@in_time
def contractor(request: HttpRequest, key: int) -> HttpResponse:
    """One firm under all its names; the address of a name that turned out to be another firm's leads to that one."""
    found = Organisation.objects.filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404
    if found.merged_into_id:
        return redirect("contractor", _top(found).pk)
    same = _all_of(found.pk)
    filters, others = in_one_currency(MoneyFilters(contractor=found.pk))
    spellings = OrganisationName.objects.filter(organisation__in=same).exclude(spelling=found.legal_name)
    context = {
        "firm": found,
        "spellings": list(spellings.values_list("spelling", flat=True).distinct()[:20]),
        "filters": filters,
        "other_currencies": [(code, money_tables.money_address(filters.having(currency=code))) for code in others],
        "summary": money_tables.summary(filters),
        "tables": [money_tables.table(filters, by) for by in ("year", "district", "kind", "street")],
        "rows_csv": f"{reverse('money-rows-csv')}?{filters.query()}",
        "contracts": contracts_of(same),
        **_works(same),
    }
    return render(request, "places/contractor.html", context)


def _works(firms: Sequence[int]) -> dict[str, Any]:
    """Repairs and projects of the firm, and what came back. Of finished repairs it is told how many, so that returns have a measure."""
    repairs = _repairs(firms)
    projects = Project.objects.filter(pk__in=Project.objects.filter(contracts__supplier__in=firms).values("pk"))
    drawn = [*on_map.projects(projects), *on_map.repairs(repairs)]
    return {
        "repairs": repairs_here.listed(repairs),
        "finished": repairs.filter(status="finished").count(),
        "picture": on_map.picture(drawn, _("Works of the contractor"), _("Works")),
        "returns": appeals_here.listed(appeals_here.returns_to(firms)),
        "returned": appeals_here.repairs_that_came_back(firms),
    }


def _repairs(firms: Sequence[int]) -> QuerySet[Repair]:
    return Repair.objects.filter(Q(contractor__in=firms) | Q(contractor=None, contract__supplier__in=firms))


def _top(found: Organisation) -> Organisation:
    """Who it is after all merges; a ring of them ends after some hops. A query a hop."""
    for _hop in range(_HOPS):
        if found.merged_into is None:
            break
        found = found.merged_into
    if found.merged_into_id:
        raise Http404
    return found


def _all_of(key: int) -> list[int]:
    """The firm and all that were merged into it. A query a level of merges, which is one as a rule."""
    found, last = [key], [key]
    for _hop in range(_HOPS):
        last = list(Organisation.objects.filter(merged_into__in=last).exclude(pk__in=found).values_list("pk", flat=True))
        if not last:
            break
        found += last
    return found
