"""The public page of a repair: what, when, where, for how much, by whom, and whether the warranty still holds."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_data.names import in_language
from issues.links import public_appeals_of
from places import pictures, reports_here
from places.documents import documents_of
from places.money_sums import AMOUNTS
from places.money_words import SERIES, Named, kind_name
from places.repairs_here import firm
from places.views.refusals import named
from places.warranty import warranty, with_warranty
from works.models import Money, Repair

_RELATED = ("street", "contract", "contract__supplier", "contractor", "project", "data_set")


@require_safe
def repair(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything known of one repair. What is not known is said to be unknown."""
    found: Any = (
        with_warranty(Repair.objects.filter(public_id=named(public_id)))
        .select_related(*_RELATED)
        .defer("street__geometry", "project__geometry", "project__geometry_3857")
        .first()
    )
    if found is None:
        raise Http404
    return render(request, "places/repair.html", _context(found))


def _context(found: Any) -> dict[str, Any]:
    kind = kind_name(f"r:{found.kind}")
    title = in_language(found.title) or kind
    contract = found.contract
    supplier = contract.supplier if contract else None
    contractor = found.contractor or supplier
    street = found.street
    return {
        "repair": found,
        "title": title,
        "kind": kind,
        "warranty": warranty(found.until, timezone.localdate()),
        "contractor": firm(contractor.pk, contractor.legal_name) if contractor else None,
        "street": Named(in_language(street.names), reverse("street", args=[street.source_id])) if street else None,
        "project": Named(str(found.project), reverse("project", args=[found.project.public_id])) if found.project else None,
        "source": in_language(found.data_set.names) or found.data_set.code,
        "paid": paid_for(found),
        "sketch": pictures.drawn(
            pictures.shapes_of(Repair.objects.filter(pk=found.pk)),
            _("Where the repair is"),
            kind,
            streets=pictures.street_shapes([street.pk] if street else []),
        ),
        "documents": documents_of(repair=found.pk),
        "reports": reports_here.listed(public_appeals_of(repair=found.pk)),
    }


def paid_for(found: Repair) -> list[tuple[str, str, Any]]:
    """Sums of the ledger's rows of this repair alone: name of the stage, currency, amount. One query."""
    totals = Money.objects.filter(repair=found).totals()
    return [(str(SERIES[stage]), code, total) for stage in AMOUNTS for (one, code), total in totals.items() if one == stage]
