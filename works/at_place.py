"""What works have to say about a place: planned or running ones, a repair under warranty, how often it was repaired before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from layers.prepared import one_row
from works import at_place_sql
from works.at_place_facts import AtPlace, planned_works, recurring, warranty_fact


def at_place(lon: float, lat: float, kinds: Sequence[str], day: dt.date | None = None) -> AtPlace:
    """Read what concerns a problem that repairs of ``kinds`` (codes of `works.codelists.RepairKind`) would mend, as of ``day`` (today); one query.

    ``lon`` and ``lat`` are degrees, SRID 4326. Without kinds, or outside the world, there is nothing to say and no query. Works are
    looked for within 50 m, what stands under warranty or was repaired before within 20 m. A place that was only named ("the whole
    district") is not here.
    """
    if not kinds or not (abs(lon) <= 180 and abs(lat) <= 90):  # the second is also false for NaN
        return AtPlace()
    row = one_row(at_place_sql.AT_PLACE, [lon, lat, list(kinds), day])
    assert row is not None  # scalar sub-selects give one row always
    planned, warranty, again = row
    return AtPlace(tuple(map(planned_works, planned or ())), warranty_fact(warranty), recurring(again))


def supervisors() -> tuple[str, ...]:
    """Administrators of contracts as rules name them. One query."""
    with connection.cursor() as cursor:
        cursor.execute(at_place_sql.SUPERVISORS)
        return tuple(code for (code,) in cursor.fetchall())
