"""The statements that propose links: pairs of a report and works that fit by distance, kind and time.

Points and shapes are degrees, SRID 4326; distances are metres on the plane around the report, as ``works/at_place_sql.py`` measures them
(5 cm off the spheroid at 50 m). One looks from reports at all works, the other from works at all reports; each time the box is cut by
the index of the side that is not given.

The score is 60 for the distance (all at 0 m, none at `REACH_M`) and 40 for the time; works of a project count for 30 of these 40 at most,
because no kind of repair is known of them. Less than `LEAST` is not worth anybody's look.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from gis_data import city_time, ground_sql
from works import warranty_end

REACH_M: Final = 50.0
LEAST: Final = 50
#: Works this long after a report hardly have to do with it; so much later than its end, they have not.
LATEST_DAYS: Final = 365
AFTER_CLOSING_DAYS: Final = 30
#: A statement that takes longer is stopped, and less is asked of the next; one that waits for a row so long tries again later.
LONGEST_MS: Final = 5_000
_WAIT_MS: Final = 2_000
#: One looks for pairs at a time; any number that nobody else uses.
_LOCK: Final = 0x6C69_6E6B

#: What is asked of reports: known place, not held, not joined with another one, a kind that works have to do with.
_REPORTS: Final = """
SELECT a.id, a.point, k.repair_kinds, a.state IN ('new', 'accepted', 'planned', 'started') AS waits,
       (a.created_at AT TIME ZONE %(zone)s)::date AS day, (a.closed_at AT TIME ZONE %(zone)s)::date AS closed
FROM issues_appeal AS a JOIN issues_category AS k ON k.id = a.category_id
WHERE a.visibility <> 'held' AND a.parent_id IS NULL AND k.repair_kinds <> '{}'"""

#: When finished works came after the report, or before it and still under warranty; when the others may mend it. NULL: neither.
_REPAIR_MEANING: Final = f"""
CASE WHEN w.status = 'finished' AND w.finished_on >= w.day AND (w.closed IS NULL OR w.closed >= w.finished_on - {AFTER_CLOSING_DAYS})
          THEN 'answers'
     WHEN w.status = 'finished' AND coalesce(w.finished_on < w.day, true) AND w.until >= w.day THEN 'returns'
     WHEN w.status IN ('planned', 'running') AND w.waits THEN 'answers' END"""
_REPAIR_TIME: Final = f"""
CASE WHEN w.finished_on >= w.day THEN greatest(0, 1 - (w.finished_on - w.day) / {LATEST_DAYS}.0)
     WHEN w.status = 'finished' THEN CASE WHEN w.finished_on IS NULL THEN 0.5 ELSE 1 END
     WHEN w.status = 'running' THEN 1 ELSE 0.75 END"""
_REPAIRS: Final = f"""
SELECT r.id AS works, r.status, r.finished_on AS finished_on, r.kind, r.geometry, {warranty_end.ALONE} AS until
FROM works_repair AS r WHERE r.status <> 'cancelled'"""

_PROJECT_MEANING: Final = """
CASE WHEN w.finished_on >= w.day AND (w.closed IS NULL OR w.closed >= w.finished_on) THEN 'answers'
     WHEN w.finished_on IS NULL AND w.status IN ('preparation', 'implementation') AND w.waits THEN 'answers' END"""
_PROJECT_TIME: Final = f"""
0.75 * CASE WHEN w.finished_on IS NOT NULL THEN greatest(0, 1 - (w.finished_on - w.day) / {LATEST_DAYS}.0)
            WHEN w.status = 'implementation' THEN 1 ELSE 0.75 END"""
_PROJECTS: Final = """
SELECT p.id AS works, p.status, p.actual_end AS finished_on, '' AS kind, r.geometry, NULL::date AS until
FROM works_projectplace AS r JOIN works_project AS p ON p.id = r.project_id
WHERE r.kind <> 'named' AND p.status <> 'cancelled'"""

#: Around works, a little wider than what is measured after; degrees of longitude are shortest where they lie nearest to a pole.
_AROUND_WORKS: Final = f"""
ST_Expand(r.geometry, {REACH_M + 1} / (111319 * greatest(cosd(greatest(abs(ST_YMax(r.geometry)), abs(ST_YMin(r.geometry)))), 0.01)),
          {REACH_M + 1} / 110574)"""
_METRES: Final = "ST_Distance(ST_Scale(w.geometry, w.east, w.north), w.flat) AS m"
_OF_REPORT: Final = "id, repair_kinds, waits, day, closed, "

# One side is read first and hands each of its boxes to the index of the other. What is in the box is judged by its days, which costs
# least, then measured once.
_FROM_REPORTS: Final = f"""
WITH given AS MATERIALIZED ({ground_sql.pin(f"({_REPORTS} AND a.id = ANY (%(ids)s::bigint[])) AS given", _OF_REPORT)}),
near AS MATERIALIZED (
    SELECT w.*, {{meaning}} AS meaning, {_METRES}
    FROM (SELECT a.id AS appeal, a.waits, a.day, a.closed, a.east, a.north, a.flat, w.works, w.status, w.finished_on, w.until, w.geometry
          FROM given AS a CROSS JOIN LATERAL (
              {{works}} AND r.geometry && ST_Expand(a.point, {REACH_M} / a.east, {REACH_M} / a.north) {{kind}} {{only}}) AS w) AS w
    WHERE ({{meaning}}) IS NOT NULL)"""
_FROM_WORKS: Final = f"""
WITH given AS MATERIALIZED (
    SELECT w.*, {{meaning}} AS meaning
    FROM (SELECT a.*, r.works, r.status, r.finished_on, r.until, r.geometry
          FROM ({{works}} AND {{key}} = ANY (%(ids)s::bigint[]) AND r.geometry IS NOT NULL) AS r
               CROSS JOIN LATERAL ({_REPORTS} AND a.point && {_AROUND_WORKS}) AS a
          WHERE true {{kind}}) AS w
    WHERE ({{meaning}}) IS NOT NULL),
