"""How appeals are counted in advance for the map: what everybody may see, by category, public state and month.

A category is counted by its key, so another code or name changes nothing; a category that is no longer in force keeps its past.
"""

from __future__ import annotations

from typing import Final

from issues.states import BEHIND
from layers.pyramid import Pyramid

COUNTED: Final = Pyramid(
    number=1,
    table="issues_appeal",
    shown={"visibility": "public"},
    place="point_3857",
    kind="category_id",
    value="state",
    values=dict(BEHIND.items()),
    month="created_at",
    zone="gis_data_city.time_zone",
)
