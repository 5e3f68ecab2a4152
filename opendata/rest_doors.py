"""The doors of the site beside ``/api/``, described by hand for ``/api/schema/``: tiles, files, feeds, counts, search, who is responsible.

A door that this installation does not have is left out. The parameters of a layer's doors are read from its declaration.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from layers.declaration import DateRange, MapLayer
from layers.exports import FORMATS
from layers.feeds import has_feed
from layers.grid import DEEPEST
from layers.positions import LONGEST
from opendata import rest_shapes as shapes
from opendata.rest_parameters import Parameter, filters_of, in_path, language, query

Item = dict[str, Any]
_PROBLEM: Final = "application/problem+json"
_BINARY: Final = {"type": "string", "format": "binary"}
_TEXT: Final = {"type": "string"}


def other_doors(layers: Sequence[MapLayer]) -> dict[str, Item]:
    """Return the path items of all doors but ``/api/`` and ``/ogc/``."""
    found = [item for layer in layers for item in _of_layer(layer)] + _of_site()
    return {path: item for path, item in found if path}


def _of_layer(layer: MapLayer) -> list[tuple[str, Item]]:
    name, asked = layer.name, filters_of(layer)
    told = [
        (_at("tilejson", name=name), _tilejson(layer, asked)),
        (_at("tile", name=name, z="{z}", x="{x}", y="{y}"), _tile(layer, asked)),
        *(
            (_at("data-download", name=name, suffix=one.suffix), _file(layer, one.suffix, one.media_type, asked))
            for one in FORMATS
        ),
        (_at("data-columns", name=name), _columns(layer, asked)),
        (_at("counts", name=name), _counts(layer, asked)),
    ]
    if has_feed(layer):
        told.append((_at("feed", name=name), _feed(layer, asked)))
    if layer.pyramid and any(isinstance(one, DateRange) for one in layer.filters):
        told.append((_at("months", name=name), _months(layer, asked)))
    return told


def _of_site() -> list[tuple[str, Item]]:
    catalogues = {"ttl": "text/turtle", "jsonld": "application/ld+json", "rdf": "application/rdf+xml"}
    return [
        *((_at(f"data-catalog-{suffix}"), _catalogue(suffix, media_type)) for suffix, media_type in catalogues.items()),
        (_at("search-json"), _search()),
        (_at("who-json"), _who()),
        (_at("address-search"), _addresses()),
    ]


def _at(route: str, **arguments: str) -> str:
    """The address of a door, with the braces of its template; '' where there is no such door."""
    try:
        return reverse(route, kwargs=arguments).replace("%7B", "{").replace("%7D", "}")
    except NoReverseMatch:
        return ""


def _get(
    operation: str,
    tag: str,
    summary: str,
    parameters: Sequence[Parameter],
    given: dict[str, Any],
    *refused: int,
    kept: bool = True,
) -> Item:
    """A path item that can be read: what is given by media type, and what it answers besides."""
    problem = {_PROBLEM: {"schema": shapes.OF_PROBLEM}}
    reasons = {
        400: _("A parameter that is not known, or a value that makes no sense."),
        404: _("There is nothing at this address."),
        422: _("The place is outside the city."),
        503: _("The answer took too long, or too many ask at once. Retry-After says when to come back."),
    }
    responses: dict[str, Any] = {
        "200": {"description": summary, "content": {media_type: {"schema": shape} for media_type, shape in given.items()}}
    }
    if kept:
        responses["304"] = {"description": _("Nothing has changed since the answer that If-None-Match names.")}
    responses |= {str(status): {"description": reasons[status], "content": problem} for status in refused}
    responses["405"] = {"description": _("This address can only be read."), "content": problem}
    return {
        "get": {
            "operationId": operation,
            "tags": [tag],
            "summary": summary,
            "parameters": list(parameters),
            "responses": responses,
            "security": [{}],
        }
    }


def _tilejson(layer: MapLayer, asked: list[Parameter]) -> Item:
    return _get(
        f"{layer.name}_tilejson", layer.name, _("Vector tiles: what a map needs to know (TileJSON 3.0)"), asked,
        {"application/json": shapes.TILEJSON}, 400,
    )  # fmt: skip


def _tile(layer: MapLayer, asked: list[Parameter]) -> Item:
    number = {"type": "integer", "minimum": 0, "maximum": 2**DEEPEST - 1}
    place = [
        in_path("z", _("Zoom"), {"type": "integer", "minimum": layer.min_zoom, "maximum": layer.max_zoom}),
        in_path("x", _("Column, from the west"), number),
        in_path("y", _("Row, from the north"), number),
    ]
    item = _get(
        f"{layer.name}_tile", layer.name, _("One vector tile (Mapbox Vector Tile 2.1)"), [*place, *asked],
        {"application/vnd.mapbox-vector-tile": _BINARY}, 400, 503,
    )  # fmt: skip
    item["get"]["responses"]["204"] = {"description": _("Nothing is in this tile.")}
    return item


def _file(layer: MapLayer, suffix: str, media_type: str, asked: list[Parameter]) -> Item:
    kind = media_type.partition(";")[0]
    shape = {"type": "object"} if suffix == "geojson" else _TEXT if suffix == "csv" else _BINARY
    item = _get(
        f"{layer.name}_{suffix}",
        layer.name,
        _("Everything as a file: %(kind)s") % {"kind": suffix},
        asked,
        {kind: shape},
        400,
        503,
    )
    if suffix in {"gpkg", "fgb"}:
        item["get"]["responses"]["206"] = {"description": _("A part of the file, as the header Range asks.")}
        item["get"]["responses"]["416"] = {"description": _("The file has no such part.")}
    return item


def _columns(layer: MapLayer, asked: list[Parameter]) -> Item:
    given = {"application/csvm+json": {"type": "object"}}
    return _get(f"{layer.name}_columns", layer.name, _("What the columns of the files mean (CSV on the Web)"), asked, given, 400)


def _feed(layer: MapLayer, asked: list[Parameter]) -> Item:
    before = query(
        "before", _("Where a page begins, as the link to the next page of the feed says."), {**_TEXT, "maxLength": LONGEST}
    )
    summary = _("What changed last (Atom with GeoRSS)")
    return _get(f"{layer.name}_feed", layer.name, summary, [before, *asked], {"application/atom+xml": _TEXT}, 400, 503)


def _counts(layer: MapLayer, asked: list[Parameter]) -> Item:
    summary = _("How many there are, by each filter and by month")
    return _get(f"{layer.name}_counts", layer.name, summary, asked, {"application/json": shapes.COUNTS}, 400, 503)


def _months(layer: MapLayer, asked: list[Parameter]) -> Item:
    summary = _("How many there are in each place, month by month")
    return _get(f"{layer.name}_months", layer.name, summary, asked, {"application/json": shapes.MONTHS}, 400, 404, 503)


def _catalogue(suffix: str, media_type: str) -> Item:
    summary = _("All data sets (DCAT-AP 3): %(kind)s") % {"kind": suffix}
    shape = {"type": "array", "items": {"type": "object"}} if suffix == "jsonld" else _TEXT
    return _get(f"catalogue_{suffix}", "service", summary, [], {media_type: shape}, 400)


def _search() -> Item:
    near = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}}
    asked = [
        query("q", _("Words or a reference."), {**_TEXT, "maxLength": 100}, required=True, example="street"),
        query(
            "near", _("Longitude and latitude in degrees: what is near comes first."), near, explode=False, example=[24.94, 60.17]
        ),
        language(),
    ]
    summary = _("Things of all layers by words")
    return _get("search", "service", summary, asked, {"application/json": shapes.SEARCH}, 400, 503)


def _who() -> Item:
    degrees = {"type": "number", "minimum": -180, "maximum": 180}
    asked = [
        query("lat", _("Latitude in degrees (WGS 84)"), degrees, required=True, example=60.17),
        query("lon", _("Longitude in degrees (WGS 84)"), degrees, required=True, example=24.94),
        query(
            "category",
            _("Code of a category that is in force today"),
            {**_TEXT, "minLength": 1},
            required=True,
            example="pothole",
        ),
    ]
    summary = _("Who is responsible for a place, and why")
    return _get("who", "service", summary, asked, {"application/json": shapes.WHO}, 400, 404, 422, kept=False)


def _addresses() -> Item:
    asked = [
        query("q", _("Words of an address; or ask by lat and lon."), {**_TEXT, "maxLength": 200}, example="street 1"),
        query("lat", _("Latitude in degrees (WGS 84)"), {"type": "number", "minimum": -90, "maximum": 90}),
        query("lon", _("Longitude in degrees (WGS 84)"), {"type": "number", "minimum": -180, "maximum": 180}),
    ]
    summary = _("Addresses by words, or the nearest to a place")
    return _get("addresses", "service", summary, asked, {"application/json": shapes.ADDRESSES}, 400, kept=False)
