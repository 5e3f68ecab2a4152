"""The set-based half of the import of requests: staging table → one row a case → appeals, events, decisions, visits.

Every statement works on all rows at once. Times are timestamptz, points are SRID 4326. The two temporary tables live as
long as the transaction: ``request_row`` (what `issues.request_cases.Case` says), ``request_case`` (that, resolved against
what the database knows already).
"""

from __future__ import annotations

from typing import Final

STAGE: Final = """
CREATE TEMP TABLE request_row (
    file smallint NOT NULL, row integer NOT NULL, source text NOT NULL, ref text NOT NULL,
    opened timestamptz NOT NULL, due timestamptz, closed timestamptz, state text NOT NULL, words text NOT NULL,
    flags text NOT NULL, kind text NOT NULL, kind_code text NOT NULL, kind_group text NOT NULL, department text NOT NULL,
    lon double precision, lat double precision, place_flag text NOT NULL, address text NOT NULL, text text NOT NULL,
    text_public boolean NOT NULL, channel text NOT NULL, queue text NOT NULL, answers text NOT NULL, reply text NOT NULL,
    held boolean NOT NULL, crew text NOT NULL, task_in_days integer
) ON COMMIT DROP
"""

#: Cases that more than one row tells of.
DOUBLES: Final = """
CREATE TEMP TABLE request_double ON COMMIT DROP AS
SELECT source, ref FROM request_row GROUP BY source, ref HAVING count(*) > 1
"""

_COMPARED: Final = ("opened", "due", "closed", "state", "words", "kind", "department", "address", "text", "channel", "queue")

#: For each file that told of a case again: how many such rows, from an earlier file or its own, and in how many cases
#: the two disagree about a column.
JOINED: Final = f"""
SELECT file, sum(again), sum(again_here), count(*) FILTER (WHERE place > 1), count(*) FILTER (WHERE filled_place),
       {", ".join(f"count(*) FILTER (WHERE {name} > 1)" for name in _COMPARED)}
FROM (
    SELECT max(file) AS file, count(*) - 1 AS again, count(*) - count(DISTINCT file) AS again_here,
           count(DISTINCT (lon, lat)) FILTER (WHERE lon IS NOT NULL) AS place,
           bool_or(lon IS NULL) AND bool_or(lon IS NOT NULL) AS filled_place,
           {", ".join(f"count(DISTINCT nullif({name}::text, '')) AS {name}" for name in _COMPARED)}
    FROM request_row JOIN request_double USING (source, ref) GROUP BY source, ref
) AS double GROUP BY file ORDER BY file
"""  # names from the tuple above
JOINED_COLUMNS: Final = ("place (both have one)", "place (one has none: the other's is taken)", *_COMPARED)


def _last(column: str, condition: str) -> str:
    return f"(array_agg({column} ORDER BY file DESC, row DESC) FILTER (WHERE {condition}))[1]"


def _filled(column: str) -> str:
    is_filled = f"{column} <> ''"
    return f"coalesce({_last(column, is_filled)}, '') AS {column}"


_OWN: Final = ("file", "row")
_OUTCOME: Final = ("opened", "closed", "state", "words", "flags", "text_public", "held", "task_in_days")
_PLACE: Final = ("lon", "lat")
_FILLED: Final = ("kind", "kind_code", "kind_group", "department", "address", "text", "channel", "queue", "reply", "crew")
_ALL: Final = (*_OWN, "source", "ref", *_OUTCOME, "due", *_PLACE, "place_flag", "answers", *_FILLED)

