"""Counts of a layer's points kept in advance: what is declared of them, and how their places are numbered.

A place is a pair of whole units of the world at zoom `DEEP` (4096 to a tile), interleaved bit by bit (Morton order). So every tile
of every zoom is one unbroken range of places, and the cell of a place at a coarser zoom is a shift.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from layers.grid import EXTENT, Tile

#: The deepest zoom that is counted; a unit of it is about 0.6 m at the equator.
DEEP: Final = 14
#: The zooms for which counts are kept.
LEVELS: Final = range(6, DEEP + 1)
#: The zooms whose tiles without filters are also kept finished. Deeper ones are many, and have no more to count.
STORED: Final = range(6, 14)
#: Whole units along a side of the world.
UNITS: Final = EXTENT << DEEP
#: Of latitudes beyond there are no tiles.
_EDGE: Final = 85.0511
#: Bits of a place: twice those of a unit's number along one side of the world.
_PLACE_BITS: Final = 2 * (DEEP + EXTENT.bit_length() - 1)
#: Cells along the side of a tile are 2**4. By month they are 2**3: there are as many sums in a tile as months times cells.
CELL_BITS, MONTH_CELL_BITS = 4, 3
#: Where the pyramid's number and the zoom stand in the number of a cell, and the pyramid's number in that of a place.
ZOOM_AT, BY_MONTH_AT, NUMBER_AT = 40, 44, 45
PLACE_NUMBER_AT: Final = 52
LARGEST_NUMBER: Final = 127
#: Where a kind would stand that is none: there is a row while kinds were not counted by month from the beginning.
UNTOLD: Final = (1 << ZOOM_AT) - 1
#: As many as `layers.models.PyramidTotal` has columns for.
MOST_VALUES: Final = 5

Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pyramid:
    """How the rows of a table are counted in advance. Names are those of the database.

    ``number`` tells its counts from those of other layers; never change it, and never give it to another layer. The rows of
    ``table`` where each column of ``shown`` has its value are counted: at the point in ``place`` (SRID 3857), by the whole
    number in ``kind`` (the key of another table), by the text in ``value``, which ``values`` turns into the few codes that
    are shown, and by the month of the moment in ``month``, in the time zone named by the one row of ``zone`` (``table.column``;
    UTC while there is none).

    Triggers write this down (`layers.pyramid_triggers`), so a change of it needs a migration, and one of ``values``, ``kind``
    or ``month`` also ``rebuild_pyramid``.
    """

    number: int
    table: str
    shown: Mapping[str, str]
    place: str
    kind: str
    value: str
    values: Mapping[str, tuple[str, ...]]
    month: str
    zone: str

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of ``values`` by name; the first is counted as 1, and so on."""
        return tuple(sorted(self.values))

    @property
    def places(self) -> Range:
        """All places of this pyramid, both ends included."""
        return self.number << PLACE_NUMBER_AT, (self.number + 1 << PLACE_NUMBER_AT) - 1

    @property
    def cells(self) -> Range:
        """All cells of this pyramid, both ends included."""
        return self.number << NUMBER_AT, (self.number + 1 << NUMBER_AT) - 1

    def places_of(self, tile: Tile) -> Range:
        """The places inside a tile, both ends included."""
        bits = _PLACE_BITS - 2 * tile.z
        first = (self.number << PLACE_NUMBER_AT) + (morton(tile.x, tile.y) << bits)
        return first, first + (1 << bits) - 1

    def key_of(self, tile: Tile) -> int:
        """The number of a tile, from which `tile_of` reads it."""
        return (self.number << NUMBER_AT) + (tile.z << ZOOM_AT) + morton(tile.x, tile.y)

    @property
    def kinds_by_month(self) -> Range:
        """The cells that are no cells but kinds, by month and all over the world: zoom 0, which has no others. The last is `UNTOLD`."""
        first = (self.number << NUMBER_AT) + (1 << BY_MONTH_AT)
        return first, first + UNTOLD

    def cells_of(self, tile: Tile, *, by_month: bool = False) -> Range:
        """The cells of a tile, both ends included."""
        bits = 2 * (MONTH_CELL_BITS if by_month else CELL_BITS)
        first = (self.number << NUMBER_AT) + (by_month << BY_MONTH_AT) + (tile.z << ZOOM_AT) + (morton(tile.x, tile.y) << bits)
        return first, first + (1 << bits) - 1


def cell_shift(zoom: int, *, by_month: bool = False) -> int:
    """Return by how many bits a place is shifted to become the cell of ``zoom`` that it is in."""
    return _PLACE_BITS - 2 * zoom - 2 * (MONTH_CELL_BITS if by_month else CELL_BITS)


def unit_at(lon: float, lat: float) -> tuple[float, float]:
    """Return where a place (degrees, SRID 4326) lies in units of the world: from the west, from the north."""
    row = (1.0 - math.asinh(math.tan(math.radians(max(-_EDGE, min(_EDGE, lat))))) / math.pi) / 2.0
    return (lon + 180.0) / 360.0 * UNITS, row * UNITS


def morton(x: int, y: int) -> int:
    """Interleave the bits of two numbers, those of ``y`` first."""
    return _spread(x) | _spread(y) << 1


def _spread(number: int) -> int:
    spread = 0
    for bit in range(number.bit_length()):
        spread |= (number >> bit & 1) << 2 * bit
    return spread


def tile_of(number: int) -> Tile:
    """Return the tile whose zoom and Morton number stand in ``number`` like those of a cell."""
    place = number & (1 << ZOOM_AT) - 1
    return Tile(number >> ZOOM_AT & 15, _gather(place), _gather(place >> 1))


def _gather(spread: int) -> int:
    return sum((spread >> 2 * bit & 1) << bit for bit in range(spread.bit_length() // 2 + 1))


def month_number(year: int, month: int) -> int:
    """Return months since January 1900, as counts are kept by."""
    return (year - 1900) * 12 + month - 1
