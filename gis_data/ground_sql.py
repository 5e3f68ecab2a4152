"""What the ground says at a pin on a day, as pieces of one SQL statement.

Points are longitude and latitude in degrees, SRID 4326. Metres are measured on a plane made around the pin (degrees scaled
by their length there on the WGS 84 ellipsoid, as in ``gis_data/metres.py``): 0.1 % off at most within `REACH_M`, and some
twenty times cheaper than on the spheroid. Every piece reads two relations: ``pin`` (as `PIN` makes it; one row here, many in
``issues/routing/derive.py``) and ``today`` (``day``).
"""

from __future__ import annotations

from typing import Final

from gis_data.models import EDGE_REACH_M

REACH_M: Final = float(EDGE_REACH_M)
#: Further away than this a street does not name the place, nor an asset the thing.
STREET_M: Final = 100.0
ASSET_M: Final = 40.0

#: Columns of ``pin`` from a ``point``: metres a degree (east, north), and the point on the plane.
_ON_PLANE: Final = """
    point, east, north, ST_Scale(point, east, north) AS flat
FROM (SELECT *, radians(6378137.0 / sqrt(bulge) * greatest(cosd(ST_Y(point)), 0.01)) AS east,
             radians(6378137.0 * (1 - 0.00669437999014) / (bulge * sqrt(bulge))) AS north
      FROM (SELECT *, 1 - 0.00669437999014 * sind(ST_Y(point)) ^ 2 AS bulge FROM {source}) AS round_here) AS lengths
"""


def pin(source: str, columns: str = "") -> str:
    """A relation of pins out of ``source`` (a relation with ``point``), with further ``columns`` of it ("id," for example)."""
    return f"SELECT {columns}{_ON_PLANE.format(source=source)}"


#: One pin from two parameters; without a place its point is NULL and nothing lies around it.
ONE_PIN: Final = pin("(SELECT ST_SetSRID(ST_MakePoint($1, $2), 4326) AS point) AS given")


def _box(metres: float) -> str:
    return f"ST_Expand(pin.point, {metres} / pin.east, {metres} / pin.north)"


def _metres(column: str) -> str:
    return f"ST_Distance(ST_Scale({column}, pin.east, pin.north), pin.flat)"


# The pin is looked up by place alone and judged by date after: by date first, the planner would test every shape of today.
#: → ``ground``: for every set the boundary at the pin (of two the one whose code comes first; in a set that covers the city
#: the nearest within its ``gap_m``, then ``gap`` is how far), how far its border is, and the nearest other one across it.
BOUNDARIES: Final = f"""
at_the_pin AS MATERIALIZED (
    SELECT b.id, b.boundary_set_id, b.code, b.names, b.valid FROM pin JOIN gis_data_boundary AS b ON ST_Covers(b.geometry, pin.point)
), edges AS MATERIALIZED (
    SELECT e.boundary_id, min({_metres("e.line")}) AS m
    FROM pin JOIN gis_data_boundaryedge AS e ON e.line && {_box(REACH_M)} GROUP BY e.boundary_id
), around AS MATERIALIZED (
    SELECT b.id, b.boundary_set_id, b.code, b.names, b.valid, edges.m
    FROM edges JOIN gis_data_boundary AS b ON b.id = edges.boundary_id
    WHERE edges.m <= {REACH_M} AND b.valid @> (SELECT day FROM today)
), inside AS MATERIALIZED (
    SELECT DISTINCT ON (boundary_set_id) *, NULL::float8 AS gap FROM at_the_pin
    WHERE valid @> (SELECT day FROM today) ORDER BY boundary_set_id, code
), ground AS MATERIALIZED (
    SELECT * FROM inside
    UNION ALL
    (SELECT DISTINCT ON (a.boundary_set_id) a.* FROM around AS a JOIN gis_data_boundaryset AS s ON s.id = a.boundary_set_id
     WHERE a.m <= s.gap_m AND NOT EXISTS (SELECT FROM inside AS i WHERE i.boundary_set_id = a.boundary_set_id)
     ORDER BY a.boundary_set_id, a.m, a.code)
), across AS MATERIALIZED (
    SELECT DISTINCT ON (a.boundary_set_id) a.*
    FROM around AS a JOIN ground AS g ON g.boundary_set_id = a.boundary_set_id AND g.id <> a.id
    ORDER BY a.boundary_set_id, a.m, a.code
)"""

#: ``ground`` and ``across`` as JSON for `gis_data.ground.boundary_facts`.
BOUNDARIES_JSON: Final = """
(SELECT json_agg(json_build_object('id', g.id, 'set_id', s.id, 'set_code', s.code, 'set_names', s.names,
            'is_district', s.is_district, 'code', g.code, 'names', g.names, 'version', lower(g.valid), 'gap_m', g.gap,
            'ask_m', s.border_m, 'border_m', own.m, 'next_id', x.id, 'next_code', x.code, 'next_names', x.names,
            'next_version', lower(x.valid), 'next_m', x.m))
 FROM ground AS g JOIN gis_data_boundaryset AS s ON s.id = g.boundary_set_id
      LEFT JOIN around AS own ON own.id = g.id LEFT JOIN across AS x ON x.boundary_set_id = g.boundary_set_id)"""

#: A set that is meant to hold every place of the city exists and is in force: a pin in none of its areas is lost.
HAS_DISTRICTS: Final = """
EXISTS (SELECT FROM gis_data_boundary AS b JOIN gis_data_boundaryset AS s ON s.id = b.boundary_set_id AND s.is_district
        WHERE b.valid @> (SELECT day FROM today))"""

#: The street piece nearest to a pin: for a LATERAL join. Of two equally near ones the first number in the source.
STREET: Final = f"""
SELECT s.source_id AS ref, s.names, s.road_class, s.owner, m
FROM (SELECT source_id, names, road_class, owner, {_metres("geometry")} AS m
      FROM gis_data_street WHERE geometry && {_box(STREET_M)}) AS s
WHERE m <= {STREET_M} ORDER BY m, ref LIMIT 1"""

#: The asset of the kind ``{kind}`` (an SQL expression) nearest to a pin: for a LATERAL join.
ASSET: Final = f"""
SELECT a.source_id AS ref, a.kind, a.names, a.owner, m
FROM (SELECT source_id, kind, names, owner, {_metres("geometry")} AS m
      FROM gis_data_asset WHERE kind = {{kind}} AND geometry && {_box(ASSET_M)}) AS a
WHERE m <= {ASSET_M} ORDER BY m, ref LIMIT 1"""
