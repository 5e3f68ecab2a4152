"""The list of public reports beside the map: newest first, by key, never by number of page."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from django.contrib.gis.geos import Polygon
from django.urls import reverse
from django.utils import timezone

from gis_data.names import in_language
from issues import states
from issues.models import Appeal
from issues.querysets import AppealQuerySet
from issues.views.home_filters import HomeFilters

ROWS: Final = 30
_COLUMNS = ("id", "public_id", "state", "category__code", "address", "district__names", "created_at", "point")


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
    found = _filtered(filters, categories)
    key = _key(before or after)
    upward = bool(after and key)
    if key:
        found = _beyond(found, *key, upward=upward)
    order = ("created_at", "id") if upward else ("-created_at", "-id")
    read = list(found.order_by(*order).values(*_COLUMNS)[: ROWS + 1])
    more, read = len(read) > ROWS, read[:ROWS]
    if upward:
        read.reverse()
    rows = [_row(one, categories) for one in read]
    newer = rows[0].public_id if rows and (more if upward else key) else ""
    older = rows[-1].public_id if rows and (upward or more) else ""
    return Listing(rows=rows, newer=newer, older=older)


def _filtered(filters: HomeFilters, categories: Mapping[str, Kind]) -> AppealQuerySet:
    found: AppealQuerySet = Appeal.objects.public()
    if filters.categories:
        # By id: through a join the planner cannot see how rare the category is, and reads half the table for one page.
        found = found.filter(category__in=[categories[code].id for code in filters.categories])
    if filters.states:
        found = found.filter(
            state__in=[s for public in filters.states for s in states.BEHIND[cast("states.PublicState", public)]]
        )
    if filters.since:
        found = found.filter(created_at__gte=_midnight(filters.since))
    if filters.until:
        found = found.filter(created_at__lt=_midnight(filters.until + dt.timedelta(days=1)))
    if filters.bbox:
        found = found.filter(point__bboverlaps=Polygon.from_bbox(filters.bbox))
    return found


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _key(public_id: str) -> tuple[dt.datetime, int] | None:
    if not public_id or len(public_id) > 16 or not public_id.isalnum():
        return None
    return Appeal.objects.public().filter(public_id=public_id).values_list("created_at", "id").first()


def _beyond(found: AppealQuerySet, created_at: dt.datetime, key: int, *, upward: bool) -> AppealQuerySet:
    """Rows after (created_at, id) in reading order. The plain comparison lets the index start at the right place."""
    if upward:
        return found.filter(created_at__gte=created_at).exclude(created_at=created_at, id__lte=key)
    return found.filter(created_at__lte=created_at).exclude(created_at=created_at, id__gte=key)


def _row(one: Mapping[str, Any], categories: Mapping[str, Kind]) -> Row:
    point = one["point"]
    code = one["category__code"]
    return Row(
        public_id=one["public_id"],
        href=reverse("appeal", args=[one["public_id"]]),
        state=states.public_state(one["state"]),
        category=categories[code].name if code in categories else code,
        place=one["address"] or in_language(one["district__names"]),
        created_at=one["created_at"],
        lon=point.x if point else None,
        lat=point.y if point else None,
    )
