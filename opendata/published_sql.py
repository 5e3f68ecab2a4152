"""Two statements that publications need and the ORM has no word for: one moment for many queries, and one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

#: Any number that nobody else uses.
_PUBLISHING: Final = 0x0CD5


@contextmanager
def one_moment() -> Iterator[None]:
    """What is read inside is as it was at one moment, and nothing is written. Inside a transaction it is that transaction's."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def one_publisher() -> None:
    """Wait until no other transaction publishes releases; to the end of this one none will."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PUBLISHING])
