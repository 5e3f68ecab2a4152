"""The public page of a street: what was spent here, by whom, whether it is under warranty, and what is reported here."""

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

from gis_data.models import Street
from gis_data.names import in_language
from issues.models import Appeal
from places import money_tables, pictures, repairs_here, reports_here
from places.money_filters import MoneyFilters
from places.money_tables import Row
from places.views.money import in_one_currency
from places.views.refusals import named
from works.models import Repair, StreetCondition

#: Pieces of one street; a name that more of them share is no name of one street.
_PIECES: Final = 2000


@require_safe
def street(request: HttpRequest, source_id: str) -> HttpResponse:
    """All pieces of the street that share its names, as one street."""
    found = Street.objects.filter(source_id=named(source_id)).defer("geometry").first()
    if found is None:
        raise Http404
    pieces = _pieces(found)
    keys, kilometres = [one.pk for one in pieces], _kilometres(pieces)
    filters, others = in_one_currency(MoneyFilters(street=min(keys)))
    shapes = pictures.street_shapes(keys)
    summary = money_tables.summary(filters)
    repairs = Repair.objects.filter(street__in=keys)
    context = {
        "title": in_language(found.names) or _("Street without a name"),
        "filters": filters,
        "other_currencies": [(code, money_tables.money_address(filters.having(currency=code))) for code in others],
        "kilometres": kilometres,
        "summary": summary,
        "per_km": _per_km(summary, kilometres),
        "tables": [money_tables.table(filters, by) for by in ("contractor", "year", "kind")],
        "rows": money_tables.rows_address(filters),
        "rows_csv": f"{reverse('money-rows-csv')}?{filters.query()}",
        "repairs": repairs_here.listed(repairs),
        "sketch": pictures.drawn(pictures.shapes_of(repairs), _("Repairs on the street"), _("Repair"), streets=shapes),
        "conditions": list(StreetCondition.objects.filter(street__in=keys).exclude(overall=None).order_by("-year", "block")[:20]),
        "reports": reports_here.listed(Appeal.objects.public().filter(point__intersects=reports_here.beside(shapes))),
    }
    return render(request, "places/street.html", context)


def _pieces(found: Street) -> Sequence[Any]:
    """The piece itself and all that share its names, with ``metres``. What has no names is alone."""
    same = Street.objects.filter(names=found.names) if found.names else Street.objects.filter(pk=found.pk)
    return list(same.annotate(metres=Length("geometry")).only("pk").order_by("pk")[:_PIECES])


def _kilometres(pieces: Sequence[Any]) -> Decimal:
    metres = sum(one.metres.m for one in pieces if one.metres is not None)
    return Decimal(round(metres)) / 1000


def _per_km(summary: Row, kilometres: Decimal) -> list[tuple[str, Decimal, str]]:
    """Each sum for one kilometre of the street: name, amount, address of the rows. Nothing for a street shorter than 10 metres."""
    if kilometres < Decimal("0.01"):
        return []
    return [(one.name, one.amount / kilometres, one.href) for one in summary.cells if one.amount is not None]
