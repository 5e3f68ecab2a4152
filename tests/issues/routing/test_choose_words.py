"""The reason of a decision reads as words, and every set of facts has one decision."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_data.ground import BoundaryFact
from issues.routing.choose import choose, department_of
from issues.routing.facts import CrewFact, DepartmentFact
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
    rules,
)


def test_what_the_rule_sets_besides_the_service_is_part_of_the_decision() -> None:
    crew = CrewFact(5, "night", {"en": "Night crew"})
    decision = choose(facts(), Rules([rule("a", urgent=True, due=dt.timedelta(hours=2), crew=crew)]))

    assert (decision.urgent, decision.due, decision.reason["crew"]["code"]) == (True, dt.timedelta(hours=2), "night")


def test_runners_up_name_each_other_service_once() -> None:
    rules = Rules([rule("a", ROADS, WEST, category="pothole"), rule("b", PARKS, WEST), rule("c", LIGHT), rule("d", ROADS, RING)])
    decision = choose(facts(category=replace(POTHOLE, department=PARKS)), rules)

    assert [other.department.code for other in decision.runners_up] == ["parks", "light", "hall"]
    assert [other["department"]["code"] for other in decision.reason["runners_up"]] == ["parks", "light", "hall"]


def test_the_reason_reads_as_plain_words_in_the_asked_language() -> None:
    by_owner = rule("regional", replace(ROADS, code="region"), street_owners=("region",), road_classes=("primary",))
    reason = choose(
        facts(boundaries=(replace(WEST, next_id=3, next_code="east", next_names={"en": "East"}, next_m=230.2),)),
        Rules([by_owner]),
    ).reason

    assert reason_in_words(reason, "en") == (
        "“Pothole” goes to roads service here, because the nearest street, First Avenue, 4 m away, is a primary road looked after by "
        "roads service (rule regional). The border of “East” is 230 m away. Next in line: hall service."
    )


def test_every_condition_can_be_put_into_words() -> None:
    for one in IN_ORDER[:-1]:
        words = reason_in_words(choose(facts(), Rules([one])).reason, "en")
        if one.category or one.group:
            assert f"(rule {one.code})" in words
        else:
            assert "because" in words, one


def test_a_border_out_of_reach_is_said_to_be_so() -> None:
    reason = choose(facts(boundaries=(WEST,)), Rules([rule("w", ROADS, WEST)])).reason

    assert "The border of “West” is more than 500 m away." in reason_in_words(reason, "en")


@pytest.mark.parametrize("how", ["staff", "refused", "undone", "imported", "nobody", "category", "set", "fallback", "rule"])
def test_a_bare_reason_still_makes_a_sentence(how: str) -> None:
    assert reason_in_words({"how": how}, "en")


def test_a_reason_kept_before_rules_could_state_more_still_reads() -> None:
    boundary = {
        "set_names": {"en": "Districts"},
        "names": {"en": "West"},
        "version": "2020-01-01",
        "next": {"names": {"en": "East"}, "m": 12},
    }
    old = {
        "how": "rule",
        "rule": "a",
        "category": {"names": {"en": "Pothole"}},
        "department": {"names": {"en": "Roads"}},
        "boundary": boundary,
    }

    words = reason_in_words(old, "en")

    assert "because the pin is in “West” (Districts, as of 2020-01-01) (rule a)" in words
    assert "The border of “East” is 12 m away." in words


@pytest.mark.parametrize("reason", [{}, {"how": "by magic"}, {"how": None}])
def test_an_unknown_reason_says_nothing(reason: dict[str, Any]) -> None:
    assert reason_in_words(reason) == ""


@pytest.mark.parametrize(
    "damaged",
    [{"because": "x"}, {"because": [1, {"what": "street"}]}, {"gap": 3, "district": "x"}, {"border": {}}, {"runners_up": 7}],
)
def test_a_damaged_reason_is_no_error(damaged: dict[str, Any]) -> None:
    assert reason_in_words({"how": "rule", **damaged}, "en")


places = st.lists(
    st.sampled_from([WEST, RING, replace(WEST, gap_m=10.0), NEAR_EAST]), max_size=3, unique_by=lambda one: one.set_code
)


@given(
    places,
    rules,
    st.booleans(),
    st.sampled_from([None, ROADS]),
    st.sampled_from([None, HALL]),
    st.sampled_from(["", "districts/east"]),
)
def test_every_set_of_facts_has_one_decision_and_a_sentence(
    boundaries: list[BoundaryFact],
    some: list[RuleFact],
    place: bool,
    own: DepartmentFact | None,
    fallback: DepartmentFact | None,
    side: str,
) -> None:
    known = facts(
        boundaries=tuple(boundaries), has_place=place, category=replace(POTHOLE, department=own), fallback=fallback, side=side
    )

    decision = choose(known, Rules(some))

    assert decision == choose(known, Rules(reversed(some)))
    assert (decision.department is None) == (decision.confidence == "open")
    assert reason_in_words(decision.reason, "en")
    assert department_of(decision.facts, Rules(some)) == decision.department
    if decision.rule is not None:
        assert decision.reason["rule"] in {one.code for one in some}


@given(rules)
def test_the_first_of_all_rules_that_fit_is_the_one_that_the_index_finds(some: list[RuleFact]) -> None:
    """The look-up by category and place leaves out nothing: asking every rule in order gives the same."""
    from issues.routing.conditions import fits, rank

    known = facts()
    first = next((one for one in sorted(some, key=rank) if fits(one, known)), None)
    found = next((one for one in Rules(some).candidates(known) if fits(one, known)), None)

    assert found == first
    assert list(Rules(some).fitting(known)) == [one for one in sorted(some, key=rank) if fits(one, known)]


def test_any_order_of_the_same_rules_decides_the_same() -> None:
    for chosen in itertools.permutations(IN_ORDER[6:10]):
        assert choose(facts(), Rules(chosen)).rule == IN_ORDER[6]


def test_what_was_answered_is_named_to_staff_alone_and_nothing_else_is_kept_of_it() -> None:
    asked = rule("a", category="pothole", answers={"size": ("big",)})
    reason = choose(facts(answers={"size": ["big", "my phone is 555"], "where": "my phone is 555"}), Rules([asked])).reason

    assert "555" not in str(reason)
    assert "because the answer to “How big?” is “Huge”" in reason_in_words(reason, "en", for_staff=True)
    assert "Huge" not in reason_in_words(reason, "en")
    assert "because the answer to “How big?” calls for it" in reason_in_words(reason, "en")
