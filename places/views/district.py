"""The public page of a district: everything spent and reported here."""

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
from places import money_tables, pictures, repairs_here, reports_here
from places.models import Source, WorkPart
from places.money_filters import MoneyFilters
from places.views.money import in_one_currency
from places.views.refusals import named
from works.models import Repair


@require_safe
def district(request: HttpRequest, code: str) -> HttpResponse:
    """The district as it is in force today, else as it was last."""
    versions = Boundary.objects.filter(boundary_set__is_district=True, code=named(code))
    found = versions.on(timezone.localdate()).defer("geometry").first() or versions.defer("geometry").order_by("-valid").first()
    if found is None:
        raise Http404
    filters, others = in_one_currency(MoneyFilters(district=code))
    here = WorkPart.objects.filter(what=Source.REPAIR, district=code).values("work")
    context: dict[str, Any] = {
        "title": in_language(found.names) or code,
        "filters": filters,
        "other_currencies": [(one, money_tables.money_address(filters.having(currency=one))) for one in others],
        "summary": money_tables.summary(filters),
        "tables": [money_tables.table(filters, by) for by in ("year", "kind", "contractor", "street")],
        "rows": money_tables.rows_address(filters),
        "rows_csv": f"{reverse('money-rows-csv')}?{filters.query()}",
        "repairs": repairs_here.listed(Repair.objects.filter(pk__in=here)),
        "sketch": pictures.drawn(pictures.shapes_of(Boundary.objects.filter(pk=found.pk)), _("The district"), _("District")),
        "reports": reports_here.listed(Appeal.objects.public().filter(district__in=list(versions.values_list("pk", flat=True)))),
        "reports_address": "",
    }
    return render(request, "places/district.html", context)
