"""Where a row lies: its columns → shapes in SRID 4326. Swapped degrees are found by the city's box and put right."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from gis_data import staging
from gis_data.pack_types import Bounds
from gis_data.readers import ANY_SHAPE, Broken, Feature
from gis_data.readers.feature import WGS84, checked
from gis_data.repair import repaired
from works.cells import BadCell, text_of
from works.mapping_types import FileMapping, PlaceColumn
from works.row_values import Cells

_SHAPES: Final = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"})
_MOST_NESTED: Final = 8


@dataclass(slots=True)
class Located:
    """A row with the shape of each of its mapping's place columns; None where it gives none."""

    cells: Cells
    shapes: list[BaseGeometry | None]


def located(rows: Sequence[Cells], mapping: FileMapping, bounds: Bounds, file: str) -> Iterator[Located]:
    """Find the shapes of some rows at once: those in another SRID are turned into degrees by one query a column."""
    found = [Located(cells, [_raw_shape(cells, column) for column in mapping.places]) for cells in rows]
    for number, column in enumerate(mapping.places):
        if column.srid != WGS84 and not column.named:
            _to_degrees(found, number, column.srid, file)
    for one in found:
        for number, column in enumerate(mapping.places):
            shape = one.shapes[number]
            if shape is not None:
                one.shapes[number] = _in_the_city(shape, bounds, one.cells, column)
        yield one


def _raw_shape(cells: Cells, column: PlaceColumn) -> BaseGeometry | None:
    name = column.lon or column.wkt or column.geojson or "geometry"
    try:
        if column.lon:
            return _point(cells, column)
        if column.wkt:
            return _from_wkt(text_of(cells.raw(column.wkt)))
        if column.geojson:
            return _from_geojson(cells.raw(column.geojson))
    except BadCell as bad:
        cells.fault(name, str(bad), cells.raw(name))
    return cells.row.geometry if column.feature else None


def _point(cells: Cells, column: PlaceColumn) -> BaseGeometry | None:
    texts = [text_of(cells.raw(one)) for one in (column.lon, column.lat)]
    if not any(texts):
        return None
    try:
        x, y = (float(text) for text in texts)
    except ValueError:
        raise BadCell("is no coordinate") from None
    if x == y == 0:
        cells.noted(column.lon, "0, 0 is no place of this city: kept without a place", put_right=True)
        return None
    if not all(text.isascii() and "_" not in text for text in texts) or not (abs(x) < 1e12 and abs(y) < 1e12):
        raise BadCell("is no coordinate")
    return shapely.Point(x, y)


def _from_wkt(text: str) -> BaseGeometry | None:
    if not text:
        return None
    if text.upper().count("COLLECTION") or text.count("(") > 500_000 or text[:5].upper() == "SRID=" or _nested(text):
        raise BadCell("is no geometry that is accepted")
    try:
        return shapely.from_wkt(text)
    except (ShapelyError, ValueError, NotImplementedError):
        raise BadCell("is no geometry in WKT") from None


def _nested(text: str) -> bool:
    """Whether brackets are nested deeper than any shape's: a parser's stack must not be at anybody's mercy."""
    depth = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if depth > _MOST_NESTED:
            return True
    return False


def _from_geojson(value: Any) -> BaseGeometry | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise BadCell("is no GeoJSON geometry") from None
    if not isinstance(value, dict) or str(value.get("type")) not in _SHAPES or value.get("crs") is not None:
        raise BadCell("is no GeoJSON geometry")
    try:
        return shapely.from_geojson(json.dumps({"type": value["type"], "coordinates": value.get("coordinates")}))
    except (ShapelyError, ValueError, RecursionError):
        raise BadCell("is no GeoJSON geometry") from None


def _to_degrees(found: list[Located], number: int, srid: int, file: str) -> None:
    placed = [one for one in found if one.shapes[number] is not None]
    features = [Feature(one.cells.row.number, {}, one.shapes[number], srid) for one in placed]
    turned: Iterable[Feature] = staging.in_degrees(features, file)
    for one, feature in zip(placed, turned, strict=True):
        one.shapes[number] = feature.geometry


def _in_the_city(shape: BaseGeometry, bounds: Bounds, cells: Cells, column: PlaceColumn) -> BaseGeometry | None:
    """The shape as it may be kept: in degrees, the right way round, valid. Elsewhere than in the city it is kept and noted."""
    name = column.lon or column.wkt or column.geojson or "geometry"
    if not _touches(shape.bounds, bounds):
        swapped = shapely.transform(shape, lambda places: places[:, ::-1])
        if _touches(swapped.bounds, bounds):
            cells.noted(name, "longitude and latitude stand swapped: put right", f"{shape.bounds[:2]}", put_right=True)
            shape = swapped
        else:
            cells.noted(name, "lies outside the city's bounds", f"{shape.bounds[:2]}")
    try:
        shape = checked(shape, WGS84, ANY_SHAPE, "", 0)
    except Broken as broken:
        hint = "; does the mapping name the srid?" if "degrees" in broken.reason and column.srid == WGS84 else ""
        cells.fault(name, f"{broken.reason.split(';')[0]}{hint}")
        return None
    if shape.geom_type in {"Polygon", "MultiPolygon"} and not shape.is_valid:
        shape, why = repaired(shape)
        cells.noted(name, f"the polygon is not valid: put right ({why})", put_right=True)
    return None if shape.is_empty else shape


def _touches(bounds: Sequence[float], city: Bounds) -> bool:
    west, south, east, north = bounds
    return west <= city[2] and east >= city[0] and south <= city[3] and north >= city[1]
