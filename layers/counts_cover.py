"""A box as squares in which everything is counted in advance, and the narrow rim that is left. No query is made here.

A square of level n is one of 2**n along a side of the world. It is an unbroken range of places, and of the cells of every zoom whose
cells are no larger (`layers.pyramid`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from layers.grid import EXTENT, HALF, Box
from layers.pyramid import (
    BY_MONTH_AT,
    CELL_BITS,
    DEEP,
    LEVELS,
    MONTH_CELL_BITS,
    NUMBER_AT,
    PLACE_NUMBER_AT,
    ZOOM_AT,
    Pyramid,
    Range,
    morton,
    unit_at,
)

#: Bits of a unit's number along a side of the world.
UNIT_BITS: Final = DEEP + EXTENT.bit_length() - 1
#: Squares along the longer side of a box are more than half of this many; so many rows of the rim are read, and so few squares.
_ALONG: Final = 7
#: Squares of this level are the smallest cells by month.
_FINEST: Final = LEVELS[-1] + MONTH_CELL_BITS
#: The rim is searched so many metres wider than it is: an index knows places to single precision.
_MARGIN: Final = 4.0


@dataclass(frozen=True, slots=True)
class Square:
    """The square in a column and a row of its level."""

    level: int
    x: int
    y: int

    def cells(self, pyramid: Pyramid, *, by_month: bool) -> Range:
        """The cells that make up this square, of the coarsest zoom that has them: both ends included."""
        bits = MONTH_CELL_BITS if by_month else CELL_BITS
        zoom = max(LEVELS.start, self.level - bits)
        finer = 2 * (zoom + bits - self.level)
        first = (pyramid.number << NUMBER_AT) + (by_month << BY_MONTH_AT) + (zoom << ZOOM_AT) + (morton(self.x, self.y) << finer)
        return first, first + (1 << finer) - 1

    def places(self, pyramid: Pyramid) -> Range:
        """The places in this square, both ends included."""
        finer = 2 * (UNIT_BITS - self.level)
        first = (pyramid.number << PLACE_NUMBER_AT) + (morton(self.x, self.y) << finer)
        return first, first + (1 << finer) - 1


WORLD: Final = Square(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Cover:
    """The squares inside of a box; together they are the units from ``west`` to ``east`` and ``north`` to ``south``, ends included.

    ``rim`` holds what the box holds beside them: boxes in metres of SRID 3857, a little wider.
    """

    squares: tuple[Square, ...]
    west: int
    north: int
    east: int
    south: int
    rim: tuple[Box, ...]


def cover(box: Box) -> Cover | None:
    """Return the squares inside of ``box`` (degrees, SRID 4326); None for one that is too small, or crosses 180°."""
    if box[0] > box[2]:
        return None
    (left, top), (right, bottom) = unit_at(box[0], box[3]), unit_at(box[2], box[1])
    # One unit is left to the rim on each side, so that no rounding decides whether a place is inside.
    west, north, east, south = math.ceil(left) + 1, math.ceil(top) + 1, math.floor(right) - 1, math.floor(bottom) - 1
    longest = max(east - west, south - north)
    if longest <= 0:
        return None
    bits = max(UNIT_BITS - _FINEST, longest.bit_length() - _ALONG)
    west, north = -(-west >> bits) << bits, -(-north >> bits) << bits
    east, south = (east >> bits << bits) - 1, (south >> bits << bits) - 1
    if west > east or north > south:
        return None
    inner = (west, north, east, south)
    return Cover(tuple(_inside(WORLD, inner)), *inner, _rim((left, top, right, bottom), inner))


def _inside(square: Square, inner: tuple[int, int, int, int]) -> Iterator[Square]:
    """The largest squares that lie inside; ``inner`` ends where squares end, so that this comes to an end."""
    bits = UNIT_BITS - square.level
    west, north = square.x << bits, square.y << bits
    east, south = west + (1 << bits) - 1, north + (1 << bits) - 1
    if east < inner[0] or south < inner[1] or west > inner[2] or north > inner[3]:
        return
    if west >= inner[0] and north >= inner[1] and east <= inner[2] and south <= inner[3]:
        yield square
        return
    for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)):
        yield from _inside(Square(square.level + 1, 2 * square.x + x, 2 * square.y + y), inner)


def _rim(outer: tuple[float, float, float, float], inner: tuple[int, int, int, int]) -> tuple[Box, ...]:
    """Four boxes around the inner one."""
    west, north, east, south = outer
    inner_west, inner_north, inner_east, inner_south = inner[0], inner[1], inner[2] + 1, inner[3] + 1
    return (
        _metres(west, north, east, inner_north),
        _metres(west, inner_south, east, south),
        _metres(west, inner_north, inner_west, inner_south),
        _metres(inner_east, inner_north, east, inner_south),
    )


def _metres(west: float, north: float, east: float, south: float) -> Box:
    side = 2 * HALF / (1 << UNIT_BITS)
    return (
        west * side - HALF - _MARGIN,
        HALF - south * side - _MARGIN,
        east * side - HALF + _MARGIN,
        HALF - north * side + _MARGIN,
    )
