"""What OGC API – Features says of a collection: extent, systems of coordinates, links, licence."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any, Final

from layers import features_links as links
from layers import features_sql
from layers.declaration import MapLayer
from layers.features_crs import CRS84, systems_within
from layers.features_door import Ask
from layers.grid import Box

#: Boxes are rounded outward at this many parts of a degree (about a centimetre), so that they hold every feature.
_PARTS: Final = 10**7


def describe(ask: Ask, layers: Sequence[MapLayer]) -> list[dict[str, Any]]:
    """Return the description of each layer: one query for all extents, and what finding bounds, credits and licences costs."""
    extents = features_sql.extents(layers)
    return [_collection(ask, layer, extent) for layer, extent in zip(layers, extents, strict=True)]


def _collection(ask: Ask, layer: MapLayer, extent: features_sql.Extent) -> dict[str, Any]:
    bounds, licence = layer.bounds(), layer.licence(ask.spoken)
    told: dict[str, Any] = {
        "id": layer.name,
        "title": str(layer.title),
        "description": str(layer.description),
        "attribution": " · ".join(layer.attribution(ask.spoken)),
        "links": links.of_collection(ask, layer, licence),
        "extent": _extent(extent, bounds),
        "itemType": "feature",
        "crs": [one.uri for one in systems_within(bounds)],
        "storageCrs": CRS84.uri,
    }
    if licence:
        told["license"] = licence.title
    return told


def _extent(extent: features_sql.Extent, bounds: Box | None) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if box := outward(extent.box) if extent.box else bounds:
        told["spatial"] = {"bbox": [list(box)], "crs": CRS84.uri}
    if extent.since or extent.until:
        told["temporal"] = {
            "interval": [[_second(extent.since), _second(extent.until, up=True)]],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    return told


def outward(box: Box) -> Box:
    """Return the box with its edges moved outward to round figures."""
    west, south, east, north = (edge * _PARTS for edge in box)
    return math.floor(west) / _PARTS, math.floor(south) / _PARTS, math.ceil(east) / _PARTS, math.ceil(north) / _PARTS


def _second(moment: dt.datetime | None, *, up: bool = False) -> str | None:
    if moment is None:
        return None
    if up and moment.microsecond:
        moment += dt.timedelta(seconds=1)
    return moment.astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
