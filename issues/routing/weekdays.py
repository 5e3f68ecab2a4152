"""Days of the week in words, by their ISO number."""

from __future__ import annotations

from typing import Any, Final

from django.utils.dates import WEEKDAYS
from django.utils.translation import pgettext_lazy

ISO_DAYS: Final = (1, 2, 3, 4, 5, 6, 7)

# Apart from the names that stand alone: many languages write a weekday within a sentence with a small letter.
_WITHIN: Final = (
    pgettext_lazy("within a sentence", "Monday"),
    pgettext_lazy("within a sentence", "Tuesday"),
    pgettext_lazy("within a sentence", "Wednesday"),
    pgettext_lazy("within a sentence", "Thursday"),
    pgettext_lazy("within a sentence", "Friday"),
    pgettext_lazy("within a sentence", "Saturday"),
    pgettext_lazy("within a sentence", "Sunday"),
)


def weekday_word(day: Any, *, within_sentence: bool = False) -> str:
    """The name of the ISO weekday (1 = Monday) in the active language; '' for anything else."""
    if day not in ISO_DAYS:
        return ""
    return str(_WITHIN[day - 1] if within_sentence else WEEKDAYS[day - 1])
