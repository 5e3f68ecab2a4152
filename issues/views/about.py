"""Where the data comes from: credits and licences of the city's ground, and what on these pages is invented."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gis_data.models import BoundarySet
from gis_data.names import in_language


@require_safe
def data_credits(request: HttpRequest) -> HttpResponse:
    """Credits of the city as its pack states them, and of each boundary set."""
    sets = BoundarySet.objects.exclude(credit="").order_by("code").values_list("names", "credit")
    return render(
        request,
        "issues/about_data.html",
        {"boundary_sets": [{"name": in_language(names), "credit": credit} for names, credit in sets]},
    )