#: One row a case: the last file is believed, but an empty cell never wins. How a case ended is taken whole from one row,
#: and so is the place. The row keeps the number of the first file that has it.
JOIN_DOUBLES: Final = (
    f"""
CREATE TEMP TABLE request_joined ON COMMIT DROP AS
SELECT min(file)::smallint AS file, min(row) AS row, source, ref,
       {", ".join(f"{_last(name, 'true')} AS {name}" for name in _OUTCOME)},
       {_last("due", "due IS NOT NULL")} AS due,
       {", ".join(f"{_last(name, 'lon IS NOT NULL')} AS {name}" for name in _PLACE)},
       coalesce({_last("place_flag", "lon IS NOT NULL")}, {_last("place_flag", "true")}) AS place_flag,
       coalesce({_last("answers", "answers <> '{}'")}, '{{}}') AS answers,
       {", ".join(_filled(name) for name in _FILLED)}
FROM request_row JOIN request_double USING (source, ref) GROUP BY source, ref
""",  # names from the tuples above
    "DELETE FROM request_row USING request_double AS d WHERE request_row.source = d.source AND request_row.ref = d.ref",
    f"INSERT INTO request_row ({', '.join(_ALL)}) SELECT {', '.join(_ALL)} FROM request_joined",
)

#: What the data say about each kind: its most frequent name, group and department, the median time promised (only where
#: at least half of its cases have one), and how frequent it is.
KINDS: Final = """
SELECT kind_code, mode() WITHIN GROUP (ORDER BY kind), mode() WITHIN GROUP (ORDER BY kind_group),
       coalesce(mode() WITHIN GROUP (ORDER BY nullif(department, '')), ''),
       CASE WHEN count(*) FILTER (WHERE due > opened) * 2 >= count(*)
            THEN percentile_disc(0.5) WITHIN GROUP (ORDER BY CASE WHEN due > opened THEN due - opened END) END,
       count(*)
FROM request_row GROUP BY kind_code ORDER BY count(*) DESC, kind_code
"""

#: %(relative)s: sources whose dates are days ago, so a known case stays as it is. %(frozen)s: sources with a file that was
#: refused, so a known case may be told of incompletely and stays as it is.
RESOLVE: Final = """
CREATE TEMP TABLE request_case ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('issues_appeal', 'id')) AS fresh_id, found.*
FROM (
    SELECT r.*, ST_SetSRID(ST_MakePoint(r.lon, r.lat), 4326) AS point, c.id AS category_id, c.public, c.words AS words_rule,
           coalesce(d.id, c.department_id) AS department_id,
           array_remove(string_to_array(r.flags, ',') || r.place_flag, '') AS all_flags,
           a.id AS old_id, a.state AS old_state, a.department_id AS old_department_id, coalesce(told.words, '') AS old_words,
           CASE WHEN a.id IS NULL THEN 'new'
                WHEN r.source = ANY(%(relative)s) THEN 'same'
                WHEN (a.category_id, a.address, a.text, a.point, a.created_at, a.due_at, a.closed_at, a.state,
                      array_remove(a.flags, 'gap'), a.department_id, coalesce(told.words, ''))
                     IS NOT DISTINCT FROM
                     (c.id, r.address::varchar, r.text, ST_SetSRID(ST_MakePoint(r.lon, r.lat), 4326), r.opened, r.due, r.closed,
                      r.state::varchar, array_remove(string_to_array(r.flags, ',') || r.place_flag, '')::varchar(40)[],
                      coalesce(d.id, c.department_id), r.words) THEN 'same'
                WHEN r.source = ANY(%(frozen)s) THEN 'frozen'
                WHEN EXISTS (SELECT FROM issues_event e WHERE e.appeal_id = a.id AND e.actor_id IS NOT NULL) THEN 'worked'
                ELSE 'changed' END AS fate
    FROM request_row r
    JOIN issues_category c ON c.code = r.kind_code
    LEFT JOIN accounts_department d ON d.code = r.department AND r.department <> ''
    LEFT JOIN issues_appeal a ON a.source = r.source AND a.source_ref = r.ref AND a.source_ref <> ''
    LEFT JOIN LATERAL (
        SELECT e.words FROM issues_event e
        WHERE a.state IN ('done', 'closed', 'rejected') AND e.appeal_id = a.id AND e.kind = a.state
        ORDER BY e.at DESC, e.id DESC LIMIT 1
    ) AS told ON true
    ORDER BY r.opened, r.file, r.row
) AS found
"""

