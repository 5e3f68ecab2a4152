"""The door of vector tiles (Mapbox Vector Tile 2.1) and of their descriptions (TileJSON 3.0.0)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _

from layers import tile_files, tile_sql, version_sql
from layers.answers import answer
from layers.declaration import MapLayer, Words
from layers.doors import read_only
from layers.filters import Selection, parse
from layers.finding import find_layer, spoken
from layers.grid import Box, Tile, parse_tile
from layers.one_answer import one_answer
from layers.problems import BadRequest

MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"
#: The parameter by which a template names the edition of a layer, so that caches may keep its tiles.
EDITION: Final = "v"
_EDITION: Final = re.compile(r"[0-9a-f]{1,32}", re.ASCII)


@read_only
def tile(request: HttpRequest, layers: Sequence[MapLayer], name: str, z: str, x: str, y: str) -> HttpResponse:
    """One tile: 204 when nothing is in it, 304 when the asker has it, 400 outside the grid and for unknown parameters."""
    layer = find_layer(layers, name, request)
    place = parse_tile(z, x, y, layer.zooms)
    selection, edition = _asked(layer, request.GET)
    statement = tile_sql.statement(layer, place, selection)
    data = tile_sql.fetch(statement)
    tile_files.keep(layer, place, selection, data, again=partial(tile_sql.fetch, statement))
    return answer(request, layer, data, MEDIA_TYPE, for_ever=bool(edition))


@read_only
@one_answer()
def tilejson(request: HttpRequest, layers: Sequence[MapLayer], name: str) -> HttpResponse:
    """What a map needs to know to draw the layer. What the address asks for is handed on to the tiles."""
    layer = find_layer(layers, name, request)
    selection = parse(layer, request.GET)
    with translation.override(language := spoken(selection.language)):
        description = _description(layer, selection, _template(request, layer, selection))
        data = json.dumps(description, ensure_ascii=False).encode()
    return answer(request, layer, data, "application/json", language=language)


def _asked(layer: MapLayer, query: QueryDict) -> tuple[Selection, str]:
    """What was asked, and the edition for which it was asked ('' for none).

    Any edition is answered with what there is now: the address of an old one is known to old pages alone.
    """
    given = query.getlist(EDITION)
    if not given or layer.fresh_seconds <= 1:
        return parse(layer, query), ""
    if len(given) > 1 or not _EDITION.fullmatch(given[0]):
        raise BadRequest(_("“%(name)s” is an edition as the description of the layer names it.") % {"name": EDITION})
    rest = query.copy()
    del rest[EDITION]
    return parse(layer, rest), given[0]


def _template(request: HttpRequest, layer: MapLayer, selection: Selection) -> str:
    """The absolute address of the tiles; its braces are literal."""
    first = reverse("tile", kwargs={"name": layer.name, "z": "0", "x": "0", "y": "0"})
    address = request.build_absolute_uri(first.removesuffix("0/0/0.mvt")) + "{z}/{x}/{y}.mvt"
    edition = version_sql.edition(layer)
    query = "&".join(part for part in (selection.query(), f"{EDITION}={edition}" if edition else "") if part)
    return f"{address}?{query}" if query else address


def _description(layer: MapLayer, selection: Selection, template: str) -> dict[str, Any]:
    west, south, east, north = bounds = _bounds(layer)
    return {
        "tilejson": "3.0.0",
        "name": str(layer.title),
        "description": _described(layer),
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


def _described(layer: MapLayer) -> str:
    sentences = [str(layer.description)]
    if layer.pyramid:
        sentences.append(_("Below zoom %(zoom)s, a period is counted by whole months.") % {"zoom": layer.grid_below})
    return " ".join(sentence for sentence in sentences if sentence)


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
