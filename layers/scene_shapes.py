"""GeoJSON geometries taken apart: their places, and many of them as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

_MULTI: Final = {"Polygon": "MultiPolygon", "LineString": "MultiLineString", "Point": "MultiPoint"}


def corners(shape: dict[str, Any]) -> list[tuple[float, float]]:
    """Return the places (longitude, latitude) of a GeoJSON geometry."""
    if "geometries" in shape:
        return [place for part in shape["geometries"] for place in corners(part)]
    found: list[tuple[float, float]] = []
    pending = [shape["coordinates"]]
    while pending:
        part = pending.pop()
        if part and isinstance(part[0], int | float):
            found.append((part[0], part[1]))
        else:
            pending.extend(part)
    return found


def merged(shapes: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One GeoJSON geometry for all areas, one for all lines, one for all points: a path each, however many there are."""
    parts: dict[str, list[Any]] = {"Polygon": [], "LineString": [], "Point": []}
    for shape in shapes:
        for kind, coordinates in _simple(shape):
            parts[kind].append(coordinates)
    for kind, coordinates in parts.items():
        if coordinates:
            yield {"type": _MULTI[kind], "coordinates": coordinates}


def _simple(shape: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    kind: str = shape["type"]
    if kind == "GeometryCollection":
        for part in shape["geometries"]:
            yield from _simple(part)
    elif kind.startswith("Multi"):
        yield from ((kind.removeprefix("Multi"), coordinates) for coordinates in shape["coordinates"])
    else:
        yield kind, shape["coordinates"]
