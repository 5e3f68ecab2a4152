"""Making areas valid (any SRID). Knows neither the settings nor the database, so that the child process of an upload has it too."""

from __future__ import annotations

import shapely
from shapely.geometry.base import BaseGeometry


def repaired(geometry: BaseGeometry) -> tuple[BaseGeometry, str]:
    """Return the (multi)polygon as a valid MultiPolygon, and what was wrong with it ("" = nothing)."""
    reason = ""
    if not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry).split("[")[0].strip()[:200]
        geometry = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and not part.is_empty]
    return shapely.MultiPolygon(parts), reason
