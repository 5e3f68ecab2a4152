"""The two statements of the intake: one reads everything that decides, one writes everything that follows.

Points are longitude and latitude in degrees, SRID 4326; distances are metres on the spheroid. Being one statement, the
writing happens whole or not at all: every later part hangs on the row of the form's key, and a key that is already there
gives no row. Prepared by the server, because planning them costs more than running them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg.types.numeric import Int8

from gis_data import metres
from issues.prepared import one_row
from issues.routing.facts import BoundaryFact, Facts, RuleFact, department_fact

#: A pin in a gap belongs to the nearest district within this distance.
GAP_M: Final = 300.0
#: Closer than this to another district the reason says so.
BORDER_M: Final = 30.0

# The pin is looked up by place alone and judged by date after: by date first, the planner would test every shape of today.
# $1 key, $2 category, $3 lon, $4 lat, $5 address block, $6 flood limit, $7/$8 gap box, $9/$10 border box (half sizes, degrees),
# $11/$12 how far a gap and a border reach (metres)
READ: Final = """
WITH today AS MATERIALIZED (
    SELECT bounds, fallback_department,
           (statement_timestamp() AT TIME ZONE coalesce(time_zone, 'UTC'))::date AS day
    FROM (SELECT 1) AS always LEFT JOIN gis_data_city ON true
), category AS MATERIALIZED (
    SELECT c.id, json_build_object('id', c.id, 'names', c.names, 'due', extract(epoch FROM c.due), 'words', c.words,
               'public', c.public, 'questions', c.questions, 'emergency', c.emergency,
               'department', CASE WHEN d.active THEN json_build_object('id', d.id, 'code', d.code, 'names', d.names) END) AS row
    FROM issues_category AS c LEFT JOIN accounts_department AS d ON d.id = c.department_id
    WHERE c.code = $2 AND c.valid @> (SELECT day FROM today)
), district_set AS MATERIALIZED (
    SELECT id FROM gis_data_boundaryset WHERE is_district
), at_the_pin AS MATERIALIZED (
    SELECT id, boundary_set_id, code, names, valid FROM gis_data_boundary
    WHERE ST_Covers(geometry, ST_SetSRID(ST_MakePoint($3, $4), 4326))
), covering AS MATERIALIZED (
    SELECT *, NULL::float8 AS gap_m FROM at_the_pin WHERE valid @> (SELECT day FROM today)
), nearest AS MATERIALIZED (
    SELECT b.id, b.boundary_set_id, b.code, b.names, b.valid,
           ST_Distance(ST_ClipByBox2D(b.geometry, ST_Expand(ST_SetSRID(ST_MakePoint($3, $4), 4326), $7, $8))::geography,
                       ST_SetSRID(ST_MakePoint($3, $4), 4326)::geography) AS gap_m
    FROM gis_data_boundary AS b
    WHERE NOT EXISTS (SELECT FROM covering WHERE boundary_set_id = (SELECT id FROM district_set))
      AND b.boundary_set_id = (SELECT id FROM district_set)
      AND b.geometry && ST_Expand(ST_SetSRID(ST_MakePoint($3, $4), 4326), $7, $8)
      AND b.valid @> (SELECT day FROM today)
    ORDER BY gap_m, b.code LIMIT 1
), ground AS MATERIALIZED (
    SELECT * FROM covering UNION ALL SELECT * FROM nearest WHERE gap_m <= $11
), beside AS MATERIALIZED (
    SELECT b.code, b.names,
           ST_Distance(ST_ClipByBox2D(b.geometry, ST_Expand(ST_SetSRID(ST_MakePoint($3, $4), 4326), $9, $10))::geography,
                       ST_SetSRID(ST_MakePoint($3, $4), 4326)::geography) AS m
    FROM gis_data_boundary AS b
    WHERE b.boundary_set_id = (SELECT id FROM district_set)
      AND b.geometry && ST_Expand(ST_SetSRID(ST_MakePoint($3, $4), 4326), $9, $10)
      AND b.valid @> (SELECT day FROM today)
      AND b.id <> (SELECT id FROM covering WHERE boundary_set_id = (SELECT id FROM district_set) ORDER BY code LIMIT 1)
    ORDER BY m, b.code LIMIT 1
), rules AS (
    SELECT json_agg(json_build_object('id', r.id, 'code', r.code, 'of_category', r.category_id IS NOT NULL,
               'set', r.boundary_set_id, 'boundary', r.boundary_code, 'priority', r.priority,
               'department', json_build_object('id', d.id, 'code', d.code, 'names', d.names))) AS rows
    FROM issues_routingrule AS r JOIN accounts_department AS d ON d.id = r.department_id AND d.active
    WHERE r.valid @> (SELECT day FROM today)
      AND (r.category_id IS NULL OR r.category_id = (SELECT id FROM category))
      AND (r.boundary_set_id IS NULL
           OR (r.boundary_set_id, r.boundary_code) IN (SELECT boundary_set_id, code FROM ground))
)
SELECT statement_timestamp(),
       today.day,
       today.bounds IS NULL OR ST_Covers(today.bounds, ST_SetSRID(ST_MakePoint($3, $4), 4326)),
       coalesce(ST_Covers(today.bounds, ST_SetSRID(ST_MakePoint($4, $3), 4326)), false),
       (SELECT row FROM category),
       (SELECT json_build_object('id', d.id, 'code', d.code, 'names', d.names)
        FROM accounts_department AS d WHERE d.code = today.fallback_department AND d.active),
       EXISTS (SELECT FROM gis_data_boundary AS b
               WHERE b.boundary_set_id = (SELECT id FROM district_set) AND b.valid @> today.day),
       (SELECT json_agg(json_build_object('id', g.id, 'set_id', s.id, 'set_code', s.code, 'set_names', s.names,
                   'is_district', s.is_district, 'code', g.code, 'names', g.names, 'version', lower(g.valid), 'gap_m', g.gap_m))
        FROM ground AS g JOIN gis_data_boundaryset AS s ON s.id = g.boundary_set_id),
       (SELECT json_build_object('code', code, 'names', names, 'm', m) FROM beside WHERE m <= $12),
       (SELECT rows FROM rules),
       (SELECT json_build_object('body', encode(k.body_hash, 'hex'), 'public_id', a.public_id, 'due_at', a.due_at,
                   'held', a.visibility = 'held', 'department', d.names)
        FROM issues_intakekey AS k JOIN issues_appeal AS a ON a.id = k.appeal_id
             LEFT JOIN accounts_department AS d ON d.id = a.department_id
        WHERE k.key = $1),
       (SELECT count(*) FROM (SELECT FROM issues_intakekey
                              WHERE address_block = $5 AND created_at > statement_timestamp() - interval '1 hour'
                              LIMIT $6) AS recent)
