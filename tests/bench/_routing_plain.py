"""The plain SQL that gives the same answers as a replay: for every appeal its district by `ST_Covers` and the best rule, old and new."""

from __future__ import annotations

from typing import Final

import shapely
from django.db import connection
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from issues.models import RuleSet
from issues.routing.known import read_rules

_RULES: Final = """
CREATE TEMP TABLE plain_rule (rule_set int, place int, category text, at text, road_classes text[], street_owners text[], weekdays int[],
                              department_id bigint)
"""
_AREAS: Final = "CREATE TEMP TABLE plain_area (code text, geometry geometry(Geometry, 4326))"

_BEST: Final = """
(SELECT r.department_id FROM plain_rule AS r
 WHERE r.rule_set = {rule_set} AND (r.category = '' OR r.category = c.code) AND (r.at = '' OR r.at = {at})
   AND (r.road_classes = '{{}}' OR k.key -> 'street' ->> 0 = ANY(r.road_classes))
   AND (r.street_owners = '{{}}' OR k.key -> 'street' ->> 1 = ANY(r.street_owners))
   AND (r.weekdays = '{{}}' OR extract(isodow FROM a.created_at AT TIME ZONE 'America/New_York')::int = ANY(r.weekdays))
 ORDER BY r.place LIMIT 1)"""

#: What the rules leave over, and places in no district, are the same on both sides, or nobody's.
_COUNT: Final = """
SELECT before, after, count(*) FROM (
    SELECT CASE WHEN {old_at} IS NULL THEN 0 ELSE coalesce({old}, 0) END AS before,
           CASE WHEN {new_at} IS NULL THEN 0 ELSE coalesce({new}, 0) END AS after
    FROM issues_appeal AS a JOIN issues_appealfacts AS f ON f.appeal_id = a.id JOIN issues_factkey AS k ON k.id = f.key_id
         JOIN issues_category AS c ON c.id = a.category_id {join}
) AS decided WHERE before <> after GROUP BY 1, 2
"""
_OLD_AT: Final = "(k.key -> 'at' ->> 'districts')"
_COVERED: Final = """
LEFT JOIN LATERAL (SELECT code FROM plain_area WHERE ST_Covers(geometry, a.point) ORDER BY code LIMIT 1) AS here ON true"""


def rules_counts(before: RuleSet, after: RuleSet) -> dict[tuple[int, int], int]:
    """From → to → how many, by the rules of two sets."""
    _put_rules(before, after)
    return _counted(old_at=_OLD_AT, new_at=_OLD_AT, sets=(0, 1), join="")


def ground_counts(rules: RuleSet, areas: dict[str, BaseGeometry]) -> dict[tuple[int, int], int]:
    """From → to → how many, by the same rules on other ground."""
    _put_rules(rules, rules)
    with connection.cursor() as cursor:
        cursor.execute(_AREAS)
        with cursor.copy("COPY plain_area FROM STDIN") as copy:
            for code, shape in areas.items():
                copy.write_row((code, shapely.to_wkb(shapely.set_srid(shape, 4326), hex=True, include_srid=True)))
        cursor.execute("CREATE INDEX ON plain_area USING gist (geometry); ANALYZE plain_area")
    return _counted(old_at=_OLD_AT, new_at="here.code", sets=(0, 1), join=_COVERED)


def _put_rules(before: RuleSet, after: RuleSet) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.plain_rule, pg_temp.plain_area")
        cursor.execute(_RULES)
        ordered = [read_rules(one.pk, timezone.localdate()).ordered for one in (before, after)]
        with cursor.copy("COPY plain_rule FROM STDIN") as copy:
            for number, rules in enumerate(ordered):
                for place, rule in enumerate(rules):
                    assert rule.department is not None
                    copy.write_row((
                        number, place, rule.category, rule.boundary_code, list(rule.road_classes), list(rule.street_owners),
                        list(rule.weekdays), rule.department.id,
                    ))  # fmt: skip
        cursor.execute("CREATE INDEX ON plain_rule (rule_set, at, category); ANALYZE plain_rule")


def _counted(*, old_at: str, new_at: str, sets: tuple[int, int], join: str) -> dict[tuple[int, int], int]:
    query = _COUNT.format(
        old_at=old_at,
        new_at=new_at,
        join=join,
        old=_BEST.format(rule_set=sets[0], at=old_at),
        new=_BEST.format(rule_set=sets[1], at=new_at),
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {(before, after): count for before, after, count in cursor.fetchall()}
