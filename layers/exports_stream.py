"""Rows on their way from the database to a client: a connection and a place of their own while they flow, both free at the end.

A web server may ask for the chunks in another thread than the view's, so the connection is never Django's own of the thread.
"""

from __future__ import annotations

import select
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from django.db import Error, OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled, error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn

from layers.exports_sql import Statement
from layers.problems import Problem, TooMuchWork

#: So many streams flow at once in all processes; each holds a connection, and a slow client holds it long.
PLACES: Final = 6
#: Building a file takes some hundred megabytes of memory and a processor.
BUILDING_PLACES: Final = 2
#: An export that takes longer is stopped; one that waits for its client so long, when somebody else wants its place.
LONGEST_S: Final = 900
#: The classes of our advisory locks; any numbers that nobody else uses.
LOCKS: Final = 0x0DA7A
BUILDING_LOCKS: Final = 0x0DA7B
_CHUNK: Final = 256 * 1024

_LIMITS: Final = """SELECT set_config('statement_timeout', %s, true), set_config('jit', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true)"""
_TAKE: Final = "SELECT place FROM generate_series(1, %s) AS place WHERE pg_try_advisory_xact_lock(%s, place) LIMIT 1"
_END_OVERDUE: Final = """SELECT pg_terminate_backend(pid, 2000) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND classid::bigint = %s AND objsubid = 2 AND granted AND pid <> pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND xact_start < now() - make_interval(secs => %s)"""


class TooManyDownloads(TooMuchWork):
    """All places are taken."""

    def __init__(self) -> None:
        Problem.__init__(self, _("Many downloads are running just now. Please try again in a few seconds."))


class TooLongDownload(TooMuchWork):
    """The database was stopped before the first rows came."""

    def __init__(self) -> None:
        Problem.__init__(self, _("This download took too long to prepare. Choose fewer rows by the filters."))


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands before, between and after the lines of a body."""

    head: bytes
    between: bytes
    tail: bytes


class Stream:
    """The chunks of a body. ``close()``, which a web server calls when its client goes away, stops the statement at once."""

    def __init__(self, chunks: Iterator[bytes], held: ExitStack) -> None:
        self._chunks, self._held = chunks, held

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give connection and place back; a second time does nothing."""
        self._chunks = iter(())
        self._held.close()


def flow(cursor: CursorWrapper, wanted: Statement, frame: Frame, held: ExitStack) -> bytes | Stream:
    """Start the COPY and return the whole body when it is small, else its chunks, which then hold what ``held`` held.

    The first rows are read here, so that what goes wrong can still be said with a status.
    """
    copy = held.enter_context(_copying(cursor, wanted))
    chunks = _framed(copy, frame)
    first, second = next(chunks, b""), next(chunks, None)
    if second is None:
        return first
    return Stream(_after(first, second, chunks), held.pop_all())


@contextmanager
def snapshot(places: int = PLACES, locks: int = LOCKS, longest_s: float = LONGEST_S) -> Iterator[CursorWrapper]:
    """A cursor in one read-only snapshot with one of the ``places`` that ``locks`` stand for; raises `TooManyDownloads`.

    Inside a transaction it is that transaction's, so that one sees its own rows.
    """
    with ExitStack() as stack:
        own = connection
        if not connection.in_atomic_block:
            own = connection.copy()
            own.inc_thread_sharing()
            stack.callback(own.close)
        cursor = stack.enter_context(own.cursor())
        if own is not connection:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            stack.callback(_end, cursor)
        _take_place(cursor, places, locks, longest_s)
        cursor.execute(_LIMITS, [str(round(longest_s * 1000))])
        yield cursor


def _end(cursor: CursorWrapper) -> None:
    """Give the place back now: the server notices a closed connection a little later."""
    if cursor.connection.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
        with suppress(Error):  # of one that was ended by others
            cursor.execute("ROLLBACK")


class _Unread(Exception):
    """Makes the driver stop the statement and read what is under way."""


@contextmanager
def _copying(cursor: CursorWrapper, wanted: Statement) -> Iterator[Iterable[memoryview]]:
    text = cursor.mogrify(wanted.sql, wanted.params)
    with suppress(_Unread), cursor.copy(text) as copy:
        pgconn = copy.connection.pgconn
        yield _lines(pgconn)
        if pgconn.transaction_status == TransactionStatus.ACTIVE:
            raise _Unread


def _lines(pgconn: PGconn) -> Iterator[memoryview]:
    """The lines of a COPY. The driver's own reader takes two to three times as long for each."""
    waiting = select.poll()
    waiting.register(pgconn.socket, select.POLLIN)
    while True:
        size, line = pgconn.get_copy_data(1)
        if size > 0:
            yield line
        elif size == 0:
            waiting.poll()
            pgconn.consume_input()
        else:
            break
    while result := pgconn.get_result():
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result)


def _take_place(cursor: CursorWrapper, places: int, locks: int, longest_s: float) -> None:
    for attempt in (1, 2):
        cursor.execute(_TAKE, [places, locks])
        if cursor.fetchone():
            return
        if attempt == 1:  # a client that reads nothing holds its place for ever: a full connection hears of no time limit
            cursor.execute(_END_OVERDUE, [locks, longest_s])
    raise TooManyDownloads


@contextmanager
def stops_said() -> Iterator[None]:
    """Raise `TooLongDownload` where the database stopped a statement for its time."""
    try:
        yield
    except OperationalError as stopped:
        if isinstance(stopped.__cause__, QueryCanceled):
            raise TooLongDownload from stopped
        raise
    except QueryCanceled as stopped:  # while rows are read, the driver speaks for itself
        raise TooLongDownload from stopped


def _framed(lines: Iterable[memoryview], frame: Frame) -> Iterator[bytes]:
    """Chunks of about 256 KiB, however long a line is. Each line comes with a line feed, which is no part of it."""
    parts: list[memoryview] = []
    size, head = 0, frame.head
    for line in lines:
        parts.append(line[:-1])
        size += len(line)
        if size >= _CHUNK:
            yield head + frame.between.join(parts)
            parts, size, head = [], 0, frame.between
    if parts:
        yield head + frame.between.join(parts) + frame.tail
    else:
        yield (head if head is frame.head else b"") + frame.tail


def _after(first: bytes, second: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield second
    yield from rest