FATES: Final = "SELECT file, fate, count(*) FROM request_case GROUP BY file, fate"

#: Per file: cases between districts, and cases with a place that are in no district at all.
PLACES: Final = """
SELECT c.file, count(*) FILTER (WHERE d.flag = 'gap'), count(*) FILTER (WHERE d.fresh_id IS NULL)
FROM request_case c LEFT JOIN request_district d USING (fresh_id)
WHERE c.point IS NOT NULL AND c.fate IN ('new', 'changed') GROUP BY c.file ORDER BY c.file
"""

FRESH: Final = "SELECT fresh_id FROM request_case WHERE fate = 'new' ORDER BY fresh_id"
PUBLIC_IDS: Final = (
    "CREATE TEMP TABLE request_public_id (fresh_id bigint PRIMARY KEY, public_id varchar(8) UNIQUE) ON COMMIT DROP"
)
TAKEN: Final = """
DELETE FROM request_public_id AS p USING issues_appeal a WHERE a.public_id = p.public_id RETURNING p.fresh_id
"""

APPEALS: Final = """
INSERT INTO issues_appeal (id, public_id, category_id, state, visibility, point, address, text, text_public, answers,
                           district_id, department_id, flags, source, source_ref, created_at, due_at, closed_at)
SELECT fresh_id, p.public_id, category_id, state, CASE WHEN NOT public THEN 'private' WHEN held THEN 'held' ELSE 'public' END,
       point, address, text, text_public AND text <> '' AND words_rule <> 'never', answers::jsonb,
       w.district_id, department_id, array_remove(all_flags || w.flag, NULL), source, ref, opened, due, closed
FROM request_case JOIN request_public_id p USING (fresh_id) LEFT JOIN request_district w USING (fresh_id)
WHERE fate = 'new' ORDER BY fresh_id
"""

#: The way to a state: all of it where a crew was on it or nothing has ended yet, else its end alone.
#: An event of an imported end stands at the time of closing, but never before the case was opened.
EVENTS: Final = """
INSERT INTO issues_event (appeal_id, kind, at, state, words, data)
SELECT fresh_id, step.kind, step.at, step.state, step.words, step.data
FROM (
    SELECT *, greatest(coalesce(closed, now()), opened) - opened AS span,
           CASE WHEN state = 'new' THEN '{}'::text[]
                WHEN state IN ('accepted', 'planned', 'started') OR crew <> ''
                THEN (ARRAY['accepted', 'planned', 'started', 'done'])
                     [1:array_position(ARRAY['accepted', 'planned', 'started', 'done'], state)]
                ELSE ARRAY[state] END AS path
    FROM request_case WHERE fate = 'new'
) AS c
CROSS JOIN LATERAL (
    SELECT 0 AS place, 'opened' AS kind, opened AS at, 'new' AS state, '' AS words,
           jsonb_strip_nulls(jsonb_build_object('channel', nullif(channel, ''), 'queue', nullif(queue, ''))) AS data
    UNION ALL
    SELECT n::integer, one,
           CASE WHEN one IN ('done', 'rejected', 'closed') THEN greatest(coalesce(closed, opened), opened)
                ELSE opened + span * (n::float8 / (cardinality(path) + 1)) END,
           one, CASE WHEN one IN ('done', 'rejected', 'closed') THEN words ELSE '' END, '{}'::jsonb
    FROM unnest(path) WITH ORDINALITY AS way (one, n)
    UNION ALL
    SELECT 9, 'replied', CASE WHEN closed > opened THEN least(closed + interval '10 minutes', greatest(closed, now()))
                              ELSE opened + span * 0.95 END,
           c.state, reply, '{}'::jsonb WHERE reply <> ''
) AS step
ORDER BY fresh_id, step.at, step.place
"""

