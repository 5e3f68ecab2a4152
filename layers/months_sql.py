"""The statements behind cells by month: counts kept in advance with what is not yet merged into them, or the rows themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.contrib.gis.geos import Polygon
from django.core.exceptions import EmptyResultSet
from django.db.models import Q

from layers.counts_sql import as_text, month_of
from layers.declaration import DateRange, MapLayer
from layers.grid import HALF
from layers.months_cells import Entry, Window, first_cell
from layers.pyramid import MOST_VALUES, PLACE_NUMBER_AT, UNITS, Pyramid, Range, cell_shift
from layers.pyramid_sql import units
from layers.rows_sql import fetch

LONGEST_MS: Final = 5_000
_VALUES: Final = range(1, MOST_VALUES + 1)
_COLUMNS: Final = ", ".join(f"n{value}" for value in _VALUES)
_SUMS: Final = ", ".join(f"sum(n{value})::bigint AS n{value}" for value in _VALUES)
_ALL: Final = " + ".join(f"n{value}" for value in _VALUES)


def sizes(windows: Sequence[Window], months: Range, wanted: Sequence[int], most: int) -> dict[int, int]:
    """Return how many entries the counts hold at each zoom (no more than ``most`` are looked for), by zoom. One statement.

    What waits to be merged is left out: this is to choose a zoom, not to answer.
    """
    each = " UNION ALL ".join(
        f"""SELECT {one.zoom} AS zoom, (SELECT count(*) FROM (
            SELECT FROM (SELECT {_COLUMNS}, su, sv, {_ALL} AS n FROM layers_pyramidtotal
                         WHERE {_in("cell", one.cells)} AND month BETWEEN {_ends(months)} OFFSET 0) AS t
            WHERE {_chosen(one, wanted)} LIMIT {most}) AS found) AS entries"""
        for one in windows
    )
    return {row["zoom"]: row["entries"] for row in fetch(each, (), LONGEST_MS)}


def kept(pyramid: Pyramid, window: Window, months: Range, wanted: Sequence[int], most: int) -> list[Entry]:
    """Return ``most`` entries of the window from the counts and the notes that wait to be merged, in order. One statement."""
    shift = cell_shift(window.zoom, by_month=True)
    cell = f"{first_cell(pyramid, window.zoom)} + ((place & {(1 << PLACE_NUMBER_AT) - 1}) >> {shift})"
    by_value = ", ".join(f"CASE value WHEN {value} THEN n ELSE 0 END" for value in _VALUES)
    rows = fetch(
        f"""SELECT cell - {first_cell(pyramid, window.zoom)} AS cell, month, su AS u, sv AS v, n, {_COLUMNS} FROM (
            SELECT *, {_ALL} AS n FROM (
                SELECT cell, month, sum(su)::bigint AS su, sum(sv)::bigint AS sv, {_SUMS} FROM (
                    SELECT cell, month, su, sv, {_COLUMNS} FROM layers_pyramidtotal
                    WHERE {_in("cell", window.cells)} AND month BETWEEN {_ends(months)}
                    UNION ALL
                    SELECT {cell}, month, n * u::bigint, n * v::bigint, {by_value} FROM layers_pyramiddelta
                    WHERE {_in("place", window.places)} AND month BETWEEN {_ends(months)}) AS every
                GROUP BY cell, month) AS summed OFFSET 0) AS t
        WHERE {_chosen(window, wanted)} ORDER BY cell, month LIMIT {most}""",
        (),
        LONGEST_MS,
    )
    return _read(rows, wanted)


def of_rows(
    layer: MapLayer, pyramid: Pyramid, windows: Sequence[Window], months: Range, condition: Q, by: DateRange, most: int
) -> tuple[int, list[Entry]]:
    """Return the zoom of the first window whose entries are fewer than ``most``, and these, counted from the rows. One statement.

    ``windows`` are of one box, the finest first. Rows are read and added up once, for the finest; what is coarser is added up from
    that. So the ground that is read is that of the coarsest window which may be needed, for its cells are told whole.
    """
    needed = _needed(windows, months, most)
    chosen = layer.queryset().filter(condition, (f"{pyramid.place}__bboverlaps", _box(needed[-1])))
    rows = chosen.order_by().values(
        row_shape=as_text(pyramid.place),
        row_month=month_of(by),
        row_value=layer.field(layer.grid_value).expression(""),
    )
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return needed[0].zoom, []
    steps = [_finest(pyramid, needed[0], needed[-1], sql), *(_coarser(one) for one in needed[1:])]
    fits = " ".join(f"WHEN (SELECT count(*) FROM at_{one.zoom} WHERE {_inside(one)}) < {most} THEN {one.zoom}" for one in needed)
    told = " UNION ALL ".join(
        f"""SELECT {one.zoom} AS zoom, layers_morton(x, y) AS cell, month, u, v, n, {_COLUMNS} FROM at_{one.zoom}
            WHERE (SELECT zoom FROM fitting) = {one.zoom} AND {_inside(one)}"""
        for one in needed
    )
    found = fetch(
        f"""WITH {", ".join(steps)}, fitting AS (SELECT CASE {fits} ELSE {needed[-1].zoom} END AS zoom)
        SELECT * FROM ({told}) AS told ORDER BY cell, month LIMIT {most}""",
        params,
        LONGEST_MS,
    )
    return found[0]["zoom"] if found else needed[0].zoom, _read(found, _VALUES)


def _needed(windows: Sequence[Window], months: Range, most: int) -> Sequence[Window]:
    """The windows down to the first one that cannot hold too many entries."""
    for number, one in enumerate(windows, 1):
        if one.size * (months[1] - months[0] + 1) < most:
            return windows[:number]
    return windows


def _finest(pyramid: Pyramid, window: Window, read: Window, rows: str) -> str:
    u, v = units("row_shape")
    counts = ", ".join(f"count(*) FILTER (WHERE value = '{code}') AS n{number}" for number, code in enumerate(pyramid.codes, 1))
    nothing = "".join(f", 0 AS n{value}" for value in _VALUES if value > len(pyramid.codes))
    return f"""at_{window.zoom} AS MATERIALIZED (
        SELECT u >> {window.bits} AS x, v >> {window.bits} AS y, month, sum(u)::bigint AS u, sum(v)::bigint AS v, count(*) AS n, {counts}{nothing}
        FROM (SELECT {u}::int AS u, {v}::int AS v, row_month::int AS month, row_value AS value FROM ({rows}) AS chosen OFFSET 0) AS placed
        WHERE {_touching(read, "u", "v")} AND v BETWEEN 0 AND {UNITS - 1} AND u BETWEEN 0 AND {UNITS - 1}
        GROUP BY 1, 2, 3)"""


def _coarser(window: Window) -> str:
    return f"""at_{window.zoom} AS MATERIALIZED (
        SELECT x >> 1 AS x, y >> 1 AS y, month, sum(u)::bigint AS u, sum(v)::bigint AS v, sum(n)::bigint AS n, {_SUMS}
        FROM at_{window.zoom + 1} GROUP BY 1, 2, 3)"""


def _read(rows: Sequence[dict[str, Any]], wanted: Sequence[int]) -> list[Entry]:
    return [
        Entry(
            row["cell"],
            row["month"],
            row["u"],
            row["v"],
            row["n"],
            tuple(row[f"n{one}"] if one in wanted else 0 for one in _VALUES),
        )
        for row in rows
    ]


def _chosen(window: Window, wanted: Sequence[int]) -> str:
    """Some of the wanted values are there, and the cell touches the box: the middle of what it counts lies within it, as all of that does."""
    some = " + ".join(f"n{value}" for value in wanted) or "0"
    return f"n > 0 AND {some} > 0 AND {_touching(window, 'su / nullif(n, 0)', 'sv / nullif(n, 0)')}"


def _touching(window: Window, u: str, v: str) -> str:
    return _inside(window, f"(({u}) >> {window.bits})", f"(({v}) >> {window.bits})")


def _inside(window: Window, column: str = "x", row: str = "y") -> str:
    (west, east), (north, south) = window.columns, window.rows
    columns = f"{column} BETWEEN {west} AND {east}" if west <= east else f"({column} >= {west} OR {column} <= {east})"
    return f"{columns} AND {row} BETWEEN {north} AND {south}"


def _box(window: Window) -> Polygon:
    """What holds the window in metres (SRID 3857), for the index; the exact edge is drawn by whole units."""
    (west, east), (north, south) = window.columns, window.rows
    if west > east:
        west, east = 0, UNITS >> window.bits
    side = 2 * HALF / (UNITS >> window.bits)
    box = Polygon.from_bbox(
        (west * side - HALF - 1, HALF - (south + 1) * side - 1, (east + 1) * side - HALF + 1, HALF - north * side + 1)
    )
    box.srid = 3857
    return box


def _in(column: str, ranges: Sequence[Range]) -> str:
    return f"({' OR '.join(f'{column} BETWEEN {_ends(one)}' for one in ranges)})"


def _ends(ends: Range) -> str:
    return f"{ends[0]} AND {ends[1]}"
