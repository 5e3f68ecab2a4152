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
from places import appeals_here, on_map, photos_here, pictures
from places.documents import documents_of
from places.money_sums import AMOUNTS
from places.money_words import SERIES, Named, kind_name
from places.repairs_here import firm
from places.views.refusals import in_time, named
from places.warranty import warranty, with_warranty
from works.models import Money, Repair
from works.progress import of_repair

_RELATED = ("street", "contract", "contract__supplier", "contractor", "project", "data_set")


@require_safe
@in_time
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
    contract, street = found.contract, found.street
    contractor = found.contractor or (contract.supplier if contract else None)
    return {
        "repair": found,
        "title": in_language(found.title) or kind,
        "kind": kind,
        "progress": of_repair(found.status),
        "warranty": warranty(found.until, timezone.localdate()),
        "contractor": firm(contractor.pk, contractor.legal_name) if contractor else None,
        "street": Named(in_language(street.names), reverse("street", args=[street.source_id])) if street else None,
        "project": Named(str(found.project), reverse("project", args=[found.project.public_id])) if found.project else None,
        "source": in_language(found.data_set.names) or found.data_set.code,
        "paid": paid_for(found),
        "picture": _picture(found, kind),
        "photos": photos_here.of_repair(found.pk),
        "documents": documents_of(repair=found.pk),
        "appeals": appeals_here.listed(appeals_here.that_led_to(repair=found.pk)),
        "returns": appeals_here.listed(appeals_here.that_came_back(repair=found.pk)),
    }


def _picture(found: Any, kind: str) -> on_map.Picture | None:
    works = on_map.repairs(Repair.objects.filter(pk=found.pk), own=True)
    lines = pictures.street_shapes([found.street.pk] if found.street else [])
    return on_map.picture(works, _("Where the repair is"), kind, ground=lines, close=True) if works else None


def paid_for(found: Repair) -> list[tuple[str, str, Any]]:
    """Sums of the ledger's rows of this repair alone: name of the stage, currency, amount. One query."""
    totals = Money.objects.filter(repair=found).totals()
    return [(str(SERIES[stage]), code, total) for stage in AMOUNTS for (one, code), total in totals.items() if one == stage]
