"""The SQL that keeps a pyramid: what a trigger notes, how notes are merged into the counts, how all is counted anew.

Names in it are those of declarations, which the people who write this product choose; nothing of a request comes here.
"""

from __future__ import annotations

from typing import Final

from layers.grid import HALF
from layers.pyramid import (
    BY_MONTH_AT,
    DEEP,
    LEVELS,
    MOST_VALUES,
    NUMBER_AT,
    PLACE_NUMBER_AT,
    UNITS,
    ZOOM_AT,
    Pyramid,
    cell_shift,
)

_PER_METRE: Final = UNITS / (2 * HALF)
_PLACE: Final = f"(place & {(1 << PLACE_NUMBER_AT) - 1})"
_VALUES: Final = range(1, MOST_VALUES + 1)
_SUMS: Final = "sum(n)::bigint AS n, sum(su)::bigint AS su, sum(sv)::bigint AS sv"
#: Kinds by month, all over the world, in the place of cells (`Pyramid.kinds_by_month`).
_KINDS: Final = f"""
    kinds AS MATERIALIZED (
        SELECT place >> {PLACE_NUMBER_AT} AS number, kind::bigint AS cell, month, value, sum(n)::bigint AS n, 0 AS su, 0 AS sv
        FROM taken GROUP BY 1, 2, 3, 4)"""
#: One merge at a time (any number of our own will do); a second one has nothing to do.
MERGE_LOCK: Final = 0x7079_7261
#: Merging waits for a count from scratch, and the other way round; writers and readers of anything wait for neither.
LOCK: Final = "LOCK TABLE layers_pyramidtotal IN SHARE ROW EXCLUSIVE MODE"


def units(shape: str) -> tuple[str, str]:
    """SQL of the column and the row of a point (SRID 3857) in whole units of the world at zoom `DEEP`, as doubles."""
    return f"floor((ST_X({shape}) + {HALF!r}) * {_PER_METRE!r})", f"floor(({HALF!r} - ST_Y({shape})) * {_PER_METRE!r})"


def counted(pyramid: Pyramid, source: str) -> str:
    """SQL of place, u, v, kind, value and month for the rows of ``source`` that count: what may be shown and lies in the world."""
    u, v = units(pyramid.place)
    shown = " AND ".join(f"{column} = '{value}'" for column, value in pyramid.shown.items())
    cases = " ".join(f"WHEN '{stored}' THEN {number}" for number, stored in _stored(pyramid))
    table, column = pyramid.zone.split(".")
    moment = f"{pyramid.month} AT TIME ZONE coalesce((SELECT {column} FROM {table} LIMIT 1), 'UTC')"
    # The moment stands in the inner query, so that the zone is looked up once: a report pays for each look.
    month = "(date_part('year', moment) - 1900) * 12 + date_part('month', moment) - 1"
    return f"""SELECT {pyramid.number}::bigint << {PLACE_NUMBER_AT} | layers_morton(u::int, v::int) AS place, u::int AS u, v::int AS v,
               kind, value, least(greatest({month}, 0), 32767)::smallint AS month
        FROM (SELECT {u} AS u, {v} AS v, {pyramid.kind}::int AS kind, (CASE {pyramid.value} {cases} END)::smallint AS value,
                     {moment} AS moment
              FROM {source} WHERE {shown} AND {pyramid.place} IS NOT NULL OFFSET 0) AS placed
        WHERE u >= 0 AND u < {UNITS} AND v >= 0 AND v < {UNITS} AND value IS NOT NULL"""  # names of a declaration


def _stored(pyramid: Pyramid) -> list[tuple[int, str]]:
    return [(number, stored) for number, code in enumerate(pyramid.codes, 1) for stored in pyramid.values[code]]


def note_added(pyramid: Pyramid, source: str) -> str:
    """The statement that notes all rows of ``source`` as new."""
    return f"INSERT INTO layers_pyramiddelta (place, u, v, kind, value, month, n)\n        {_signed(pyramid, source, 1)};"


def note_removed(pyramid: Pyramid, source: str) -> str:
    """The statement that notes all rows of ``source`` as gone."""
    return f"INSERT INTO layers_pyramiddelta (place, u, v, kind, value, month, n)\n        {_signed(pyramid, source, -1)};"


def note_changed(pyramid: Pyramid, old: str, new: str) -> str:
    """The statement that notes the difference of ``old`` and ``new`` rows; what is alike in both is not noted."""
    return f"""INSERT INTO layers_pyramiddelta (place, u, v, kind, value, month, n)
        SELECT place, u, v, kind, value, month, sum(n)
        FROM ({_signed(pyramid, old, -1)}
              UNION ALL {_signed(pyramid, new, 1)}) AS both_sides
        GROUP BY place, u, v, kind, value, month HAVING sum(n) <> 0;"""  # names of a declaration


def _signed(pyramid: Pyramid, source: str, n: int) -> str:
    return f"SELECT *, {n} AS n FROM ({counted(pyramid, source)}) AS counted"


def note_emptied(pyramid: Pyramid) -> str:
    """The statements that forget all notes and counts of this pyramid."""
    first, last = pyramid.places
    return f"DELETE FROM layers_pyramiddelta WHERE place BETWEEN {first} AND {last};\n        {empty_counts(pyramid)}"  # numbers


