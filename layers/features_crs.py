"""The coordinate systems of OGC API – Features Part 2: a short list, each with an integer SRID, and its order of axes.

Places are stored in SRID 4326. Boxes are (least x, least y, greatest x, greatest y), x being longitude or easting, whatever the
order in which the system itself names them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from layers.declaration import MapLayer
from layers.grid import HALF, Box
from layers.problems import BadRequest

_EPSG: Final = "http://www.opengis.net/def/crs/EPSG/0/"


@dataclass(frozen=True, slots=True)
class Crs:
    """One coordinate system; ``area`` are the coordinates that make sense in it, ``digits`` the decimals that are worth giving."""

    uri: str
    srid: int
    area: Box
    digits: int
    latitude_first: bool = False

    @property
    def in_degrees(self) -> bool:
        return self.srid == 4326


CRS84: Final = Crs("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 4326, (-180.0, -90.0, 180.0, 90.0), 7)
_LATITUDE_FIRST: Final = Crs(f"{_EPSG}4326", 4326, CRS84.area, 7, latitude_first=True)
_WEB: Final = Crs(f"{_EPSG}3857", 3857, (-HALF - 1, -HALF - 1, HALF + 1, HALF + 1), 2)
_FIXED: Final = (CRS84, _LATITUDE_FIRST, _WEB)


def systems_of(layer: MapLayer) -> tuple[Crs, ...]:
    """Return the systems in which a layer is given: the fixed ones, and the UTM zone of its middle. Asks for its bounds."""
    return systems_within(layer.bounds())


def systems_within(bounds: Box | None) -> tuple[Crs, ...]:
    """Return the same for bounds that are known already (degrees, SRID 4326)."""
    return (*_FIXED, _utm(bounds)) if bounds else _FIXED


def parse_crs(layer: MapLayer, name: str, uri: str) -> Crs:
    """Read a parameter that names a system by its URI; raises `BadRequest`."""
    for one in _FIXED:
        if one.uri == uri:
            return one
    known = systems_of(layer)
    for one in known:
        if one.uri == uri:
            return one
    raise BadRequest(_("“%(name)s” takes one of: %(choices)s.") % {"name": name, "choices": ", ".join(one.uri for one in known)})


def _utm(bounds: Box) -> Crs:
    west, south, east, north = bounds
    zone = min(60, max(1, math.floor(((west + east) / 2 + 180) / 6) + 1))
    srid = (32600 if south + north >= 0 else 32700) + zone
    return Crs(f"{_EPSG}{srid}", srid, (0.0, 0.0, 1_000_000.0, 10_000_000.0), 2)
