"""The nightly look at the boundaries finds what is wrong with each set, once, and one broken set hides no other."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.management import CommandError, call_command

from citymap.celery import app
from gis_data import city_time, nightly
from gis_data.models import Boundary, BoundaryFlaw, BoundarySet
from tests.factories import FROM, TinyCity, box


def add(group: BoundarySet, code: str, west: float, east: float, **changes: Any) -> Boundary:
    row = {"names": {"en": code}, "geometry": box(west, 50.0, east, 50.05), "valid": (FROM, None)}
    return Boundary.objects.create(boundary_set=group, code=code, **{**row, **changes})


def found() -> list[tuple[str, str, list[str]]]:
    return list(BoundaryFlaw.objects.order_by("boundary_set__code", "kind").values_list("boundary_set__code", "kind", "codes"))


@pytest.fixture
def flawed(a_city: TinyCity) -> TinyCity:
    """A third district that overlaps the east; zones with a gap of 36 m, where no gaps are looked for, and an overlap."""
    add(a_city.sets["districts"], "third", 10.08, 10.095)
    add(a_city.sets["zones"], "left", 10.07, 10.08)
    add(a_city.sets["zones"], "right", 10.0805, 10.09)
    return a_city


def test_flaws_are_found_with_their_place_and_the_second_run_doubles_nothing(flawed: TinyCity) -> None:
    for _run in range(2):
        nightly.check_boundary_sets()
        assert found() == [("districts", "overlap", ["east", "third"])]
    flaw = BoundaryFlaw.objects.get()
    assert flaw.geometry.extent == pytest.approx((10.08, 50.0, 10.09, 50.05), abs=1e-6)
    assert flaw.area_m2 == pytest.approx(716 * 5562, rel=0.01)
    assert flaw.found_on == city_time.today()


def test_gaps_count_where_a_set_is_meant_to_cover_the_city(flawed: TinyCity) -> None:
    BoundarySet.objects.filter(code="zones").update(gap_m=50)
    nightly.check_boundary_sets()
    assert ("zones", "gap", ["left", "right"]) in found()
    BoundarySet.objects.filter(code="zones").update(gap_m=None)
    nightly.check_boundary_sets()
    assert [row for row in found() if row[0] == "zones"] == []


def test_only_what_is_in_force_today_is_judged(flawed: TinyCity) -> None:
    today = city_time.today()
    Boundary.objects.filter(code="third").update(valid=(FROM, today))
    add(flawed.sets["districts"], "next", 10.08, 10.095, valid=(today + dt.timedelta(days=1), None))
    nightly.check_boundary_sets()
    assert found() == []
    assert nightly.check_set(flawed.sets["districts"], today + dt.timedelta(days=1)).flaws == {"overlap": 1}


def test_what_was_mended_is_forgotten(flawed: TinyCity) -> None:
    nightly.check_boundary_sets()
    Boundary.objects.filter(code="third").update(geometry=box(10.09, 50.0, 10.095, 50.05))
    nightly.check_boundary_sets()
    assert found() == []


def a_broken_shape(group: BoundarySet) -> None:
    """An area whose border crosses itself, as no reader of ours would store it; its neighbours make GEOS stumble over it."""
    tie = MultiPolygon(Polygon(((10.0, 50.0), (10.02, 50.05), (10.02, 50.0), (10.0, 50.05), (10.0, 50.0))), srid=4326)
    add(group, "tie", 0, 1, geometry=tie)


def test_one_broken_set_keeps_what_was_known_and_stops_no_other(flawed: TinyCity, caplog: pytest.LogCaptureFixture) -> None:
    nightly.check_boundary_sets()
    broken = flawed.sets["zones"]
    known = BoundaryFlaw.objects.create(
        boundary_set=broken,
        kind="overlap",
        codes=["a", "b"],
        geometry=box(10, 50, 10.01, 50.01),
        area_m2=1,
        width_m=1,
        found_on=FROM,
    )
    Boundary.objects.filter(code="third").delete()
    a_broken_shape(broken)
    checked = {one.boundary_set: one for one in nightly.check_all()}
    assert "GEOSException" in checked["zones"].error
    assert checked["districts"].error == ""
    assert list(BoundaryFlaw.objects.all()) == [known]
    assert "zones could not be checked" in caplog.text


def test_beat_knows_the_nightly_check() -> None:
    (entry,) = nightly.BEAT.values()
    assert entry["task"] == nightly.check_boundary_sets.name
    app.loader.import_default_modules()
    assert entry["task"] in app.tasks
    assert app.conf.beat_schedule["boundaries-check"] == entry


def test_the_command_prints_a_line_for_each_set_and_keeps_what_it_found(flawed: TinyCity) -> None:
    out = io.StringIO()
    call_command("check_boundaries", stdout=out)
    lines = {line.split()[0]: line.split()[1:5] for line in out.getvalue().splitlines()}
    assert lines["set"] == ["areas", "gaps", "overlaps", "slivers"]
    assert lines["districts"] == ["3", "0", "1", "0"]
    assert lines["zones"] == ["3", "0", "0", "0"]
    assert found() == [("districts", "overlap", ["east", "third"])]


def test_the_command_names_what_it_does_not_know_and_what_it_could_not_do(flawed: TinyCity) -> None:
    with pytest.raises(CommandError, match="no boundary set nothing"):
        call_command("check_boundaries", "districts", "nothing", stdout=io.StringIO())
    assert found() == []
    a_broken_shape(flawed.sets["zones"])
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 of the sets"):
        call_command("check_boundaries", "zones", stdout=out)
    assert "could not be looked at: GEOSException" in out.getvalue()
