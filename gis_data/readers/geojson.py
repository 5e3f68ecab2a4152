"""GeoJSON (RFC 7946), parsed strictly here: no other library sees the text, and nothing in it is ever followed.

Coordinates are SRID 4326 unless the pack declares an integer ``srid``. A ``crs`` member (2008 drafts) that merely repeats
4326 is dropped; any other is refused, for it could name a file or an address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

import shapely
from shapely.errors import ShapelyError

from gis_data.pack_types import PackSource
from gis_data.readers.broken import Broken
from gis_data.readers.feature import WGS84, Feature, Shape, checked
from gis_data.readers.files import whole

_DEPTH: Final = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_HARMLESS_CRS: Final = frozenset(
    {"urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326", "epsg:4326"}
)


def read(source: PackSource, path: Path, shapes: frozenset[Shape]) -> Iterator[Feature]:
    """Yield the features of a FeatureCollection, a Feature or a bare geometry (RFC 7946 §3)."""
    document = _parse(path)
    srid = source.srid or WGS84
    _refuse_crs(document, source, path.name)
    for row, feature in enumerate(_features(document, path.name), start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise Broken(path.name, row, "is no Feature")
        _refuse_crs(feature, source, path.name, row)
        properties = feature.get("properties") or {}
        if not isinstance(properties, dict):
            raise Broken(path.name, row, "properties are no object")
        if "id" in feature:
            properties = {"@id": feature["id"], **properties}
        yield _feature(row, properties, feature.get("geometry"), srid, shapes, path.name)


def _feature(row: int, properties: dict[str, Any], geometry: Any, srid: int, shapes: frozenset[Shape], file: str) -> Feature:
    if geometry is None:
        return Feature(row, properties, None, srid, "no place")
    _check_shape(geometry, file, row)
    try:
        shape = shapely.from_geojson(json.dumps({"type": geometry["type"], "coordinates": geometry["coordinates"]}))
    except (ShapelyError, ValueError) as error:
        raise Broken(file, row, f"the geometry cannot be read: {_line(error)}") from None
    return Feature(row, properties, checked(shape, srid, shapes, file, row), srid)


def _parse(path: Path) -> Any:
    def refuse(word: str) -> NoReturn:
        raise Broken(path.name, 0, f"{word} is no JSON number")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Programs differ in which of two equal names counts: what one shows for review another would store."""
        members = dict(pairs)
        if len(members) < len(pairs):
            raise Broken(path.name, 0, "a name stands twice in one object")
        return members

    try:
        return json.loads(whole(path).decode("utf-8-sig"), object_pairs_hook=once, parse_constant=refuse)
    except UnicodeDecodeError:
        raise Broken(path.name, 0, "is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise Broken(path.name, 0, f"is not JSON: {error}") from None
    except RecursionError:
        raise Broken(path.name, 0, "is nested too deep") from None
    except ValueError as error:  # a number of thousands of digits
        raise Broken(path.name, 0, f"is not JSON: {_line(error)}") from None


def _features(document: Any, file: str) -> list[Any]:
    if isinstance(document, dict):
        kind = document.get("type")
        if kind == "FeatureCollection" and isinstance(document.get("features"), list):
            return list(document["features"])
        if kind == "Feature":
            return [document]
        if isinstance(kind, str) and kind in _DEPTH:
            return [{"type": "Feature", "properties": {}, "geometry": document}]
    raise Broken(file, 0, "is no GeoJSON: a FeatureCollection is expected")


def _refuse_crs(thing: Any, source: PackSource, file: str, row: int = 0) -> None:
    if not isinstance(thing, dict) or thing.get("crs") is None or source.srid:
        return
    crs = thing["crs"]
    inner = crs.get("properties") if isinstance(crs, dict) and crs.get("type") == "name" else None
    name = inner.get("name") if isinstance(inner, dict) else None
    if not (isinstance(name, str) and name in _HARMLESS_CRS):
        raise Broken(file, row, "has a crs member; name the integer srid in the pack instead")


def _check_shape(geometry: Any, file: str, row: int) -> None:
    """Type allowed, coordinates nested exactly as deep as the type says, every number finite."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(kind, str) or kind not in _DEPTH:
        raise Broken(file, row, f"{kind if isinstance(kind, str) else 'this'} is no geometry that is accepted")
    if "crs" in geometry:
        raise Broken(file, row, "has a crs member; name the integer srid in the pack instead")
    _check_numbers(geometry.get("coordinates"), _DEPTH[kind], file, row)


def _check_numbers(value: Any, depth: int, file: str, row: int) -> None:
    if not isinstance(value, list) or not value:
        raise Broken(file, row, "coordinates are missing or empty")
    if depth:
        for one in value:
            _check_numbers(one, depth - 1, file, row)
        return
    if not 2 <= len(value) <= 4:
        raise Broken(file, row, "a position has two numbers (a height may follow)")
    for one in value:
        if isinstance(one, bool) or not isinstance(one, int | float) or not abs(one) < 1e12:
            raise Broken(file, row, "a coordinate is not a finite number")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:160]
