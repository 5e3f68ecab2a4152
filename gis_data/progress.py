"""A progress bar for a terminal; silent where nobody is watching (a log, a pipe)."""

from __future__ import annotations

import shutil
import time
from typing import Final, TextIO

_EVERY: Final = 0.1  # seconds between two drawings
_BAR: Final = 24


class ProgressBar:
    """Called with (label, done, total) as `gis_data.load_report.Progress` says; total 0 = unknown."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._drawn, self._shown, self._quiet = out, 0.0, False, not out.isatty()

    def __call__(self, label: str, done: int, total: int) -> None:
        now = time.monotonic()
        if self._quiet or now - self._drawn < _EVERY:
            return
        self._drawn, self._shown = now, True
        self._write(f"{self._bar(done, total)} {done:>9,} {label}")

    def end(self) -> None:
        """Wipe the bar, so that what is printed next starts on a clean line."""
        if self._shown:
            self._write("")
            self._shown = False

    def _bar(self, done: int, total: int) -> str:
        if not total:
            return "[" + "·" * _BAR + "]"
        full = min(_BAR, _BAR * done // total)
        return "[" + "#" * full + "-" * (_BAR - full) + "]"

    def _write(self, line: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        self._out.write(f"\r\x1b[K{line[:width]}")
        self._out.flush()