def empty_counts(pyramid: Pyramid) -> str:
    """The statements that forget all counts of this pyramid, and its finished tiles, whose numbers lie between those of cells."""
    first, last = pyramid.cells
    return f"""DELETE FROM layers_pyramidpart WHERE cell BETWEEN {first} AND {last};
        DELETE FROM layers_pyramidtotal WHERE cell BETWEEN {first} AND {last};
        DELETE FROM layers_pyramidtile WHERE tile BETWEEN {first} AND {last};"""  # numbers


def merge() -> str:
    """The statement that takes notes (as many as its parameter says) into the counts; gives how many it took, and in which tiles.

    Notes of one neighbourhood are taken together, so that one merge touches few counts.
    """
    taken = """taken AS MATERIALIZED (
        DELETE FROM layers_pyramiddelta WHERE ctid = ANY(ARRAY(SELECT ctid FROM layers_pyramiddelta ORDER BY place LIMIT %s))
        RETURNING place, kind, value, month, n, n * u::bigint AS su, n * v::bigint AS sv)"""
    tiles = " UNION ".join(f"SELECT {_cell(zoom, of='cell >> 8')} FROM part_{zoom}" for zoom in LEVELS)
    return _into_counts(taken, f"SELECT (SELECT count(*) FROM taken), ARRAY({tiles})")  # names of a declaration


def rebuild(pyramid: Pyramid) -> str:
    """The statement that counts all rows of the pyramid's table; the counts were emptied before. Gives how many it counted.

    The notes go in the same statement: it sees those of exactly the rows that it counts.
    """
    first, last = pyramid.places
    taken = f"""gone AS (DELETE FROM layers_pyramiddelta WHERE place BETWEEN {first} AND {last}),
    taken AS MATERIALIZED (
        SELECT place, kind, value, month, 1 AS n, u::bigint AS su, v::bigint AS sv FROM ({counted(pyramid, pyramid.table)}) AS counted)"""
    return _into_counts(taken, "SELECT count(*) FROM taken")  # names of a declaration


def _into_counts(taken: str, answer: str) -> str:
    """Sum up ``taken`` zoom by zoom, each from the one below it, and add it to what is counted there already."""
    steps = [taken, _deepest("part", cell_shift(DEEP), "kind"), _deepest("month", cell_shift(DEEP, by_month=True), "month")]
    steps.append(_KINDS)
    for zoom in reversed(LEVELS[:-1]):
        steps += [_next("part", zoom, "kind"), _next("month", zoom, "month")]
    return f"WITH {', '.join(steps)}, {_into_parts()}, {_into_totals()} {answer}"


def _deepest(name: str, shift: int, by: str) -> str:
    return f"""
    {name}_{DEEP} AS MATERIALIZED (
        SELECT place >> {PLACE_NUMBER_AT} AS number, {_PLACE} >> {shift} AS cell, {by}, value, {_SUMS}
        FROM taken GROUP BY 1, 2, 3, 4)"""


def _next(name: str, zoom: int, by: str) -> str:
    return f"""
    {name}_{zoom} AS MATERIALIZED (
        SELECT number, cell >> 2 AS cell, {by}, value, {_SUMS} FROM {name}_{zoom + 1} GROUP BY 1, 2, 3, 4)"""


def _cell(zoom: int, *, by_month: bool = False, of: str = "cell") -> str:
    return f"number << {NUMBER_AT} | {(by_month << BY_MONTH_AT) + (zoom << ZOOM_AT)} | ({of})"


def _into_parts() -> str:
    rows = " UNION ALL ".join(
        f"SELECT {_cell(zoom)}, su, sv, kind, n, value FROM part_{zoom} WHERE (n, su, sv) <> (0, 0, 0)" for zoom in LEVELS
    )
    return f"""
    parts AS (
        INSERT INTO layers_pyramidpart AS old (cell, su, sv, kind, n, value) {rows} ORDER BY 1, 4, 6
        ON CONFLICT (cell, kind, value) DO UPDATE SET n = old.n + excluded.n, su = old.su + excluded.su, sv = old.sv + excluded.sv)"""


def _into_totals() -> str:
    counts = ", ".join(f"coalesce(sum(n) FILTER (WHERE value = {value}), 0)::int AS n{value}" for value in _VALUES)
    columns = ", ".join(f"n{value}" for value in _VALUES)
    adding = ", ".join(f"{name} = old.{name} + excluded.{name}" for name in ("su", "sv", *columns.split(", ")))
    sums = f"sum(su)::bigint AS su, sum(sv)::bigint AS sv, {counts}"
    rows = " UNION ALL ".join(
        f"SELECT {_cell(zoom)} AS cell, {sums}, 0 AS month FROM part_{zoom} GROUP BY 1 UNION ALL "
        f"SELECT {_cell(zoom, by_month=True)} AS cell, {sums}, month FROM month_{zoom} GROUP BY 1, month"
        for zoom in LEVELS
    )
    rows += f" UNION ALL SELECT {_cell(0, by_month=True)} AS cell, {sums}, month FROM kinds GROUP BY 1, month"
    return f"""
    totals AS (
        INSERT INTO layers_pyramidtotal AS old (cell, su, sv, {columns}, month)
        SELECT * FROM ({rows}) AS every WHERE (su, sv, {columns}) <> (0, 0{", 0" * MOST_VALUES}) ORDER BY cell, month
        ON CONFLICT (cell, month) DO UPDATE SET {adding})"""


#: Cells in which nothing is left.
SWEEP: Final = (
    "DELETE FROM layers_pyramidpart WHERE n = 0",
    f"DELETE FROM layers_pyramidtotal WHERE ({', '.join(f'n{value}' for value in _VALUES)}) = (0{', 0' * (MOST_VALUES - 1)})",
)
