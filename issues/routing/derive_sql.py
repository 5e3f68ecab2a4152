"""The statements that read facts of many appeals at once, out of the pieces of ``gis_data/ground_sql.py``.

Areas are taken one by one and hand their outline to an index over the points: ten times faster than asking for each point
what covers it.
"""

from __future__ import annotations

from typing import Final

from gis_data import ground_sql

MISSING: Final = """
SELECT a.id FROM issues_appeal AS a
WHERE NOT EXISTS (SELECT FROM issues_appealfacts AS f WHERE f.appeal_id = a.id) ORDER BY a.id LIMIT %s
"""

PINS: Final = (
    "DROP TABLE IF EXISTS pg_temp.pin, pg_temp.today, pg_temp.pin_at, pg_temp.pin_facts",
    "CREATE TEMP TABLE today ON COMMIT DROP AS SELECT %(day)s::date AS day",
    "CREATE TEMP TABLE pin ON COMMIT DROP AS "
    + ground_sql.pin(
        """(SELECT a.id, a.point, k.code AS category, k.asset_kind
            FROM issues_appeal AS a JOIN issues_category AS k ON k.id = a.category_id WHERE a.id = ANY(%(ids)s)) AS given""",
        "id, category, asset_kind,",
    ),
    "CREATE INDEX ON pin USING gist (point)",
    "ANALYZE pin",
    "CREATE TEMP TABLE pin_at (id bigint, set_id bigint, code text, PRIMARY KEY (id, set_id)) ON COMMIT DROP",
)

# ``OFFSET 0`` keeps the planner from turning the loop inside out.
INSIDE: Final = """
INSERT INTO pin_at
SELECT DISTINCT ON (inside.id, b.boundary_set_id) inside.id, b.boundary_set_id, b.code
FROM gis_data_boundary AS b CROSS JOIN LATERAL (
    SELECT p.id FROM pin AS p WHERE p.point && b.geometry AND ST_Covers(b.geometry, p.point) OFFSET 0
) AS inside
WHERE b.valid @> (SELECT day FROM today)
ORDER BY inside.id, b.boundary_set_id, b.code
"""

GAPS: Final = f"""
INSERT INTO pin_at
SELECT pin.id, s.id, near.code
FROM gis_data_boundaryset AS s CROSS JOIN pin CROSS JOIN LATERAL (
    SELECT b.code, min(ST_Distance(ST_Scale(e.line, pin.east, pin.north), pin.flat)) AS m
    FROM gis_data_boundaryedge AS e JOIN gis_data_boundary AS b ON b.id = e.boundary_id
    WHERE e.line && ST_Expand(pin.point, {ground_sql.REACH_M} / pin.east, {ground_sql.REACH_M} / pin.north)
      AND b.boundary_set_id = s.id AND b.valid @> (SELECT day FROM today)
    GROUP BY b.code ORDER BY m, b.code LIMIT 1
) AS near
WHERE s.gap_m IS NOT NULL AND near.m <= s.gap_m
  AND NOT EXISTS (SELECT FROM pin_at AS x WHERE x.id = pin.id AND x.set_id = s.id)
"""

FACTS: Final = f"""
CREATE TEMP TABLE pin_facts ON COMMIT DROP AS
SELECT pin.id, pin.category, coalesce(at.sets, '{{}}'::jsonb) AS at, pin.point IS NOT NULL AS has_place,
       street.ref AS street_ref, street.road_class, street.owner AS street_owner,
       asset.ref AS asset_ref, asset.kind AS asset_kind, asset.owner AS asset_owner, NULL::bigint AS key_id
FROM pin
LEFT JOIN LATERAL (SELECT jsonb_object_agg(s.code, x.code) AS sets FROM pin_at AS x JOIN gis_data_boundaryset AS s ON s.id = x.set_id
                   WHERE x.id = pin.id) AS at ON true
LEFT JOIN LATERAL ({ground_sql.STREET}) AS street ON true
LEFT JOIN LATERAL ({ground_sql.ASSET.format(kind="pin.asset_kind")}) AS asset ON pin.asset_kind <> ''
"""

KEYS: Final = """
SELECT category, at, has_place, road_class, street_owner, asset_kind, asset_owner, array_agg(id)
FROM pin_facts GROUP BY 1, 2, 3, 4, 5, 6, 7
"""

NEW_KEYS: Final = """
INSERT INTO issues_factkey (id, key) SELECT * FROM unnest(%s::bigint[], %s::jsonb[]) ON CONFLICT (id) DO NOTHING
"""

WRITE: Final = """
INSERT INTO issues_appealfacts AS old (appeal_id, key_id, street_ref, asset_ref, day)
SELECT f.id, k.key_id, coalesce(f.street_ref, ''), coalesce(f.asset_ref, ''), (SELECT day FROM today)
FROM pin_facts AS f JOIN unnest(%s::bigint[], %s::bigint[]) AS k (id, key_id) USING (id)
ON CONFLICT (appeal_id) DO UPDATE SET key_id = excluded.key_id, street_ref = excluded.street_ref, asset_ref = excluded.asset_ref,
                                      day = excluded.day
"""
