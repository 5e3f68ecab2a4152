"""By when an appeal is due, and whether it is late."""

from __future__ import annotations

import datetime as dt

from issues.states import OPEN


def due_at(reported: dt.datetime, due: dt.timedelta | None) -> dt.datetime | None:
    """Return the moment a report is due: the category's time after it came in; None where the category promises nothing."""
    return reported + due if due is not None else None


def is_late(state: str, due: dt.datetime | None, now: dt.datetime) -> bool:
    """Say whether somebody still has to do something after the due time; ``AppealQuerySet.overdue()`` reads the same of many rows."""
    return state in OPEN and due is not None and due < now
