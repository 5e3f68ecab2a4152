"""Which service gets it: the stated order, on facts alone."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.routing.choose import choose
from issues.routing.facts import BoundaryFact, DepartmentFact, Facts, RuleFact
from issues.routing.words import reason_in_words

ROADS, PARKS, HALL, LIGHT = (
    DepartmentFact(number, code, {"en": f"{code} service", "ru": f"служба {code}"})
    for number, code in enumerate(("roads", "parks", "hall", "light"), start=1)
)
WEST = BoundaryFact(
    1, 1, "districts", {"en": "Districts", "ru": "Районы"}, True, "west", {"en": "West", "ru": "Запад"}, "2020-01-01"
)
RING = BoundaryFact(2, 2, "zones", {"en": "Zones"}, False, "ring", {"en": "Ring"}, "2021-05-01")


def rule(
    code: str, department: DepartmentFact, *, category: bool = False, at: BoundaryFact | None = None, priority: int = 0
) -> RuleFact:
    return RuleFact(hash(code) % 1000, code, category, at.set_id if at else None, at.code if at else "", priority, department)


def facts(*rules: RuleFact, **changes: Any) -> Facts:
    row: dict[str, Any] = {
        "day": dt.date(2026, 5, 1), "category_code": "pothole", "category_names": {"en": "Pothole", "ru": "Яма"},
        "category_department": None, "fallback": HALL, "has_place": True, "has_districts": True,
        "boundaries": (WEST, RING), "rules": rules,
    }  # fmt: skip
    return Facts(**{**row, **changes})


IN_ORDER = [
    rule("a", ROADS, category=True, at=WEST),
    rule("b", PARKS, at=WEST),
    rule("c", LIGHT, category=True),
]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_most_specific_rule_wins_in_any_order_of_rules(size: int) -> None:
    for chosen in itertools.permutations(IN_ORDER, size):
        best = min(chosen, key=lambda one: one.code)
        decision = choose(facts(*chosen, category_department=HALL))
        assert (decision.department_id, decision.reason["rule"]) == (best.department.id, best.code)


def test_the_category_comes_before_the_fallback() -> None:
    assert choose(facts(category_department=ROADS)).reason["how"] == "category"
    assert choose(facts()).reason["how"] == "fallback"
    assert choose(facts(fallback=None)).department_id is None


def test_priority_then_code_break_a_tie() -> None:
    assert choose(facts(rule("b", ROADS, at=WEST), rule("a", PARKS, at=RING))).department_id == PARKS.id
    assert choose(facts(rule("b", ROADS, at=WEST, priority=1), rule("a", PARKS, at=RING))).department_id == ROADS.id


def test_a_rule_for_another_place_does_not_count() -> None:
    elsewhere = replace(rule("a", ROADS, at=WEST), boundary_code="east")

    assert choose(facts(elsewhere)).reason["how"] == "fallback"


def test_far_from_every_district_nobody_gets_it() -> None:
    decision = choose(facts(rule("c", LIGHT, category=True), boundaries=()))

    assert (decision.department_id, decision.confidence) == (None, "open")
    assert decision.reason["lost"]


def test_a_city_without_districts_still_routes() -> None:
    assert choose(facts(rule("c", LIGHT, category=True), boundaries=(), has_districts=False)).department_id == LIGHT.id


def test_a_report_without_a_place_goes_by_its_category() -> None:
    decision = choose(facts(rule("b", PARKS, at=WEST), rule("c", LIGHT, category=True), boundaries=(), has_place=False))

    assert decision.department_id == LIGHT.id
    assert "no place" in reason_in_words(decision.reason, "en")


def test_gap_and_border_are_marked() -> None:
    near = replace(WEST, next_code="east", next_names={"en": "East"}, next_m=12.4)

    assert choose(facts(boundaries=(replace(WEST, gap_m=107.2),))).confidence == "gap"
    assert choose(facts(boundaries=(near,))).confidence == "border"
    assert choose(facts()).confidence == "sure"


def test_runners_up_name_each_other_service_once() -> None:
    decision = choose(facts(*IN_ORDER, rule("d", ROADS, at=RING), category_department=PARKS))

    assert [other["department"]["code"] for other in decision.reason["runners_up"]] == ["parks", "light", "hall"]


def test_the_reason_reads_as_plain_words_in_the_asked_language() -> None:
    reason = choose(facts(*IN_ORDER, boundaries=(replace(WEST, gap_m=107.2), RING))).reason

    english = reason_in_words(reason, "en")
    assert english == (
        "“Pothole” in “West” (Districts, as of 2020-01-01) goes to roads service (rule a). "
        "The pin lies between districts; “West” is the nearest, 107 m away. Next in line: parks service, light service, hall service."
    )
    russian = reason_in_words(reason, "ru")
    assert "Запад" in russian
    assert "служба roads" in russian


@pytest.mark.parametrize("how", ["staff", "imported", "nobody", "category", "fallback", "rule"])
def test_a_bare_reason_still_makes_a_sentence(how: str) -> None:
    assert reason_in_words({"how": how}, "en")


@pytest.mark.parametrize("reason", [{}, {"how": "by magic"}, {"how": None}])
def test_an_unknown_reason_says_nothing(reason: dict[str, Any]) -> None:
    assert reason_in_words(reason) == ""


places = st.lists(st.sampled_from([WEST, RING, replace(WEST, gap_m=10.0), replace(WEST, next_code="x", next_m=1.0)]), max_size=3)
rules = st.lists(
    st.builds(
        rule, st.text("abc", min_size=1, max_size=3), st.sampled_from([ROADS, PARKS, LIGHT]),
        category=st.booleans(), at=st.sampled_from([None, WEST, RING]), priority=st.integers(-2, 2),
    ),
    max_size=6, unique_by=lambda one: one.code,  # the column is unique: a code settles the last tie
)  # fmt: skip


@given(places, rules, st.booleans(), st.sampled_from([None, ROADS]), st.sampled_from([None, HALL]))
def test_every_set_of_facts_has_one_decision_and_a_sentence(
    boundaries: list[BoundaryFact], some: list[RuleFact], place: bool, own: DepartmentFact | None, fallback: DepartmentFact | None
) -> None:
    known = facts(*some, boundaries=tuple(boundaries), has_place=place, category_department=own, fallback=fallback)

    decision = choose(known)

    assert decision == choose(replace(known, rules=tuple(reversed(known.rules))))
    assert (decision.department_id is None) == (decision.confidence == "open")
    assert reason_in_words(decision.reason, "en")
    if decision.rule_id is not None:
        assert decision.reason["rule"] in {one.code for one in some}
