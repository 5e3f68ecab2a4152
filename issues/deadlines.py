"""By when an appeal is due."""

from __future__ import annotations

import datetime as dt


def due_at(reported: dt.datetime, due: dt.timedelta | None) -> dt.datetime | None:
    """Return the moment a report is due: the category's time after it came in; None where the category promises nothing."""
    return reported + due if due is not None else None
