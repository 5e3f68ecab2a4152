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

from gis_data.ground import BoundaryFact
from issues.routing import facts_sql
from issues.routing.choose import Decision
from issues.routing.facts import DepartmentFact
from issues.routing.facts_sql import Place, Question
from issues.routing.rules import RuleFact
from layers.prepared import one_row

#: What decides about the pin, and whether this form or this neighbourhood was here before. $4 key, $5 address block, $6 flood limit.
READ: Final = f"""
WITH {facts_sql.CTES}
SELECT {facts_sql.COLUMNS},
       (SELECT json_build_object('body', encode(k.body_hash, 'hex'), 'public_id', a.public_id, 'due_at', a.due_at,
                   'held', a.visibility = 'held', 'department', d.names)
        FROM issues_intakekey AS k JOIN issues_appeal AS a ON a.id = k.appeal_id
             LEFT JOIN accounts_department AS d ON d.id = a.department_id
        WHERE k.key = $4),
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
), fact_key AS (
    INSERT INTO issues_factkey (id, key) SELECT $30, $31 FROM key ON CONFLICT (id) DO NOTHING
), facts AS (
    INSERT INTO issues_appealfacts (appeal_id, key_id, street_ref, asset_ref, day) SELECT id, $30, $32, $33, $34 FROM appeal
), decision AS (
    INSERT INTO issues_routingdecision (appeal_id, at, department_id, rule_set_id, rule_id, boundary_id, facts_id, reason)
    SELECT id, $4, $15, $35, $25, $26, $30, $27 FROM appeal
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
    """What the first statement found: the place, the report sent with this key before, reports of the last hour from the block."""

    place: Place
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
    flags: list[str]
    source: str
    due_at: dt.datetime | None
    name: str
    email: str
    phone: str
    language: str
    tracking_hash: bytes
    event_data: Mapping[str, Any]
    decision: Decision
    rule_set_id: int | None
    photos: list[str]
    letters_to: list[str]


def read(key: UUID, asked: Question, block: bytes | None, flood_limit: int) -> Found:
    """Run the reading statement. ``lat`` may lie beyond ±90, so that exchanged coordinates can be recognised."""
    row = one_row(READ, [asked.lon, asked.lat, asked.category, key, block, Int8(flood_limit)])
    assert row is not None  # the outer join gives one row always
    used, recent = row[facts_sql.WIDTH :]
    return Found(facts_sql.parse(row, asked), used and _used(used), recent)


def write(new: NewAppeal) -> int | None:
    """Run the writing statement; return the appeal's id, or None when the key was used meanwhile (nothing is written then)."""
    row = one_row(WRITE, parameters(new))
    return row[0] if row else None


def parameters(new: NewAppeal) -> list[Any]:
    """The values of `WRITE`, ``$1`` first."""
    chosen, key, facts = new.decision, new.decision.fact_key, new.decision.facts
    return [
        new.key, new.body_hash, new.address_block, new.now, new.public_id, Int8(new.category_id), new.visibility,
        new.lon, new.lat, new.address, new.text, new.words_public, json.dumps(new.answers),
        _id(chosen.district), _id(chosen.department), new.flags, new.source, new.due_at,
        new.name, new.email, new.phone, new.language, new.tracking_hash, json.dumps(new.event_data),
        _id(chosen.rule), _id(chosen.boundary), json.dumps(chosen.reason), new.photos, new.letters_to,
        Int8(key.id), json.dumps(key.json), facts.street.ref if facts.street else "", facts.asset.ref if facts.asset else "",
        facts.day, new.rule_set_id and Int8(new.rule_set_id),
    ]  # fmt: skip


def _id(found: BoundaryFact | DepartmentFact | RuleFact | None) -> Int8 | None:
    """Always the same type for the server, whatever the number's size: one prepared statement, not several."""
    return None if found is None else Int8(found.id)


def _used(row: Mapping[str, Any]) -> Used:
    due = dt.datetime.fromisoformat(row["due_at"]) if row["due_at"] else None
    return Used(bytes.fromhex(row["body"]), row["public_id"], due, row["held"], row["department"])
