"""How many points a box holds, from counts kept in advance: close enough to choose a plan by, and never 0 where there is one.

The box is widened to whole cells, so a count is that of a little more ground; what is not yet merged is added wherever it lies.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from layers.grid import Box, Tile, tile_at
from layers.pyramid import CELL_BITS, LEVELS, Pyramid, morton

#: Cells along a side of the box at most, where the coarsest zoom allows it.
_ACROSS: Final = 8

_COUNT: Final = """
WITH inside AS (SELECT n, kind, value FROM layers_pyramidpart WHERE {where}),
     everywhere AS (SELECT n, kind FROM layers_pyramidpart WHERE cell BETWEEN %s AND %s),
     waiting AS (SELECT kind, value FROM layers_pyramiddelta WHERE place BETWEEN %s AND %s)
SELECT (SELECT coalesce(sum(n), 0) FROM inside WHERE {kind} AND {value}) + (SELECT count(*) FROM waiting WHERE {kind} AND {value}),
       (SELECT coalesce(sum(n), 0) FROM inside WHERE {kind}) + (SELECT count(*) FROM waiting WHERE {kind}),
       (SELECT coalesce(sum(n), 0) FROM inside) + (SELECT count(*) FROM waiting),
       (SELECT coalesce(sum(n), 0) FROM everywhere WHERE {kind}) + (SELECT count(*) FROM waiting WHERE {kind}),
       (SELECT coalesce(sum(n), 0) FROM everywhere) + (SELECT count(*) FROM waiting)"""


@dataclass(frozen=True, slots=True)
class BoxCount:
    """How many points: of the kinds and values asked for, of the kinds, and of any, in the box; of the kinds, and of any, anywhere."""

    asked: int
    kinds: int
    all: int
    kinds_anywhere: int
    all_anywhere: int


def count_in_box(pyramid: Pyramid, box: Box | None, kinds: Collection[int], values: Collection[int]) -> BoxCount:
    """Count what lies in the box (degrees, SRID 4326; None is the world) and is of these kinds and values; an empty choice is any."""
    where, numbers = _cells(pyramid, box)
    # Numbers of ours, not words of a request: in the text, for each is needed several times.
    kind = f"kind = ANY('{{{','.join(map(str, kinds))}}}')" if kinds else "true"
    value = f"value = ANY('{{{','.join(map(str, values))}}}')" if values else "true"
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT.format(where=where, kind=kind, value=value), [*numbers, *_everywhere(pyramid), *pyramid.places]
        )  # fmt: skip
        return BoxCount(*map(int, cursor.fetchone()))


def _everywhere(pyramid: Pyramid) -> list[Any]:
    """The ends of the cells of the coarsest zoom, which are few."""
    begin, _last = pyramid.cells_of(Tile(LEVELS[0], 0, 0))
    return [begin, begin + (1 << 2 * (LEVELS[0] + CELL_BITS)) - 1]


def _cells(pyramid: Pyramid, box: Box | None) -> tuple[str, list[Any]]:
    """The condition that chooses the cells under the box, at the finest zoom at which they are few."""
    for zoom in reversed(LEVELS) if box else ():
        first, last = _corner(box, zoom, 0, 3), _corner(box, zoom, 2, 1)
        if last.x - first.x < _ACROSS and last.y - first.y < _ACROSS:
            cells = [
                _cell(pyramid, zoom, column, row) for column in range(first.x, last.x + 1) for row in range(first.y, last.y + 1)
            ]
            return "cell = ANY(%s::bigint[])", [cells]
    return "cell BETWEEN %s AND %s", _everywhere(pyramid)


def _corner(box: Box | None, zoom: int, x: int, y: int) -> Tile:
    """The cell in which a corner lies: a tile of a zoom so much deeper."""
    assert box is not None
    return tile_at(box[x], box[y], zoom + CELL_BITS)


def _cell(pyramid: Pyramid, zoom: int, column: int, row: int) -> int:
    first, _last = pyramid.cells_of(Tile(zoom, column >> CELL_BITS, row >> CELL_BITS))
    inner = (1 << CELL_BITS) - 1
    return first + morton(column & inner, row & inner)
