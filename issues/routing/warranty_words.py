"""A warranty in words: as a reason of a decision, and as what a rule states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from works.codelists import RepairKind


def because_warranty(part: Mapping[str, Any], metres: str) -> str:
    """The clause of a reason; ``metres`` is the distance in words. What is not known is left out."""
    contract = _("contract %(number)s") % {"number": part.get("contract")} if part.get("contract") else ""
    words = {
        "repair": kind_word(str(part.get("kind", ""))),
        "metres": metres,
        "until": _day(part.get("until")),
        "details": ", ".join(one for one in (contract, str(part.get("contractor", ""))) if one),
    }
    if not words["details"]:
        return _("the repair here (%(repair)s, %(metres)s away) is under warranty until %(until)s") % words
    return _("the repair here (%(repair)s, %(metres)s away) is under warranty until %(until)s: %(details)s") % words


def kinds_in_words(kinds: Iterable[str]) -> str:
    return ", ".join(map(kind_word, kinds))


def kind_word(kind: str) -> str:
    """What a kind of repair is called; the code of one that this version does not know."""
    return str(RepairKind(kind).label) if kind in RepairKind.values else kind


def _day(text: Any) -> str:
    try:
        return date_format(dt.date.fromisoformat(str(text)), "DATE_FORMAT")
    except ValueError:
        return ""
