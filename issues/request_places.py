"""Where a case is: its coordinates, an EWKB, or a reason why it has no place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import shapely

from gis_data.load_report import FileTally
from gis_data.pack_request_types import PackRequestLayout
from gis_data.pack_types import Bounds
from issues.request_files import BadRow, Row


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees in SRID 4326, or both None; ``flag`` says what staff should know about it."""

    lon: float | None = None
    lat: float | None = None
    flag: str = ""


class Places:
    """Reads the places of one layout in a city with these ``bounds`` (west, south, east, north in degrees)."""

    def __init__(self, layout: PackRequestLayout, bounds: Bounds, tally: FileTally) -> None:
        self._no_location = frozenset(layout.no_location)
        self._bounds, self._tally = bounds, tally

    def read(self, row: Row) -> Place:
        """Return the place of a row; a place that is surely wrong is none. Raises `BadRow` for what is no place at all."""
        lon, lat = _coordinates(row)
        if lon is None or lat is None:
            self._tally.noted("no coordinates: kept without a place")
            return Place(flag="no_location")
        if (lon, lat) in self._no_location:
            self._tally.noted("the city's mark for “no location”: kept without a place")
            return Place(flag="no_location")
        if self._inside(lon, lat):
            return Place(lon, lat)
        if self._inside(lat, lon):
            self._tally.repaired("longitude and latitude were exchanged: put right")
            return Place(lat, lon, "swapped")
        self._tally.noted("a place outside the city: kept without a place, flagged")
        return Place(flag="outside_city")

    def _inside(self, lon: float, lat: float) -> bool:
        west, south, east, north = self._bounds
        return west <= lon <= east and south <= lat <= north


def _coordinates(row: Row) -> tuple[float | None, float | None]:
    lon, lat = row["lon"], row["lat"]
    if not lon and not lat:
        return _from_ewkb(row["ewkb"]) if row["ewkb"] else (None, None)
    try:
        pair = float(lon), float(lat)
    except ValueError:
        raise BadRow("longitude and latitude are not two numbers") from None
    if not (math.isfinite(pair[0]) and math.isfinite(pair[1])):
        raise BadRow("longitude and latitude are not two finite numbers")
    return pair


def _from_ewkb(text: str) -> tuple[float, float]:
    """A point as hex EWKB in SRID 4326 (or without SRID)."""
    try:
        point = shapely.from_wkb(text)
    except (shapely.errors.GEOSException, ValueError):
        raise BadRow("the geometry is no hexadecimal EWKB") from None
    if point is None or point.geom_type != "Point" or point.is_empty or shapely.get_srid(point) not in {0, 4326}:
        raise BadRow("the geometry is no point in SRID 4326")
    if not (math.isfinite(point.x) and math.isfinite(point.y)):
        raise BadRow("the geometry has no finite coordinates")
    return point.x, point.y
