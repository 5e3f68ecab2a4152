"""What a rule can state, most specific first. The order of this table is the order of the rules.

Two rules that both fit are compared condition by condition, from the top: the first condition about which one says more
decides for that one. When they say equally much about everything, the higher priority wins, then the code that comes first.
To teach the rules a new fact, add its condition here (``docs/routing.md`` has the whole recipe).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from issues.routing.facts import Facts
    from issues.routing.rules import RuleFact

Rank = tuple[tuple[int, ...], int, str]


@dataclass(frozen=True, slots=True)
class Condition:
    """``says`` tells how much a rule states about it (0: nothing); ``fits`` whether that is so."""

    name: str
    says: Callable[[RuleFact], int]
    fits: Callable[[RuleFact, Facts], bool]


def _warranty_fits(rule: RuleFact, facts: Facts) -> bool:
    return (
        facts.warranty is not None
        and (not rule.warranty_kinds or facts.warranty.kind in rule.warranty_kinds)
        and (not rule.warranty_supervisors or facts.warranty.supervisor in rule.warranty_supervisors)
    )


def _asset_fits(rule: RuleFact, facts: Facts) -> bool:
    return (
        facts.asset is not None
        and (not rule.asset_kinds or facts.asset.kind in rule.asset_kinds)
        and (not rule.asset_owners or facts.asset.owner in rule.asset_owners)
    )


def _street_fits(rule: RuleFact, facts: Facts) -> bool:
    return (
        facts.street is not None
        and (not rule.road_classes or facts.street.road_class in rule.road_classes)
        and (not rule.street_owners or facts.street.owner in rule.street_owners)
    )


def _boundary_fits(rule: RuleFact, facts: Facts) -> bool:
    return any(one.set_code == rule.set_code and one.code == rule.boundary_code for one in facts.boundaries)


def _category_fits(rule: RuleFact, facts: Facts) -> bool:
    if rule.category and rule.category != facts.category.code:
        return False
    return not rule.group or rule.group == facts.category.group


def _answers_fit(rule: RuleFact, facts: Facts) -> bool:
    for question, wanted in rule.answers.items():
        said = facts.answers.get(question, [])
        if not set(wanted).intersection([said] if isinstance(said, str) else said):
            return False
    return True


def _time_fits(rule: RuleFact, facts: Facts) -> bool:
    """The hours after midnight belong to the weekday on which the span began."""
    weekday = facts.weekday
    if rule.minutes is not None:
        begin, end = rule.minutes
        inside = begin <= facts.minute < end if begin < end else facts.minute >= begin or facts.minute < end
        if not inside:
            return False
        if end <= begin and facts.minute < end:
            weekday = (weekday - 2) % 7 + 1
    return not rule.weekdays or weekday in rule.weekdays


CONDITIONS: Final[tuple[Condition, ...]] = (
    Condition("warranty", lambda rule: bool(rule.warranty_supervisors) * 2 + bool(rule.warranty_kinds), _warranty_fits),
    Condition("asset", lambda rule: bool(rule.asset_owners) * 2 + bool(rule.asset_kinds), _asset_fits),
    Condition("street", lambda rule: bool(rule.street_owners) * 2 + bool(rule.road_classes), _street_fits),
    Condition("boundary", lambda rule: bool(rule.set_code), _boundary_fits),
    Condition("category", lambda rule: bool(rule.category) * 2 + bool(rule.group), _category_fits),
    Condition("answers", lambda rule: len(rule.answers), _answers_fit),
    Condition("time", lambda rule: (rule.minutes is not None) * 2 + bool(rule.weekdays), _time_fits),
)


#: Conditions on what differs from report to report at the same place.
OF_THE_MOMENT: Final = frozenset({"answers", "time"})


def rank(rule: RuleFact) -> Rank:
    """Where a rule stands: of two that fit, the one with the smaller rank wins."""
    return tuple(-condition.says(rule) for condition in CONDITIONS), -rule.priority, rule.code


def stated(rule: RuleFact) -> tuple[Condition, ...]:
    """The conditions about which the rule says anything."""
    return tuple(condition for condition in CONDITIONS if condition.says(rule))


def fits(rule: RuleFact, facts: Facts) -> bool:
    """Whether all that the rule states is so."""
    return all(condition.fits(rule, facts) for condition in CONDITIONS if condition.says(rule))