near AS MATERIALIZED (
    SELECT w.id AS appeal, w.*, {_METRES}
    FROM ({ground_sql.pin("given", _OF_REPORT + "works, status, finished_on, until, geometry, meaning, ")}) AS w)"""
#: What nobody has decided on follows what is known now: pairs that fit are proposed or brought up to date, and a proposal of what was looked
#: at that fits no longer goes, because a 'returns' that is wrong blames a firm. What was confirmed or refused stays as it is.
#: The two sides meet in a full join, which is hashed or merged whatever the planner expects of them.
_WRITE: Final = f"""
, judged AS (
    SELECT DISTINCT ON (works, appeal) works, appeal, meaning, score::smallint AS score, m
    FROM (SELECT works, appeal, m, meaning, round(60 * (1 - m / {REACH_M}) + 40 * ({{time}})) AS score
          FROM near AS w WHERE m <= {REACH_M}) AS pairs
    WHERE score >= {LEAST} ORDER BY works, appeal, score DESC),
compared AS MATERIALIZED (
    SELECT works, appeal, j.meaning, j.score, j.m, l.id, l.state, (l.meaning, l.score) IS DISTINCT FROM (j.meaning, j.score) AS differs
    FROM judged AS j FULL JOIN (
        SELECT id, {{column}} AS works, appeal_id AS appeal, state, meaning, score FROM issues_link WHERE {{looked_at}}
    ) AS l USING (works, appeal)),
gone AS (
    DELETE FROM issues_link
    WHERE id = ANY (ARRAY(SELECT id FROM compared WHERE meaning IS NULL AND state = 'proposed')) AND state = 'proposed')
INSERT INTO issues_link AS known ({{column}}, appeal_id, meaning, score, distance_m)
SELECT works, appeal, meaning, score, m FROM compared
WHERE meaning IS NOT NULL AND (id IS NULL OR (state = 'proposed' AND differs))
ON CONFLICT (appeal_id, {{column}}) DO UPDATE SET meaning = excluded.meaning, score = excluded.score, distance_m = excluded.distance_m
    WHERE known.state = 'proposed'
RETURNING (xmax = 0)"""
_GIVEN: Final = "= ANY (%(ids)s::bigint[])"


def _statements(column: str, key: str, works: str, meaning: str, time: str, kind: str) -> tuple[str, str, str]:
    """From reports at all works, from reports at the works %(only)s, from works at all reports."""
    parts = {"column": column, "key": key, "works": works, "meaning": meaning, "time": time, "kind": kind}

    def filled(statement: str, **more: str) -> str:
        for name, part in {**parts, **more}.items():
            statement = statement.replace(f"{{{name}}}", part)
        return statement

    reports = _FROM_REPORTS + _WRITE
    return (
        filled(reports, only="", looked_at=f"appeal_id {_GIVEN} AND {column} IS NOT NULL"),
        filled(reports, only=f"AND {key} = %(only)s", looked_at=f"appeal_id {_GIVEN} AND {column} = %(only)s"),
        filled(_FROM_WORKS + _WRITE, looked_at=f"{column} {_GIVEN}"),
    )


_OF_REPAIRS: Final = _statements(
    "repair_id", "r.id", _REPAIRS, _REPAIR_MEANING, _REPAIR_TIME, "AND r.kind = ANY (a.repair_kinds)"
)
_OF_PROJECTS: Final = _statements("project_id", "p.id", _PROJECTS, _PROJECT_MEANING, _PROJECT_TIME, "")
_OF: Final = {"r": _OF_REPAIRS, "p": _OF_PROJECTS}

_BEGIN: Final = """
SELECT set_config('statement_timeout', %(longest)s, true), set_config('lock_timeout', %(wait)s, true), set_config('jit', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true), pg_try_advisory_xact_lock(%(lock)s)"""
_END: Final = """SET LOCAL statement_timeout TO DEFAULT; SET LOCAL lock_timeout TO DEFAULT; SET LOCAL jit TO DEFAULT;
SET LOCAL max_parallel_workers_per_gather TO DEFAULT"""


def begin() -> bool:
    """Set the limits of this transaction and take the turn; false while somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, {"longest": str(LONGEST_MS), "wait": str(_WAIT_MS), "lock": _LOCK})
        return bool(cursor.fetchone()[-1])


def end() -> None:
    """Lift the limits again, for a transaction that goes on."""
    with connection.cursor() as cursor:
        cursor.execute(_END)


def of_reports(ids: Sequence[int]) -> int:
    """Write the pairs of these reports with any works, and withdraw what fits no longer; return how many are new."""
    return sum(_write(every, {"ids": list(ids)}) for every, *_rest in _OF.values())


def of_works(what: str, ids: Sequence[int]) -> int:
    """Write the pairs of these works ("r" repairs, "p" projects) with any reports, and withdraw what fits no longer; return how many are new."""
    return _write(_OF[what][2], {"ids": list(ids)})


def of_both(what: str, works: int, reports: Sequence[int]) -> int:
    """Write the pairs of one work with these reports, and withdraw what of them fits no longer; return how many are new."""
    return _write(_OF[what][1], {"ids": list(reports), "only": works})


def _write(statement: str, params: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**params, "zone": city_time.zone().key})
        return sum(new for (new,) in cursor.fetchall())
