"""Shapes near a pin for a small drawing: cut to its surroundings, valid, and no more of them than were named."""

from __future__ import annotations

import math
from typing import Any

import pytest
import shapely
from django.contrib.gis.geos import LineString, MultiLineString, MultiPolygon, Point, Polygon
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gis_data import shapes
from gis_data.models import Asset, Boundary, Street
from tests.factories import FROM, IN_WEST, TinyCity

pytestmark = pytest.mark.django_db

LON, LAT = 10.0395, 50.02  # 36 m west of the eastern border of "west", inside "ring"


def metres_wide(geometry: Any) -> float:
    west, _south, east, _north = geometry.bounds
    return float((east - west) * 111_320 * math.cos(math.radians(LAT)))


def star(points: int) -> MultiPolygon:
    """A wreath of very many corners around Testville's south: radius 2 km to 3 km."""
    places = []
    for number in range(points):
        turn, radius = 2 * math.pi * number / points, 0.03 if number % 2 else 0.02
        places.append((LON + radius * math.cos(turn), LAT + radius * math.sin(turn)))
    return MultiPolygon(Polygon([*places, places[0]]), srid=4326)


def test_areas_streets_and_assets_come_by_their_numbers_with_their_part(a_city: TinyCity) -> None:
    Street.objects.create(
        source_id="s1", names={"en": "Main"}, geometry=MultiLineString(LineString((10, LAT), (10.09, LAT)), srid=4326)
    )
    Asset.objects.create(source_id="a1", kind="lamp", names={"en": "Lamp 7"}, geometry=Point(LON, LAT, srid=4326))
    west, ring = a_city.boundaries["west"].pk, a_city.boundaries["ring"].pk
    found = shapes.read({"here": [west], "across": [ring], "street": "s1", "asset": "a1"}, LON, LAT, 300)
    assert {one.part: one.names["en"] for one in found} == {"here": "West", "across": "Ring", "street": "Main", "asset": "Lamp 7"}
    assert all(one.geometry.is_valid and not one.geometry.is_empty for one in found)


def test_a_shape_of_many_thousand_corners_is_cut_to_the_surroundings(a_city: TinyCity) -> None:
    row = Boundary.objects.create(
        boundary_set=a_city.sets["zones"], code="star", names={"en": "Star"}, geometry=star(6600), valid=(FROM, None)
    )
    (cut,) = shapes.read({"here": [row.pk]}, LON + 0.025, LAT, 300)
    assert shapely.get_num_coordinates(cut.geometry) < 1000
    assert metres_wide(cut.geometry) < 700
    assert cut.geometry.is_valid


def test_all_of_it_is_one_query_and_nothing_named_is_none(a_city: TinyCity) -> None:
    ids = [a_city.boundaries[code].pk for code in ("west", "east", "ring")]
    with CaptureQueriesContext(connection) as asked:
        assert len(shapes.read({"here": ids[:1], "across": ids[1:]}, LON, LAT, 600)) == 3
        assert shapes.read({}, LON, LAT, 600) == []
    assert len(asked) == 1


def test_what_is_gone_or_far_away_is_left_out(a_city: TinyCity) -> None:
    east = a_city.boundaries["east"].pk
    assert shapes.read({"here": [east, 999_999], "street": "gone", "asset": "gone"}, *IN_WEST, 600) == []


@pytest.mark.parametrize(
    "numbers",
    [
        {"here": "west"},
        {"here": [True, 1.5, "1", None, -1, 0, 2**63, 10**30]},
        {"across": {"a": 1}},
        {"street": "'; DROP TABLE gis_data_street; --", "asset": "%s"},
        {"here": list(range(1, 10_000))},
    ],
)
def test_a_reason_that_was_tampered_with_reads_nothing_odd(a_city: TinyCity, numbers: dict[str, Any]) -> None:
    Boundary.objects.count()
    for shape in shapes.read(numbers, *IN_WEST, 600):
        assert shape.part in {"here", "across"}
    assert Street.objects.count() == 0
