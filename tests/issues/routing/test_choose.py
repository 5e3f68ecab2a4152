"""Which service gets it: the stated order, on facts alone."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_data.ground import AssetFact, BoundaryFact, StreetFact
from issues.routing.choose import choose, department_of
from issues.routing.conditions import CONDITIONS
from issues.routing.facts import CategoryFact, CrewFact, DepartmentFact, Facts
from issues.routing.rules import RuleFact, Rules
from issues.routing.words import reason_in_words

ROADS, PARKS, HALL, LIGHT = (
    DepartmentFact(number, code, {"en": f"{code} service", "ru": f"служба {code}"})
    for number, code in enumerate(("roads", "parks", "hall", "light"), start=1)
)
CLOSED = DepartmentFact(9, "closed", {"en": "closed service"}, active=False)
WEST = BoundaryFact(
    1, 1, "districts", {"en": "Districts", "ru": "Районы"}, True, "west", {"en": "West", "ru": "Запад"}, "2020-01-01"
)
RING = BoundaryFact(2, 2, "zones", {"en": "Zones"}, False, "ring", {"en": "Ring"}, "2021-05-01")
NEAR_EAST = replace(
    WEST,
    border_m=12.4,
    next_id=3,
    next_code="east",
    next_names={"en": "East", "ru": "Восток"},
    next_version="2020-01-01",
    next_m=12.4,
)
SIZE = {
    "code": "size", "type": "choice", "labels": {"en": "How big?"},
    "choices": [{"code": "big", "labels": {"en": "Huge"}}, {"code": "small", "labels": {"en": "Small"}}],
}  # fmt: skip
POTHOLE = CategoryFact("pothole", {"en": "Pothole", "ru": "Яма"}, group="street", questions=(SIZE,))
AVENUE = StreetFact("way/1", {"en": "First Avenue"}, "primary", "region", 4.2)
LAMP = AssetFact("lamp-7", "lamp", {"en": "Street lamp"}, "grid", 2.6)
MONDAY_NOON = dt.datetime(2026, 5, 4, 12, 0)  # noqa: DTZ001  # the city's own time, as the database gives it


def rule(code: str, department: DepartmentFact | None = ROADS, at: BoundaryFact | None = None, **states: Any) -> RuleFact:
    place: dict[str, Any] = {"set_code": at.set_code, "boundary_code": at.code} if at else {}
    return RuleFact(int.from_bytes(code.encode()[:4]), code, department, **place, **states)


def facts(**changes: Any) -> Facts:
    row: dict[str, Any] = {
        "day": dt.date(2026, 5, 4), "at": MONDAY_NOON, "category": POTHOLE, "fallback": HALL, "boundaries": (WEST, RING),
        "street": AVENUE, "asset": LAMP, "answers": {"size": "big"},
    }  # fmt: skip
    return Facts(**{**row, **changes})


#: One rule for each thing that can be stated, the most specific first.
IN_ORDER = [
    rule("z9", ROADS, asset_owners=("grid",), asset_kinds=("lamp",)),
    rule("z8", PARKS, asset_owners=("grid",)),
    rule("y9", LIGHT, asset_kinds=("lamp",)),
    rule("x9", ROADS, street_owners=("region", "state")),
    rule("x8", PARKS, road_classes=("primary", "secondary")),
    rule("w9", LIGHT, WEST, category="pothole"),
    rule("w8", ROADS, WEST, group="street"),
    rule("v9", PARKS, WEST),
    rule("u9", LIGHT, category="pothole", answers={"size": ("big",)}),
    rule("u8", ROADS, category="pothole"),
    rule("t9", PARKS, group="street"),
    rule("s9", LIGHT, answers={"size": ("big", "small")}),
    rule("r9", ROADS, minutes=(600, 900), weekdays=(1,)),
    rule("r8", PARKS, minutes=(600, 900)),
    rule("q9", LIGHT, weekdays=(1, 2)),
    rule("p9", ROADS),
]
NEVER_TRUE = [
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
    assert choose(facts(street=None, asset=None), Rules(IN_ORDER[:5])).reason["how"] == "fallback"


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
rules = st.lists(
    st.builds(
        rule, st.text("abc", min_size=1, max_size=3), st.sampled_from([ROADS, PARKS, LIGHT]), st.sampled_from([None, WEST, RING, replace(WEST, code="east")]),
        category=st.sampled_from(["", "pothole", "lamp"]), group=st.sampled_from(["", "street"]), priority=st.integers(-2, 2),
        road_classes=st.sampled_from([(), ("primary",), ("residential",)]), weekdays=st.sampled_from([(), (1,), (7,)]),
        broken=st.sampled_from(["", "", "", "closed"]),
    ),
    max_size=8, unique_by=lambda one: one.code,
)  # fmt: skip


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
    for chosen in itertools.permutations(IN_ORDER[3:7]):
        assert choose(facts(), Rules(chosen)).rule == IN_ORDER[3]


def test_what_was_answered_is_named_to_staff_alone_and_nothing_else_is_kept_of_it() -> None:
    asked = rule("a", category="pothole", answers={"size": ("big",)})
    reason = choose(facts(answers={"size": ["big", "my phone is 555"], "where": "my phone is 555"}), Rules([asked])).reason

    assert "555" not in str(reason)
    assert "because the answer to “How big?” is “Huge”" in reason_in_words(reason, "en", for_staff=True)
    assert "Huge" not in reason_in_words(reason, "en")
    assert "because the answer to “How big?” calls for it" in reason_in_words(reason, "en")
