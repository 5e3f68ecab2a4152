"""The door of feeds: ``/feeds/{layer}.atom`` tells what changed last, for any filter of the layer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from layers import feeds_atom
from layers.answers import answer
from layers.declaration import MapLayer
from layers.doors import read_only
from layers.feeds_page import Page, parse_place, read
from layers.filters import parse
from layers.finding import find_layer, spoken
from layers.headlines import Headlines, Teller
from layers.problems import BadRequest, NoSuchLayer

#: Times in headers are whole seconds: a change in the same second as the answer would be missed by who asks by time.
_SETTLED: Final = dt.timedelta(seconds=2)


@read_only
def feed(request: HttpRequest, layers: Sequence[MapLayer], headlines: Headlines, name: str) -> HttpResponse:
    """The fifty things that changed last. 304 by ETag or by time; 400 for unknown parameters; 404 for a layer without moments."""
    layer = find_layer(layers, name, request)
    if not has_feed(layer):
        raise NoSuchLayer(name)
    query = request.GET.copy()
    given = query.pop("before", [])
    selection = parse(layer, query)
    if len(given) > 1:
        raise BadRequest(translation.gettext("“%(name)s” is given more than once.") % {"name": "before"})
    before = parse_place(given[0]) if given and given[0] else None
    with translation.override(language := spoken(selection.language)):
        teller = Teller(layer, headlines.get(layer.name))
        page = read(teller, selection, before)
        told = feeds_atom.Feed(teller, selection, language, before)
        data = feeds_atom.write(told, page)
    return _by_time(request, answer(request, layer, data, feeds_atom.MEDIA_TYPE, language=language), page)


def has_feed(layer: MapLayer) -> bool:
    """Whether the layer says what a feed needs: which thing it is, when it came to be, when it changed."""
    return bool(layer.key and layer.created and layer.updated)


def _by_time(request: HttpRequest, response: HttpResponse, page: Page) -> HttpResponse:
    """Add Last-Modified, and answer 304 to who asks by time alone (an ETag goes before, and `answer` has looked at it)."""
    if not page.rows or page.rows[0]["updated"] > timezone.now() - _SETTLED:
        return response
    seconds = int(page.rows[0]["updated"].timestamp())
    response["Last-Modified"] = http_date(seconds)
    if response.status_code != 200 or {"If-None-Match", "If-Match"} & set(request.headers):
        return response
    conditional = get_conditional_response(request, last_modified=seconds, response=response)
    if not isinstance(conditional, HttpResponse) or conditional is response:
        return response
    if "Access-Control-Allow-Origin" in response:
        conditional["Access-Control-Allow-Origin"] = response["Access-Control-Allow-Origin"]
    return conditional
