"""Whether one rule fits wherever another fits. Then the other never decides, if this one goes before it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from issues.routing.rule_row import RuleRow
from issues.routing.rules import DAY_MINUTES, RuleFact
from issues.routing.weekdays import ISO_DAYS
from issues.routing.world import World

_WEEK: Final = 7 * DAY_MINUTES
_ALWAYS: Final = (1 << _WEEK) - 1


def covers(wide: RuleRow, narrow: RuleRow, world: World) -> bool:
    """Say whether ``wide`` fits every report, from today on, that ``narrow`` fits."""
    return (
        _ground_covers(wide.fact, narrow.fact)
        and _days_cover(wide, narrow, world)
        and _answers_cover(wide.fact, narrow.fact)
        and not _week(narrow.fact) & ~_week(wide.fact)
        and _kinds_cover(wide.fact, narrow.fact, world)
    )


def states_the_same(one: RuleRow, other: RuleRow) -> bool:
    """Say whether the two state the same conditions on the same days, in whatever order their lists are written."""
    return _stated(one) == _stated(other)


def sends_alike(one: RuleRow, other: RuleRow) -> bool:
    """Say whether the two do the same with what they get."""
    return _sent(one) == _sent(other)


def _sent(row: RuleRow) -> tuple[object, ...]:
    fact = row.fact
    return fact.department and fact.department.code, row.crew, fact.urgent, fact.due


def _stated(row: RuleRow) -> tuple[object, ...]:
    fact = row.fact
    lists = (
        fact.warranty_kinds, fact.warranty_supervisors, fact.road_classes, fact.street_owners, fact.asset_kinds,
        fact.asset_owners, fact.weekdays,
    )  # fmt: skip
    answers = frozenset((question, frozenset(wanted)) for question, wanted in fact.answers.items())
    place = fact.category, fact.group, fact.set_code, fact.boundary_code
    return *map(frozenset, lists), answers, place, fact.minutes, row.begins, row.ends


def _ground_covers(wide: RuleFact, narrow: RuleFact) -> bool:
    if wide.set_code and (wide.set_code, wide.boundary_code) != (narrow.set_code, narrow.boundary_code):
        return False
    return all(
        _among(wanted, given)
        for wanted, given in (
            (wide.warranty_kinds, narrow.warranty_kinds),
            (wide.warranty_supervisors, narrow.warranty_supervisors),
            (wide.road_classes, narrow.road_classes),
            (wide.street_owners, narrow.street_owners),
            (wide.asset_kinds, narrow.asset_kinds),
            (wide.asset_owners, narrow.asset_owners),
        )
    )


def _among(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    return not wide or (bool(narrow) and set(wide).issuperset(narrow))


def _days_cover(wide: RuleRow, narrow: RuleRow, world: World) -> bool:
    """Days that are past count for neither: rules are published for days to come."""
    if wide.never:
        return False
    wide_begins, narrow_begins = (max(row.begins or world.today, world.today) for row in (wide, narrow))
    return wide_begins <= narrow_begins and (wide.ends is None or (narrow.ends is not None and narrow.ends <= wide.ends))


def _answers_cover(wide: RuleFact, narrow: RuleFact) -> bool:
    return all(
        question in narrow.answers and set(wanted).issuperset(narrow.answers[question])
        for question, wanted in wide.answers.items()
    )


def _kinds_cover(wide: RuleFact, narrow: RuleFact, world: World) -> bool:
    """The same words, or categories that are all among the other's: a group of one category is that category."""
    if wide.category in {"", narrow.category} and wide.group in {"", narrow.group}:
        return True
    return {kind.code for kind in world.admitted(narrow)} <= {kind.code for kind in world.named(wide.category, wide.group)}


def _week(rule: RuleFact) -> int:
    """The minutes of the week in which the rule can fit, a bit each, from Monday 0:00."""
    return _mask(rule.weekdays, rule.minutes)


@lru_cache(maxsize=1024)
def _mask(weekdays: tuple[int, ...], minutes: tuple[int, int] | None) -> int:
    if not weekdays and minutes is None:
        return _ALWAYS
    begin, end = minutes or (0, DAY_MINUTES)
    length = end - begin if end > begin else end - begin + DAY_MINUTES
    mask = 0
    for day in set(weekdays or ISO_DAYS).intersection(ISO_DAYS):
        mask |= ((1 << length) - 1) << ((day - 1) * DAY_MINUTES + begin)
    return (mask & _ALWAYS) | (mask >> _WEEK)
