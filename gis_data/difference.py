"""What changes on the ground when a boundary set gets new shapes: what each area gains and loses, and which places to look at again.

Geometries are in degrees (SRID 4326).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from gis_data.plane import Plane, edges, polygons

Kind: TypeAlias = Literal["added", "removed", "changed", "same"]

#: In degrees, about a metre: a million times what computing a difference may round away.
_MARGIN: Final = 1e-5
#: In degrees, some fifty metres: shorter edges whose middles lie in one cell of this size are framed together.
_CELL: Final = 5e-4


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What the area ``code`` gained and lost: MultiPolygons, maybe empty, and their square metres.

    ``gained`` and ``lost`` are for showing: pieces less than 2 cm wide, which rounding leaves of a border, are dropped, and an
    area left with none is the ``same``. The rest is for deciding and drops nothing: ``pieces`` are all polygons gained and
    lost, ``border`` all edges that only one of the two shapes has, shape (n, 4): x and y of both ends.
    """

    code: str
    kind: Kind
    gained: BaseGeometry
    lost: BaseGeometry
    gained_m2: float
    lost_m2: float
    pieces: tuple[BaseGeometry, ...]
    border: NDArray[np.float64]


def difference(old: Mapping[str, BaseGeometry], new: Mapping[str, BaseGeometry]) -> list[Change]:
    """Compare two versions of a set (code → valid (multi)polygon) area by area, in the order of the codes."""
    nothing = MultiPolygon()
    changes = []
    for code in sorted(old.keys() | new.keys()):
        kind: Kind = "added" if code not in old else "removed" if code not in new else "changed"
        changes.append(_change(code, kind, old.get(code, nothing), new.get(code, nothing)))
    return changes


def changed_area(changes: Iterable[Change]) -> BaseGeometry:
    """The ground on which an area may cover other points than before, as a valid (multi)polygon, maybe empty.

    Beyond it every area covers the same points in both versions, to the last bit: no piece is dropped however thin. It takes in
    up to some hundred metres beside an edge that changed, for few and simple frames are quick to unite and to ask. Who looks
    farther than what covers a point (the nearest area of a pin in a gap) widens it by as much.
    """
    known = list(changes)
    pieces = np.array([piece for change in known for piece in change.pieces], dtype=object)
    outline, _piece = edges(pieces)
    border = shapely.union_all(_frames(np.concatenate([outline.reshape(-1, 4), *(change.border for change in known)])))
    # New digits alone leave thousands of pieces, all within the frames of the border.
    shapely.prepare(border)
    inner = pieces[~shapely.covers(border, pieces)]
    united = border.union(shapely.union_all(inner)) if inner.size else border
    return MultiPolygon() if united.is_empty else united


def _frames(border: NDArray[np.float64]) -> NDArray[np.object_]:
    """Rectangles that hold all edges with `_MARGIN` to spare. Made by hand: GEOS's buffer of thin loops may lose parts of them."""
    ends = border.reshape(-1, 2, 2)
    length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    is_long = length > _CELL
    return np.concatenate([_along(ends[is_long], length[is_long]), _around(ends[~is_long])])


def _along(ends: NDArray[np.float64], length: NDArray[np.float64]) -> NDArray[np.object_]:
    """A rectangle for each edge."""
    ahead = (ends[:, 1] - ends[:, 0]) / length[:, None] * _MARGIN
    aside = ahead[:, ::-1] * (-1, 1)
    start, end = ends[:, 0] - ahead, ends[:, 1] + ahead
    return np.asarray(shapely.polygons(np.stack([start - aside, end - aside, end + aside, start + aside], axis=1)))


def _around(ends: NDArray[np.float64]) -> NDArray[np.object_]:
    """A box for all edges of a cell together."""
    _cells, cell = np.unique(np.floor(ends.mean(axis=1) / _CELL), axis=0, return_inverse=True)
    order = np.argsort(cell, kind="stable")
    first = np.flatnonzero(np.diff(cell[order], prepend=-1))
    low = np.minimum.reduceat(ends.min(axis=1)[order], first) - _MARGIN if first.size else np.empty((0, 2))
    high = np.maximum.reduceat(ends.max(axis=1)[order], first) + _MARGIN if first.size else np.empty((0, 2))
    return np.asarray(shapely.box(*low.T, *high.T))


def _change(code: str, kind: Kind, before: BaseGeometry, after: BaseGeometry) -> Change:
    border = np.empty((0, 4)) if shapely.equals_identical(before, after) else _edges_of_one(before, after)
    gained, lost = _pieces(after, before, border), _pieces(before, after, border)
    plane = Plane.around((before, after))
    more, less = _to_show(gained, plane), _to_show(lost, plane)
    if kind == "changed" and more.is_empty and less.is_empty:
        kind = "same"
    return Change(code, kind, more, less, plane.metres(more).area, plane.metres(less).area, (*gained, *lost), border)


def _edges_of_one(before: BaseGeometry, after: BaseGeometry) -> NDArray[np.float64]:
    """The edges that only one of the two shapes has, whichever way they run."""
    ends, side = edges(np.array([before, after], dtype=object))
    backward = (ends[:, 0, 0] > ends[:, 1, 0]) | ((ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1]))
    ends[backward] = ends[backward, ::-1]
    long = (ends[:, 0] != ends[:, 1]).any(axis=1)
    found, number = np.unique(ends[long].reshape(-1, 4), axis=0, return_inverse=True)
    has = np.zeros((len(found), 2), np.bool_)
    has[number, side[long]] = True
    return np.asarray(found[has.sum(axis=1) == 1])


def _pieces(shape: BaseGeometry, without: BaseGeometry, border: NDArray[np.float64]) -> list[BaseGeometry]:
    """The polygons of ``shape`` outside the other; shapes whose edges are all the same need no asking."""
    if not len(border):
        return []
    return [part for part in shapely.get_parts(shape.difference(without)).tolist() if part.geom_type == "Polygon"]


def _to_show(pieces: Sequence[BaseGeometry], plane: Plane) -> BaseGeometry:
    return MultiPolygon([piece for piece in pieces if polygons(plane.metres(piece))])
