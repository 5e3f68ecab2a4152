"""The nightly look at the calendar: districts that came into force, or went out of it, move money. Run by beat; twice is harmless."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from celery import shared_task
from celery.schedules import crontab
from django.db import transaction
from django.db.models import Q

from gis_data import city_time
from gis_data.models import Boundary
from places.reckoning_sql import reckon_everything

#: Days on which no worker ran are looked at afterwards.
LOOK_BACK: Final = dt.timedelta(days=7)


@shared_task(acks_late=False, ignore_result=True, expires=6 * 3600.0, time_limit=3600)  # type: ignore[untyped-decorator]  # Celery has no types
def reckon_new_districts() -> bool:
    """Reckon all money anew where the districts of today are not those of a week ago; return whether it was done.

    A change of a boundary itself is reckoned with its own transaction; what nobody writes is that its day has come.
    """
    today = city_time.today()
    lately = (today - LOOK_BACK, today)
    moved = Q(valid__startswith__range=lately) | Q(valid__endswith__range=lately)
    if not Boundary.objects.filter(moved, boundary_set__is_district=True).exists():
        return False
    with transaction.atomic():
        reckon_everything()
    return True


#: For the beat schedule, like ``gis_data.nightly.BEAT``.
BEAT: Final[dict[str, dict[str, Any]]] = {
    "money-districts": {"task": "places.nightly.reckon_new_districts", "schedule": crontab(hour=0, minute=20)},
}
