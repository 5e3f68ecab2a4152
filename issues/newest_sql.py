"""The newest public appeals of an area and a choice of kinds, read in the way that is expected to cost less.

There are two ways. *Walk* back through time in an index that holds all that is asked, until enough are found: quick where many match;
through the whole city, or through the few squares of the ground that the box touches, which lie each in order of time in an index.
*Gather* all that match in the area and sort them: quick where few do. The planner cannot tell, because it does not know which kinds a
neighbourhood has; the counts kept for the map do. A walk that finds too few (an area without news) gives way to gathering.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from django.db import connection

from issues.counted import COUNTED
from layers.grid import Box
from layers.pyramid_box_sql import count_in_box

#: A walk goes this many times as far as it should have to, and at least so far.
PATIENCE, SHORTEST = 2, 500
#: What a gathered row costs, in steps of a walk: it is read from its page of the table, and those lie anywhere.
GATHERED: Final = 3
#: What it costs to begin in one more square, in steps; and how many squares are merged at most.
BEGUN, MERGED = 600, 9

_COLUMNS: Final = "id, created_at, category_id, state, visibility, point"
_WALK: Final = """
SELECT id FROM (SELECT {columns} FROM {ground} ORDER BY created_at {way}, id {way} LIMIT %s) AS walked
WHERE {matches} ORDER BY created_at {way}, id {way} LIMIT %s"""
_CITY: Final = "issues_appeal WHERE {range}"
# Parts of one index that are merged by time while they are read.
_SQUARE: Final = "SELECT {columns} FROM issues_appeal WHERE layers_square(point_3857) = {square} AND {range}"
# OFFSET 0 keeps the wish for order from choosing the plan: then it would walk after all.
_GATHER: Final = """
SELECT id FROM (SELECT id, created_at FROM issues_appeal WHERE {range} AND {matches} OFFSET 0) AS gathered
ORDER BY created_at {way}, id {way} LIMIT %s"""
_Piece = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. An empty choice is any; ``box`` is (west, south, east, north) in degrees, SRID 4326.

    ``since`` is the first moment, ``until`` the first that is too late; ``beyond`` is the (created_at, id) from which to go on,
    and ``upward`` turns the order round.
    """

    categories: Sequence[int] = ()
    states: Sequence[str] = ()
    box: Box | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    beyond: tuple[dt.datetime, int] | None = None
    upward: bool = False


def newest(asked: Asked, limit: int) -> list[int]:
    """Return the ids of the first ``limit`` appeals, the newest first (the oldest first when ``upward``)."""
    if not (asked.box or asked.categories or asked.states):
        return _walk(asked, limit)
    found = count_in_box(COUNTED, asked.box, asked.categories, _values(asked.states))
    if not found.asked:
        if asked.box and _all_counted(asked.box):
            return []
        return _gather(asked, limit, "true" if asked.box else "point IS NULL")
    # One category has an index of its own to walk in, and the spatial index chooses by it.
    alone = len(asked.categories) == 1
    walks = [_Walk.of(limit, found.asked, found.kinds_anywhere if alone else found.all_anywhere)]
    if 0 < len(found.squares) <= MERGED:
        walks.append(_Walk.of(limit, found.asked, found.in_squares, found.squares))
    walk = min(walks, key=attrgetter("cost"))
    gathered = GATHERED * min(found.kinds if alone else found.all, found.kinds_anywhere)
    squares = found.squares if found.in_squares < gathered else ()
    if walk.cost <= (found.in_squares if squares else gathered):
        ids = _walk(asked, limit, walk)
        if len(ids) == limit or walk.to_the_end:
            return ids
    return _gather(asked, limit, squares=squares)


@dataclass(frozen=True, slots=True)
class _Walk:
    """So many steps at most, through the squares or, without any, the city."""

    steps: int
    to_the_end: bool
    squares: tuple[int, ...]

    @classmethod
    def of(cls, limit: int, asked: int, among: int, squares: tuple[int, ...] = ()) -> _Walk:
        steps = max(PATIENCE * limit * among // asked, SHORTEST)
        return cls(min(steps, among), steps >= among, squares)

    @property
    def cost(self) -> int:
        return self.steps + BEGUN * len(self.squares)


def _all_counted(box: Box) -> bool:
    """Whether counts know of every point in the box: they end where the map does, near the poles and at the last meridian."""
    return box[1] > -85 and box[3] < 85 and box[2] < 180


def _values(states: Sequence[str]) -> list[int]:
    return [number for number, code in enumerate(COUNTED.codes, 1) if set(COUNTED.values[code]) & set(states)]


def _walk(asked: Asked, limit: int, walk: _Walk | None = None) -> list[int]:
    within, matches = _range(asked), _matches(asked)
    if walk and walk.squares:
        part = _SQUARE.format(columns=_COLUMNS, range=within[0], square="{square}")
        parts = " UNION ALL ".join(part.format(square=square) for square in walk.squares)
        ground = f"({parts}) AS squares", within[1] * len(walk.squares)
    else:
        if len(asked.categories) == 1:  # an index of its own
            within = f"{within[0]} AND category_id = %s::bigint", [*within[1], asked.categories[0]]
        ground = _CITY.format(range=within[0]), within[1]
    sql = _WALK.format(columns=_COLUMNS, ground=ground[0], matches=matches[0], way=_way(asked))
    return _ids(sql, [*ground[1], None if walk is None or walk.to_the_end else walk.steps, *matches[1], limit])


def _gather(asked: Asked, limit: int, more: str = "true", squares: Sequence[int] = ()) -> list[int]:
    within, matches = _range(asked), _matches(asked)
    if squares:
        more, matches = "layers_square(point_3857) = ANY(%s)", (f"({matches[0]}) IS TRUE", matches[1])
    sql = _GATHER.format(range=f"{more} AND {within[0]}", matches=matches[0], way=_way(asked))
    return _ids(sql, [*([list(squares)] if squares else []), *within[1], *matches[1], limit])


def _range(asked: Asked) -> _Piece:
    """The part of time, as the index is ordered, so that reading starts at the right place."""
    parts: list[_Piece] = [("true", [])]
    if asked.since:
        parts.append(("created_at >= %s", [asked.since]))
    if asked.until:
        parts.append(("created_at < %s", [asked.until]))
    if asked.beyond:
        parts.append((f"(created_at, id) {'>' if asked.upward else '<'} (%s, %s)", list(asked.beyond)))
    return _together(parts)


def _matches(asked: Asked) -> _Piece:
    parts: list[_Piece] = [("visibility = 'public'", [])]
    if len(asked.categories) == 1:  # an index over places chooses by it, too, if it is of its type
        parts.append(("category_id = %s::bigint", list(asked.categories)))
    elif asked.categories:
        parts.append(("category_id = ANY(%s::bigint[])", [list(asked.categories)]))
    if asked.states:
        parts.append(("state = ANY(%s)", [list(asked.states)]))
    if asked.box:
        parts.append(("point && ST_MakeEnvelope(%s, %s, %s, %s, 4326)", list(asked.box)))
    return _together(parts)


def _together(parts: Sequence[_Piece]) -> _Piece:
    return " AND ".join(sql for sql, _params in parts), [param for _sql, params in parts for param in params]


def _way(asked: Asked) -> str:
    return "ASC" if asked.upward else "DESC"


def _ids(sql: str, params: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [key for (key,) in cursor.fetchall()]
