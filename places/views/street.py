"""The public page of a street: what was spent on it, by whom, whether it is under warranty, and what is reported."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django.contrib.gis.db.models.functions import Length
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from shapely.geometry.base import BaseGeometry

from gis_data.models import Street
from gis_data.names import in_language
from issues.models import Appeal
from places import appeals_here, denominators, money_tables, on_map, pictures, projects_here, repairs_here
from places.money_filters import MoneyFilters
from places.views.money import in_one_currency
from places.views.refusals import in_time, named
from works.models import Project, Repair, StreetCondition

#: Pieces of one street; a name that more of them share is no name of one street.
_PIECES: Final = 2000


@require_safe
@in_time
def street(request: HttpRequest, source_id: str) -> HttpResponse:
    """All pieces of the street that share its names, as one street."""
    found = Street.objects.filter(source_id=named(source_id)).defer("geometry").first()
    if found is None:
        raise Http404
    pieces = _pieces(found)
    keys, kilometres = [one.pk for one in pieces], _kilometres(pieces)
    filters, others = in_one_currency(MoneyFilters(street=min(keys)))
    lines, summary = pictures.street_shapes(keys), money_tables.summary(filters)
    context = {
        "title": in_language(found.names) or _("Street without a name"),
        "filters": filters,
        "other_currencies": [(code, money_tables.money_address(filters.having(currency=code))) for code in others],
        "kilometres": kilometres,
        "summary": summary,
        "per_km": denominators.per(summary, kilometres),
        "tables": [money_tables.table(filters, by) for by in ("contractor", "year", "kind")],
        "rows": money_tables.rows_address(filters),
        "rows_csv": money_tables.file_address(reverse("money-rows-csv"), filters),
        **_works(keys, lines),
        "conditions": list(StreetCondition.objects.filter(street__in=keys).exclude(overall=None).order_by("-year", "block")[:20]),
        "appeals": appeals_here.listed(Appeal.objects.public().filter(point__intersects=appeals_here.beside(lines))),
    }
    return render(request, "places/street.html", context)


def _works(keys: Sequence[int], lines: Sequence[BaseGeometry]) -> dict[str, Any]:
    """Repairs of the street, and projects that lie along it: their money is not split by streets, so they are a list of their own."""
    repairs, projects = Repair.objects.filter(street__in=keys), Project.objects.filter(pk__in=projects_here.along(lines))
    drawn = [*on_map.projects(projects), *on_map.repairs(repairs)]
    return {
        "repairs": repairs_here.listed(repairs),
        "projects": projects_here.listed(projects),
        "picture": on_map.picture(drawn, _("Works on the street"), _("Works"), ground=lines),
    }


def _pieces(found: Street) -> Sequence[Any]:
    """The piece itself and all that share its names, with ``metres``. What has no names is alone."""
    same = Street.objects.filter(names=found.names) if found.names else Street.objects.filter(pk=found.pk)
    return list(same.annotate(metres=Length("geometry")).only("pk").order_by("pk")[:_PIECES])


def _kilometres(pieces: Sequence[Any]) -> Decimal:
    metres = sum(one.metres.m for one in pieces if one.metres is not None)
    return Decimal(round(metres)) / 1000
