"""An area is counted by squares that are counted in advance, and by the rows of its rim."""

import random

import pytest
from django.contrib.gis.geos import Polygon

from issues.counted import COUNTED
from issues.map_layers import APPEALS
from issues.models import Appeal
from layers.counts_cover import cover
from layers.counts_sql import of_rim
from layers.declaration import BoundingBox
from layers.filters import Area
from tests.factories import TinyCity
from tests.layers.numbering import fill


@pytest.fixture
def archive(a_city: TinyCity) -> TinyCity:
    return fill(a_city)


@pytest.mark.django_db
def test_of_an_area_only_the_rim_is_read(archive: TinyCity) -> None:
    inner = cover((10.0, 50.0, 10.1, 50.06))
    assert inner is not None
    assert 20 < len(inner.squares) < 700
    table = of_rim(APPEALS, COUNTED, Area(BoundingBox("Area"), (10.0, 50.0, 10.1, 50.06)), inner)
    inside = Appeal.objects.public().filter(point__within=Polygon.from_bbox((10.0, 50.0, 10.1, 50.06))).count()
    assert sum(n for _codes, n in table.rows) < inside / 5


def test_squares_lie_inside_the_box_side_by_side_and_leave_a_narrow_rim() -> None:
    dice = random.Random(3)
    for _ in range(60):
        lon, lat, wide, high = (
            dice.uniform(-179, 170),
            dice.uniform(-84, 80),
            10 ** dice.uniform(-3, 1),
            10 ** dice.uniform(-3, 0.6),
        )
        inner = cover((lon, lat, lon + wide, lat + high))
        if inner is None:
            assert min(wide, high) < max(0.02, wide / 16, high / 16), "too small, or too narrow"
            continue
        units = sum(4 ** (26 - one.level) for one in inner.squares)
        assert units == (inner.east - inner.west + 1) * (inner.south - inner.north + 1), "neither gaps nor overlaps"
        assert lon < inner.west / 2**26 * 360 - 180 < (inner.east + 1) / 2**26 * 360 - 180 < lon + wide
        assert len(inner.squares) < 1_000