#: For a changed case only where the source sent it to another service.
DECISIONS: Final = """
INSERT INTO issues_routingdecision (appeal_id, at, department_id, reason)
SELECT CASE fate WHEN 'new' THEN fresh_id ELSE old_id END, CASE fate WHEN 'new' THEN opened ELSE now() END, c.department_id,
       jsonb_build_object('how', 'imported', 'source', c.source, 'department',
                          CASE WHEN d.id IS NOT NULL THEN jsonb_build_object('code', d.code, 'names', d.names) END)
FROM request_case c LEFT JOIN accounts_department d ON d.id = c.department_id
WHERE fate = 'new' OR (fate = 'changed' AND c.department_id IS DISTINCT FROM c.old_department_id)
ORDER BY fresh_id
"""

VISITS: Final = """
INSERT INTO issues_task (appeal_id, crew_id, day, position, state, note, started_at, finished_at)
SELECT c.fresh_id, w.id, %(today)s::date + c.task_in_days, row_number() OVER (PARTITION BY w.id, c.task_in_days ORDER BY c.file, c.row),
       c.state, '', CASE WHEN c.state IN ('started', 'done') THEN least(coalesce(c.closed, now()), now()) - interval '40 minutes' END,
       CASE WHEN c.state = 'done' THEN c.closed END
FROM request_case c JOIN accounts_crew w ON w.code = c.crew AND c.crew <> ''
WHERE c.fate = 'new'
"""

#: Visits of an invented city that nobody went to are due again today, so that a crew's list is never empty.
VISITS_TODAY: Final = """
UPDATE issues_task AS t SET day = %(today)s::date
FROM issues_appeal a
WHERE a.id = t.appeal_id AND a.source = ANY(%(relative)s) AND t.state = 'planned' AND t.day < %(today)s::date
  AND NOT EXISTS (SELECT FROM issues_event e WHERE e.appeal_id = a.id AND e.actor_id IS NOT NULL)
"""

#: What is appended when a known case has changed in its source.
CHANGE_EVENTS: Final = """
INSERT INTO issues_event (appeal_id, kind, at, state, words)
SELECT c.old_id, CASE WHEN c.state = 'new' THEN 'reopened' ELSE c.state END,
       CASE WHEN c.state IN ('done', 'rejected', 'closed') THEN greatest(coalesce(c.closed, now()), last.at) ELSE now() END,
       c.state, c.words
FROM request_case c
CROSS JOIN LATERAL (SELECT max(e.at) AS at FROM issues_event e WHERE e.appeal_id = c.old_id) AS last
WHERE c.fate = 'changed' AND (c.state <> c.old_state OR c.words <> c.old_words)
ORDER BY c.old_id
"""

CHANGES: Final = """
UPDATE issues_appeal AS a
SET category_id = c.category_id, state = c.state, point = c.point, address = c.address, text = c.text,
    text_public = a.text_public AND a.text = c.text, district_id = w.district_id, department_id = c.department_id,
    flags = array_remove(c.all_flags || w.flag, NULL), created_at = c.opened, due_at = c.due, closed_at = c.closed,
    updated_at = now()
FROM request_case c LEFT JOIN request_district w USING (fresh_id)
WHERE c.fate = 'changed' AND a.id = c.old_id
"""

#: A case that changed may lie elsewhere or be of another kind; its facts are read again with those of new ones.
OLD_FACTS: Final = """
DELETE FROM issues_appealfacts AS f USING request_case AS c WHERE c.fate = 'changed' AND f.appeal_id = c.old_id
"""

#: Dropped at once, so that a second load may follow in the same transaction.
CLEAN_UP: Final = """
DROP TABLE IF EXISTS pg_temp.request_row, pg_temp.request_double, pg_temp.request_joined, pg_temp.request_case,
                     pg_temp.request_point, pg_temp.request_district, pg_temp.request_public_id
"""

TABLES: Final = ("issues_appeal", "issues_event", "issues_routingdecision", "issues_task", "issues_appealfacts")
