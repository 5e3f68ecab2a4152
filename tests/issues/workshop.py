"""The workshop as tests ask it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from issues.models import RuleSet


def today() -> dt.date:
    """The day it is in Testville."""
    return timezone.localdate(timezone=ZoneInfo("Europe/Helsinki"))


def at(draft: RuleSet, *more: object) -> str:
    return "/".join(["/desk/routing/rules", str(draft.pk), *map(str, more)])


def page_of(answer: Any) -> str:
    """The words of a page, each gap a single blank."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def typed(**changes: Any) -> dict[str, Any]:
    """The fields of a good rule that is not shadowed by any of Testville's."""
    row = {"code": "lamps-in-the-west", "category": "lamp", "area": "districts/west", "department": "parks", "priority": "0"}
    return {**row, "valid_from": "2020-01-01", **changes}
