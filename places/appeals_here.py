"""Appeals at a place of works: counts by public state and the newest few. Only what everybody may see."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Count, Q
from django.urls import reverse
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from gis_data.metres import metres_per_degree
from gis_data.names import in_language
from issues import states
from issues.models import Appeal, Link
from issues.models.links import LinkMeaning
from issues.querysets import AppealQuerySet

MOST: Final = 8
#: How far from the line of a street a pin still means the street, metres.
BESIDE_M: Final = 25.0


@dataclass(frozen=True, slots=True)
class StateCount:
    state: str
    number: int


@dataclass(frozen=True, slots=True)
class Appeals:
    """``rows`` are as ``components/report_row.html`` takes them, the newest first."""

    rows: Sequence[dict[str, Any]]
    counts: Sequence[StateCount]

    @property
    def number(self) -> int:
        """How many there are in all."""
        return sum(one.number for one in self.counts)


def listed(appeals: AppealQuerySet, most: int = MOST) -> Appeals:
    """Read the newest public appeals of a public reading, and count all of them by state. Two queries."""
    counts: dict[str, int] = {}
    for state, number in appeals.order_by().values_list("state").annotate(number=Count("id")):
        public = states.public_state(state)
        counts[public] = counts.get(public, 0) + number
    found = appeals.order_by("-created_at", "-id").values(
        "public_id", "state", "category__names", "address", "district__names", "created_at"
    )
    rows = [
        {
            "public_id": one["public_id"],
            "href": reverse("appeal", args=[one["public_id"]]),
            "state": states.public_state(one["state"]),
            "category": in_language(one["category__names"]),
            "place": one["address"] or in_language(one["district__names"]),
            "created_at": one["created_at"],
            "lon": None,
        }
        for one in found[:most]
    ]
    return Appeals(rows, [StateCount(state, counts[state]) for state in states.PUBLIC_STATES if state in counts])


def that_led_to(**works: Any) -> AppealQuerySet:
    """Public appeals that a ``project`` or ``repair`` answers, as staff confirmed; what a project's repairs answer is its own."""
    return _linked(LinkMeaning.ANSWERS, _of(works))


def that_came_back(**works: Any) -> AppealQuerySet:
    """Public appeals of what broke again while a ``repair``, or one of a ``project``, was under warranty, as staff confirmed."""
    return _linked(LinkMeaning.RETURNS, _of(works))


def returns_to(firms: Sequence[int]) -> AppealQuerySet:
    """Public appeals of what broke again while a repair of these firms was under warranty, as staff confirmed."""
    return _linked(LinkMeaning.RETURNS, _by(firms))


def repairs_that_came_back(firms: Sequence[int]) -> int:
    """How many repairs of these firms were reported again under warranty, by public appeals, as staff confirmed. One query."""
    public = Appeal.objects.public().values("pk")
    links = Link.objects.confirmed().filter(_by(firms), meaning=LinkMeaning.RETURNS, appeal__in=public)
    return links.aggregate(number=Count("repair", distinct=True))["number"] or 0


def _by(firms: Sequence[int]) -> Q:
    return Q(repair__contractor__in=firms) | Q(repair__contractor=None, repair__contract__supplier__in=firms)


def _of(works: dict[str, Any]) -> Q:
    if "project" in works:
        return Q(project=works["project"]) | Q(repair__project=works["project"])
    return Q(**works)


def _linked(meaning: LinkMeaning, condition: Q) -> AppealQuerySet:
    links = Link.objects.confirmed().filter(condition, meaning=meaning)
    return Appeal.objects.public().filter(pk__in=links.values("appeal"))


def beside(lines: Sequence[BaseGeometry], metres: float = BESIDE_M) -> GEOSGeometry:
    """Return the area within ``metres`` of lines in SRID 4326, true to one per mille, as geometry of SRID 4326."""
    whole = shapely.unary_union(lines)
    east, north = metres_per_degree(whole.centroid.y if math.isfinite(whole.centroid.y) else 0.0)
    flat = affinity.scale(whole, east, north, origin=(0, 0)).buffer(metres, quad_segs=4)
    area = affinity.scale(flat, 1 / east, 1 / north, origin=(0, 0))
    return GEOSGeometry(shapely.to_wkb(area, hex=True), srid=4326)
