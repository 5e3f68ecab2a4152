"""Routing rules of a city pack. They are published as one set; where they differ from the last pack's, as another from today on.

Rules that people here have published since are theirs: then the pack's are left alone, and the report says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.models import Crew, Department
from gis_data import city_time
from gis_data.load_report import FileTally, LoadReport
from gis_data.models import BoundarySet
from gis_data.pack_types import Pack, PackRule
from gis_data.readers.broken import Broken
from gis_data.whole_file import whole_file
from issues.load_categories import repair_kinds
from issues.models import Category, RoutingRule, RuleSet
from issues.routing.publish import in_force, publish_rules

Values = dict[str, Any]
Ids = Mapping[str, Mapping[str, int]]
_SOURCE: Final = "pack"


def load_rules(pack: Pack, report: LoadReport) -> None:
    """Publish the pack's rules; they name categories, boundaries and services that are loaded by now."""
    tally = report.file("rules")
    with whole_file(tally):
        known = _known()
        wanted = {rule.code: _values(rule, known) for rule in pack.rules}
        tally.read = len(wanted)
        today = city_time.today()
        current = in_force(today)
        if current is None:
            _publish(wanted, None, tally)
        elif current.source != _SOURCE:
            tally.noted("rules are edited here by now: those of the pack were left alone", len(wanted))
        elif _kept(current) == wanted:
            tally.unchanged = len(wanted)
        else:
            _publish(wanted, today, tally)


def _publish(wanted: Mapping[str, Values], day: dt.date | None, tally: FileTally) -> None:
    """The first set holds since ever; a later one from ``day``, and open reports stay where they are: an import tells nobody."""
    draft = RuleSet.objects.create(source=_SOURCE)
    RoutingRule.objects.bulk_create([RoutingRule(rule_set=draft, code=code, **values) for code, values in wanted.items()])
    publish_rules(draft, day, moves_open=False)
    tally.loaded = len(wanted)


def _kept(current: RuleSet) -> dict[str, Values]:
    return {rule.code: {name: getattr(rule, name) for name in _COLUMNS} for rule in current.rules.all()}


def _known() -> Ids:
    kinds = {"department": Department, "crew": Crew, "category": Category, "boundary set": BoundarySet}
    return {what: dict(kind._default_manager.values_list("code", "id")) for what, kind in kinds.items()}


_COLUMNS: Final = (
    "category_id", "group", "boundary_set_id", "boundary_code", "warranty_kinds", "warranty_supervisors", "road_classes",
    "street_owners", "asset_kinds", "asset_owners",
    "answers", "weekdays", "time_from", "time_to", "department_id", "crew_id", "urgent", "due", "priority", "valid",
)  # fmt: skip


def _values(rule: PackRule, known: Ids) -> Values:
    area = rule.area
    return {
        "category_id": _id(rule, "category", rule.category, known),
        "group": rule.group,
        "boundary_set_id": _id(rule, "boundary set", area.boundary_set if area else "", known),
        "boundary_code": area.code if area else "",
        "warranty_kinds": repair_kinds(rule.warranty_kinds, f"the rule '{rule.code}'"),
        "warranty_supervisors": list(rule.warranty_supervisors),
        "road_classes": list(rule.road_classes),
        "street_owners": list(rule.street_owners),
        "asset_kinds": list(rule.asset_kinds),
        "asset_owners": list(rule.asset_owners),
        "answers": {question: list(wanted) for question, wanted in rule.answers.items()},
        "weekdays": list(rule.weekdays),
        "time_from": rule.hours[0] if rule.hours else None,
        "time_to": rule.hours[1] if rule.hours else None,
        "department_id": _id(rule, "department", rule.department, known),
        "crew_id": _id(rule, "crew", rule.crew, known),
        "urgent": rule.urgent,
        "due": rule.due,
        "priority": rule.priority,
        "valid": DateRange(rule.valid_from, rule.valid_to),
    }


def _id(rule: PackRule, what: str, code: str, known: Ids) -> int | None:
    if not code:
        return None
    if code not in known[what]:
        raise Broken("pack.toml", 0, f"the rule '{rule.code}' names the {what} '{code}', which is not loaded")
    return known[what][code]
