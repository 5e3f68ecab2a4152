"""The city's own time. Pages run in it already (``citymap/middleware.py``); background work and loaders ask here.

In another zone it may be another day, and the day decides which boundaries and rules are in force.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils import timezone

from gis_data.models import City


def zone() -> ZoneInfo:
    """The city's time zone; UTC before a city is loaded. One query."""
    return ZoneInfo(City.objects.values_list("time_zone", flat=True).first() or "UTC")


def today() -> dt.date:
    """The day it is in the city. One query."""
    return timezone.localdate(timezone=zone())


def morning(day: dt.date) -> dt.datetime:
    """The first moment of a day in the city. One query."""
    return dt.datetime.combine(day, dt.time(0), zone())
