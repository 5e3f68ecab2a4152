"""What is already reported near a pin."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gis_data import metres
from layers.prepared import all_rows

AT_MOST: Final = 5
#: No category looks further than this, so that the search box can be a constant for the index.
FURTHEST_M: Final = 500.0
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")

# Only what ``Appeal.objects.public()`` admits, and only public columns. The box is cut by the index, the circle in metres.
_NEAR: Final = """
WITH mine AS MATERIALIZED (
    SELECT id, "group", least(near_m, $6) AS metres, ST_SetSRID(ST_MakePoint($2, $3), 4326) AS pin
    FROM issues_category WHERE code = $1 LIMIT 1
)
SELECT a.public_id, kind.code, kind.names::json, a.state, a.address, a.created_at,
       round(ST_Distance(a.point::geography, mine.pin::geography))::int AS metres, ST_X(a.point), ST_Y(a.point)
FROM mine
JOIN issues_category AS kind ON kind.id = mine.id OR (mine."group" <> '' AND kind."group" = mine."group")
JOIN issues_appeal AS a ON a.category_id = kind.id
WHERE a.visibility = 'public' AND a.parent_id IS NULL
  AND a.point && ST_Expand(ST_SetSRID(ST_MakePoint($2, $3), 4326), $4, $5)
  AND ST_DWithin(a.point::geography, mine.pin::geography, mine.metres)
  AND (a.closed_at IS NULL OR a.closed_at > statement_timestamp() - interval '30 days')
ORDER BY metres, a.id DESC
LIMIT $7
"""


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
    east, north = metres.box(FURTHEST_M, lat)
    return [NearbyAppeal(*row) for row in all_rows(_NEAR, [category, lon, lat, east, north, FURTHEST_M, AT_MOST])]
