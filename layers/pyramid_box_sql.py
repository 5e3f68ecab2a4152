"""How many points a box holds, from counts kept in advance: close enough to choose a plan by, and never 0 where there is one.

The box is widened to whole cells, so a count is that of a little more ground; what is not yet merged is added wherever it lies.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from layers.grid import SQUARE_ZOOM, Box, Tile, tile_at
from layers.pyramid import CELL_BITS, LEVELS, Pyramid, morton

#: Cells along a side of the box at most, where the coarsest zoom allows it.
_ACROSS: Final = 8
#: Squares that are told one by one.
MOST_SQUARES: Final = 64

_COUNT: Final = """
SELECT i.asked + w.asked, i.kinds + w.kinds, i.n + w.n, e.kinds + w.kinds, e.n + w.n, s.n + w.n
FROM (SELECT coalesce(sum(n) FILTER (WHERE {kind} AND {value}), 0) AS asked, coalesce(sum(n) FILTER (WHERE {kind}), 0) AS kinds,
             coalesce(sum(n), 0) AS n FROM layers_pyramidpart WHERE {where}) AS i,
     (SELECT coalesce(sum(n) FILTER (WHERE {kind}), 0) AS kinds, coalesce(sum(n), 0) AS n
      FROM layers_pyramidpart WHERE cell BETWEEN %s AND %s) AS e,
     (SELECT count(*) FILTER (WHERE {kind} AND {value}) AS asked, count(*) FILTER (WHERE {kind}) AS kinds, count(*) AS n
      FROM layers_pyramiddelta WHERE place BETWEEN %s AND %s) AS w,
     (SELECT coalesce(sum(n1 + n2 + n3 + n4 + n5), 0) AS n FROM layers_pyramidtotal WHERE cell = ANY(%s::bigint[])) AS s"""


@dataclass(frozen=True, slots=True)
class BoxCount:
    """How many points: of the kinds and values asked for, of the kinds, and of any, in the box; of the kinds, and of any, anywhere.

    ``squares`` are the numbers of the squares (`layers.grid.Tile.square`) that the box touches, empty where they are many; ``in_squares``
    is how many points of any kind those hold.
    """

    asked: int
    kinds: int
    all: int
    kinds_anywhere: int
    all_anywhere: int
    in_squares: int
    squares: tuple[int, ...]


def count_in_box(pyramid: Pyramid, box: Box | None, kinds: Collection[int], values: Collection[int]) -> BoxCount:
    """Count what lies in the box (degrees, SRID 4326; None is the world) and is of these kinds and values; an empty choice is any."""
    where, numbers = _cells(pyramid, box)
    squares = _squares(box)
    # Numbers of ours, not words of a request: in the text, for each is needed several times.
    kind = f"kind = ANY('{{{','.join(map(str, kinds))}}}')" if kinds else "true"
    value = f"value = ANY('{{{','.join(map(str, values))}}}')" if values else "true"
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT.format(where=where, kind=kind, value=value),
            [*numbers, *_everywhere(pyramid), *pyramid.places, [_cell_of(pyramid, one) for one in squares]],
        )
        asked, of_kinds, of_any, kinds_anywhere, any_anywhere, in_squares = map(int, cursor.fetchone())
    numbers_of_squares = tuple(one.square for one in squares)
    return BoxCount(asked, of_kinds, of_any, kinds_anywhere, any_anywhere, in_squares, numbers_of_squares)


def _squares(box: Box | None) -> list[Tile]:
    if box is None:
        return []
    first, last = tile_at(box[0], box[3], SQUARE_ZOOM), tile_at(box[2], box[1], SQUARE_ZOOM)
    if (last.x - first.x + 1) * (last.y - first.y + 1) > MOST_SQUARES:
        return []
    return [Tile(SQUARE_ZOOM, x, y) for x in range(first.x, last.x + 1) for y in range(first.y, last.y + 1)]


def _cell_of(pyramid: Pyramid, square: Tile) -> int:
    """Cells are so much finer than the tiles for which they are kept that those of one zoom are the squares."""
    return _cell(pyramid, SQUARE_ZOOM - CELL_BITS, square.x, square.y)


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
