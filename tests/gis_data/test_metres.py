"""Boxes in degrees around circles in metres."""

from __future__ import annotations

import math

import pytest
from django.db import connection

from gis_data.metres import box


@pytest.mark.django_db
@pytest.mark.parametrize("lat", [0.0, 42.36, -33.9, 60.17, 70.0])
@pytest.mark.parametrize("metres", [30.0, 500.0])
def test_the_box_holds_the_circle_on_the_spheroid_and_little_more(lat: float, metres: float) -> None:
    east, north = box(metres, lat)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(abs(ST_X(at) - 25)), max(abs(ST_Y(at) - %s)) FROM generate_series(0, 359) AS degree,"
            " LATERAL (SELECT ST_Project(ST_MakePoint(25, %s)::geography, %s, radians(degree))::geometry AS at) AS edge",
            [lat, lat, metres],
        )
        furthest_east, furthest_north = cursor.fetchone()
    assert furthest_east <= east <= furthest_east * 1.03
    assert furthest_north <= north <= furthest_north * 1.03


@pytest.mark.parametrize("lat", [90.0, -90.0, 89.99])
def test_a_pole_has_a_box_too(lat: float) -> None:
    assert all(math.isfinite(side) and side > 0 for side in box(500, lat))
