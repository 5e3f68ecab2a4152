"""The door of vector tiles (Mapbox Vector Tile 2.1) and of their descriptions (TileJSON 3.0.0)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from layers import tile_sql
from layers.answers import answer
from layers.declaration import MapLayer, Words
from layers.filters import Selection, parse
from layers.grid import Box, Tile, parse_tile
from layers.problems import NoSuchLayer, problems_answered

MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"


@require_safe
@problems_answered
def tile(request: HttpRequest, layers: Sequence[MapLayer], name: str, z: str, x: str, y: str) -> HttpResponse:
    """One tile: 204 when nothing is in it, 304 when the asker has it, 400 outside the grid and for unknown parameters."""
    layer = _find(layers, name, request)
    place = parse_tile(z, x, y, layer.zooms)
    selection = parse(layer, request.GET)
    data = tile_sql.fetch(tile_sql.statement(layer, place, selection))
    return answer(request, layer, data, MEDIA_TYPE)


@require_safe
@problems_answered
def tilejson(request: HttpRequest, layers: Sequence[MapLayer], name: str) -> HttpResponse:
    """What a map needs to know to draw the layer. What the address asks for is handed on to the tiles."""
    layer = _find(layers, name, request)
    selection = parse(layer, request.GET)
    # By the address alone, never by a cookie: the answer may be kept by caches between us and many people.
    with translation.override(_supported(selection.language)):
        description = _description(layer, selection, _template(request, layer, selection))
        data = json.dumps(description, ensure_ascii=False).encode()
    return answer(request, layer, data, "application/json")


def _find(layers: Sequence[MapLayer], name: str, request: HttpRequest) -> MapLayer:
    for layer in layers:
        # The person is asked for only where it matters: that reads the session, and makes the answer theirs alone.
        if layer.name == name and (not layer.permission or request.user.has_perm(layer.permission)):
            return layer
    raise NoSuchLayer(name)


def _supported(language: str) -> str:
    try:
        return translation.get_supported_language_variant(language or settings.LANGUAGE_CODE)
    except LookupError:
        return settings.LANGUAGE_CODE


def _template(request: HttpRequest, layer: MapLayer, selection: Selection) -> str:
    """The absolute address of the tiles; its braces are literal."""
    first = reverse("tile", kwargs={"name": layer.name, "z": "0", "x": "0", "y": "0"})
    address = request.build_absolute_uri(first.removesuffix("0/0/0.mvt")) + "{z}/{x}/{y}.mvt"
    query = selection.query()
    return f"{address}?{query}" if query else address


def _description(layer: MapLayer, selection: Selection, template: str) -> dict[str, Any]:
    west, south, east, north = bounds = _bounds(layer)
    return {
        "tilejson": "3.0.0",
        "name": str(layer.title),
        "description": str(layer.description),
        "attribution": " · ".join(str(escape(credit)) for credit in layer.attribution(selection.language)),
        "scheme": "xyz",
        "tiles": [template],
        "minzoom": layer.min_zoom,
        "maxzoom": layer.max_zoom,
        "bounds": list(bounds),
        "center": [(west + east) / 2, (south + north) / 2, layer.min_zoom],
        "vector_layers": [
            {
                "id": layer.name,
                "description": str(layer.title),
                "minzoom": layer.min_zoom,
                "maxzoom": layer.max_zoom,
                "fields": {field: str(words) for field, words in _fields(layer).items()},
            }
        ],
    }


def _fields(layer: MapLayer) -> dict[str, Words]:
    fields: dict[str, Words] = {field.name: field.title for field in layer.fields}
    if layer.grid_below is not None and layer.min_zoom < layer.grid_below:
        fields["count"] = _("How many are in this cell (below zoom %(zoom)s)") % {"zoom": layer.grid_below}
    return fields


def _bounds(layer: MapLayer) -> Box:
    """The layer's box in degrees, SRID 4326, within what the grid of tiles can show."""
    world = Tile(0, 0, 0).box_in_degrees()
    west, south, east, north = layer.bounds() or world
    return (max(west, world[0]), max(south, world[1]), min(east, world[2]), min(north, world[3]))
