"""Which square of the ground a tile is."""

import math

import pytest
from django.contrib.gis.geos import Point
from hypothesis import given
from hypothesis import strategies as st

from layers.grid import HALF, Tile, parse_tile, tile_at
from layers.problems import BadRequest

ZOOMS = range(6, 17)


def test_the_whole_world_is_one_tile() -> None:
    assert Tile(0, 0, 0).box() == pytest.approx((-HALF, -HALF, HALF, HALF))
    assert Tile(0, 0, 0).box_in_degrees() == pytest.approx((-180, -85.0511287798, 180, 85.0511287798))


def test_rows_grow_southward() -> None:
    assert Tile(1, 0, 0).box_in_degrees() == pytest.approx((-180, 0, 0, 85.0511287798))
    assert tile_at(10, 60, 1) == Tile(1, 1, 0)


def test_a_margin_widens_each_side_by_its_units() -> None:
    west, south, east, north = Tile(3, 2, 5).box(margin=64)
    plain = Tile(3, 2, 5).box()
    unit = Tile(3, 2, 5).side / 4096
    assert (plain[0] - west, plain[1] - south) == pytest.approx((64 * unit, 64 * unit))
    assert (east - plain[2], north - plain[3]) == pytest.approx((64 * unit, 64 * unit))


@given(lon=st.floats(-180, 179.999), lat=st.floats(-85, 85), z=st.integers(0, 22))
def test_a_place_lies_in_the_box_of_its_tile(lon: float, lat: float, z: int) -> None:
    tile = tile_at(lon, lat, z)
    west, south, east, north = tile.box_in_degrees(margin=0.001)
    assert 0 <= tile.x < 1 << z
    assert 0 <= tile.y < 1 << z
    assert west <= lon <= east
    assert south <= lat <= north


@given(z=st.integers(0, 20), data=st.data())
def test_the_box_in_degrees_is_what_proj_makes_of_the_box_in_metres(z: int, data: st.DataObject) -> None:
    top = (1 << z) - 1
    tile = Tile(z, data.draw(st.integers(0, top)), data.draw(st.integers(0, top)))
    west, south, _, _ = tile.box()
    corner = Point(west, south, srid=3857)
    corner.transform(4326)
    assert math.isclose(corner.x, tile.box_in_degrees()[0], abs_tol=1e-9)
    assert math.isclose(corner.y, tile.box_in_degrees()[1], abs_tol=1e-9)


def test_a_good_address_is_read() -> None:
    assert parse_tile("14", "8643", "5535", ZOOMS) == Tile(14, 8643, 5535)


@pytest.mark.parametrize(
    ("z", "x", "y"),
    [
        ("5", "1", "1"),  # too far out
        ("17", "1", "1"),  # too close
        ("6", "64", "0"),
        ("6", "0", "64"),
        ("6", "-1", "0"),
        ("6", "0", "-1"),
        ("6", "1.0", "1"),
        ("6", "1e1", "1"),
        ("6", "0x1", "1"),
        ("6", "01", "1"),  # one address for one tile, or caches keep it twice
        ("6", " 1", "1"),
        ("6", "1\n", "1"),
        ("6", "١", "1"),  # a digit, but not one of ours
        ("6", "", "1"),
        ("NaN", "1", "1"),
        ("6", "9" * 400, "1"),
        ("9" * 400, "0", "0"),
        ("6", "1;DROP TABLE issues_appeal", "1"),
        ("{z}", "{x}", "{y}"),
    ],
)
def test_what_is_no_tile_of_the_layer_is_refused(z: str, x: str, y: str) -> None:
    with pytest.raises(BadRequest):
        parse_tile(z, x, y, ZOOMS)