FROM today
"""

# The photos are joined only while they belong to nobody: a name of somebody else's photo takes nothing away.
WRITE: Final = """
WITH key AS (
    INSERT INTO issues_intakekey (key, body_hash, appeal_id, address_block, created_at)
    VALUES ($1, $2, nextval('issues_appeal_id_seq'), $3, $4)
    ON CONFLICT (key) DO NOTHING
    RETURNING appeal_id
), appeal AS (
    INSERT INTO issues_appeal (id, public_id, category_id, visibility, point, address, text, text_public, answers,
                               district_id, department_id, flags, source, created_at, updated_at, due_at)
    SELECT appeal_id, $5, $6, $7, ST_SetSRID(ST_MakePoint($8, $9), 4326), $10, $11, $12, $13,
           $14, $15, $16::text[], $17, $4, $4, $18
    FROM key RETURNING id
), reporter AS (
    INSERT INTO issues_reporter (appeal_id, name, email, phone, language, tracking_hash, created_at)
    SELECT id, $19, $20, $21, $22, $23, $4 FROM appeal
), event AS (
    INSERT INTO issues_event (appeal_id, kind, at, state, data)
    SELECT id, 'opened', $4, 'new', $24 FROM appeal RETURNING id, appeal_id
), decision AS (
    INSERT INTO issues_routingdecision (appeal_id, at, department_id, rule_id, boundary_id, reason)
    SELECT id, $4, $15, $25, $26, $27 FROM appeal
), photo AS (
    UPDATE issues_photo AS p SET appeal_id = appeal.id, public = $12
    FROM appeal WHERE p.name = ANY ($28::text[]) AND p.appeal_id IS NULL AND p.task_id IS NULL
), letter AS (
    INSERT INTO notifications_outboxmessage (kind, key, payload)
    SELECT 'mail', 'mail:' || event.id || ':' || event.appeal_id || ':' || recipient,
           jsonb_build_object('appeal', event.appeal_id, 'event', event.id, 'to', recipient)
    FROM event, unnest($29::text[]) AS recipient
)
SELECT appeal_id FROM key
"""


@dataclass(frozen=True, slots=True)
class Used:
    """The report that was sent with this key before."""

    body_hash: bytes
    public_id: str
    due_at: dt.datetime | None
    held: bool
    department: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Found:
    """What the first statement found; ``category`` is None when no such category is in force today."""

    now: dt.datetime
    inside: bool
    swapped_inside: bool
    category: Mapping[str, Any] | None
    facts: Facts | None
    used: Used | None
    recent: int


@dataclass(frozen=True, slots=True)
class NewAppeal:
    """The values of the writing statement, in the order of the tables."""

    key: UUID
    body_hash: bytes
    address_block: bytes | None
    now: dt.datetime
    public_id: str
    category_id: int
    visibility: str
    lon: float | None
    lat: float | None
    address: str
    text: str
    words_public: bool
    answers: Mapping[str, Any]
    district_id: int | None
    department_id: int | None
    flags: list[str]
    source: str
    due_at: dt.datetime | None
    name: str
    email: str
    phone: str
    language: str
    tracking_hash: bytes
    event_data: Mapping[str, Any]
    rule_id: int | None
    boundary_id: int | None
    reason: Mapping[str, Any]
    photos: list[str]
    letters_to: list[str]


def read(key: UUID, category: str, lon: float | None, lat: float | None, block: bytes | None, flood_limit: int) -> Found:
    """Run the reading statement. ``lat`` may lie beyond ±90, so that exchanged coordinates can be recognised."""
    east, north = metres.box(GAP_M, lat or 0.0)
    east_b, north_b = metres.box(BORDER_M, lat or 0.0)
    row = one_row(READ, [key, category, lon, lat, block, Int8(flood_limit), east, north, east_b, north_b, GAP_M, BORDER_M])
    assert row is not None  # the outer join gives one row always
    now, day, inside, swapped, kind, fallback, has_districts, ground, beside, rules, used, recent = row
    facts = kind and Facts(
        day=day,
        category_code=category,
        category_names=kind["names"],
        category_department=department_fact(kind["department"]),
        fallback=department_fact(fallback),
        has_place=lon is not None,
        has_districts=has_districts,
        boundaries=tuple(_boundary(one, beside) for one in ground or ()),
        rules=tuple(_rule(one) for one in rules or ()),
    )
    return Found(now, bool(inside), swapped, kind, facts, used and _used(used), recent)


def write(new: NewAppeal) -> int | None:
    """Run the writing statement; return the appeal's id, or None when the key was used meanwhile (nothing is written then)."""
    row = one_row(WRITE, parameters(new))
    return row[0] if row else None


