"""A boundary set that came later is learned by the facts of earlier reports; all else in them stays, and so does what was decided."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any, Final

import pytest
from django.db import connection

from gis_data import city_time
from gis_data.models import Boundary, BoundaryDraft, BoundarySet
from issues.models import Appeal, AppealFacts, FactKey, RoutingDecision
from issues.routing import derive
from issues.routing.fact_key import from_json
from tests import factories
from tests.factories import IN_EAST, IN_WEST, NOWHERE, TinyCity, an_appeal, box

TODAY_LONG_AGO: Final = dt.date(2024, 5, 1)


@pytest.fixture
def parishes(a_city: TinyCity) -> BoundarySet:
    """A set nobody knows yet, without areas."""
    return BoundarySet.objects.create(code="parishes", names={"en": "Parishes"})


def an_area(group: BoundarySet, code: str, *corners: float, valid: Any = (factories.FROM, None)) -> Boundary:
    return Boundary.objects.create(boundary_set=group, code=code, names={"en": code.title()}, geometry=box(*corners), valid=valid)


def known(city: TinyCity, at: tuple[float, float] | None = IN_WEST, day: dt.date | None = None, **changes: Any) -> Appeal:
    """An appeal whose ground was read on ``day`` (today)."""
    appeal = an_appeal(city, at=at, **changes)
    derive.derive([appeal.pk], day)
    return appeal


def learned(group: BoundarySet) -> int:
    return sum(derive.learn(group))


def area_of(appeal: Appeal, set_code: str = "parishes") -> str | None:
    found: str | None = AppealFacts.objects.select_related("key").get(pk=appeal.pk).key.key["at"].get(set_code)
    return found


def test_an_earlier_report_learns_its_area_and_keeps_all_else(a_city: TinyCity, parishes: BoundarySet) -> None:
    inside, outside = known(a_city), known(a_city, IN_EAST)
    before = AppealFacts.objects.select_related("key").get(pk=inside.pk)
    decisions = list(RoutingDecision.objects.order_by("pk").values())
    an_area(parishes, "north", 10.0, 50.03, 10.04, 50.05)

    assert learned(parishes) == 1

    after = AppealFacts.objects.select_related("key").get(pk=inside.pk)
    assert after.key.key == {**before.key.key, "at": {"districts": "west", "parishes": "north"}}
    assert after.key_id == from_json(after.key.key).id
    assert (after.day, after.street_ref, after.asset_ref) == (before.day, before.street_ref, before.asset_ref)
    assert area_of(outside) is None
    assert FactKey.objects.filter(pk=before.key_id).exists(), "decisions may have been made on it"
    assert list(RoutingDecision.objects.order_by("pk").values()) == decisions


def test_what_is_learned_is_what_the_ground_says_when_it_is_read_anew(a_city: TinyCity, parishes: BoundarySet) -> None:
    draw = random.Random(11)
    places = [(draw.uniform(10.0, 10.1), draw.uniform(50.0, 50.06)) for _number in range(150)]
    edges = [(10.02, 50.04), (10.03, 50.02), (10.0300001, 50.0), (10.08, 50.03)]
    off_a_corner = (10.0272, 50.0518)  # 200 m to the west of it and 200 m to the north
    for at in [*places, *edges, off_a_corner, None]:
        an_appeal(a_city, at=at, state=draw.choice(["new", "done"]))
    derive.derive_missing()
    BoundarySet.objects.filter(pk=parishes.pk).update(gap_m=250)
    parishes.refresh_from_db()
    an_area(parishes, "b", 10.02, 50.01, 10.05, 50.04)
    an_area(parishes, "a", 10.03, 50.02, 10.08, 50.05)  # of two areas that hold a pin the one whose code comes first
    an_area(parishes, "c", 10.082, 50.0, 10.1, 50.06)

    learned(parishes)

    found = dict(AppealFacts.objects.values_list("appeal_id", "key_id"))
    derive.derive(list(found))
    assert dict(AppealFacts.objects.values_list("appeal_id", "key_id")) == found
    named = [one.key.key["at"].get("parishes") for one in AppealFacts.objects.select_related("key")]
    assert {"a", "b", "c", None} == set(named)


def test_again_it_changes_nothing_and_stopped_it_goes_on(
    a_city: TinyCity, parishes: BoundarySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derive, "STEP", 2)
    appeals = [known(a_city) for _number in range(5)]
    an_area(parishes, "north", 10.0, 50.03, 10.04, 50.05)

    assert next(derive.learn(parishes)) == 2
    assert sorted(area_of(one) or "" for one in appeals) == ["", "", "", "north", "north"]

    assert list(derive.learn(parishes)) == [2, 1]
    assert {area_of(one) for one in appeals} == {"north"}
    assert list(derive.learn(parishes)) == []


def test_facts_of_finished_reports_are_of_their_day_and_those_of_open_ones_of_today(
    a_city: TinyCity, parishes: BoundarySet
) -> None:
    change = dt.date(2025, 1, 1)
    done, waiting = known(a_city, day=TODAY_LONG_AGO, state="done"), known(a_city, day=TODAY_LONG_AGO)
    an_area(parishes, "old", 10.0, 50.03, 10.04, 50.05, valid=(factories.FROM, change))
    an_area(parishes, "young", 10.0, 50.03, 10.04, 50.05, valid=(change, None))

    learned(parishes)

    assert (area_of(done), area_of(waiting)) == ("old", "young")


def test_ground_that_was_in_no_area_on_the_day_stays_so_when_an_area_grows(a_city: TinyCity) -> None:
    change = dt.date(2025, 1, 1)
    done = known(a_city, NOWHERE, TODAY_LONG_AGO, state="closed")
    waiting = known(a_city, NOWHERE, TODAY_LONG_AGO)
    east = a_city.boundaries["east"]
    Boundary.objects.filter(pk=east.pk).update(valid=(factories.FROM, change))
    an_area(a_city.sets["districts"], "east", 10.045, 50.0, 10.1, 50.06, valid=(change, None))

    learned(a_city.sets["districts"])

    assert (area_of(done, "districts"), area_of(waiting, "districts")) == (None, "east")


def test_another_border_leaves_an_area_that_is_known_alone(a_city: TinyCity) -> None:
    done = known(a_city, state="done")
    Boundary.objects.filter(pk=a_city.boundaries["west"].pk).update(geometry=box(10.0, 50.0, 10.001, 50.05))
    Boundary.objects.filter(pk=a_city.boundaries["east"].pk).update(geometry=box(10.001, 50.0, 10.09, 50.05))
    assert learned(a_city.sets["districts"]) == 0
    assert area_of(done, "districts") == "west"


def test_a_set_speaks_of_earlier_days_from_its_first_day_on(a_city: TinyCity, parishes: BoundarySet) -> None:
    done = known(a_city, day=TODAY_LONG_AGO, state="done")
    an_area(parishes, "north", 10.0, 50.03, 10.04, 50.05, valid=(dt.date(2025, 1, 1), dt.date(2025, 6, 1)))
    an_area(parishes, "later", 10.0, 50.03, 10.04, 50.05, valid=(dt.date(2025, 6, 1), None))
    learned(parishes)
    assert area_of(done) == "north"


def test_a_set_that_is_still_to_come_or_was_withdrawn_is_not_learned(a_city: TinyCity, parishes: BoundarySet) -> None:
    done, waiting = known(a_city, state="done"), known(a_city)
    assert learned(parishes) == 0
    an_area(parishes, "north", 10.0, 50.03, 10.04, 50.05, valid="empty")
    assert learned(parishes) == 0
    an_area(parishes, "soon", 10.0, 50.03, 10.04, 50.05, valid=(city_time.today() + dt.timedelta(days=1), None))
    assert learned(parishes) == 0
    assert (area_of(done), area_of(waiting)) == (None, None)


def test_reports_whose_ground_was_never_read_and_those_without_a_place_are_left(a_city: TinyCity, parishes: BoundarySet) -> None:
    unread = an_appeal(a_city)
    placeless = known(a_city, None)
    an_area(parishes, "north", 10.0, 50.0, 10.1, 50.06)
    assert learned(parishes) == 0
    assert not AppealFacts.objects.filter(appeal=unread).exists()
    assert area_of(placeless) is None


def test_open_reports_that_have_yet_to_move_are_left_for_the_move(a_city: TinyCity, parishes: BoundarySet) -> None:
    done, waiting = known(a_city, state="done"), known(a_city)
    an_area(parishes, "north", 10.0, 50.03, 10.04, 50.05, valid=(city_time.today(), None))
    draft = BoundaryDraft.objects.create(boundary_set=parishes, title="First", state="published", valid_from=city_time.today())

    assert learned(parishes) == 1
    assert (area_of(done), area_of(waiting)) == ("north", None)

    BoundaryDraft.objects.filter(pk=draft.pk).update(moved_at="2026-01-01T00:00:00Z")
    assert learned(parishes) == 1
    assert area_of(waiting) == "north"


def test_facts_that_were_read_anew_meanwhile_are_not_overwritten(a_city: TinyCity, parishes: BoundarySet) -> None:
    appeal = known(a_city)
    stale = AppealFacts.objects.get(pk=appeal.pk).key_id
    an_area(parishes, "north", 10.0, 50.03, 10.04, 50.05)
    Appeal.objects.filter(pk=appeal.pk).update(point="SRID=4326;POINT(10.07 50.04)")
    derive.derive([appeal.pk])
    with connection.cursor() as cursor:
        derive._name_area(cursor, "parishes", [(appeal.pk, stale, "north")])
    assert (area_of(appeal), area_of(appeal, "districts")) == (None, "east")
