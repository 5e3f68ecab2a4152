"""Everything that decides about a pin, read by one statement: the ground, the category, the rules that could fit.

$1 longitude, $2 latitude (degrees, SRID 4326; NULL where the report names no place), $3 the category's code. What else a
caller wants to know in the same round trip it appends with ``$4`` and on (``issues/intake_sql.py``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gis_data import ground_sql
from gis_data.ground import asset_fact, boundary_facts, street_fact
from issues.routing.facts import Answers, CategoryFact, Facts, department_fact
from issues.routing.rules import Rules, rule_fact
from layers.prepared import one_row
from works import at_place_sql
from works.at_place_facts import warranty_fact

_DEPARTMENT: Final = "json_build_object('id', d.id, 'code', d.code, 'names', d.names, 'active', d.active)"

_RULE: Final = f"""
json_build_object('id', r.id, 'code', r.code, 'category', k.code, 'group', r.group, 'set', s.code, 'boundary', r.boundary_code,
    'road_classes', r.road_classes, 'street_owners', r.street_owners, 'asset_kinds', r.asset_kinds, 'asset_owners', r.asset_owners,
    'warranty_kinds', r.warranty_kinds, 'warranty_supervisors', r.warranty_supervisors, 'answers', r.answers, 'weekdays', r.weekdays, 'time_from', r.time_from, 'time_to', r.time_to, 'priority', r.priority,
    'urgent', r.urgent, 'due', extract(epoch FROM r.due), 'department', {_DEPARTMENT},
    'crew', CASE WHEN c.active AND c.department_id = d.id THEN json_build_object('id', c.id, 'code', c.code, 'names', c.names) END)"""

#: Rules of the set ``{rule_set}`` (an SQL expression) that are in force on ``{day}``.
RULES: Final = f"""
SELECT json_agg({_RULE})
FROM issues_routingrule AS r JOIN accounts_department AS d ON d.id = r.department_id
     LEFT JOIN issues_category AS k ON k.id = r.category_id LEFT JOIN gis_data_boundaryset AS s ON s.id = r.boundary_set_id
     LEFT JOIN accounts_crew AS c ON c.id = r.crew_id
WHERE r.rule_set_id = {{rule_set}} AND r.valid @> {{day}}"""

# Only what names this category, its group or none, and a boundary at the pin (or across its border) or none: the rest of the
# conditions is looked at by `choose`.
_THESE_RULES: Final = (
    RULES.format(rule_set="(SELECT id FROM rule_set)", day="(SELECT day FROM today)")
    + """
  AND (r.category_id IS NULL OR r.category_id = (SELECT id FROM category))
  AND (r.group = '' OR r.group = (SELECT kind_group FROM category))
  AND (r.boundary_set_id IS NULL
       OR (r.boundary_set_id, r.boundary_code) IN (SELECT boundary_set_id, code FROM ground
                                                   UNION ALL SELECT boundary_set_id, code FROM across))"""
)

CTES: Final = f"""
today AS MATERIALIZED (
    SELECT bounds, fallback_department, local, local::date AS day
    FROM (SELECT bounds, fallback_department, statement_timestamp() AT TIME ZONE coalesce(time_zone, 'UTC') AS local
          FROM (SELECT 1) AS always LEFT JOIN gis_data_city ON true) AS city
), pin AS MATERIALIZED ({ground_sql.ONE_PIN}
), category AS MATERIALIZED (
    SELECT k.id, k.group AS kind_group, k.asset_kind, k.repair_kinds,
           json_build_object('id', k.id, 'names', k.names, 'group', k.group, 'due', extract(epoch FROM k.due), 'words', k.words,
               'public', k.public, 'questions', k.questions, 'emergency', k.emergency, 'asset_kind', k.asset_kind, 'repair_kinds', k.repair_kinds,
               'department', CASE WHEN d.id IS NOT NULL THEN {_DEPARTMENT} END) AS row
    FROM issues_category AS k LEFT JOIN accounts_department AS d ON d.id = k.department_id
    WHERE k.code = $3 AND k.valid @> (SELECT day FROM today)
), rule_set AS MATERIALIZED (
    SELECT id FROM issues_ruleset WHERE state = 'published' AND valid @> (SELECT day FROM today)
), {ground_sql.BOUNDARIES}"""

COLUMNS: Final = f"""
statement_timestamp(), today.day, today.local,
today.bounds IS NULL OR ST_Covers(today.bounds, ST_SetSRID(ST_MakePoint($1, $2), 4326)),
coalesce(ST_Covers(today.bounds, ST_SetSRID(ST_MakePoint($2, $1), 4326)), false),
(SELECT row FROM category),
(SELECT {_DEPARTMENT} FROM accounts_department AS d WHERE d.code = today.fallback_department),
(SELECT json_object_agg(s.code, {_DEPARTMENT}) FROM gis_data_boundaryset AS s JOIN accounts_department AS d ON d.code = s.fallback_department),
{ground_sql.HAS_DISTRICTS},
{ground_sql.BOUNDARIES_JSON},
(SELECT row_to_json(near) FROM pin, LATERAL ({ground_sql.STREET}) AS near),
(SELECT row_to_json(near) FROM pin, category, LATERAL ({ground_sql.ASSET.format(kind="category.asset_kind")}) AS near
 WHERE category.asset_kind <> ''),
