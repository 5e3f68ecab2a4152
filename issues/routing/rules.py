"""A rule as `choose` reads it, and many of them in the one order in which they are asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from issues.routing.conditions import Condition, rank, stated
from issues.routing.facts import CrewFact, DepartmentFact, Facts

DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class RuleFact:
    """What a rule states (empty: nothing) and to whom it sends. ``minutes`` is from–to (exclusive) and may pass midnight.

    ``broken`` says why the rule cannot be trusted; such a rule keeps its place in the order, so that an appeal it would have
    got goes to the fallback with the reason, and never quietly to the next rule.
    """

    id: int
    code: str
    department: DepartmentFact | None
    category: str = ""
    group: str = ""
    set_code: str = ""
    boundary_code: str = ""
    road_classes: tuple[str, ...] = ()
    street_owners: tuple[str, ...] = ()
    warranty_kinds: tuple[str, ...] = ()
    warranty_supervisors: tuple[str, ...] = ()
    asset_kinds: tuple[str, ...] = ()
    asset_owners: tuple[str, ...] = ()
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weekdays: tuple[int, ...] = ()
    minutes: tuple[int, int] | None = None
    priority: int = 0
    crew: CrewFact | None = None
    urgent: bool = False
    due: dt.timedelta | None = None
    broken: str = ""


def rule_fact(row: Mapping[str, Any]) -> RuleFact:
    """Read a row as ``facts_sql.RULES_JSON`` gives it. What cannot be read makes the rule ``broken``, never an exception."""
    answers, minutes, broken = {}, None, ""
    try:
        answers = {str(code): _texts(values) for code, values in dict(row["answers"] or {}).items()}
        minutes = _minutes(row["time_from"], row["time_to"])
    except (TypeError, ValueError, AttributeError):
        broken = "unreadable"
    department = DepartmentFact(**row["department"]) if row["department"] else None
    if department is None or not department.active:
        broken = broken or "closed"
    return RuleFact(
        id=row["id"],
        code=row["code"],
        department=department,
        category=row["category"] or "",
        group=row["group"],
        set_code=row["set"] or "",
        boundary_code=row["boundary"],
        road_classes=tuple(row["road_classes"]),
        street_owners=tuple(row["street_owners"]),
        warranty_kinds=tuple(row["warranty_kinds"]),
        warranty_supervisors=tuple(row["warranty_supervisors"]),
        asset_kinds=tuple(row["asset_kinds"]),
        asset_owners=tuple(row["asset_owners"]),
        answers=answers,
        weekdays=tuple(row["weekdays"]),
        minutes=minutes,
        priority=row["priority"],
        crew=CrewFact(**row["crew"]) if row["crew"] else None,
        urgent=row["urgent"],
        due=None if row["due"] is None else dt.timedelta(seconds=float(row["due"])),
        broken=broken,
    )


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError("answers of a rule are lists")
    return tuple(str(value) for value in values)


def _minutes(time_from: str | None, time_to: str | None) -> tuple[int, int] | None:
    if time_from is None or time_to is None:
        return None
    begin, end = (dt.time.fromisoformat(text) for text in (time_from, time_to))
    return begin.hour * 60 + begin.minute, end.hour * 60 + end.minute


class Rules:
    """Rules in force together, found by what they state of category and place, in their order. ``number`` is the rule set's id."""

    def __init__(self, rules: Iterable[RuleFact], number: int | None = None) -> None:
        self.number = number
        self.ordered = tuple(sorted(rules, key=rank))
        #: With each rule what is left to be looked at once category and place have found it.
        self._left = [_left(rule) for rule in self.ordered]
        self._found: dict[tuple[str, str], list[int]] = {}
        for place, rule in enumerate(self.ordered):
            key = (rule.category or "@" + rule.group, f"{rule.set_code}/{rule.boundary_code}")
            self._found.setdefault(key, []).append(place)

    def __len__(self) -> int:
        return len(self.ordered)

    def candidates(self, facts: Facts) -> Iterator[RuleFact]:
        """Rules for this category and these boundaries, best first; the other conditions are still to be looked at."""
        for place in self._places(facts):
            yield self.ordered[place]

    def fitting(self, facts: Facts) -> Iterator[RuleFact]:
        """Rules of which all that they state is so, best first."""
        for place in self._places(facts):
            rule = self.ordered[place]
            for condition in self._left[place]:
                if not condition.fits(rule, facts):
                    break
            else:
                yield rule

    def _places(self, facts: Facts) -> list[int]:
        category = facts.category
        kinds = (category.code, "@" + category.group, "@") if category.group else (category.code, "@")
        found: list[int] = []
        for at in ("/", *[f"{one.set_code}/{one.code}" for one in facts.boundaries]):
            for kind in kinds:
                if places := self._found.get((kind, at)):
                    found += places
        found.sort()
        return found


def _left(rule: RuleFact) -> tuple[Condition, ...]:
    """Conditions that the look-up by category and place does not settle: all others, and a group beside a category."""
    settled = {"boundary"} if rule.category and rule.group else {"boundary", "category"}
    return tuple(condition for condition in stated(rule) if condition.name not in settled)
