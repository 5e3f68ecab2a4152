"""Boundaries published for a later day are taken back: the day changes nothing, later plans stay, and the draft can be edited."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import pytest
import shapely
from django.contrib.gis.geos import Point, Polygon
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pghistory.models import Events
from shapely import MultiPolygon

from gis_data import city_time
from gis_data.drafts import DraftClosed, WithdrawalRefused, choose_columns, new_draft, publish_draft, withdraw_draft
from gis_data.models import Boundary, BoundaryDraft, BoundarySet, City
from gis_data.upload import Upload, UploadedArea
from gis_data.versions import Area, drop_day, next_change, put_versions, shape_of

pytestmark = pytest.mark.django_db

D2020: Final = dt.date(2020, 1, 1)
Look = dict[str, tuple[int, int]]
BEFORE: Final[Look] = {"west": (0, 4), "east": (4, 9)}
MOVED: Final[Look] = {"west": (0, 5), "east": (5, 9)}
OTHER: Final[Look] = {"west": (0, 3), "mid": (3, 9)}


@pytest.fixture
def group() -> BoundarySet:
    """Two districts, side by side, in a small city."""
    City.objects.create(
        pack="t", names={"en": "T"}, languages=["en"], time_zone="UTC", currency="EUR",
        bounds=Polygon.from_bbox((10, 50, 10.1, 50.05)), centre=Point(10.05, 50.02, srid=4326),
    )  # fmt: skip
    found = BoundarySet.objects.create(code="districts", names={"en": "Districts"})
    put_versions(found, areas_of(BEFORE), D2020)
    return found


def shape(west: int, east: int) -> MultiPolygon:
    """A strip of hundredths of a degree."""
    return MultiPolygon([shapely.box(10 + west / 100, 50.0, 10 + east / 100, 50.05)])


def areas_of(look: Look) -> dict[str, Area]:
    return {code: Area(code, {"en": code.title()}, shape(*edges)) for code, edges in look.items()}


def later(days: int) -> dt.date:
    return city_time.today() + dt.timedelta(days=days)


def published(group: BoundarySet, look: Look, days: int, title: str = "Draft") -> BoundaryDraft:
    """A draft of this look, in force so many days from now."""
    rows = [UploadedArea(n, {"code": c, "name": c.title()}, shape(*edges), "") for n, (c, edges) in enumerate(look.items(), 1)]
    draft = new_draft(group, title, Upload(tuple(rows), ("code", "name"), 4326, ()))
    publish_draft(draft, later(days), moves_open=True)
    draft.refresh_from_db()
    return draft


def seen(group: BoundarySet, day: dt.date) -> Look:
    """The look of the set on a day."""
    found = {}
    for one in Boundary.objects.on(day).filter(boundary_set=group):
        west, _south, east, _north = shape_of(one).bounds
        found[one.code] = (round((west - 10) * 100), round((east - 10) * 100))
    return found


def plan(group: BoundarySet, *days: int) -> list[Look]:
    return [seen(group, later(number)) for number in days]


def in_force(group: BoundarySet) -> list[tuple[int, Any]]:
    """The rows of the set that have days."""
    rows = Boundary.objects.filter(boundary_set=group).exclude(valid__isempty=True).order_by("pk")
    return list(rows.values_list("pk", "valid"))


def test_what_was_in_force_keeps_its_rows_and_days(group: BoundarySet) -> None:
    before = in_force(group)
    draft = published(group, OTHER, 5)
    assert plan(group, 4, 5) == [BEFORE, OTHER]

    withdraw_draft(draft)

    assert in_force(group) == before
    assert plan(group, 4, 5, 6, 500) == [BEFORE] * 4
    assert Boundary.objects.filter(valid__isempty=True).count() == 2, "their shapes stay for what refers to them"


def test_the_draft_can_be_edited_and_published_again_and_its_story_is_kept(group: BoundarySet) -> None:
    draft = published(group, MOVED, 5)
    withdraw_draft(draft)

    draft.refresh_from_db()
    assert (draft.state, draft.valid_from, draft.moves_open, draft.moved_at) == ("draft", None, True, None)
    choose_columns(draft, "code", {"en": "name"})
    publish_draft(draft, later(2), moves_open=False)
    assert plan(group, 1, 2, 5) == [BEFORE, MOVED, MOVED]
    states = Events.objects.tracks(draft).order_by("pgh_created_at", "pgh_id").values_list("pgh_data__state", flat=True)
    assert [one for one, after in zip(states, [*states[1:], ""], strict=True) if one != after] == [
        "draft", "published", "draft", "published",
    ]  # fmt: skip


def test_a_later_look_stays_as_planned(group: BoundarySet) -> None:
    first = published(group, MOVED, 5)
    published(group, {"west": (0, 5), "east": (5, 7), "new": (7, 9)}, 10)  # the west as the first has it
    withdraw_draft(first)
    assert plan(group, 4, 5, 9, 10, 500) == [BEFORE] * 3 + [{"west": (0, 5), "east": (5, 7), "new": (7, 9)}] * 2


def test_the_later_one_of_two_goes_and_the_earlier_stays(group: BoundarySet) -> None:
    published(group, MOVED, 5)
    last = published(group, OTHER, 10)
    withdraw_draft(last)
    assert plan(group, 4, 5, 10, 500) == [BEFORE, MOVED, MOVED, MOVED]


def test_one_put_before_a_planned_look_goes_again_without_a_trace(group: BoundarySet) -> None:
    smaller: Look = {"west": (0, 4), "east": (4, 8)}
    published(group, smaller, 10)
    before = in_force(group)
    draft = published(group, OTHER, 5)
    assert plan(group, 4, 5, 9, 10) == [BEFORE, OTHER, OTHER, smaller]

    withdraw_draft(draft)

    assert in_force(group) == before
    assert plan(group, 4, 5, 9, 10) == [BEFORE, BEFORE, BEFORE, smaller]


def test_an_area_that_was_to_end_later_anyway_ends_then(group: BoundarySet) -> None:
    published(group, {"west": (0, 4)}, 10)
    earlier = published(group, {"west": (0, 4)}, 5)
    assert next_change(group, later(5)) is None, "the plan of the tenth day cannot be seen any more"
    withdraw_draft(earlier)
    assert plan(group, 4, 5, 9, 10) == [BEFORE, BEFORE, BEFORE, {"west": (0, 4)}]


def test_a_look_that_changes_nothing_is_withdrawn_as_well(group: BoundarySet) -> None:
    before = in_force(group)
    withdraw_draft(published(group, BEFORE, 5))
    assert in_force(group) == before


def test_the_first_areas_of_a_set_go_and_leave_it_empty(group: BoundarySet) -> None:
    zones = BoundarySet.objects.create(code="zones", names={"en": "Zones"})
    withdraw_draft(published(zones, MOVED, 5))
    assert plan(zones, 4, 5, 500) == [{}, {}, {}]
    assert plan(group, 5) == [BEFORE], "another set with the same codes is not touched"


def test_from_its_first_day_on_it_is_too_late(group: BoundarySet) -> None:
    draft = published(group, MOVED, 0)
    rows = in_force(group)
    with pytest.raises(WithdrawalRefused, match="are in force and can no longer be withdrawn"):
        withdraw_draft(draft)
    assert in_force(group) == rows
    draft.refresh_from_db()
    assert draft.state == "published"


def test_a_draft_and_one_withdrawn_already_are_refused(group: BoundarySet) -> None:
    draft = published(group, MOVED, 5)
    withdraw_draft(draft)
    rows = in_force(group)
    with pytest.raises(WithdrawalRefused, match="not published"):
        withdraw_draft(draft)
    assert in_force(group) == rows


def test_one_that_was_replaced_on_its_day_becomes_a_draft_and_its_successor_stays(group: BoundarySet) -> None:
    first, second = published(group, OTHER, 5, "First"), published(group, MOVED, 5, "Second")
    with pytest.raises(WithdrawalRefused, match="published for the same day: First"):
        withdraw_draft(second)
    assert plan(group, 4, 5) == [BEFORE, MOVED]

    withdraw_draft(first)
    assert plan(group, 4, 5) == [BEFORE, MOVED]
    withdraw_draft(second)
    assert plan(group, 4, 5) == [BEFORE, BEFORE]
    assert set(BoundaryDraft.objects.values_list("state", flat=True)) == {"draft"}


def test_the_same_look_published_twice_is_taken_back_twice(group: BoundarySet) -> None:
    first, second = published(group, MOVED, 5), published(group, MOVED, 5)
    withdraw_draft(second)
    assert plan(group, 4, 5) == [BEFORE, MOVED]
    withdraw_draft(first)
    assert plan(group, 4, 5) == [BEFORE, BEFORE]


@pytest.mark.parametrize(
    "areas",
    [
        {"west": Area("west", {"en": "West"}, shape(0, 6))},
        {"west": Area("west", {"en": "The West"}, shape(0, 5))},
        {"new": Area("new", {"en": "New"}, shape(9, 10))},
    ],
    ids=["another shape", "another name", "one more area"],
)
def test_what_a_file_wrote_over_it_since_is_not_guessed_at(group: BoundarySet, areas: dict[str, Area]) -> None:
    draft = published(group, MOVED, 5)
    put_versions(group, areas, later(5))
    rows = in_force(group)
    with pytest.raises(WithdrawalRefused, match="cannot be taken back exactly"):
        withdraw_draft(draft)
    assert in_force(group) == rows
    draft.refresh_from_db()
    assert (draft.state, draft.valid_from) == ("published", later(5))


def test_a_withdrawn_one_is_closed_to_nothing_and_a_published_one_to_everything_else(group: BoundarySet) -> None:
    draft = published(group, MOVED, 5)
    with pytest.raises(DraftClosed):
        choose_columns(draft, "code", {})
    withdraw_draft(draft)
    choose_columns(draft, "name", {})
    draft.refresh_from_db()
    assert draft.code_column == "name"


STRIPS = st.tuples(st.integers(0, 8), st.integers(0, 8)).map(lambda pair: (min(pair), max(pair) + 1))
LOOKS = st.dictionaries(st.sampled_from("abcd"), STRIPS, max_size=4)
SOME_AREAS = st.dictionaries(st.sampled_from(["west", "east", "mid"]), STRIPS, min_size=1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 6), LOOKS), min_size=1, max_size=4), dropped=st.integers(1, 6))
def test_whatever_is_planned_a_day_that_is_dropped_looks_as_the_day_before_and_no_other_changes(
    group: BoundarySet, steps: list[tuple[int, Look]], dropped: int
) -> None:
    Boundary.objects.all().delete()
    days = [D2020 + dt.timedelta(days=number) for number in range(8)]
    for start, look in steps:
        put_versions(group, areas_of(look), days[start], correct=False)
    looks = [seen(group, day) for day in days]
    planned = next_change(group, days[dropped])
    stop = days.index(planned) if planned else len(days)

    drop_day(group, days[dropped])

    looks[dropped:stop] = [looks[dropped - 1]] * (stop - dropped)
    assert [seen(group, day) for day in days] == looks


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.sampled_from([2, 4, 6]), SOME_AREAS), max_size=3),
    last=st.sampled_from([1, 3, 5]),
    look=SOME_AREAS,
)
def test_what_is_published_on_a_day_of_its_own_and_withdrawn_leaves_every_day_as_it_was(
    group: BoundarySet, steps: list[tuple[int, Look]], last: int, look: Look
) -> None:
    BoundaryDraft.objects.all().delete()
    Boundary.objects.all().delete()
    put_versions(group, areas_of(BEFORE), D2020)
    for days, strips in steps:
        published(group, strips, days)
    before = plan(group, *range(9))

    withdraw_draft(published(group, look, last))

    assert plan(group, *range(9)) == before
