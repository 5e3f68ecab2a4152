"""How long the statements of one page may run: whoever asks for a page of a large city must not hold the database for minutes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from layers.problems import Problem, TooMuchWork

LONGEST_MS: Final = 4_000
# As for the other doors: many readers ask at once, so each does with one process and no compiled plan.
_LIMITS: Final = """SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true), set_config('jit', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true)"""
_AGAIN: Final = "SELECT set_config('statement_timeout', %s, true)"


class TooLongPage(TooMuchWork):
    """The database was stopped before the page was put together."""

    def __init__(self) -> None:
        Problem.__init__(self, _("This page takes too long to put together just now. Please try again in a moment."))


@contextmanager
def limited(longest_ms: int = LONGEST_MS) -> Iterator[None]:
    """Stop each statement inside that runs longer than ``longest_ms``; raises `TooLongPage`. Two queries, and a transaction of its own.

    Inside of another ``limited`` the limit of that one holds again afterwards, also where this one gave up.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LIMITS, [str(longest_ms)])
            before = cursor.fetchone()[0]
            yield
            cursor.execute(_AGAIN, [before])
    except OperationalError as stopped:
        if isinstance(stopped.__cause__, QueryCanceled):
            raise TooLongPage from stopped
        raise
