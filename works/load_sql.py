"""One load of works at a time in a database, whoever begins it: a command, a page, a worker."""

from __future__ import annotations

from typing import Final

from django.db import connection

#: The number that ``load_city`` takes as well.
_LOCK: Final = 0x6369_7479


def alone() -> bool:
    """Take the lock until the transaction ends; False where another load holds it. A process that dies holds it no longer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        (free,) = cursor.fetchone()
    return bool(free)
