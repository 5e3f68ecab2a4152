"""Where a report lies: outside, exchanged, in a gap, on a border."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.gis.geos import Polygon

from issues import intake
from issues.errors import OutsideCity, SwappedCoordinates
from issues.models import Appeal, Event, IntakeKey, Reporter, RoutingDecision
from notifications.models import OutboxMessage
from tests import factories
from tests.factories import TinyCity, a_submission

pytestmark = pytest.mark.django_db


def rows_written() -> dict[str, int]:
    tables: tuple[Any, ...] = (Appeal, Reporter, Event, RoutingDecision, OutboxMessage, IntakeKey)
    return {table.__name__: table.objects.count() for table in tables}


def test_a_pin_outside_the_city_is_refused_with_a_sentence(a_city: TinyCity) -> None:
    with pytest.raises(OutsideCity) as refused:
        intake.submit(a_submission(lon=factories.OUTSIDE[0], lat=factories.OUTSIDE[1]))

    assert "outside the city" in str(refused.value)
    assert sum(rows_written().values()) == 0


def test_exchanged_coordinates_come_with_the_corrected_pair(a_city: TinyCity) -> None:
    lon, lat = factories.IN_WEST

    with pytest.raises(SwappedCoordinates) as refused:
        intake.submit(a_submission(lon=lat, lat=lon))

    assert (refused.value.lon, refused.value.lat) == (lon, lat)
    assert sum(rows_written().values()) == 0


def test_latitudes_beyond_the_pole_are_seen_as_exchanged_where_that_fits(a_city: TinyCity) -> None:
    far_east = Polygon.from_bbox((131.0, 43.0, 132.0, 44.0))
    type(a_city.city).objects.update(bounds=far_east)

    with pytest.raises(SwappedCoordinates):
        intake.submit(a_submission(lon=43.1, lat=131.9))
    with pytest.raises(OutsideCity):
        intake.submit(a_submission(lon=10.0, lat=131.9))


def test_a_pin_in_a_gap_is_saved_with_the_nearest_district_and_marked(a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission(lon=factories.IN_GAP[0], lat=factories.IN_GAP[1]))

    appeal = Appeal.objects.get(public_id=receipt.public_id)
    assert appeal.district == a_city.boundaries["west"]
    assert "gap" in appeal.flags
    assert appeal.decisions.get().reason["district"]["gap_m"] == 107


def test_a_pin_far_from_every_district_waits_for_a_dispatcher(a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission(category="lamp", answers={}, lon=factories.NOWHERE[0], lat=factories.NOWHERE[1]))

    appeal = Appeal.objects.get(public_id=receipt.public_id)
    assert receipt.department is None
    assert appeal.department is None
    assert appeal.district is None
    assert "open" in appeal.flags
    assert appeal.decisions.get().reason["how"] == "nobody"
    assert not OutboxMessage.objects.filter(payload__to="department").exists()


def test_a_pin_near_a_border_says_so(a_city: TinyCity) -> None:
    west = a_city.boundaries["west"]
    west.geometry = factories.box(10.0, 50.0, 10.0449, 50.05)
    west.save()

    receipt = intake.submit(a_submission(category="tree", answers={}, lon=10.0448, lat=50.04))

    appeal = Appeal.objects.get(public_id=receipt.public_id)
    assert "border" in appeal.flags
    assert appeal.decisions.get().reason["border"]["department"]["code"] == "roads"
    assert appeal.decisions.get().reason["district"]["next"] == {"code": "east", "names": {"en": "East", "ru": "Восток"}, "m": 14}


def test_a_rule_of_the_district_next_door_does_not_reach_over(a_city: TinyCity) -> None:
    west = a_city.boundaries["west"]
    west.geometry = factories.box(10.0, 50.0, 10.045, 50.05)
    west.save()

    receipt = intake.submit(a_submission(category="tree", answers={}, lon=10.0440, lat=50.04))

    assert receipt.department == a_city.departments["parks"].names


def test_on_a_common_border_the_first_code_wins(a_city: TinyCity) -> None:
    west = a_city.boundaries["west"]
    west.geometry = factories.box(10.0, 50.0, 10.045, 50.05)
    west.save()

    receipt = intake.submit(a_submission(lon=10.045, lat=50.04))

    assert Appeal.objects.get(public_id=receipt.public_id).district == a_city.boundaries["east"]


def test_a_changed_boundary_counts_at_once(a_city: TinyCity) -> None:
    intake.submit(a_submission())
    a_city.boundaries["west"].geometry = factories.box(10.02, 50.0, 10.04, 50.05)
    a_city.boundaries["west"].save()

    receipt = intake.submit(a_submission(category="lamp", answers={}))

    assert receipt.department is None
