"""Crews and staff follow their area to its newer version on the day it comes into force, and are reported where there is none."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.contrib.gis.geos import Point

from accounts.areas import follow_versions, use_of_areas
from accounts.models import Crew, Membership, Role
from gis_data.models import Boundary
from issues.models import Appeal
from tests.factories import FROM, IN_EAST, IN_WEST, TinyCity, an_appeal, box

CHANGE: Final = dt.date(2030, 5, 1)
BEFORE: Final = CHANGE - dt.timedelta(days=1)


def a_newer_version(city: TinyCity, code: str = "west") -> Boundary:
    """From `CHANGE` on the area reaches further to the east."""
    old = city.boundaries[code]
    Boundary.objects.filter(pk=old.pk).update(valid=(FROM, CHANGE))
    row = {"boundary_set": old.boundary_set, "code": code, "names": old.names}
    return Boundary.objects.create(**row, geometry=box(10.0, 50.0, 10.08, 50.05), valid=(CHANGE, None))


def test_a_crew_and_a_clerk_follow_on_the_first_day_and_not_before(a_city: TinyCity) -> None:
    newer = a_newer_version(a_city)
    crew, clerk = a_city.crews["roads-west"], a_city.people["clerk-west"]
    assert follow_versions(BEFORE) == []
    assert Crew.objects.get(pk=crew.pk).area_id == a_city.boundaries["west"].pk
    assert follow_versions(CHANGE) == []
    assert Crew.objects.get(pk=crew.pk).area_id == newer.pk
    assert clerk.memberships.get().area_id == newer.pk
    assert Crew.objects.get(code="parks-east").area_id == a_city.boundaries["east"].pk
    assert follow_versions(CHANGE) == []


def test_a_clerk_who_followed_sees_the_ground_that_was_won(a_city: TinyCity) -> None:
    a_newer_version(a_city)
    clerk = a_city.people["clerk-west"]
    won = an_appeal(a_city, at=IN_EAST)
    held = an_appeal(a_city, at=IN_WEST)
    assert set(Appeal.objects.visible_to(clerk)) == {held}
    follow_versions(CHANGE)
    assert set(Appeal.objects.visible_to(clerk)) == {held, won}


def test_an_area_that_ends_without_a_successor_is_left_and_reported(a_city: TinyCity) -> None:
    old = a_city.boundaries["west"]
    Boundary.objects.filter(pk=old.pk).update(valid=(FROM, CHANGE))
    crew, clerk = a_city.crews["roads-west"], a_city.people["clerk-west"].memberships.get()
    left = follow_versions(CHANGE)
    assert [(type(one.whose), one.whose.pk, one.area.boundary_set.code, one.area.code) for one in left] == [
        (Crew, crew.pk, "districts", "west"),
        (Membership, clerk.pk, "districts", "west"),
    ]
    crew.refresh_from_db()
    assert crew.area_id == old.pk


def test_the_same_code_in_another_set_is_no_successor(a_city: TinyCity) -> None:
    Boundary.objects.filter(pk=a_city.boundaries["west"].pk).update(valid=(FROM, CHANGE))
    row = {"boundary_set": a_city.sets["zones"], "code": "west", "names": {"en": "West zone"}}
    Boundary.objects.create(**row, geometry=box(10.0, 50.0, 10.01, 50.01), valid=(CHANGE, None))
    assert len(follow_versions(CHANGE)) == 2


def test_a_right_held_for_both_versions_becomes_one(a_city: TinyCity) -> None:
    newer = a_newer_version(a_city)
    clerk = a_city.people["clerk-west"]
    Membership.objects.create(user=clerk, role=Role.CLERK, department=a_city.departments["roads"], area=newer)
    follow_versions(CHANGE)
    assert clerk.memberships.get().area_id == newer.pk


def test_a_withdrawn_version_is_left_for_the_one_in_force(a_city: TinyCity) -> None:
    newer = a_newer_version(a_city)
    Crew.objects.filter(code="roads-west").update(area=newer)
    row = {"boundary_set": newer.boundary_set, "code": "west", "names": newer.names}
    Boundary.objects.filter(pk=newer.pk).update(valid="empty")
    last = Boundary.objects.create(**row, geometry=box(10.0, 50.0, 10.05, 50.05), valid=(CHANGE, None))
    follow_versions(CHANGE)
    assert Crew.objects.get(code="roads-west").area_id == last.pk


def test_who_works_where_is_told_by_code_whatever_version_they_name(a_city: TinyCity) -> None:
    newer = a_newer_version(a_city)
    Crew.objects.create(code="second", department=a_city.departments["roads"], names={"en": "Second"}, area=newer)
    Crew.objects.create(code="gone", department=a_city.departments["roads"], names={"en": "Gone"}, area=newer, active=False)
    use = use_of_areas("districts")
    assert set(use) == {"west", "east"}
    assert sorted(names["en"] for names in use["west"].crews) == ["Crew roads-west", "Second"]
    assert (use["west"].memberships, use["east"].memberships) == (1, 0)
    assert Boundary.objects.covering(Point(*IN_WEST, srid=4326), on=CHANGE).get() == newer
