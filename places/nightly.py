"""The hourly look at the calendar: districts that came into force, or went out of it, move money. Run by beat; twice is harmless."""

from __future__ import annotations

from typing import Any, Final

from celery import shared_task
from celery.schedules import crontab
from django.db import transaction

from gis_data import city_time
from places.models import MoneyDay
from places.reckoning_sql import knock


@shared_task(acks_late=False, ignore_result=True, expires=3000.0, time_limit=3600)  # type: ignore[untyped-decorator]  # Celery has no types
def reckon_new_day() -> bool:
    """Count money by the districts of the day it is in the city; return whether that was another day than before.

    A change of a boundary is reckoned with its own transaction; what nobody writes is that its day has come. The database keeps the
    day it counts by (`MoneyDay`) and compares it with today's, so days on which no worker ran are made up for, each once. Where
    somebody is writing borders at this moment the day waits for the next hour.
    """
    if MoneyDay.objects.filter(day=city_time.today()).exists():
        return False
    with transaction.atomic():
        knock()
    return MoneyDay.objects.filter(day=city_time.today()).exists()


#: For the beat schedule, like ``gis_data.nightly.BEAT``. Every hour: midnight is the city's, and beat runs by UTC.
BEAT: Final[dict[str, dict[str, Any]]] = {
    "money-districts": {"task": "places.nightly.reckon_new_day", "schedule": crontab(minute=5)},
}
