"""Cells by month: which of them touch a box, how they are told in one answer, and how four of them become one. No query is made here.

Cells are those in which a pyramid counts by month (`layers.pyramid`): 8 × 8 in a tile, numbered within their zoom in Morton order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from layers.counts_table import month_word
from layers.grid import Box, Tile, tile_at
from layers.pyramid import BY_MONTH_AT, MONTH_CELL_BITS, NUMBER_AT, UNITS, ZOOM_AT, Pyramid, Range, cell_shift, morton, unit_at

#: A box is read as this many unbroken ranges of cells at most.
_MOST_RANGES: Final = 9


class Entry(NamedTuple):
    """A cell in a month: sums of units (``u``, ``v``) of the ``places`` counted there, and how many of each value were asked for."""

    cell: int
    month: int
    u: int
    v: int
    places: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The cells of one zoom that touch a box: columns from ``west`` to ``east`` (west > east crosses 180°), rows ``north`` to ``south``.

    ``cells`` and ``places`` are ranges that hold all of it and some of what is around.
    """

    zoom: int
    columns: Range
    rows: Range
    cells: tuple[Range, ...]
    places: tuple[Range, ...]

    @property
    def size(self) -> int:
        """How many cells there are in it."""
        (west, east), (north, south) = self.columns, self.rows
        across = east - west + 1 if west <= east else (UNITS >> self.bits) - west + east + 1
        return across * (south - north + 1)

    @property
    def bits(self) -> int:
        """By how many bits a unit is shifted to become the column or row of its cell."""
        return cell_shift(self.zoom, by_month=True) // 2


def window(pyramid: Pyramid, box: Box, zoom: int) -> Window:
    """Return the cells of ``zoom`` that touch ``box`` (degrees, SRID 4326)."""
    west, south, east, north = box
    bits = cell_shift(zoom, by_month=True) // 2
    tiles = _cover(box, zoom)
    columns = _unit(west, 0.0)[0] >> bits, _unit(east, 0.0)[0] >> bits
    if west > east and columns[0] <= columns[1]:  # the gap is within a cell: all around the world
        columns = 0, (UNITS >> bits) - 1
    return Window(
        zoom,
        columns,
        (_unit(0.0, north)[1] >> bits, _unit(0.0, south)[1] >> bits),
        tuple(_cells(pyramid, tile, zoom) for tile in tiles),
        tuple(pyramid.places_of(tile) for tile in tiles),
    )


def first_cell(pyramid: Pyramid, zoom: int) -> int:
    """Return the number from which the cells of a zoom are counted."""
    return (pyramid.number << NUMBER_AT) + (1 << BY_MONTH_AT) + (zoom << ZOOM_AT)


def _cells(pyramid: Pyramid, tile: Tile, zoom: int) -> Range:
    """The cells of ``zoom`` inside a tile of that zoom or a coarser one."""
    bits = 2 * (zoom - tile.z + MONTH_CELL_BITS)
    first = first_cell(pyramid, zoom) + (morton(tile.x, tile.y) << bits)
    return first, first + (1 << bits) - 1


def _cover(box: Box, deepest: int) -> list[Tile]:
    """A few tiles of one zoom that hold the box."""
    west, south, east, north = box
    halves = [box] if west <= east else [(west, south, 180.0, north), (-180.0, south, east, north)]
    for zoom in range(deepest, 0, -1):
        tiles: set[Tile] = set()
        for half in halves:
            first, last = tile_at(half[0], half[3], zoom), tile_at(half[2], half[1], zoom)
            if (last.x - first.x + 1) * (last.y - first.y + 1) > _MOST_RANGES:
                break
            tiles |= {Tile(zoom, x, y) for x in range(first.x, last.x + 1) for y in range(first.y, last.y + 1)}
        else:
            return sorted(tiles, key=lambda tile: morton(tile.x, tile.y))
    return [Tile(0, 0, 0)]


def _unit(lon: float, lat: float) -> tuple[int, int]:
    """The unit of the world in which a place lies; what is beyond the world is at its edge."""
    u, v = unit_at(lon, lat)
    return _within(u), _within(v)


def _within(unit: float) -> int:
    return max(0, min(UNITS - 1, math.floor(unit)))


def coarser(entries: Iterable[Entry]) -> list[Entry]:
    """Return the same by the cells of the zoom above."""
    sums: dict[tuple[int, int], Entry] = {}
    for one in entries:
        key = one.cell >> 2, one.month
        old = sums.get(key)
        sums[key] = one._replace(cell=key[0]) if old is None else _together(old, one)
    return sorted(sums.values())


def _together(one: Entry, other: Entry) -> Entry:
    counts = tuple(a + b for a, b in zip(one.counts, other.counts, strict=True))
    return Entry(one.cell, one.month, one.u + other.u, one.v + other.v, one.places + other.places, counts)


def told(entries: Sequence[Entry], months: Range, codes: Sequence[str]) -> dict[str, Any]:
    """Return the parts of the answer that come from entries, which are in order; each cell stands in the middle of all that it counts."""
    places: dict[int, list[int]] = {}
    for one in entries:
        place = places.setdefault(one.cell, [0, 0, 0])
        place[0], place[1], place[2] = place[0] + one.u, place[1] + one.v, place[2] + one.places
    number = {cell: at for at, cell in enumerate(places)}
    by_month: dict[int, dict[str, list[Any]]] = {
        month: {"cell": [], "count": [], "value": []} for month in range(months[0], months[1] + 1)
    }
    for one in entries:
        row = by_month[one.month]
        row["cell"].append(number[one.cell])
        row["count"].append(sum(one.counts))
        # As in tiles: a value that is as frequent as another gives way to the one before it.
        row["value"].append(codes[one.counts.index(max(one.counts))])
    middles = [_degrees(u / n, v / n) for u, v, n in places.values()]
    return {
        "months": [month_word(month) for month in by_month],
        "cells": {"lon": [lon for lon, _lat in middles], "lat": [lat for _lon, lat in middles]},
        "counts": list(by_month.values()),
    }


def _degrees(u: float, v: float) -> tuple[float, float]:
    """The middle of a unit in degrees; five decimals are a metre."""
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (v + 0.5) / UNITS))))
    return round((u + 0.5) / UNITS * 360.0 - 180.0, 5), round(lat, 5)