(SELECT row_to_json(near) FROM pin, category, LATERAL ({at_place_sql.WARRANTY.format(kinds="category.repair_kinds")}) AS near
 WHERE category.repair_kinds <> '{{}}'),
(SELECT id FROM rule_set),
({_THESE_RULES})"""

_READ: Final = f"WITH {CTES} SELECT {COLUMNS} FROM today"
#: How many columns `parse` takes; a caller's own follow.
WIDTH: Final = 15


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a point (degrees, SRID 4326; None without a place), a category's code, and what the resident said.

    ``lat`` may lie beyond ±90, so that exchanged coordinates can be recognised.
    """

    lon: float | None
    lat: float | None
    category: str
    answers: Answers = field(default_factory=dict)
    side: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What the statement found. ``category`` (as the database's JSON gives it) and ``facts`` are None when there is no such category today.

    ``inside`` says whether the point lies in the city, ``swapped_inside`` whether it would with its two numbers exchanged.
    """

    now: dt.datetime
    inside: bool
    swapped_inside: bool
    category: Mapping[str, Any] | None
    facts: Facts | None
    rules: Rules


def read(asked: Question) -> Place:
    """Read all that decides about a pin. One query."""
    row = one_row(_READ, [asked.lon, asked.lat, asked.category])
    assert row is not None  # the outer join gives one row always
    return parse(row, asked)


def parse(row: Sequence[Any], asked: Question) -> Place:
    """Turn the first `WIDTH` columns of the answer into typed values."""
    now, day, local, inside, swapped, kind, fallback, fallbacks, has_districts, ground, street, asset, warranty, *last = row[
        :WIDTH
    ]
    number, rules = last
    facts = kind and Facts(
        day=day,
        at=local,
        category=category_fact(asked.category, kind),
        fallback=department_fact(fallback),
        fallbacks={code: fact for code, one in (fallbacks or {}).items() if (fact := department_fact(one))},
        has_place=asked.lon is not None,
        has_districts=has_districts,
        boundaries=boundary_facts(ground),
        street=street_fact(street),
        asset=asset_fact(asset),
        warranty=warranty_fact(warranty),
        answers=asked.answers,
        side=asked.side,
    )
    return Place(now, bool(inside), swapped, kind, facts or None, Rules(map(rule_fact, rules or ()), number))


def category_fact(code: str, row: Mapping[str, Any]) -> CategoryFact:
    """Read the category's JSON."""
    return CategoryFact(
        code, row["names"], row["group"], department_fact(row["department"]), row["asset_kind"], tuple(row["questions"])
    )
