"""A file that cannot be trusted: which, where in it, and why."""

from __future__ import annotations


class Broken(Exception):
    """Nothing may be loaded from this file. ``row`` counts from 1 (features, or data rows after the header); 0 = the file."""

    def __init__(self, file: str, row: int, reason: str) -> None:
        self.file, self.row, self.reason = file, row, reason
        super().__init__(f"{file}, row {row}: {reason}" if row else f"{file}: {reason}")
