"""The list of public reports beside the map: newest first, by key, never by number of page."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from django.db.models import F, FloatField, Func
from django.urls import reverse
from django.utils import timezone

from gis_data.names import in_language
from issues import states
from issues.models import Appeal
from issues.newest_sql import Asked, newest
from issues.views.home_filters import HomeFilters

ROWS: Final = 30
_COLUMNS = ("id", "public_id", "state", "category__code", "address", "district__names", "created_at")
_PLACE: Final = {
    name: Func(F("point"), function=f"ST_{axis}", output_field=FloatField()) for name, axis in (("lon", "X"), ("lat", "Y"))
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A category as the list needs it, with its name in the reader's language."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """One report as the list shows it; ``state`` is public; ``lon``/``lat`` in degrees (SRID 4326), None without a place."""

    public_id: str
    href: str
    state: str
    category: str
    place: str
    created_at: dt.datetime
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list; ``newer`` and ``older`` are public ids to go on from, empty at the ends."""

    rows: list[Row]
    newer: str
    older: str


def listing(filters: HomeFilters, categories: Mapping[str, Kind], before: str = "", after: str = "") -> Listing:
    """Read one page. ``categories`` gives id and name by code. An unknown ``before`` or ``after`` starts from the newest."""
    key = _key(before or after)
    upward = bool(after and key)
    keys = newest(replace(_asked(filters, categories), beyond=key, upward=upward), ROWS + 1)
    found = {one["id"]: one for one in Appeal.objects.public().filter(pk__in=keys).order_by().values(*_COLUMNS, **_PLACE)}
    read = [found[number] for number in keys if number in found]  # one may have been hidden meanwhile
    more, read = len(read) > ROWS, read[:ROWS]
    if upward:
        read.reverse()
    page = reverse("appeal", args=["0"]).removesuffix("0")  # once: fifty times cost a millisecond
    rows = [_row(one, categories, page) for one in read]
    newer = rows[0].public_id if rows and (more if upward else key) else ""
    older = rows[-1].public_id if rows and (upward or more) else ""
    return Listing(rows=rows, newer=newer, older=older)


def _asked(filters: HomeFilters, categories: Mapping[str, Kind]) -> Asked:
    return Asked(
        categories=[categories[code].id for code in filters.categories],
        states=[stored for public in filters.states for stored in states.BEHIND[cast("states.PublicState", public)]],
        box=filters.bbox,
        since=_midnight(filters.since) if filters.since else None,
        until=_midnight(filters.until + dt.timedelta(days=1)) if filters.until else None,
    )


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _key(public_id: str) -> tuple[dt.datetime, int] | None:
    if not public_id or len(public_id) > 16 or not public_id.isalnum():
        return None
    return Appeal.objects.public().filter(public_id=public_id).values_list("created_at", "id").first()


def _row(one: Mapping[str, Any], categories: Mapping[str, Kind], page: str) -> Row:
    code = one["category__code"]
    return Row(
        public_id=one["public_id"],
        href=page + one["public_id"],
        state=states.public_state(one["state"]),
        category=categories[code].name if code in categories else code,
        place=one["address"] or in_language(one["district__names"]),
        created_at=one["created_at"],
        lon=one["lon"],
        lat=one["lat"],
    )
