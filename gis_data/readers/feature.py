"""One thing read from a file, and what a geometry must be before it may go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import shapely
from shapely.geometry.base import BaseGeometry

from gis_data.readers.broken import Broken

Shape = Literal["point", "line", "area"]
ANY_SHAPE: Final[frozenset[Shape]] = frozenset({"point", "line", "area"})
MAX_VERTICES: Final = 500_000
MAX_COORDINATE: Final = 1e12
WGS84: Final = 4326
_SHAPES: Final[Mapping[str, Shape]] = {
    "Point": "point",
    "MultiPoint": "point",
    "LineString": "line",
    "MultiLineString": "line",
    "Polygon": "area",
    "MultiPolygon": "area",
}


@dataclass(frozen=True, slots=True)
class Feature:
    """``row`` counts from 1. ``geometry`` (two-dimensional, coordinates in ``srid``) is None where ``lack`` says why."""

    row: int
    properties: Mapping[str, Any]
    geometry: BaseGeometry | None
    srid: int = WGS84
    lack: str = ""

    def text(self, field: str) -> str:
        """The property as a text without blanks around it; "" for none."""
        value = self.properties.get(field)
        if value is None or value != value:  # noqa: PLR0124  # NaN is what GDAL gives for an empty number
            return ""
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return " ".join(str(value).split())


def checked(geometry: BaseGeometry, srid: int, shapes: frozenset[Shape], file: str, row: int) -> BaseGeometry:
    """Return the geometry in two dimensions. Raises `Broken` for what must never reach the database."""
    kind = geometry.geom_type
    if kind not in _SHAPES:
        raise Broken(file, row, f"a {kind} is not accepted")
    if _SHAPES[kind] not in shapes:
        raise Broken(file, row, f"a {kind} where {' or '.join(sorted(shapes))} is expected")
    if kind == "Point":
        return _checked_point(geometry, srid, file, row)
    if geometry.is_empty or any(part.is_empty for part in shapely.get_parts(geometry)):
        raise Broken(file, row, "the geometry is empty")
    if shapely.get_num_coordinates(geometry) > MAX_VERTICES:
        raise Broken(file, row, f"more than {MAX_VERTICES:,} vertices")
    geometry = shapely.force_2d(geometry)
    coordinates = shapely.get_coordinates(geometry)
    if not bool((abs(coordinates) < MAX_COORDINATE).all()):  # also false for NaN
        raise Broken(file, row, "a coordinate is not a finite number")
    _check_degrees(geometry.bounds, srid, file, row)
    return geometry


def _checked_point(point: BaseGeometry, srid: int, file: str, row: int) -> BaseGeometry:
    """The same for a point, in a tenth of the time: addresses come by the hundred thousand."""
    if point.is_empty:
        raise Broken(file, row, "the geometry is empty")
    x, y = point.x, point.y
    if not (abs(x) < MAX_COORDINATE and abs(y) < MAX_COORDINATE):
        raise Broken(file, row, "a coordinate is not a finite number")
    _check_degrees((x, y, x, y), srid, file, row)
    return shapely.force_2d(point) if point.has_z else point


def _check_degrees(bounds: tuple[float, ...], srid: int, file: str, row: int) -> None:
    """Refuse degrees that are none: a swapped or projected file is caught here rather than on the map."""
    west, south, east, north = bounds
    if srid == WGS84 and not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Broken(file, row, f"({west:g}, {south:g}) is not longitude, latitude in degrees; does the pack name the srid?")
