"""What is already reported near a pin."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from issues.duplicates_sql import FURTHEST_M, NEAR
from layers.prepared import all_rows

AT_MOST: Final = 5
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")


@dataclass(frozen=True, slots=True)
class NearbyAppeal:
    """A public appeal close by: names by language, point in SRID 4326, distance in metres."""

    public_id: str
    category: str
    category_names: Mapping[str, str]
    state: str  # one of the seven; show states.public_state(state)
    address: str
    created_at: dt.datetime
    distance_m: int
    lon: float
    lat: float


def near(lon: float, lat: float, category: str) -> list[NearbyAppeal]:
    """At most five public appeals of the category or its group within its ``near_m`` metres, open or closed < 30 days ago.

    Nearest first, one statement. A point outside the world has no neighbours.
    """
    if not (abs(lon) <= 180 and abs(lat) <= 90) or not _CODE.fullmatch(category):  # the first is also false for NaN
        return []
    return [NearbyAppeal(*row) for row in all_rows(NEAR, [category, lon, lat, FURTHEST_M, AT_MOST])]
