"""The statements that propose links: pairs of a report and works that fit by distance, kind and time.

Points and shapes are degrees, SRID 4326; distances are metres on the spheroid. One looks from new reports at all works, the
other from changed works at all reports; each time the box is cut by the index of the side that is not new.

The score is 60 for the distance (all at 0 m, none at `REACH_M`) and 40 for the time; works of a project count for 30 of these 40 at most,
because no kind of repair is known of them. Less than `LEAST` is not worth anybody's look.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

REACH_M: Final = 50.0
LEAST: Final = 50
#: Works this long after a report hardly have to do with it; so much later than its end, they have not.
LATEST_DAYS: Final = 365
AFTER_CLOSING_DAYS: Final = 30

#: What is asked of reports: known place, not held, not joined with another one, a kind that works have to do with.
_REPORTS: Final = """
SELECT a.id, a.point, k.repair_kinds, a.closed_at, a.state IN ('new', 'accepted', 'planned', 'started') AS waits,
       (a.created_at AT TIME ZONE %(zone)s)::date AS day, (a.closed_at AT TIME ZONE %(zone)s)::date AS closed
FROM issues_appeal AS a JOIN issues_category AS k ON k.id = a.category_id
WHERE a.visibility <> 'held' AND a.parent_id IS NULL AND k.repair_kinds <> '{}'"""

#: When finished works came after the report, or before it and still under warranty; when the others may mend it. NULL: neither.
_REPAIR_MEANING: Final = f"""
CASE WHEN w.status = 'finished' AND w.finished_on >= a.day AND (a.closed IS NULL OR a.closed >= w.finished_on - {AFTER_CLOSING_DAYS})
          THEN 'answers'
     WHEN w.status = 'finished' AND coalesce(w.finished_on < a.day, true) AND w.until >= a.day THEN 'returns'
     WHEN w.status IN ('planned', 'running') AND a.waits THEN 'answers' END"""
_REPAIR_TIME: Final = f"""
CASE WHEN w.finished_on >= a.day THEN greatest(0, 1 - (w.finished_on - a.day) / {LATEST_DAYS}.0)
     WHEN w.status = 'finished' THEN CASE WHEN w.finished_on IS NULL THEN 0.5 ELSE 1 END
     WHEN w.status = 'running' THEN 1 ELSE 0.75 END"""
_REPAIRS: Final = """
SELECT r.id, r.geometry, r.kind, r.status, r.finished_on,
       coalesce(r.warranty_until, (SELECT c.warranty_until FROM works_contract AS c WHERE c.id = r.contract_id)) AS until
FROM works_repair AS r WHERE r.status <> 'cancelled'"""

_PROJECT_MEANING: Final = """
CASE WHEN w.ended >= a.day AND (a.closed IS NULL OR a.closed >= w.ended) THEN 'answers'
     WHEN w.ended IS NULL AND w.status IN ('preparation', 'implementation') AND a.waits THEN 'answers' END"""
_PROJECT_TIME: Final = f"""
0.75 * CASE WHEN w.ended IS NOT NULL THEN greatest(0, 1 - (w.ended - a.day) / {LATEST_DAYS}.0)
            WHEN w.status = 'implementation' THEN 1 ELSE 0.75 END"""
_PROJECTS: Final = """
SELECT p.id, r.geometry, p.status, p.actual_end AS ended
FROM works_projectplace AS r JOIN works_project AS p ON p.id = r.project_id
WHERE r.kind <> 'named' AND p.status <> 'cancelled'"""


def _box(geometry: str, top: str) -> str:
    """A box around ``geometry``, at least as wide in degrees as at its latitude ``top``."""
    return f"ST_Expand({geometry}, {REACH_M} / (111319 * greatest(cosd({top}), 0.01)), {REACH_M} / 110574)"


# One side is read first and hands each of its boxes to the index of the other; what is in the box is measured once and then judged.
_FROM_REPORTS: Final = f"""
WITH new AS MATERIALIZED ({_REPORTS} AND a.id > %(low)s AND a.id <= %(high)s), pairs AS MATERIALIZED (
    SELECT a.id AS appeal, a.point, a.waits, a.day, a.closed, w.*
    FROM new AS a CROSS JOIN LATERAL ({{works}} AND r.geometry && {_box("a.point", "ST_Y(a.point)")} {{kind}}) AS w)"""
_FROM_WORKS: Final = f"""
WITH new AS MATERIALIZED ({{works}} AND {{changed}} AND r.geometry IS NOT NULL), pairs AS MATERIALIZED (
    SELECT a.id AS appeal, a.point, a.waits, a.day, a.closed, r.*
    FROM new AS r CROSS JOIN LATERAL ({_REPORTS} AND a.point && {_box("r.geometry", "ST_YMax(r.geometry)")}) AS a
    WHERE true {{kind}})"""
_WRITE: Final = f"""
, measured AS MATERIALIZED (SELECT *, ST_Distance(geometry::geography, point::geography) AS m FROM pairs)
INSERT INTO issues_link ({{column}}, appeal_id, meaning, score, distance_m)
SELECT DISTINCT ON (works, appeal) works, appeal, meaning, score, m
FROM (SELECT w.id AS works, w.appeal, m, {{meaning}} AS meaning, round(60 * (1 - m / {REACH_M}) + 40 * ({{time}})) AS score
      FROM measured AS w CROSS JOIN LATERAL (SELECT w.day, w.closed, w.waits) AS a WHERE m <= {REACH_M}) AS judged
WHERE meaning IS NOT NULL AND score >= {LEAST}
ORDER BY works, appeal, score DESC
ON CONFLICT DO NOTHING
RETURNING id"""


def _statements(column: str, works: str, meaning: str, time: str, kind: str, changed: str) -> tuple[str, str]:
    """The statement from new reports at all works, and from changed works at all reports."""
    write = _WRITE.replace("{column}", column).replace("{meaning}", meaning).replace("{time}", time)
    first = _FROM_REPORTS.replace("{works}", works).replace("{kind}", kind)
    second = _FROM_WORKS.replace("{works}", works).replace("{changed}", changed).replace("{kind}", kind)
    return first + write, second + write


REPAIRS_OF_REPORTS, REPORTS_OF_REPAIRS = _statements(
    "repair_id", _REPAIRS, _REPAIR_MEANING, _REPAIR_TIME, "AND r.kind = ANY (a.repair_kinds)", "r.updated_at >= %(since)s"
)
PROJECTS_OF_REPORTS, REPORTS_OF_PROJECTS = _statements(
    "project_id", _PROJECTS, _PROJECT_MEANING, _PROJECT_TIME, "", "p.updated_at >= %(since)s"
)


def propose(statement: str, params: dict[str, Any]) -> int:
    """Write the pairs that are not there yet; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return len(cursor.fetchall())
