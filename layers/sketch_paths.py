"""Geometry in pixels (y downward) as the ``d`` of an SVG path, short: whole tenths of a pixel, each place relative to the last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

import shapely
from shapely.geometry.base import BaseGeometry

Spot: TypeAlias = tuple[float, float]

#: A part smaller than this in both directions is not seen: an islet, a hole in a park.
_SPECK_PX: Final = 0.5


def outlines(geometry: BaseGeometry, *, specks: bool = False) -> str:
    """Return the rings of polygons, the course of lines, a dot for each point. Specks go, but never all, or stay if asked."""
    parts = list(simple_parts(geometry))
    seen = [part for part in parts if specks or not _is_speck(part)] or parts[:1]
    return "".join(_outline(part, specks=specks) for part in seen)


def spots(geometry: BaseGeometry) -> list[Spot]:
    """Return where a symbol stands for each part: a point itself, of anything larger a place within it."""
    inside = (shapely.point_on_surface(part) for part in simple_parts(geometry))
    return [(place.x, place.y) for place in inside]


def simple_parts(geometry: BaseGeometry) -> Iterator[BaseGeometry]:
    """The points, lines and polygons of which a geometry consists, however they are nested; nothing for an empty one."""
    for part in shapely.get_parts(geometry):
        if hasattr(part, "geoms"):
            yield from simple_parts(part)
        elif not part.is_empty:
            yield part


def largest_part(geometry: BaseGeometry) -> BaseGeometry:
    """The part that is largest on paper; the geometry must not be empty."""
    return max(simple_parts(geometry), key=lambda part: (part.area, part.length))


def circles(places: Iterable[Spot], radius: float) -> str:
    """Circles in one path. Each is an arc but for a tenth of a pixel, closed: the shortest writing."""
    return _each((x, y - radius) for x, y in places).replace("@", f"a{radius:g} {radius:g} 0 10.1 0z")


def dots(places: Iterable[Spot]) -> str:
    """Lines of no length in one path, those of one pixel once: a round cap makes each a dot as thick as the stroke."""
    return _each({(round(x), round(y)): (x, y) for x, y in places}.values()).replace("@", "h0")


def drop(tip: Spot) -> str:
    """The pin of the map, 19 × 26 pixels, standing on ``tip``."""
    return f"{_start(tip)}c6-7 9.5-11.75 9.5-16.75a9.5 9.5 0 1 0-19 0c0 5 3.5 9.75 9.5 16.75z"


def drop_hole(tip: Spot) -> str:
    """The hole of the same pin."""
    return circles([(tip[0], tip[1] - 16.75)], 3.75)


def diamond(middle: Spot) -> str:
    """A square on its corner, 15 pixels high."""
    return f"{_start((middle[0], middle[1] - 7.5))}l7.5 7.5-7.5 7.5-7.5-7.5z"


def _is_speck(part: BaseGeometry) -> bool:
    west, top, east, bottom = part.bounds
    return part.geom_type != "Point" and bool(max(east - west, bottom - top) < _SPECK_PX)


def _outline(part: BaseGeometry, *, specks: bool) -> str:
    if part.geom_type != "Polygon":
        return _line(part.coords, close=part.geom_type == "LinearRing")
    holes = (hole for hole in part.interiors if specks or not _is_speck(hole))
    return "".join(_line(ring.coords, close=True) for ring in (part.exterior, *holes))


def _line(places: Iterable[Sequence[float]], *, close: bool) -> str:
    """A line through ``places``; one that is a single place on paper is a dot (which a round cap makes visible)."""
    tenths = [(_tenth(x), _tenth(y)) for x, y in places]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(tenths)]
    if close:
        del steps[-1]  # z goes back to the start by itself
    steps = [step for step in steps if step != (0, 0)]
    return _step("M", tenths[:1]) + (_step("l", steps) if steps else "h0") + ("z" if close and steps else "")


def _each(places: Iterable[Spot]) -> str:
    """Go to each place, from left to right, and leave ``@`` there."""
    tenths = [(0, 0), *sorted((_tenth(x), _tenth(y)) for x, y in places)]
    return "".join(_step("m", [(b[0] - a[0], b[1] - a[1])]) + "@" for a, b in pairwise(tenths))


def _start(place: Spot) -> str:
    return _step("M", [(_tenth(place[0]), _tenth(place[1]))])


def _step(command: str, pairs: Iterable[tuple[int, int]]) -> str:
    numbers = "".join(part if part.startswith("-") else f" {part}" for pair in pairs for part in map(_written, pair))
    return command + numbers.removeprefix(" ")


def _tenth(pixels: float) -> int:
    return round(pixels * 10)


def _written(tenths: int) -> str:
    """``125`` → ``12.5``, ``-5`` → ``-.5``, ``120`` → ``12``."""
    whole, rest = divmod(abs(tenths), 10)
    sign = "-" if tenths < 0 else ""
    return sign + (str(whole) if whole or not rest else "") + (f".{rest}" if rest else "")
