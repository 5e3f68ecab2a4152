"""What residents reported at a place of works: counts by public state and the newest few. Only what everybody may see."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Count
from django.urls import reverse
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from gis_data.metres import metres_per_degree
from gis_data.names import in_language
from issues import states
from issues.querysets import AppealQuerySet

MOST: Final = 8
#: How far from the line of a street a pin still means the street, metres.
BESIDE_M: Final = 25.0


@dataclass(frozen=True, slots=True)
class StateCount:
    state: str
    number: int


@dataclass(frozen=True, slots=True)
class Reports:
    """``rows`` are as ``components/report_row.html`` takes them, the newest first."""

    rows: Sequence[dict[str, Any]]
    counts: Sequence[StateCount]

    @property
    def number(self) -> int:
        """How many there are in all."""
        return sum(one.number for one in self.counts)


def listed(appeals: AppealQuerySet, most: int = MOST) -> Reports:
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
    return Reports(rows, [StateCount(state, counts[state]) for state in states.PUBLIC_STATES if state in counts])


def beside(lines: Sequence[BaseGeometry], metres: float = BESIDE_M) -> GEOSGeometry:
    """Return the area within ``metres`` of lines in SRID 4326, true to one per mille, as geometry of SRID 4326."""
    whole = shapely.unary_union(lines)
    east, north = metres_per_degree(whole.centroid.y if math.isfinite(whole.centroid.y) else 0.0)
    flat = affinity.scale(whole, east, north, origin=(0, 0)).buffer(metres, quad_segs=4)
    area = affinity.scale(flat, 1 / east, 1 / north, origin=(0, 0))
    return GEOSGeometry(shapely.to_wkb(area, hex=True), srid=4326)
