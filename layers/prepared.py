"""A cursor on Django's own connection whose statements are prepared by the server.

Django binds parameters on the client, so the server parses and plans each statement anew; for a report that costs several times
more than running them, and for a tile of counts as much. Transactions, query counting and error classes stay Django's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.pq import Format


class _PreparedCursor(psycopg.RawCursor[tuple[Any, ...]]):
    """Takes ``$1`` placeholders and asks for a prepared statement every time (psycopg keeps and reuses it)."""

    #: The audit puts a statement of its own before each of ours, which a prepared one cannot bear. It leaves cursors with a name
    #: alone, and nothing that it watches is written here.
    name = "prepared"

    def execute(self, query: Any, params: Any = None, **_options: Any) -> _PreparedCursor:
        # Django's log of statements reads what a cursor keeps only of an unprepared one.
        super().execute(query, params, prepare=not connection.queries_logged)
        return self


def one_row(statement: str, params: Sequence[Any]) -> tuple[Any, ...] | None:
    """Run one statement with ``$1`` placeholders; return its first row or None."""
    with _cursor() as cursor:
        cursor.execute(statement, params)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def one_value(statement: str, params: Sequence[Any]) -> Any:
    """Run one statement with ``$1`` placeholders; return the first value of its first row, which comes as it is stored, not as text."""
    with _cursor(Format.BINARY) as cursor:
        cursor.execute(statement, params)
        row: tuple[Any, ...] = cursor.fetchone()
        return row[0]


def all_rows(statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run one statement with ``$1`` placeholders; return its rows."""
    with _cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def _cursor(form: Format = Format.TEXT) -> CursorWrapper:
    connection.close_if_health_check_failed()  # as Django's own cursors do: this may be the request's first statement
    connection.ensure_connection()
    raw: Any = connection.connection
    if raw.prepare_threshold is None:  # Django switches preparing off; its own cursors never prepare in any case
        raw.prepare_threshold = 0
    cursor: Any = _PreparedCursor(raw)
    cursor.format = form
    return connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)
