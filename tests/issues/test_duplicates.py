"""What is reported near a pin already."""

from __future__ import annotations

import datetime as dt
import math
import random

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gis_data.metres import metres_per_degree
from issues.duplicates import near
from issues.models import Appeal, Category
from tests.factories import IN_WEST, TinyCity, an_appeal

pytestmark = pytest.mark.django_db

LON, LAT = IN_WEST


def metres_east(metres: float) -> tuple[float, float]:
    return LON + metres / (111_320 * math.cos(math.radians(LAT))), LAT


def test_the_nearest_come_first_and_no_more_than_five(a_city: TinyCity) -> None:
    made = [an_appeal(a_city, at=metres_east(distance)) for distance in (90, 10, 50, 70, 30, 60, 20)]

    with CaptureQueriesContext(connection) as queries:
        found = near(LON, LAT, "pothole")

    assert len(queries) == 1
    assert [one.distance_m for one in found] == [10, 20, 30, 50, 60]
    assert found[0].public_id == made[1].public_id
    assert (found[0].category, found[0].state, round(found[0].lat, 6)) == ("pothole", "new", LAT)
    assert found[0].category_names["ru"] == "Яма"


def test_the_same_group_counts_and_another_category_does_not(a_city: TinyCity) -> None:
    lamp = an_appeal(a_city, category="lamp")
    an_appeal(a_city, category="tree")

    assert [one.public_id for one in near(LON, LAT, "pothole")] == [lamp.public_id]
    assert len(near(LON, LAT, "tree")) == 1


def test_each_category_says_how_near_is_near(a_city: TinyCity) -> None:
    an_appeal(a_city, at=metres_east(150))
    assert near(LON, LAT, "pothole") == []

    Category.objects.update(near_m=200)
    assert len(near(LON, LAT, "pothole")) == 1


@pytest.mark.parametrize("visibility", ["held", "private", "hidden"])
def test_what_is_not_public_is_not_near(a_city: TinyCity, visibility: str) -> None:
    an_appeal(a_city, visibility=visibility)

    assert near(LON, LAT, "pothole") == []


def test_old_closed_ones_and_joined_ones_are_left_out(a_city: TinyCity) -> None:
    now = timezone.now()
    fresh = an_appeal(a_city, state="done", closed_at=now - dt.timedelta(days=29))
    an_appeal(a_city, state="done", closed_at=now - dt.timedelta(days=31))
    an_appeal(a_city, state="closed", closed_at=now, parent=fresh)

    assert [one.public_id for one in near(LON, LAT, "pothole")] == [fresh.public_id]


@pytest.mark.parametrize(
    ("lon", "lat"), [(float("nan"), 50.0), (10.0, float("inf")), (10.0, 91.0), (1e9, 50.0), (0.0, 90.0), (180.0, -90.0)]
)
def test_places_that_are_none_have_no_neighbours(a_city: TinyCity, lon: float, lat: float) -> None:
    assert near(lon, lat, "pothole") == []


@pytest.mark.parametrize("category", ["", "unicorn", "\ud800"])
def test_an_unknown_category_has_no_neighbours(a_city: TinyCity, category: str) -> None:
    assert near(LON, LAT, category) == []


_BY_GEOGRAPHY = """
SELECT a.public_id, round(ST_Distance(a.point::geography, pin.at))::int AS metres
FROM issues_appeal AS a, (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography AS at) AS pin
WHERE ST_DWithin(a.point::geography, pin.at, %(near_m)s) AND a.category_id IN (SELECT id FROM issues_category WHERE code = 'pothole')
ORDER BY metres, a.id DESC LIMIT 5"""


@pytest.mark.parametrize("lat", [0.0, -33.9, 60.2, -78.4, 87.9, 88.5, 89.0])
@pytest.mark.parametrize("near_m", [1, 100, 500])
def test_the_answer_is_that_of_the_spheroid_at_any_latitude(a_city: TinyCity, lat: float, near_m: int) -> None:
    """Reports all around, many of them just within or just beyond the circle."""
    draw = random.Random(f"{lat} {near_m}")
    Category.objects.update(near_m=near_m)
    pothole = a_city.categories["pothole"]
    east, north = metres_per_degree(lat)
    rows = []
    for number in range(150):
        angle, metres = (
            draw.uniform(0, 2 * math.pi),
            near_m * draw.choice([draw.random(), draw.gauss(1, 0.01), draw.gauss(1, 0.0005)]),
        )
        at = Point(24.9 + metres * math.cos(angle) / east, lat + metres * math.sin(angle) / north, srid=4326)
        rows.append(Appeal(public_id=f"g{number:07}", category=pothole, point=at))
    Appeal.objects.bulk_create(rows)
    for _pin in range(8):
        angle = draw.uniform(0, 2 * math.pi)
        away = near_m * draw.random()
        lon, pin_lat = 24.9 + away * math.cos(angle) / east, lat + away * math.sin(angle) / north
        with connection.cursor() as cursor:
            cursor.execute(_BY_GEOGRAPHY, {"lon": lon, "lat": pin_lat, "near_m": near_m})
            expected = cursor.fetchall()

        assert [(one.public_id, one.distance_m) for one in near(lon, pin_lat, "pothole")] == expected
