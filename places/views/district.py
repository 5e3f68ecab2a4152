"""The public page of a district: everything spent and reported here, with what it was divided by."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_data.models import Boundary
from gis_data.names import in_language
from issues.models import Appeal
from places import appeals_here, denominators, money_tables, on_map, pictures, projects_here, repairs_here, street_length_sql
from places.models import Source, WorkPart
from places.money_filters import MoneyFilters
from places.views.money import in_one_currency
from places.views.refusals import in_time, named
from works.models import Project, Repair


@require_safe
@in_time
def district(request: HttpRequest, code: str) -> HttpResponse:
    """The district as it is in force today, else as it was last."""
    versions = Boundary.objects.filter(boundary_set__is_district=True, code=named(code))
    found = versions.on(timezone.localdate()).defer("geometry").first() or versions.defer("geometry").order_by("-valid").first()
    if found is None:
        raise Http404
    filters, others = in_one_currency(MoneyFilters(district=code))
    context: dict[str, Any] = {
        "title": in_language(found.names) or code,
        "filters": filters,
        "other_currencies": [(one, money_tables.money_address(filters.having(currency=one))) for one in others],
        **_money(found, filters),
        **_works(found),
        "appeals": appeals_here.listed(Appeal.objects.public().filter(district__in=list(versions.values_list("pk", flat=True)))),
    }
    return render(request, "places/district.html", context)


def _money(found: Boundary, filters: MoneyFilters) -> dict[str, Any]:
    summary = money_tables.summary(filters)
    population, kilometres = denominators.population_of(found), street_length_sql.kilometres(found.pk)
    return {
        "summary": summary,
        "population": population,
        "population_source": in_language(population.source) if population else "",
        "per_resident": denominators.per(summary, population.residents if population else None, 1),
        "kilometres": kilometres,
        "per_km": denominators.per(summary, kilometres),
        "tables": [money_tables.table(filters, by) for by in ("year", "kind", "contractor", "street")],
        "rows": money_tables.rows_address(filters),
        "rows_csv": money_tables.file_address(reverse("money-rows-csv"), filters),
    }


def _works(found: Boundary) -> dict[str, Any]:
    """Works of which a part lies here; a project of which only the district was named is listed and not drawn."""
    parts = WorkPart.objects.filter(district=found.code)
    repairs = Repair.objects.filter(pk__in=parts.filter(what=Source.REPAIR).values("work"))
    projects = Project.objects.filter(pk__in=parts.filter(what=Source.PROJECT).values("work"))
    area = pictures.shapes_of(Boundary.objects.filter(pk=found.pk))
    drawn = [*on_map.projects(projects), *on_map.repairs(repairs)]
    return {
        "repairs": repairs_here.listed(repairs),
        "projects": projects_here.listed(projects),
        "picture": on_map.picture(drawn, _("Works in the district"), _("Works"), area=area),
    }
