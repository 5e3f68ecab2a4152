"""Time that was had of a processor, which other work on the machine changes little: on a quiet machine, what passes by the clock."""

from __future__ import annotations

import time
from pathlib import Path

from django.db import connection


class Processor:
    """A clock of what this process and its process of the database have had, in milliseconds."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (number,) = cursor.fetchone()
        self._told = Path(f"/proc/{number}/schedstat")

    def now(self) -> float:
        """Return milliseconds since some moment; 0 of the database where its processes cannot be seen."""
        return time.process_time() * 1000 + self.database_now()

    def database_now(self) -> float:
        """The same of the database alone."""
        return int(self._told.read_text().split()[0]) / 1e6 if self._told.exists() else 0.0
