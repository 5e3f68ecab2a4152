"""Rows for the doors that tell things one by one: one statement, one round trip, stopped when it takes too long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection
from django.db.models import QuerySet
from psycopg.errors import QueryCanceled

from layers.problems import TooMuchWork

LONGEST_MS: Final = 5_000
# For this statement alone, as for tiles: many readers ask at once, so each does with one process and no compiled plan.
_LIMITS: Final = """SELECT set_config('statement_timeout', %s, true), set_config('jit', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true){setting}; """


def fetch_rows(rows: QuerySet[Any, Any], longest_ms: int = LONGEST_MS) -> list[dict[str, Any]]:
    """Run a reading made by ``values()`` and return its rows by name; raises `TooMuchWork`. Geometries must be asked for as text."""
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return []
    return fetch(sql, params, longest_ms)


def fetch(sql: str, params: Sequence[Any], longest_ms: int = LONGEST_MS, setting: str = "") -> list[dict[str, Any]]:
    """Run one statement of our own and return its rows by name; raises `TooMuchWork`. ``setting`` is one more for it alone, as SQL."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_LIMITS.format(setting=setting) + sql, (str(longest_ms), *params))
            cursor.nextset()
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except OperationalError as stopped:
        if isinstance(stopped.__cause__, QueryCanceled):
            raise TooMuchWork from stopped
        raise
