"""What an appeal is marked with for staff, in words: one table, without queries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

#: Somebody has to look at where these went (the list "To check"). The index ``appeal_to_check`` names the same.
TO_CHECK: Final = ("border", "gap", "open", "broken", "hops")
#: A look at the place settles these.
ABOUT_THE_PLACE: Final = frozenset({"border", "gap", "broken"})

WORDS: Final[dict[str, StrPromise]] = {
    "urgent": _("urgent"),
    "border": _("border close by"),
    "gap": _("between areas"),
    "broken": _("rule broken"),
    "open": _("no service in line"),
    "hops": _("passed on too often"),
    "no_location": _("no place"),
    "flood": _("many at once"),
}


def in_words(flags: Iterable[str]) -> list[str]:
    """The flags in words, the gravest first; one that is not in the table is left out."""
    given = set(flags)
    return [str(word) for flag, word in WORDS.items() if flag in given]
