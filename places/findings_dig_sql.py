"""Works of different projects in one place, at the same time or shortly after one another.

Shapes are degrees (SRID 4326). A box around each place is cut by the index of the other side; what is in the box is measured on a plane
around the middle of the city. A place that was only named ("the whole district") is not here.
"""

from __future__ import annotations

from typing import Final

from places.findings_page_sql import Wanted, in_district
from places.findings_repeat_sql import plane_of_the_city
from places.findings_types import Asked

_NEAR: Final = "{side}.geometry && ST_Expand({other}.geometry, (SELECT wide FROM given), (SELECT high FROM given))"
_FLAT: Final = "ST_Scale({side}.geometry, (SELECT east FROM given), (SELECT north FROM given))"
_SOON: Final = "a.begins <= b.ends + (SELECT gap FROM given) AND b.begins <= a.ends + (SELECT gap FROM given)"


def _near(side: str, other: str) -> str:
    return _NEAR.format(side=side, other=other)


# Each place is laid flat once, and pairs are measured as they are found: there may be millions, too many to be written down with shapes.
_PAIRS: Final = f"""
WITH given AS MATERIALIZED (
    SELECT east, north, metres, metres / east AS wide, metres / north AS high, make_interval(months => months) AS gap
    FROM (SELECT %s::float AS east, %s::float AS north, %s::float AS metres, %s::integer AS months) AS asked
), project AS MATERIALIZED (
    SELECT id, begins, greatest(begins, ends) AS ends
    FROM (SELECT id, coalesce(actual_start, planned_start, promised_start, planned_end, promised_end) AS begins,
                 coalesce(planned_end, promised_end, actual_start, planned_start, promised_start) AS ends
          FROM works_project
          WHERE actual_end IS NULL AND (status IN ('preparation', 'implementation')
                                        OR (status = '' AND coalesce(planned_end, promised_end) >= %s)) AND {{project_here}}) AS known
    WHERE begins IS NOT NULL
), place AS MATERIALIZED (
    SELECT w.id, p.id AS project, p.begins, p.ends, w.geometry, {_FLAT.format(side="w")} AS flat
    FROM project AS p JOIN works_projectplace AS w ON w.project_id = p.id WHERE w.kind <> 'named'
), repair AS MATERIALIZED (
    SELECT r.id, coalesce(r.project_id, c.project_id) AS project, coalesce(r.started_on, r.finished_on) AS begins,
           coalesce(r.finished_on, r.started_on) AS ends, r.geometry, {_FLAT.format(side="r")} AS flat
    FROM works_repair AS r LEFT JOIN works_contract AS c ON c.id = r.contract_id
    WHERE r.status IN ('planned', 'running') AND coalesce(r.started_on, r.finished_on) IS NOT NULL AND r.geometry IS NOT NULL
      AND {{repair_here}}
), measured AS MATERIALIZED (  -- each time by the index first, then by days
    SELECT 'p' AS what, a.project AS one, 'p' AS and_what, b.project AS other, ST_Distance(a.flat, b.flat) AS m
    FROM place AS a
    CROSS JOIN LATERAL (SELECT y.id FROM works_projectplace AS y WHERE {_near("y", "a")} AND y.project_id > a.project OFFSET 0) AS y
    JOIN place AS b ON b.id = y.id AND {_SOON}
    UNION ALL
    SELECT 'p', a.project, 'r', b.id, ST_Distance(a.flat, b.flat)
    FROM repair AS b
    CROSS JOIN LATERAL (SELECT y.id FROM works_projectplace AS y WHERE {_near("y", "b")} OFFSET 0) AS y
    JOIN place AS a ON a.id = y.id AND a.project IS DISTINCT FROM b.project AND {_SOON}
    UNION ALL
    SELECT 'r', a.id, 'r', b.id, ST_Distance(a.flat, b.flat)
    FROM repair AS a
    CROSS JOIN LATERAL (SELECT y.id FROM works_repair AS y WHERE {_near("y", "a")} AND y.id > a.id OFFSET 0) AS y
    JOIN repair AS b ON b.id = y.id AND a.project <> b.project AND {_SOON}
    WHERE a.project IS NOT NULL
), close AS (
    SELECT what, one, and_what, other, min(m) AS m FROM measured WHERE m <= (SELECT metres FROM given)
    GROUP BY what, one, and_what, other
), work AS (
    SELECT 'p' AS what, id, begins, ends FROM project UNION ALL SELECT 'r', id, begins, ends FROM repair
), dated AS (
    SELECT c.*, a.begins AS begins, a.ends AS ends, b.begins AS and_begins, b.ends AS and_ends,
           greatest(a.begins, b.begins) AS later, greatest(a.begins, b.begins) - least(a.ends, b.ends) AS apart
    FROM close AS c JOIN work AS a ON a.what = c.what AND a.id = c.one JOIN work AS b ON b.what = c.and_what AND b.id = c.other
)
SELECT (date '1970-01-01' - later)::numeric AS sort, what || one || '-' || and_what || other AS key, what, one, and_what, other,
       round(m::numeric) AS metres, begins, ends, and_begins, and_ends, apart
FROM dated WHERE later BETWEEN %s AND %s"""


def pairs(asked: Asked) -> Wanted:
    """Return the statement. One query, for the middle of the city. Of a district both works are: each is chosen before it is compared."""
    given = (*plane_of_the_city(), asked.numbers["metres"], asked.numbers["months"], asked.today)
    project_here, project_district = in_district("p", "id", asked)
    repair_here, repair_district = in_district("r", "r.id", asked)
    sql = _PAIRS.replace("{project_here}", project_here).replace("{repair_here}", repair_here)
    return Wanted(sql, (*given, *project_district, *repair_district, asked.first_day, asked.last_day))
