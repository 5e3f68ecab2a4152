"""Overlaps, holes and channels are found and measured; what is no flaw is left alone."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.db import connection
from shapely.affinity import rotate
from shapely.geometry import MultiPolygon, Point, Polygon, box, shape
from shapely.geometry.base import BaseGeometry

from gis_data.coverage import Flaw, find_flaws
from gis_data.metres import metres_per_degree
from gis_data.repair import repaired
from tests.partition import partition

LON, LAT = 30.0, 60.0


def at(shape_m: BaseGeometry) -> BaseGeometry:
    """A shape in metres from a place at 60° north, in degrees."""
    return shapely.transform(shape_m, lambda places: places / metres_per_degree(LAT) + (LON, LAT))


def flaws(**areas_m: BaseGeometry) -> list[Flaw]:
    return find_flaws({code: at(area) for code, area in areas_m.items()})


def told(found: list[Flaw]) -> list[tuple[str, tuple[str, ...], float]]:
    """Kinds, areas and square metres."""
    return [(flaw.kind, flaw.codes, flaw.area_m2) for flaw in found]


def about(figure: float) -> Any:
    """The plane is made for the middle of the areas, the test's for their southern edge."""
    return pytest.approx(figure, rel=1e-3)


def real(real_data: Path, file: str, code: str) -> dict[str, BaseGeometry]:
    with gzip.open(real_data / file) as packed:
        features = json.load(packed)["features"]
    return {one["properties"][code]: repaired(shape(one["geometry"]))[0] for one in features}


