"""Flaws of a boundary set as a covering of the ground: places that two areas claim, and places between them that none does.

Geometries come and go in degrees (SRID 4326); what is measured is measured in metres on a plane.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gis_data.plane import Plane, edges, mean_width, polygons

Kind: TypeAlias = Literal["gap", "overlap", "sliver"]

#: Mean width in metres below which a piece is a sliver.
_SLIVER_M: Final = 3.0
#: In metres; a wider channel is rather a river, a road or the sea.
_WIDEST_CHANNEL_M: Final = 100.0
#: How far a side of a gap may lie from the area it belongs to.
_TOUCH_M: Final = 0.05
#: A channel runs between areas: this much of its sides at least is not the longest neighbour's, and this much of its outline
#: at most lies open. A dent where two areas meet at the outer border, wider than some 28°, is none.
_OTHERS_SHARE: Final = 0.1
_OPEN_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Flaw:
    """A fault between the areas ``codes`` (sorted): a ``gap``, an ``overlap``, or a ``sliver`` of either, under 3 m wide.

    ``geometry`` is a Polygon, or a MultiPolygon of all slivers between the same areas (SRID 4326); ``width_m`` is the mean
    width, twice the area by the perimeter.
    """

    kind: Kind
    codes: tuple[str, ...]
    geometry: BaseGeometry
    area_m2: float
    width_m: float


@dataclass(frozen=True, slots=True)
class _Piece:
    """A polygon in metres that two areas claim or that none does."""

    kind: Kind
    codes: tuple[str, ...]
    shape: BaseGeometry

    @property
    def group(self) -> tuple[bool, Kind, tuple[str, ...]]:
        return (mean_width(self.shape) < _SLIVER_M, self.kind, self.codes)


def find_flaws(areas: Mapping[str, BaseGeometry]) -> list[Flaw]:
    """All flaws between ``areas`` (code → valid (multi)polygon), the largest first.

    A gap is a hole of any size in what the areas cover together, or a channel under 100 m wide between different areas. The
    set's outer border is none of its flaws. Slivers between the same areas come as one flaw: nobody mends them one by one.
    """
    plane = Plane.around(areas.values())
    codes = sorted(code for code, shape in areas.items() if not shape.is_empty)
    shapes = np.array([plane.metres(areas[code]) for code in codes], dtype=object)
    pieces = sorted((*_overlaps(codes, shapes), *_gaps(codes, shapes)), key=lambda piece: piece.group)
    flaws: list[Flaw] = []
    for (is_sliver, kind, _codes), members in groupby(pieces, key=lambda piece: piece.group):
        if is_sliver:
            flaws.append(_flaw("sliver", list(members), plane))
        else:
            flaws.extend(_flaw(kind, [piece], plane) for piece in members)
    return sorted(flaws, key=lambda flaw: (-flaw.area_m2, flaw.codes))


def _flaw(kind: Kind, pieces: Sequence[_Piece], plane: Plane) -> Flaw:
    shape = pieces[0].shape if len(pieces) == 1 else MultiPolygon([piece.shape for piece in pieces])
    return Flaw(kind, pieces[0].codes, plane.degrees(shape), float(shape.area), mean_width(shape))


def _overlaps(codes: Sequence[str], shapes: NDArray[np.object_]) -> Iterator[_Piece]:
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    for first, second, both in zip(one, other, shapely.intersection(shapes[one], shapes[other]), strict=True):
        for part in polygons(both):
            yield _Piece("overlap", (codes[first], codes[second]), part)


def _gaps(codes: Sequence[str], shapes: NDArray[np.object_]) -> Iterator[_Piece]:
    """Holes in the union; and channels, which growing and shrinking it again fills."""
    union = shapely.union_all(shapes)
    filled = shapely.union_all([Polygon(part.exterior) for part in shapely.get_parts(union)])
    half = _WIDEST_CHANNEL_M / 2
    closed = filled.buffer(half, quad_segs=8).buffer(-half, quad_segs=8)
    holes, channels = polygons(filled - union), polygons(closed - filled)
    for number, (shape, sides) in enumerate(_with_sides([*holes, *channels], shapes)):
        if number < len(holes) or _runs_between(shape, sides):
            yield _Piece("gap", tuple(codes[area] for area in sorted(sides)), shape)


def _runs_between(shape: BaseGeometry, sides: Mapping[int, float]) -> bool:
    bordered = sum(sides.values())
    return (
        bordered - max(sides.values(), default=0) >= _OTHERS_SHARE * bordered > 0
        and shape.length - bordered <= _OPEN_SHARE * shape.length
    )


def _with_sides(pieces: Sequence[BaseGeometry], shapes: NDArray[np.object_]) -> Iterator[tuple[BaseGeometry, dict[int, float]]]:
    """Each piece with the metres of its outline that lie on each area (by the area's number)."""
    outline, piece = edges(np.array(pieces, dtype=object))
    walls, area = edges(shapes)
    middles = shapely.points(outline.mean(axis=1))
    edge, wall = shapely.STRtree(shapely.linestrings(walls)).query(middles, predicate="dwithin", distance=_TOUCH_M)
    edge, beside = np.unique([edge, area[wall]], axis=1)  # an edge near two walls of one area lies on it once
    lengths = np.hypot(*(outline[:, 1] - outline[:, 0]).T)
    sides: list[dict[int, float]] = [{} for _piece in pieces]
    for one, neighbour in zip(edge.tolist(), beside.tolist(), strict=True):
        side = sides[piece[one]]
        side[neighbour] = side.get(neighbour, 0.0) + float(lengths[one])
    yield from zip(pieces, sides, strict=True)
