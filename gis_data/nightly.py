"""The nightly look at the boundaries in force: gaps, overlaps and slivers of every set. Run by beat; twice is harmless."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from celery import shared_task
from celery.schedules import crontab
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from django.db.models import Count

from gis_data import city_time
from gis_data.coverage import Flaw, find_flaws
from gis_data.models import BoundaryFlaw, BoundarySet, FlawKind
from gis_data.versions import shapes_on

logger = logging.getLogger(__name__)

#: Areas of a set that are looked at while somebody waits for the page.
MOST_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a set: how many areas it has, how many flaws of each kind. ``error``: it could not be looked at."""

    boundary_set: str
    areas: int
    flaws: Counter[str]
    error: str = ""


@shared_task(acks_late=False, ignore_result=True, expires=6 * 3600.0, time_limit=3600)  # type: ignore[untyped-decorator]  # Celery has no types
def check_boundary_sets() -> None:
    """Look at every set; a set that cannot be looked at keeps what was known of it and stops no other."""
    for _checked in check_all():
        pass


def check_all(codes: Sequence[str] = ()) -> Iterator[Checked]:
    """Look at the sets with these codes (all of them by default), one transaction each; those with few areas first."""
    groups = BoundarySet.objects.annotate(size=Count("boundaries")).order_by("size", "code")
    for group in groups.filter(code__in=codes) if codes else groups:
        try:
            yield check_set(group, city_time.today())
        except Exception as error:  # one broken shape must not hide the flaws of all other sets
            logger.exception("the boundary set %s could not be checked", group.code)
            yield Checked(group.code, 0, Counter(), f"{type(error).__name__}: {error}")


def check_set(group: BoundarySet, today: dt.date) -> Checked:
    """Replace what is known of the flaws of a set by what is found in the versions in force ``today``."""
    shapes = shapes_on(group, today)
    flaws = flaws_that_count(group, find_flaws(shapes))
    rows = [
        BoundaryFlaw(
            boundary_set=group,
            kind=flaw.kind,
            codes=list(flaw.codes),
            geometry=GEOSGeometry(memoryview(flaw.geometry.wkb), srid=4326),
            area_m2=flaw.area_m2,
            width_m=flaw.width_m,
            found_on=today,
        )
        for flaw in flaws
    ]
    with transaction.atomic():
        BoundarySet.objects.select_for_update().get(pk=group.pk)  # two checks at a time would write everything twice
        BoundaryFlaw.objects.filter(boundary_set=group).delete()
        BoundaryFlaw.objects.bulk_create(rows, batch_size=500)
    return Checked(group.code, len(shapes), Counter(flaw.kind for flaw in flaws))


def flaws_that_count(group: BoundarySet, flaws: Sequence[Flaw]) -> list[Flaw]:
    """A gap is a flaw only in a set that is meant to cover the city."""
    return [flaw for flaw in flaws if flaw.kind != FlawKind.GAP.value or group.gap_m is not None]


#: For the beat schedule, like ``issues.housekeeping.BEAT``. At night in most places; which night is all the same.
BEAT: Final[dict[str, dict[str, Any]]] = {
    "boundaries-check": {"task": "gis_data.nightly.check_boundary_sets", "schedule": crontab(hour=1, minute=40)},
}
