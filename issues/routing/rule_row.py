"""A rule as staff keep it: what `choose` reads of it, and the days and the crew that `choose` is not told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.models import Department
from issues.models import RoutingRule
from issues.routing.conditions import Rank, rank
from issues.routing.facts import CrewFact, DepartmentFact
from issues.routing.rules import RuleFact


@dataclass(frozen=True, slots=True)
class RuleRow:
    """``begins`` (inclusive) and ``ends`` (exclusive) may be open; ``never`` says that no day lies between them.

    ``crew`` is the crew's code, whether or not it can go. ``id`` of ``fact`` is 0 for a rule that is not saved yet.
    """

    fact: RuleFact
    begins: dt.date | None = None
    ends: dt.date | None = None
    never: bool = False
    crew: str = ""

    @property
    def code(self) -> str:
        return self.fact.code

    @property
    def rank(self) -> Rank:
        return rank(self.fact)


def row_of(rule: RoutingRule) -> RuleRow:
    """Read a rule, saved or not; makes no query where category, set, service and crew came with it."""
    never = rule.valid is None or bool(rule.valid.isempty)
    return RuleRow(
        fact=_fact(rule),
        begins=None if never else rule.valid.lower,
        ends=None if never else rule.valid.upper,
        never=never,
        crew=rule.crew.code if rule.crew else "",
    )


def _fact(rule: RoutingRule) -> RuleFact:
    crew = rule.crew
    return RuleFact(
        id=rule.pk or 0,
        code=rule.code,
        department=_department(rule.department),
        category=rule.category.code if rule.category else "",
        group=rule.group,
        set_code=rule.boundary_set.code if rule.boundary_set else "",
        boundary_code=rule.boundary_code,
        road_classes=tuple(rule.road_classes),
        street_owners=tuple(rule.street_owners),
        warranty_kinds=tuple(rule.warranty_kinds),
        warranty_supervisors=tuple(rule.warranty_supervisors),
        asset_kinds=tuple(rule.asset_kinds),
        asset_owners=tuple(rule.asset_owners),
        answers=_answers(rule),
        weekdays=tuple(rule.weekdays),
        minutes=_minutes(rule.time_from, rule.time_to),
        priority=rule.priority,
        crew=CrewFact(crew.pk, crew.code, crew.names) if crew else None,
        urgent=rule.urgent,
        due=rule.due,
        broken="" if _readable(rule) else "unreadable",
    )


def _department(department: Department) -> DepartmentFact:
    return DepartmentFact(department.pk, department.code, department.names, department.active)


def _readable(rule: RoutingRule) -> bool:
    """Answers are a mapping of lists; whoever wrote them otherwise wrote them past the pages."""
    return isinstance(rule.answers, dict) and all(isinstance(wanted, list) for wanted in rule.answers.values())


def _answers(rule: RoutingRule) -> dict[str, tuple[str, ...]]:
    if not _readable(rule):
        return {}
    return {question: tuple(map(str, wanted)) for question, wanted in rule.answers.items()}


def _minutes(begin: dt.time | None, end: dt.time | None) -> tuple[int, int] | None:
    if begin is None or end is None:
        return None
    return begin.hour * 60 + begin.minute, end.hour * 60 + end.minute
