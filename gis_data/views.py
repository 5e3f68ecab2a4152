"""Addresses for forms: by words, or the nearest to a place."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from django.contrib.gis.geos import Point
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from gis_data.models import Address
from layers.doors import read_only, require_known

RESULTS: Final = 8
LONGEST: Final = 200
#: An address further away is not where the resident stands.
NEAR_M: Final = 500.0
_NUMBER: Final = re.compile(r"[+-]?\d{1,3}(\.\d{1,15})?", re.ASCII)


@read_only
def address_search(request: HttpRequest) -> HttpResponse:
    """``?q=``: matching addresses, best first. ``?lat=&lon=`` (degrees, SRID 4326): the nearest one within 500 m.

    Answers ``{"results": [{"text", "lat", "lon"}]}``, with ``metres`` for the nearest; 400 as problem details (RFC 9457).
    """
    require_known(request, "q", "lat", "lon")
    given = {name: request.GET.get(name, "").strip() for name in request.GET}
    if given.keys() == {"q"}:
        return _by_words(given["q"])
    if given.keys() == {"lat", "lon"}:
        return _by_place(given["lat"], given["lon"])
    return _refused(_("Ask with q=words, or with lat= and lon= in degrees."))


def _by_words(text: str) -> JsonResponse:
    if len(text) > LONGEST or "\x00" in text:
        return _refused(_("An address is one line of at most %(count)d characters.") % {"count": LONGEST})
    found = Address.objects.matching(text)[:RESULTS]
    return JsonResponse({"results": [_row(address) for address in found]})


def _by_place(lat_text: str, lon_text: str) -> JsonResponse:
    lat, lon = _degrees(lat_text, 90), _degrees(lon_text, 180)
    if lat is None or lon is None:
        return _refused(_("lat and lon are numbers in degrees, for example lat=60.1699&lon=24.9384."))
    nearest = Address.objects.nearest(Point(lon, lat, srid=4326))
    away = nearest.metres if nearest else math.inf  # type: ignore[attr-defined]  # annotated by nearest()
    if nearest is None or away > NEAR_M:
        return JsonResponse({"results": []})
    return JsonResponse({"results": [{**_row(nearest), "metres": round(away, 1)}]})


def _row(address: Address) -> dict[str, Any]:
    return {"text": address.text, "lat": address.point.y, "lon": address.point.x}


def _degrees(text: str, limit: int) -> float | None:
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    return value if abs(value) <= limit else None


def _refused(sentence: str) -> JsonResponse:
    body = {"type": "about:blank", "title": _("The question cannot be answered"), "status": 400, "detail": sentence}
    return JsonResponse(body, status=400, content_type="application/problem+json")
