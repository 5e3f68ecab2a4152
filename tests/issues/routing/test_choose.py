"""Which service gets it: the stated order, on facts alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from gis_data.ground import BoundaryFact
from issues.routing.choose import choose
from issues.routing.conditions import CONDITIONS
from issues.routing.facts import DepartmentFact
from issues.routing.rules import RuleFact, Rules
from issues.routing.words import reason_in_words
from tests.issues.routing.facts_of_a_pin import (
    HALL,
    IN_ORDER,
    LIGHT,
    NEAR_EAST,
    PARKS,
    POTHOLE,
    RING,
    ROADS,
    WEST,
    facts,
    rule,
)

CLOSED = DepartmentFact(9, "closed", {"en": "closed service"}, active=False)
NEVER_TRUE = [
    rule("w1", warranty_kinds=("pothole",)), rule("w2", warranty_supervisors=("other office",)),
    rule("w3", warranty_kinds=("resurfacing",), warranty_supervisors=("other office",)),
    rule("a1", asset_owners=("other",)), rule("a2", asset_kinds=("hydrant",)), rule("a3", street_owners=("city",)),
    rule("a4", road_classes=("residential",)), rule("a5", at=replace(WEST, code="east")), rule("a6", category="lamp"),
    rule("a7", group="green"), rule("a8", answers={"size": ("small",)}), rule("a9", answers={"depth": ("deep",)}),
    rule("b1", weekdays=(6, 7)), rule("b2", minutes=(0, 600)), rule("b3", minutes=(1320, 360)),
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(IN_ORDER)))
def test_of_the_rules_that_fit_the_most_specific_wins_whatever_their_order(place: int) -> None:
    some = [*reversed(IN_ORDER[place:]), *NEVER_TRUE]

    decision = choose(facts(), Rules(some))

    assert decision.rule is not None
    assert (decision.rule.code, decision.department) == (IN_ORDER[place].code, IN_ORDER[place].department)


@pytest.mark.parametrize("never", NEVER_TRUE, ids=lambda one: one.code)
def test_a_rule_of_which_something_is_not_so_does_not_count(never: RuleFact) -> None:
    assert choose(facts(), Rules([never])).reason["how"] == "fallback"


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda one: one.name)
def test_what_a_rule_does_not_state_is_no_condition(condition: Any) -> None:
    assert condition.says(rule("empty")) == 0


def test_nothing_near_is_not_a_street_of_no_class() -> None:
    assert choose(facts(street=None, asset=None, warranty=None), Rules(IN_ORDER[:8])).reason["how"] == "fallback"


@pytest.mark.parametrize(
    ("at", "fitting"),
    [("2026-05-04 23:30", True), ("2026-05-05 05:59", True), ("2026-05-05 06:00", False), ("2026-05-05 23:30", False)],
)
def test_hours_that_pass_midnight_belong_to_the_day_on_which_they_began(at: str, fitting: bool) -> None:
    monday_night = rule("night", weekdays=(1,), minutes=(22 * 60, 6 * 60))

    decision = choose(facts(at=dt.datetime.fromisoformat(at)), Rules([monday_night]))

    assert (decision.rule is not None) == fitting


def test_the_category_comes_before_the_set_and_the_set_before_the_city() -> None:
    owned = replace(POTHOLE, department=ROADS)

    assert choose(facts(category=owned, fallbacks={"zones": LIGHT}), Rules([])).reason["how"] == "category"
    by_set = choose(facts(fallbacks={"zones": LIGHT}), Rules([]))
    assert (by_set.department, by_set.reason["how"]) == (LIGHT, "set")
    assert "takes the rest in “Zones”" in reason_in_words(by_set.reason, "en")
    assert choose(facts(), Rules([])).reason["how"] == "fallback"
    assert choose(facts(fallback=None), Rules([])).department is None


def test_a_closed_service_is_no_fallback() -> None:
    closed = replace(POTHOLE, department=CLOSED)

    assert choose(facts(category=closed, fallbacks={"zones": CLOSED}), Rules([])).department == HALL
    assert choose(facts(category=closed, fallback=CLOSED), Rules([])).department is None


def test_priority_then_code_break_a_tie() -> None:
    assert choose(facts(), Rules([rule("b", ROADS, WEST), rule("a", PARKS, RING)])).department == PARKS
    assert choose(facts(), Rules([rule("b", ROADS, WEST, priority=1), rule("a", PARKS, RING)])).department == ROADS


@pytest.mark.parametrize(
    ("broken", "words"),
    [(rule("bad", CLOSED, WEST, broken="closed"), "closed"), (rule("bad", ROADS, WEST, broken="unreadable"), "cannot be read")],
)
def test_a_broken_rule_is_not_passed_over_but_sends_to_the_fallback_and_says_so(broken: RuleFact, words: str) -> None:
    decision = choose(facts(category=replace(POTHOLE, department=LIGHT)), Rules([broken, rule("next", PARKS)]))

    assert (decision.department, decision.confidence) == (LIGHT, "broken")
    assert decision.reason["broken"]["rule"] == "bad"
    assert words in reason_in_words(decision.reason, "en")


def test_a_broken_rule_that_would_not_have_decided_does_no_harm() -> None:
    rules = Rules([rule("good", PARKS, WEST), rule("bad", CLOSED, broken="closed")])

    assert (choose(facts(), rules).department, choose(facts(), rules).confidence) == (PARKS, "sure")


def test_far_from_every_district_nobody_gets_it() -> None:
    decision = choose(facts(boundaries=()), Rules([rule("c", LIGHT, category="pothole")]))

    assert (decision.department, decision.confidence) == (None, "open")
    assert decision.reason["lost"]


def test_a_city_without_districts_still_routes() -> None:
    assert choose(facts(boundaries=(), has_districts=False), Rules([rule("c", LIGHT)])).department == LIGHT


def test_a_report_without_a_place_goes_by_its_category() -> None:
    nowhere = facts(boundaries=(), street=None, asset=None, has_place=False)
    decision = choose(nowhere, Rules([rule("b", PARKS, WEST), rule("c", LIGHT, category="pothole")]))

    assert decision.department == LIGHT
    assert "no place" in reason_in_words(decision.reason, "en")


def test_a_gap_is_marked() -> None:
    assert choose(facts(boundaries=(replace(WEST, gap_m=107.2),)), Rules([])).confidence == "gap"


EAST_IS_PARKS = Rules([rule("west", ROADS, WEST), rule("east", PARKS, replace(WEST, code="east"))])


def test_a_border_to_another_service_close_by_is_marked_and_named() -> None:
    decision = choose(facts(boundaries=(NEAR_EAST,)), EAST_IS_PARKS)

    assert (decision.department, decision.confidence) == (ROADS, "border")
    assert decision.border is not None
    assert (decision.border.there.code, decision.border.department) == ("east", PARKS)
    assert "parks service is responsible, is only 12 m away" in reason_in_words(decision.reason, "en")


@pytest.mark.parametrize(
    ("boundary", "rules"),
    [
        (replace(NEAR_EAST, next_m=15.1), EAST_IS_PARKS),
        (NEAR_EAST, Rules([rule("all", ROADS)])),
        (replace(NEAR_EAST, ask_m=10.0), EAST_IS_PARKS),
    ],
    ids=["further than the set's limit", "the same service on both sides", "a set with another limit"],
)
def test_a_border_that_changes_nothing_is_not_asked_about(boundary: BoundaryFact, rules: Rules) -> None:
    assert choose(facts(boundaries=(boundary,)), rules).confidence == "sure"


def test_the_side_that_the_resident_named_is_believed() -> None:
    decision = choose(facts(boundaries=(NEAR_EAST,), side="districts/east"), EAST_IS_PARKS)

    assert (decision.department, decision.confidence, decision.border) == (PARKS, "sure", None)
    assert decision.district is not None
    assert (decision.district.id, decision.district.code) == (3, "east")
    assert dict(decision.fact_key.at) == {"districts": "east"}
    assert "on the side of “East”" in reason_in_words(decision.reason, "en")


def test_the_side_of_the_pin_confirmed_leaves_nothing_to_check() -> None:
    decision = choose(facts(boundaries=(NEAR_EAST,), side="districts/west"), EAST_IS_PARKS)

    assert (decision.department, decision.confidence) == (ROADS, "sure")


@pytest.mark.parametrize("side", ["districts/north", "zones/ring", "not-sure", "districts/", "x" * 200])
def test_a_side_that_was_not_offered_changes_nothing(side: str) -> None:
    decision = choose(facts(boundaries=(NEAR_EAST, RING), side=side), EAST_IS_PARKS)

    assert (decision.department, decision.confidence) == (ROADS, "border")


def test_a_side_is_not_believed_far_from_the_border() -> None:
    far = replace(NEAR_EAST, next_m=300.0)

    assert choose(facts(boundaries=(far,), side="districts/east"), EAST_IS_PARKS).department == ROADS
