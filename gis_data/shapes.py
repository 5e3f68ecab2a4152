"""The shapes that decided about a pin, cut to its surroundings: for a small drawing, never for a measurement."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import shapely
from django.db import connection
from shapely.geometry.base import BaseGeometry

from gis_data import metres
from gis_data.names import Names

Part = Literal["here", "across", "street", "asset"]

#: More areas than these nobody tells apart in a small drawing.
_MOST: Final = 8
_LARGEST_ID: Final = 2**63 - 1

# Clipping costs next to nothing whatever the shape; only what is near the pin travels.
_READ: Final = """
WITH box AS MATERIALIZED (SELECT ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) AS edge),
found AS (
    SELECT CASE WHEN id = ANY(%(here)s) THEN 'here' ELSE 'across' END AS part, names, geometry, id::text AS number
    FROM gis_data_boundary WHERE id = ANY(%(here)s) OR id = ANY(%(across)s)
    UNION ALL SELECT 'street', names, geometry, source_id FROM gis_data_street WHERE source_id = %(street)s
    UNION ALL SELECT 'asset', names, geometry, source_id FROM gis_data_asset WHERE source_id = %(asset)s
)
SELECT part, names::text, ST_AsBinary(ST_ClipByBox2D(geometry, edge)) FROM found, box WHERE geometry && edge ORDER BY part, number"""


@dataclass(frozen=True, slots=True)
class GroundShape:
    """One shape near a pin: a valid geometry (any type, SRID 4326) cut at a box around it. ``part`` says what it had to do with the pin."""

    part: Part
    names: Names
    geometry: BaseGeometry


def read(numbers: Mapping[str, Any], lon: float, lat: float, reach_m: float) -> list[GroundShape]:
    """Read the shapes that ``numbers`` names, within about ``reach_m`` metres east, west, north and south of the pin (degrees).

    ``numbers`` is ``{"here": [boundary version ids], "across": [...], "street": source_id, "asset": source_id}``, each of them
    optional, as `issues.routing.reason.shapes` keeps it. What is gone meanwhile, or not near, is left out. One query; none
    where nothing is named.
    """
    here, across = _ids(numbers.get("here")), _ids(numbers.get("across"))
    street, asset = str(numbers.get("street") or ""), str(numbers.get("asset") or "")
    if not (here or across or street or asset):
        return []
    east, north = metres.box(reach_m, lat)
    box = {"west": lon - east, "south": lat - north, "east": lon + east, "north": lat + north}
    with connection.cursor() as cursor:
        cursor.execute(_READ, {**box, "here": here, "across": across, "street": street, "asset": asset})
        return list(_shapes(cursor.fetchall()))


def _shapes(rows: Sequence[tuple[Part, str, Any]]) -> Iterator[GroundShape]:
    for part, names, cut in rows:
        geometry = shapely.from_wkb(bytes(cut)) if cut is not None else None
        if geometry is None or geometry.is_empty:
            continue
        yield GroundShape(part, json.loads(names), geometry if geometry.is_valid else shapely.make_valid(geometry))


def _ids(values: Any) -> list[int]:
    listed = values if isinstance(values, list) else []
    return [one for one in listed if type(one) is int and 0 < one <= _LARGEST_ID][:_MOST]
