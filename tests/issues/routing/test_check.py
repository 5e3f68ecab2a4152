"""What is wrong with rules is said before they decide anything."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_data.ground import AssetFact, BoundaryFact, StreetFact
from issues.routing.check import Problem, problems
from issues.routing.choose import choose
from issues.routing.facts import CategoryFact, DepartmentFact, Facts
from issues.routing.rule_row import RuleRow
from issues.routing.rules import RuleFact, Rules
from issues.routing.world import Areas, CrewRow, Kind, World
from works.at_place_facts import WarrantyFact

TODAY: Final = dt.date(2026, 5, 4)
ROADS, PARKS = (DepartmentFact(number, code, {"en": f"{code} service"}) for number, code in enumerate(("roads", "parks"), 1))
CLOSED: Final = DepartmentFact(9, "old", {"en": "Old service"}, active=False)
DEPTH: Final = {
    "code": "depth", "type": "choice", "labels": {"en": "How deep?"}, "choices": [{"code": "flat"}, {"code": "deep"}],
}  # fmt: skip
WET: Final = {"code": "wet", "type": "yesno"}
WHERE: Final = {"code": "where", "type": "text"}
WORLD: Final = World(
    today=TODAY,
    kinds={
        kind.code: kind
        for kind in (
            Kind(
                1, "pothole", {"en": "Pothole"}, "street", {"en": "Street"}, "", (DEPTH, WET, WHERE), ("pothole", "resurfacing")
            ),
            Kind(2, "lamp", {"en": "Lamp"}, "street", {"en": "Street"}, asset_kind="lamp"),
            Kind(3, "tree", {"en": "Tree"}, "green", {"en": "Green"}, asset_kind="tree"),
        )
    },
    sets={
        "districts": Areas(1, "districts", {"en": "Districts"}, {"west": {"en": "West"}, "east": {"en": "East"}}),
        "zones": Areas(2, "zones", {"en": "Zones"}, {"ring": {"en": "Ring"}}),
    },
    departments={one.code: one for one in (ROADS, PARKS, CLOSED)},
    crews={
        "roads-1": CrewRow(1, "roads-1", {"en": "Crew 1"}, "roads", active=True),
        "roads-2": CrewRow(2, "roads-2", {"en": "Crew 2"}, "roads", active=False),
    },
    road_classes=("primary", "residential"),
    street_owners=("region", "roads"),
    asset_kinds=("lamp", "tree"),
    asset_owners=("grid",),
    supervisors=("roads office",),
)


def row(code: str = "r", department: DepartmentFact | None = ROADS, **states: Any) -> RuleRow:
    days = {name: states.pop(name) for name in ("begins", "ends", "never", "crew") if name in states}
    return RuleRow(RuleFact(0, code, department, **states), **days)


def found(*rows: RuleRow) -> list[Problem]:
    return problems(rows, WORLD)


ERRORS: Final[list[tuple[RuleRow, str]]] = [
    (row(set_code="districts", boundary_code="north"), "There is no area “north” in “Districts”, today or later"),
    (row(set_code="parishes", boundary_code="west"), "There is no area “west” in “parishes”"),
    (row(category="snow"), "The category “snow” is not in force"),
    (row(group="water"), "No category belongs to the group “water”"),
    (row(category="tree", group="street"), "The category “Tree” does not belong to the group “Street”"),
    (row(category="pothole", asset_owners=("grid",)), "No category that it speaks of looks for such objects"),
    (row(category="lamp", asset_kinds=("tree",)), "No category that it speaks of looks for such objects"),
    (row(group="green", asset_kinds=("lamp",)), "No category that it speaks of looks for such objects"),
    (row(category="lamp", warranty_kinds=("lighting",)), "No category that it speaks of is mended by such repairs"),
    (row(category="pothole", warranty_kinds=("lighting",)), "No category that it speaks of is mended by such repairs"),
    (row(group="green", warranty_supervisors=("roads office",)), "No category that it speaks of is mended by such repairs"),
    (row(category="lamp", answers={"depth": ("deep",)}), "No category that it speaks of asks the question “depth”"),
    (
        row(category="pothole", answers={"depth": ("bottomless",)}),
        "“bottomless” is not among the answers to the question “depth”",
    ),
    (row(category="pothole", answers={"wet": ("maybe",)}), "“maybe” is not among the answers to the question “wet”"),
    (row(category="pothole", answers={"where": ("here",)}), "The question “where” is answered in free words"),
    (row(category="pothole", answers={"depth": ()}), "It names no answer to the question “depth”"),
    (row(broken="unreadable"), "What it says of answers cannot be read"),
    (row(never=True), "There is no day on which it is valid"),
    (row(minutes=(600, 600)), "Its hours begin and end at the same time"),
    (row(weekdays=(0, 9)), "It names no day of the week that there is"),
    (row(department=CLOSED), "The service “Old service” is closed"),
    (row(department=PARKS, crew="roads-1"), "The crew “Crew 1” does not belong to the service “parks service”"),
    (row(crew="roads-2"), "The crew “Crew 2” no longer works"),
    (row(crew="roads-9"), "The crew “roads-9” no longer works"),
]
WARNINGS: Final[list[tuple[RuleRow, str]]] = [
    (row(road_classes=("primary", "trunk")), "No street of this city is a trunk road."),
    (row(street_owners=("parks",)), "No street of this city is looked after by “parks service”."),
    (row(asset_kinds=("lamp", "hydrant")), "This city has no objects of the kind “hydrant”."),
    (row(asset_owners=("nobody",)), "No object of this city belongs to “nobody”."),
    (row(warranty_supervisors=("nobody",)), "No contract of this city is supervised by “nobody”."),
    (row(ends=TODAY), "Its days are over"),
    (row(group="street", answers={"depth": ("deep",)}), "It looks at answers, but names no category"),
]
SOUND: Final = [
    row(),
    row(category="pothole", group="street", answers={"depth": ("deep", "flat"), "wet": ("yes",)}),
    row(category="lamp", asset_kinds=("lamp",), asset_owners=("grid",)),
    row(category="pothole", warranty_kinds=("pothole",), warranty_supervisors=("roads office",)),
    row(set_code="zones", boundary_code="ring", road_classes=("primary",), street_owners=("roads",)),
    row(minutes=(1320, 360), weekdays=(6, 7), begins=dt.date(2027, 1, 1), crew="roads-1"),
]


@pytest.mark.parametrize(("wrong", "words"), ERRORS, ids=[words for _, words in ERRORS])
def test_a_rule_that_can_never_do_its_work_is_an_error(wrong: RuleRow, words: str) -> None:
    [problem] = found(wrong)
    assert (problem.rule_code, problem.level) == ("r", "error")
    assert problem.sentence.startswith(words)


@pytest.mark.parametrize(("odd", "words"), WARNINGS, ids=[words for _, words in WARNINGS])
def test_a_rule_that_will_surprise_is_a_warning(odd: RuleRow, words: str) -> None:
    [problem] = found(odd)
    assert (problem.rule_code, problem.level) == ("r", "warning")
    assert problem.sentence.startswith(words)


@pytest.mark.parametrize("sound", SOUND, ids=range(len(SOUND)))
def test_a_sound_rule_has_no_problem(sound: RuleRow) -> None:
    assert found(sound) == []


#: The rule that goes before, and one that then never gets its turn.
SHADOWS: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    ({}, {}),
    ({"category": "lamp"}, {"category": "lamp"}),
    ({"road_classes": ("primary", "residential")}, {"road_classes": ("residential",)}),
    ({"answers": {"depth": ("deep", "flat")}, "category": "pothole"}, {"answers": {"depth": ("deep",)}, "category": "pothole"}),
    ({"weekdays": (1, 2, 3)}, {"weekdays": (2,)}),
    ({"minutes": (1320, 360)}, {"minutes": (0, 360)}),
    ({"minutes": (1320, 360), "weekdays": (1, 2)}, {"minutes": (1380, 1439), "weekdays": (2,)}),
    ({"begins": dt.date(2020, 1, 1)}, {"begins": dt.date(2019, 1, 1)}),  # both are past: from today on it is the same
    ({"begins": TODAY, "ends": dt.date(2027, 1, 1)}, {"begins": dt.date(2026, 6, 1), "ends": dt.date(2026, 7, 1)}),
    ({"category": "tree"}, {"group": "green"}),  # the only category of its group
]
LIVES: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    ({"category": "lamp"}, {"category": "tree"}),
    ({"category": "lamp"}, {"group": "street"}),
    ({"set_code": "districts", "boundary_code": "west"}, {"set_code": "districts", "boundary_code": "east"}),
    ({"road_classes": ("primary",)}, {"road_classes": ("primary", "residential")}),
    ({"answers": {"depth": ("deep",)}, "category": "pothole"}, {"answers": {"wet": ("yes",)}, "category": "pothole"}),
    ({"weekdays": (1,)}, {"weekdays": (1, 2)}),
    ({"minutes": (1320, 360)}, {"minutes": (360, 400)}),
    ({"minutes": (1320, 360), "weekdays": (1,)}, {"minutes": (0, 360), "weekdays": (1,)}),  # those hours are Sunday's night
    ({"ends": dt.date(2027, 1, 1)}, {}),
    ({"begins": dt.date(2026, 6, 1)}, {}),
    ({"never": True}, {}),
]


@pytest.mark.parametrize(("first", "second"), SHADOWS)
def test_a_rule_that_never_gets_its_turn_names_the_one_before_it(first: dict[str, Any], second: dict[str, Any]) -> None:
    [problem] = found(row("b", PARKS, **second), row("a", ROADS, **first))
    assert (problem.rule_code, problem.level, problem.other) == ("b", "warning", "a")
    assert "“a” goes before it and fits wherever this one fits" in problem.sentence


@pytest.mark.parametrize(("first", "second"), LIVES)
def test_a_rule_that_gets_its_turn_is_left_alone(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert [one for one in found(row("b", PARKS, **second), row("a", ROADS, **first)) if one.other] == []


def test_the_one_that_goes_before_is_not_the_one_that_is_shadowed() -> None:
    [problem] = found(row("b", PARKS, priority=1), row("a", ROADS))
    assert (problem.rule_code, problem.other) == ("a", "b")
    assert found(row("a", ROADS), row("b", PARKS, category="lamp")) == []


def test_two_rules_that_say_the_same_are_called_that() -> None:
    first = row("a", category="lamp", road_classes=("primary", "residential"))
    [problem] = found(first, row("b", category="lamp", road_classes=("residential", "primary")))
    assert (problem.rule_code, problem.other) == ("b", "a")
    assert problem.sentence == "It says exactly what the rule “a” says. One of them is enough."


def test_the_problems_of_many_rules_come_in_the_order_in_which_the_rules_are_asked() -> None:
    rows = [row("z", road_classes=("trunk",)), row("a", never=True), row("m", asset_owners=("nobody",))]
    assert [problem.rule_code for problem in found(*rows)] == ["m", "z", "a"]


PLACES: Final = [("", ""), ("districts", "west"), ("districts", "east"), ("zones", "ring")]


def some(*values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """Nothing half of the time, else one or two of the values."""
    return st.sampled_from([(), (), (), values[:1], values[-1:], values])


def answers(least: int) -> st.SearchStrategy[dict[str, tuple[str, ...]]]:
    given_depth = st.lists(st.sampled_from(["deep", "flat"]), min_size=least, unique=True).map(tuple)
    given_wet = st.lists(st.sampled_from(["yes", "no"]), min_size=least, unique=True).map(tuple)
    return st.fixed_dictionaries({}, optional={"depth": given_depth, "wet": given_wet})


STATED: Final = st.fixed_dictionaries(
    {
        "department": st.sampled_from([ROADS, PARKS]),
        "place": st.sampled_from(PLACES),
        "category": st.sampled_from(["", "", "pothole", "lamp", "tree"]),
        "group": st.sampled_from(["", "", "street", "green"]),
        "road_classes": some("primary", "residential"),
        "street_owners": some("region", "roads"),
        "asset_kinds": some("lamp", "tree"),
        "asset_owners": some("grid", "nobody"),
        "warranty_kinds": some("pothole", "lighting"),
        "warranty_supervisors": some("roads office"),
        "weekdays": some(1, 7),
        "minutes": st.sampled_from([None, None, None, (0, 720), (600, 720), (1320, 360), (1380, 60)]),
        "answers": st.one_of(st.just({}), answers(least=0)),
        "priority": st.integers(0, 1),
    }
)
FOUND: Final = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(list(WORLD.kinds.values())),
        "day": st.integers(4, 10),
        "minute": st.sampled_from([0, 59, 60, 359, 360, 599, 600, 719, 720, 1319, 1320, 1380, 1439]),
        "district": st.sampled_from(["west", "east"]),
        "ring": st.booleans(),
        "street": st.one_of(
            st.none(), st.tuples(st.sampled_from(["primary", "residential"]), st.sampled_from(["region", "roads"]))
        ),
        "asset": st.one_of(st.none(), st.sampled_from(["grid", "nobody"])),
        "warranty": st.one_of(
            st.none(), st.tuples(st.sampled_from(["pothole", "resurfacing"]), st.sampled_from(["", "roads office"]))
        ),
        "answers": answers(least=1),
    }
)


def made_rule(number: int, stated: dict[str, Any]) -> RuleRow:
    (set_code, boundary_code), rest = stated["place"], {name: value for name, value in stated.items() if name != "place"}
    return row(f"r{number}", set_code=set_code, boundary_code=boundary_code, **rest)


def made_report(seen: dict[str, Any]) -> Facts:
    kind: Kind = seen["kind"]
    inside = [("districts", seen["district"]), *([("zones", "ring")] if seen["ring"] else [])]
    road_class, owner = seen["street"] or ("", "")
    repaired, supervisor = seen["warranty"] or ("", "")
    return Facts(
        day=TODAY,
        at=dt.datetime(2026, 5, seen["day"], *divmod(seen["minute"], 60)),  # noqa: DTZ001
        category=CategoryFact(kind.code, kind.names, kind.group, None, kind.asset_kind, kind.questions),
        boundaries=tuple(BoundaryFact(0, 0, at, {}, at == "districts", code, {}, "") for at, code in inside),
        street=StreetFact("", {}, road_class, owner, 1.0) if seen["street"] else None,
        asset=AssetFact("", kind.asset_kind, {}, seen["asset"], 1.0) if seen["asset"] and kind.asset_kind else None,
        warranty=WarrantyFact("", repaired, supervisor, "", "", TODAY, None, 1.0)
        if seen["warranty"] and kind.repair_kinds
        else None,
        answers={question: list(said) for question, said in seen["answers"].items()} if kind.questions else {},
    )


rules = st.lists(STATED, min_size=2, max_size=6).map(lambda all_of: [made_rule(*one) for one in enumerate(all_of)])
reports = st.lists(FOUND.map(made_report), min_size=3, max_size=8)


@given(rules, reports)
def test_a_rule_said_to_be_shadowed_never_decides(rows: list[RuleRow], asked: list[Facts]) -> None:
    shadowed = {problem.rule_code for problem in found(*rows) if problem.other}
    every = Rules(one.fact for one in rows)

    deciding = {decision.rule.code for facts in asked if (decision := choose(facts, every)).rule}

    assert not shadowed & deciding


@given(rules, reports)
def test_a_rule_that_is_an_error_never_decides(rows: list[RuleRow], asked: list[Facts]) -> None:
    never = {problem.rule_code for problem in found(*rows) if problem.is_error}
    alone = [Rules([one.fact]) for one in rows if one.code in never]

    assert not [rule for rule in alone for facts in asked if choose(replace(facts, side=""), rule).rule]
