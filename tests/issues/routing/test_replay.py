"""A draft tried on the past gives what `choose` would have given for each appeal."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry

from gis_data import city_time
from gis_data.models import Boundary
from issues.models import Appeal, RoutingRule, RuleSet
from issues.routing import derive, facts_sql, replay, replay_ground, replay_sql
from issues.routing.choose import choose
from issues.routing.facts_sql import Question
from issues.routing.known import read_rules
from issues.routing.publish import copy_to_draft
from tests import factories
from tests.factories import TinyCity, an_appeal

WEST = shapely.box(10.0, 50.0, 10.04, 50.05)
EAST = shapely.box(10.045, 50.0, 10.09, 50.05)


def an_archive(city: TinyCity, count: int = 160) -> None:
    """Appeals all over the city and its gap, over two weeks, with answers."""
    draw = random.Random(7)
    for number in range(count):
        moment = dt.datetime(2026, 3, 2, tzinfo=dt.UTC) + dt.timedelta(hours=draw.uniform(0, 336))
        place = None if number % 40 == 0 else (draw.uniform(10.0, 10.1), draw.uniform(50.0, 50.06))
        said = {"depth": draw.choice(["deep", "flat"]), "wet": draw.choice(["yes", "no"])}
        appeal = an_appeal(
            city, draw.choice(["pothole", "lamp", "tree"]), place, answers=said, state=draw.choice(["new", "done"])
        )
        Appeal.objects.filter(pk=appeal.pk).update(created_at=moment)
    derive.derive_missing()


def a_draft(city: TinyCity, *rules: dict[str, Any]) -> RuleSet:
    draft = copy_to_draft(city.rule_set, "tried")
    for number, states in enumerate(rules):
        RoutingRule.objects.create(rule_set=draft, code=f"new-{number}", valid=(factories.FROM, None), **states)
    return draft


def alone(appeal: Appeal, draft: RuleSet | None) -> int:
    """What `choose` says about one appeal on facts read at its pin."""
    point = appeal.point
    asked = Question(point.x if point else None, point.y if point else None, appeal.category.code, appeal.answers)
    place = facts_sql.read(asked)
    assert place.facts is not None
    local = appeal.created_at.astimezone(ZoneInfo("Europe/Helsinki")).replace(tzinfo=None)
    rules = read_rules(draft.pk, city_time.today()) if draft else place.rules
    return choose(replace(place.facts, at=local), rules).department_id or 0


def moved_by_replay(outcome: replay.Outcome) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for case in outcome.moved:
        before, after = outcome.before[case], outcome.after[case]
        pair = (before.id if before else 0, after.id if after else 0)
        found[pair] = found.get(pair, 0) + outcome.counted[case][0]
    return found


def moved_one_by_one(draft: RuleSet) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for appeal in Appeal.objects.select_related("category"):
        pair = (alone(appeal, None), alone(appeal, draft))
        if pair[0] != pair[1]:
            found[pair] = found.get(pair, 0) + 1
    return found


def test_rules_on_everything_they_can_look_at_replay_as_each_appeal_alone(a_city: TinyCity) -> None:
    an_archive(a_city)
    city = a_city
    draft = a_draft(
        city,
        {
            "department": city.departments["parks"],
            "category": city.categories["pothole"],
            "answers": {"depth": ["deep"], "wet": ["yes"]},
        },
        {"department": city.departments["town-hall"], "weekdays": [6, 7], "category": city.categories["lamp"]},
        {
            "department": city.departments["parks"],
            "time_from": dt.time(22),
            "time_to": dt.time(6),
            "category": city.categories["lamp"],
        },
        {
            "department": city.departments["town-hall"],
            "boundary_set": city.sets["districts"],
            "boundary_code": "west",
            "group": "street",
        },
    )

    outcome = replay.rules_outcome(draft, replay.Trial(None))

    wanted = moved_one_by_one(draft)
    assert len(wanted) >= 3
    assert moved_by_replay(outcome) == wanted


def test_the_answer_counts_pairs_categories_load_and_open_ones(a_city: TinyCity) -> None:
    an_archive(a_city, 60)
    draft = a_draft(a_city, {"department": a_city.departments["parks"], "category": a_city.categories["pothole"]})

    found = replay.try_rules(draft, None)

    moved = {one.pk: one for one in Appeal.objects.select_related("category") if alone(one, None) != alone(one, draft)}
    assert (found["looked_at"], found["moved"]) == (60, len(moved))
    assert found["open_moved"] == sum(one.state == "new" for one in moved.values())
    assert sum(pair["count"] for pair in found["pairs"]) == sum(one["count"] for one in found["categories"]) == len(moved)
    assert sum(one["after"] - one["before"] for one in found["load"]) == 0
    assert {one["category"]["code"] for one in found["categories"]} == {"pothole"}
    assert {one["reference"] for one in found["sample"]} == {one.public_id for one in moved.values()}
    assert len(found["points"]) == sum(one.point is not None for one in moved.values())


def ways(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["reference"]: tuple((one[way] or {}).get("code", "") for way in ("from", "to")) for one in found["sample"]}


def test_the_list_says_of_each_report_from_whom_to_whom(a_city: TinyCity) -> None:
    an_archive(a_city)
    parks, hall = a_city.departments["parks"], a_city.departments["town-hall"]
    deep = {"department": parks, "category": a_city.categories["pothole"], "answers": {"depth": ["deep"]}}
    draft = a_draft(a_city, deep, {"department": hall, "category": a_city.categories["lamp"], "weekdays": [6, 7]})

    found = replay.try_rules(draft, None)

    codes = {one.pk: one.code for one in a_city.departments.values()} | {0: ""}
    wanted = {}
    for appeal in Appeal.objects.select_related("category"):
        pair = (alone(appeal, None), alone(appeal, draft))
        if pair[0] != pair[1]:
            wanted[appeal.public_id] = (codes[pair[0]], codes[pair[1]])
    assert len(set(wanted.values())) >= 2
    assert ways(found) == wanted


def test_the_newest_reports_are_listed_first_however_rare_they_are(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    an_archive(a_city)
    monkeypatch.setattr(replay, "POINTS", 5)
    draft = a_draft(a_city, {"department": a_city.departments["parks"], "category": a_city.categories["pothole"]})
    trial = replay.Trial(None)

    outcome = replay.rules_outcome(draft, trial)

    moved = [one.pk for one in Appeal.objects.order_by("-pk").select_related("category") if alone(one, None) != alone(one, draft)]
    assert outcome.newest == moved[:5]
    combined = [(key, slot, answers) for key, _same, slot, answers in outcome.moved]
    assert replay_sql.newest_of(combined, trial.params, 1000, share=1.0) == moved  # a share that promised too much
    assert replay_sql.newest_of(combined, trial.params, 1000, share=0.0) == moved


def test_a_draft_that_changes_nothing_moves_nobody(a_city: TinyCity) -> None:
    an_archive(a_city, 30)

    found = replay.try_rules(a_draft(a_city), None)

    assert (found["looked_at"], found["moved"], found["pairs"], found["sample"]) == (30, 0, [], [])


def test_only_appeals_since_a_day_of_the_city_are_looked_at(a_city: TinyCity) -> None:
    an_archive(a_city, 40)
    since = dt.date(2026, 3, 9)
    midnight = dt.datetime(2026, 3, 9, tzinfo=ZoneInfo("Europe/Helsinki"))

    found = replay.try_rules(a_draft(a_city), since)

    assert found["looked_at"] == Appeal.objects.filter(created_at__gte=midnight).count()
    assert 0 < found["looked_at"] < 40


def test_appeals_without_facts_are_counted_as_unknown(a_city: TinyCity) -> None:
    an_appeal(a_city)

    assert replay.try_rules(a_draft(a_city), None)["unknown"] == 1


CUTS = {
    "a border moved a little": {"west": shapely.box(10.0, 50.0, 10.038, 50.05), "east": EAST},
    "the gap closed": {"west": WEST, "east": shapely.box(10.04, 50.0, 10.09, 50.05)},
    "the gap moved": {"west": shapely.box(10.0, 50.0, 10.02, 50.05), "east": shapely.box(10.025, 50.0, 10.09, 50.05)},
    "an area gone": {"west": WEST},
    "one area more": {"west": WEST, "east": EAST, "north": shapely.box(10.0, 50.052, 10.1, 50.06)},
    "all otherwise": {"west": shapely.box(10.0, 50.0, 10.09, 50.02), "east": shapely.box(10.0, 50.02, 10.09, 50.05)},
}


@pytest.mark.parametrize("bulk", [True, False], ids=["all in a table", "the changed area alone"])
@pytest.mark.parametrize("cut", CUTS)
def test_another_cut_of_the_ground_replays_as_each_appeal_alone(
    a_city: TinyCity, cut: str, bulk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_archive(a_city)
    monkeypatch.setattr(replay_ground, "BULK_SHARE", -1.0 if bulk else 1e9)
    before = {one.pk: alone(one, None) for one in Appeal.objects.select_related("category")}

    outcome = replay.ground_outcome(a_city.sets["districts"], CUTS[cut], replay.Trial(None))

    Boundary.objects.filter(boundary_set=a_city.sets["districts"]).update(valid=(factories.FROM, city_time.today()))
    for code, shape in CUTS[cut].items():
        Boundary.objects.create(
            boundary_set=a_city.sets["districts"], code=code, names={}, valid=(city_time.today(), None),
            geometry=a_multipolygon(shape),
        )  # fmt: skip
    wanted: dict[tuple[int, int], int] = {}
    for appeal in Appeal.objects.select_related("category"):
        pair = (before[appeal.pk], alone(appeal, None))
        if pair[0] != pair[1]:
            wanted[pair] = wanted.get(pair, 0) + 1
    assert moved_by_replay(outcome) == wanted


@pytest.mark.parametrize("bulk", [True, False], ids=["all in a table", "the changed area alone"])
def test_on_other_ground_hour_and_answers_count_as_for_each_appeal_alone(
    a_city: TinyCity, bulk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numpy tells the hours apart here and the database above: both have to agree with `choose`, across a change of the clock."""
    an_archive(a_city)
    spring = dt.datetime(2026, 3, 28, 20, tzinfo=dt.UTC)
    for hours, appeal in enumerate(Appeal.objects.order_by("pk")[:30]):
        Appeal.objects.filter(pk=appeal.pk).update(created_at=spring + dt.timedelta(hours=hours))
    monkeypatch.setattr(replay_ground, "BULK_SHARE", -1.0 if bulk else 1e9)
    hall, east = a_city.departments["town-hall"], {"boundary_set": a_city.sets["districts"], "boundary_code": "east"}
    night = {"time_from": dt.time(22), "time_to": dt.time(6), "weekdays": [6, 7, 1]}
    timed = a_draft(a_city, {"department": hall, **east, **night}, {"department": hall, **east, "answers": {"wet": ["yes"]}})
    trial = replay.Trial(None, old_set=timed)
    cut = CUTS["all otherwise"]

    found = replay.replay(trial, replay.ground_outcome(a_city.sets["districts"], cut, trial))

    appeals = list(Appeal.objects.select_related("category"))
    before = {one.pk: alone(one, timed) for one in appeals}
    Boundary.objects.filter(boundary_set=a_city.sets["districts"]).update(valid=(factories.FROM, city_time.today()))
    for code, shape in cut.items():
        Boundary.objects.create(
            boundary_set=a_city.sets["districts"], code=code, names={}, valid=(city_time.today(), None),
            geometry=a_multipolygon(shape),
        )  # fmt: skip
    codes = {one.pk: one.code for one in a_city.departments.values()} | {0: ""}
    pairs = {one.public_id: (codes[before[one.pk]], codes[alone(one, timed)]) for one in appeals}
    assert hall.code in {pair[1] for pair in pairs.values()}
    assert ways(found) == {reference: pair for reference, pair in pairs.items() if pair[0] != pair[1]}


def test_a_changed_district_looks_at_the_appeals_in_the_changed_area_alone(a_city: TinyCity) -> None:
    an_archive(a_city)
    strip = shapely.box(10.038, 50.0, 10.04, 50.05)

    cases = replay_ground.cases_between(
        a_city.sets["districts"], {"west": WEST, "east": EAST}, {"west": shapely.difference(WEST, strip), "east": EAST},
        _params(),
    )  # fmt: skip

    assert cases.looked_at < Appeal.objects.count() / 3


def a_multipolygon(shape: shapely.Polygon) -> Any:
    return GEOSGeometry(shapely.MultiPolygon([shape]).wkt, srid=4326)


def _params() -> dict[str, Any]:
    trial = replay.Trial(None)
    trial.look_at(trial.rules)
    return trial.params