def parameters(new: NewAppeal) -> list[Any]:
    """The values of `WRITE`, ``$1`` first."""
    return [
        new.key, new.body_hash, new.address_block, new.now, new.public_id, Int8(new.category_id), new.visibility,
        new.lon, new.lat, new.address, new.text, new.words_public, json.dumps(new.answers),
        _id(new.district_id), _id(new.department_id), new.flags, new.source, new.due_at,
        new.name, new.email, new.phone, new.language, new.tracking_hash, json.dumps(new.event_data),
        _id(new.rule_id), _id(new.boundary_id), json.dumps(new.reason), new.photos, new.letters_to,
    ]  # fmt: skip


def _id(value: int | None) -> Int8 | None:
    """Always the same type for the server, whatever the number's size: one prepared statement, not several."""
    return None if value is None else Int8(value)


def _boundary(row: Mapping[str, Any], beside: Mapping[str, Any] | None) -> BoundaryFact:
    fact = BoundaryFact(**row)
    if beside is None or not fact.is_district or fact.code == beside["code"]:
        return fact
    return BoundaryFact(**row, next_code=beside["code"], next_names=beside["names"], next_m=beside["m"])


def _rule(row: Mapping[str, Any]) -> RuleFact:
    department = department_fact(row["department"])
    assert department is not None
    return RuleFact(row["id"], row["code"], row["of_category"], row["set"], row["boundary"], row["priority"], department)


def _used(row: Mapping[str, Any]) -> Used:
    due = dt.datetime.fromisoformat(row["due_at"]) if row["due_at"] else None
    return Used(bytes.fromhex(row["body"]), row["public_id"], due, row["held"], row["department"])
