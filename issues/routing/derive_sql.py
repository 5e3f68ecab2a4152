"""The statements that read facts of many appeals at once, out of the pieces of ``gis_data/ground_sql.py``.

Areas are taken one by one and hand their outline to an index over the points: ten times faster than asking for each point
what covers it.
"""

from __future__ import annotations

from typing import Final

from gis_data import ground_sql
from works import at_place_sql

MISSING: Final = """
SELECT a.id FROM issues_appeal AS a
WHERE NOT EXISTS (SELECT FROM issues_appealfacts AS f WHERE f.appeal_id = a.id) ORDER BY a.id LIMIT %s
"""

PINS: Final = (
    "DROP TABLE IF EXISTS pg_temp.pin, pg_temp.today, pg_temp.pin_at, pg_temp.pin_facts",
    "CREATE TEMP TABLE today ON COMMIT DROP AS SELECT %(day)s::date AS day",
    "CREATE TEMP TABLE pin ON COMMIT DROP AS "
    + ground_sql.pin(
        """(SELECT a.id, a.point, k.code AS category, k.asset_kind, k.repair_kinds
            FROM issues_appeal AS a JOIN issues_category AS k ON k.id = a.category_id WHERE a.id = ANY(%(ids)s)) AS given""",
        "id, category, asset_kind, repair_kinds,",
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
       asset.ref AS asset_ref, asset.kind AS asset_kind, asset.owner AS asset_owner,
       warranty.kind AS warranty_kind, warranty.supervisor AS warranty_supervisor, NULL::bigint AS key_id
FROM pin
LEFT JOIN LATERAL (SELECT jsonb_object_agg(s.code, x.code) AS sets FROM pin_at AS x JOIN gis_data_boundaryset AS s ON s.id = x.set_id
                   WHERE x.id = pin.id) AS at ON true
LEFT JOIN LATERAL ({ground_sql.STREET}) AS street ON true
LEFT JOIN LATERAL ({ground_sql.ASSET.format(kind="pin.asset_kind")}) AS asset ON pin.asset_kind <> ''
LEFT JOIN LATERAL ({at_place_sql.WARRANTY.format(kinds="pin.repair_kinds")}) AS warranty ON pin.repair_kinds <> '{{}}'
"""

KEYS: Final = """
SELECT category, at, has_place, road_class, street_owner, asset_kind, asset_owner, warranty_kind, warranty_supervisor, array_agg(id)
FROM pin_facts GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
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

#: The first day on which a set was in force, if it has come by another day.
FIRST_DAY: Final = """
SELECT first FROM (SELECT min(lower(valid)) AS first FROM gis_data_boundary WHERE boundary_set_id = %s) AS days WHERE first <= %s
"""

#: Facts that name no area of the set, with the day whose areas they should name. Facts are of their own day, and a set that came
#: later speaks of earlier ones from its first day on. Those of open appeals are of today; while new boundaries have yet to move
#: them, they stay as they are, since the move compares what was with what is.
_LACKING: Final = """
SELECT a.id, a.point, f.key_id, CASE WHEN is_open THEN %(day)s::date ELSE greatest(f.day, %(first)s::date) END AS day
FROM issues_appealfacts AS f JOIN issues_appeal AS a ON a.id = f.appeal_id
     CROSS JOIN LATERAL (SELECT a.state IN ('new', 'accepted', 'planned', 'started') AS is_open) AS is_it
WHERE f.key_id IN (SELECT id FROM issues_factkey WHERE NOT key -> 'at' ? %(code)s)
  AND NOT (is_open AND EXISTS (
      SELECT FROM gis_data_boundarydraft AS d
      WHERE d.boundary_set_id = %(set)s AND d.state = 'published' AND d.moves_open AND d.moved_at IS NULL AND d.valid_from <= %(day)s))
"""

#: Some appeals in one version of an area (its number is %(area)s), and their keys. ``OFFSET 0``: shapes are looked at last.
LEARN_INSIDE: Final = f"""
SELECT near.id, near.key_id, b.code
FROM gis_data_boundary AS b CROSS JOIN LATERAL (
    SELECT * FROM ({_LACKING}) AS lacking WHERE lacking.point && b.geometry AND b.valid @> lacking.day OFFSET 0
) AS near
WHERE b.id = %(area)s AND ST_Covers(b.geometry, near.point) LIMIT %(limit)s
"""

#: Some appeals in no area of the set and close enough to one, their keys, and the code of that area. ``OFFSET 0``: first who lacks it,
#: then each one's plane, then what is around.
LEARN_GAPS: Final = f"""
SELECT pin.id, pin.key_id, near.code
FROM ({ground_sql.pin(f"({_LACKING} OFFSET 0) AS lacking", "id, key_id, day,")} OFFSET 0) AS pin CROSS JOIN LATERAL (
    SELECT b.code, min(ST_Distance(ST_Scale(e.line, pin.east, pin.north), pin.flat)) AS m
    FROM gis_data_boundaryedge AS e JOIN gis_data_boundary AS b ON b.id = e.boundary_id
    WHERE e.line && ST_Expand(pin.point, %(gap)s / pin.east, %(gap)s / pin.north) AND b.boundary_set_id = %(set)s AND b.valid @> pin.day
    GROUP BY b.code ORDER BY m, b.code LIMIT 1
) AS near
WHERE near.m <= %(gap)s LIMIT %(limit)s
"""

KEYS_OF: Final = "SELECT id, key FROM issues_factkey WHERE id = ANY(%s)"

#: Facts that were read anew meanwhile know the set.
LEARN: Final = """
UPDATE issues_appealfacts AS f SET key_id = n.new
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n (appeal, old, new)
WHERE f.appeal_id = n.appeal AND f.key_id = n.old
"""