def square_metres(geometry: BaseGeometry) -> float:
    """The area on the spheroid, by PostGIS."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ST_Area(ST_GeomFromWKB(%s, 4326)::geography)", [shapely.to_wkb(geometry)])
        return float(cursor.fetchone()[0])


def test_exact_neighbours_have_no_flaws() -> None:
    areas = partition(5, 4, 200, (30.0, 59.9, 30.2, 60.0), seed=3)
    assert find_flaws({str(number): area for number, area in enumerate(areas)}) == []


def test_nothing_a_single_area_and_an_empty_one_have_no_flaws() -> None:
    assert find_flaws({}) == []
    assert flaws(a=box(0, 0, 500, 500)) == []
    assert find_flaws({"a": at(box(0, 0, 500, 500)), "b": MultiPolygon(), "c": Polygon()}) == []


def test_what_two_areas_claim_is_an_overlap() -> None:
    found = flaws(b=box(0, 0, 510, 500), a=box(500, 0, 1000, 500))
    assert told(found) == [("overlap", ("a", "b"), about(5000))]
    assert found[0].width_m == about(2 * 5000 / 1020)
    assert found[0].geometry.geom_type == "Polygon"
    assert found[0].geometry.symmetric_difference(at(box(500, 0, 510, 500))).area < 1e-12


def test_an_area_inside_another_overlaps_it_whole() -> None:
    assert told(flaws(a=box(0, 0, 900, 900), b=box(100, 100, 200, 200))) == [("overlap", ("a", "b"), about(10_000))]


def test_three_areas_at_one_place_overlap_in_three_pairs() -> None:
    one = box(0, 0, 100, 100)
    assert [flaw.codes for flaw in flaws(a=one, b=one, c=one)] == [("a", "b"), ("a", "c"), ("b", "c")]


def test_a_narrow_overlap_is_a_sliver_and_its_areas_are_kept() -> None:
    found = flaws(a=box(0, 0, 501, 500), b=box(500, 0, 1000, 500))
    assert told(found) == [("sliver", ("a", "b"), about(500))]
    assert found[0].width_m == about(2 * 500 / 1002)


def test_slivers_between_the_same_areas_come_as_one_and_wider_pieces_each_alone() -> None:
    teeth = box(500, 0, 501, 100), box(500, 200, 501, 300), box(500, 350, 520, 400), box(500, 450, 530, 500)
    found = flaws(a=shapely.union_all([box(0, 0, 500, 500), *teeth]), b=box(500, 0, 1000, 500), c=box(0, 499, 300, 900))
    assert told(found) == [
        ("overlap", ("a", "b"), about(1500)),
        ("overlap", ("a", "b"), about(1000)),
        ("sliver", ("a", "c"), about(300)),
        ("sliver", ("a", "b"), about(200)),
    ]
    assert found[3].geometry.geom_type == "MultiPolygon"
    assert len(found[3].geometry.geoms) == 2


def test_what_rounding_leaves_of_a_border_is_no_flaw() -> None:
    assert flaws(a=box(0, 0, 500.005, 500), b=box(500, 0, 1000, 500), c=box(0, 500.005, 1000, 900)) == []


def test_areas_that_touch_have_no_flaw() -> None:
    assert flaws(a=box(0, 0, 500, 500), b=box(500, 0, 1000, 500), c=box(500, 500, 900, 900)) == []


@pytest.mark.parametrize(("size", "kind"), [(2, "sliver"), (30, "gap"), (800, "gap")])
def test_a_hole_between_areas_is_a_gap_however_large(size: int, kind: str) -> None:
    hole = box(500 - size / 2, 500 - size / 2, 500 + size / 2, 500 + size / 2)
    halves = {"west": box(0, 0, 500, 1000) - hole, "east": box(500, 0, 1000, 1000) - hole}
    assert told(flaws(**halves)) == [(kind, ("east", "west"), about(size * size))]


def test_a_hole_in_one_area_is_a_gap_less_the_island_in_it() -> None:
    ring = box(0, 0, 900, 900) - box(300, 300, 600, 600)
    assert told(flaws(a=ring)) == [("gap", ("a",), about(90_000))]
    assert told(flaws(a=ring, b=box(400, 400, 500, 500))) == [("gap", ("a", "b"), about(80_000))]
    assert flaws(a=ring, b=box(300, 300, 600, 600)) == []


@pytest.mark.parametrize("degrees", [0, 33, 90])
@pytest.mark.parametrize(("width", "kind"), [(0.5, "sliver"), (20, "gap"), (60, "gap")])
def test_a_channel_between_two_areas_open_at_both_ends_is_a_gap(degrees: int, width: float, kind: str) -> None:
    west, east = (rotate(one, degrees, (0, 0)) for one in (box(0, 0, 500, 1000), box(500 + width, 0, 1000, 1000)))
    (flaw,) = flaws(west=west, east=east)
    assert (flaw.kind, flaw.codes) == (kind, ("east", "west"))
    assert width * 1000 - width**2 <= flaw.area_m2 * 1.001 <= width * 1003  # its ends are cut round


def test_a_wedge_that_opens_to_the_outside_is_a_gap() -> None:
    found = flaws(a=box(0, 0, 500, 1000), b=Polygon([(500, 0), (1000, 0), (1000, 1000), (560, 1000)]))
    assert [(flaw.kind, flaw.codes) for flaw in found] == [("gap", ("a", "b"))]


def test_a_channel_along_three_areas_names_them_all() -> None:
    found = flaws(a=box(0, 0, 500, 1000), b=box(520, 0, 900, 500), c=box(520, 500, 900, 1000))
    assert [flaw.codes for flaw in found] == [("a", "b", "c")]


def test_a_wide_channel_an_inlet_of_one_area_and_a_corner_of_two_are_none() -> None:
    assert flaws(a=box(0, 0, 500, 1000), b=box(650, 0, 1000, 1000)) == []
    assert flaws(a=box(0, 0, 1000, 1000) - box(490, 300, 510, 1000), b=box(0, -500, 1000, 0)) == []
    assert flaws(a=box(0, 0, 500, 1000), b=box(500, 0, 1000, 500)) == []
    assert flaws(a=Point(0, 0).buffer(300), b=Point(500, 0).buffer(300) - Point(0, 0).buffer(300)) == []


def test_the_largest_flaw_comes_first() -> None:
    found = flaws(a=box(0, 0, 510, 500), b=box(500, 0, 1000, 500) - box(700, 200, 800, 300), c=box(0, 495, 300, 900))
    assert [flaw.area_m2 for flaw in found] == [about(10_000), about(5000), about(1500)]


@pytest.mark.django_db
def test_bostons_neighbourhoods_leave_out_pleasure_bay_and_channels_to_the_sea(real_data: Path) -> None:
    found = find_flaws(real(real_data, "boston/neighborhoods.geojson.gz", "Name"))
    assert (found[0].kind, found[0].codes) == ("gap", ("South Boston",))
    assert ("gap", ("Downtown", "South Boston", "South Boston Waterfront")) in [(flaw.kind, flaw.codes) for flaw in found]
    assert ("sliver", ("Allston", "Fenway"), 31) in [(flaw.kind, flaw.codes, round(flaw.area_m2)) for flaw in found]
    assert len(found) == 8
    for flaw in found:
        assert flaw.geometry.is_valid
        assert flaw.area_m2 == pytest.approx(square_metres(flaw.geometry), rel=0.002)


@pytest.mark.django_db
def test_moscows_districts_have_slivers_between_two_of_them_alone(real_data: Path) -> None:
    found = find_flaws(real(real_data, "russia/moscow_districts.geojson.gz", "name"))
    assert {flaw.codes for flaw in found} == {("район Бирюлёво Восточное", "район Бирюлёво Западное")}
    assert {flaw.kind for flaw in found} == {"sliver"}
    assert sum(flaw.area_m2 for flaw in found) == pytest.approx(sum(square_metres(flaw.geometry) for flaw in found), rel=0.01)
