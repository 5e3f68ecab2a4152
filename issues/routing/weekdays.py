"""Days of the week in words, by their ISO number."""

from __future__ import annotations

from typing import Any, Final

from django.utils.dates import WEEKDAYS

ISO_DAYS: Final = (1, 2, 3, 4, 5, 6, 7)


def weekday_word(day: Any) -> str:
    """The name of the ISO weekday (1 = Monday) in the active language; '' for anything else."""
    return str(WEEKDAYS[day - 1]) if day in ISO_DAYS else ""
