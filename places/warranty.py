"""Whether a repair is still under warranty: what a contractor mends for nothing, and how long."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from works.models import Repair
from works.warranty_end import last_day


@dataclass(frozen=True, slots=True)
class Warranty:
    """``until`` is the last day of it, None where none is known; ``days`` how many are left, today included as 0, None when over."""

    until: dt.date | None
    days: int | None

    @property
    def holds(self) -> bool:
        """Whether it covers today."""
        return self.days is not None


def warranty(until: dt.date | None, today: dt.date) -> Warranty:
    """Return the state of a warranty that ends with the day ``until``."""
    left = (until - today).days if until else -1
    return Warranty(until, left if left >= 0 else None)


def with_warranty(repairs: QuerySet[Repair]) -> Any:
    """Add ``until``, the last day of the warranty."""
    return repairs.annotate(until=last_day())


def covered(repairs: QuerySet[Repair], today: dt.date) -> QuerySet[Repair]:
    """Only finished repairs that are under warranty today."""
    found: QuerySet[Repair] = with_warranty(repairs).filter(until__gte=today, status="finished")
    return found
