"""The city this database serves, kept in the process for a minute: asking per request would cost each page a query."""

import time
from zoneinfo import ZoneInfo

from django.db import DatabaseError
from django.utils.timezone import get_default_timezone

from gis_data.models import City

KEPT_SECONDS = 60.0
_kept: tuple[float, City] | None = None


def current_city() -> City | None:
    """Return the loaded city, at most a minute old; None before ``load_city`` (never kept) or without a database."""
    global _kept  # noqa: PLW0603  # one city per process is the point
    if _kept and time.monotonic() - _kept[0] < KEPT_SECONDS:
        return _kept[1]
    try:
        city = City.objects.first()
    except DatabaseError:
        return None
    _kept = (time.monotonic(), city) if city else None
    return city


def forget_city() -> None:
    """Ask the database next time."""
    global _kept  # noqa: PLW0603
    _kept = None


def city_zone() -> ZoneInfo:
    """Return the time zone in which the city's pages speak; the server's own when there is no city."""
    city = current_city()
    return ZoneInfo(city.time_zone) if city else ZoneInfo(str(get_default_timezone()))
