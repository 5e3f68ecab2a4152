"""What areas gain and lose is told without the noise of rounding, and no point whose owner changes is ever left out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box, shape
from shapely.geometry.base import BaseGeometry

from gis_data.cells import CellTable, Floats, postgis_exact
from gis_data.difference import Change, changed_area, difference
from gis_data.metres import metres_per_degree
from gis_data.repair import repaired
from tests.gis_data.test_cells import anywhere, at_borders
from tests.partition import partition

LON, LAT = 30.0, 60.0


def at(shape_m: BaseGeometry) -> BaseGeometry:
    """A shape in metres from a place at 60° north, in degrees."""
    return shapely.transform(shape_m, lambda places: places / metres_per_degree(LAT) + (LON, LAT))


def about(figure: float) -> Any:
    """The plane is made for the middle of the shapes, the test's for their southern edge."""
    return pytest.approx(figure, rel=1e-3)


def only(old: BaseGeometry, new: BaseGeometry) -> Change:
    (change,) = difference({"a": at(old)}, {"a": at(new)})
    return change


def test_codes_come_in_order_each_with_what_became_of_it() -> None:
    old = {"gone": box(0, 0, 1, 1), "kept": box(1, 0, 2, 1), "moved": box(2, 0, 3, 1)}
    new = {"kept": box(1, 0, 2, 1), "moved": box(2, 0, 4, 1), "fresh": box(0, 0, 1, 1)}
    assert [(change.code, change.kind) for change in difference(old, new)] == [
        ("fresh", "added"),
        ("gone", "removed"),
        ("kept", "same"),
        ("moved", "changed"),
    ]
    assert difference({}, {}) == []


def test_a_moved_border_gives_what_one_gains_and_the_other_loses_in_square_metres() -> None:
    old = {"a": at(box(0, 0, 500, 400)), "b": at(box(500, 0, 1000, 400))}
    new = {"a": at(box(0, 0, 510, 400)), "b": at(box(510, 0, 1000, 400))}
    a, b = difference(old, new)
    assert [a.kind, a.gained_m2, a.lost_m2] == ["changed", about(4000), 0]
    assert [b.kind, b.gained_m2, b.lost_m2] == ["changed", 0, about(4000)]
    assert (a.gained.geom_type, a.lost, b.gained) == ("MultiPolygon", MultiPolygon(), MultiPolygon())
    assert a.gained.equals(b.lost)


def test_an_added_area_gains_and_a_removed_one_loses_all_of_it() -> None:
    shape_ = at(box(0, 0, 300, 300))
    (added,), (removed,) = difference({}, {"a": shape_}), difference({"a": shape_}, {})
    assert (added.kind, added.gained.equals(shape_), added.lost.is_empty) == ("added", True, True)
    assert (removed.kind, removed.lost.equals(shape_), removed.gained.is_empty) == ("removed", True, True)
    assert added.gained_m2 == removed.lost_m2 == about(90_000)


def test_an_area_may_come_and_go_empty() -> None:
    assert [
        change.kind for change in difference({"a": MultiPolygon(), "b": MultiPolygon()}, {"b": Polygon(), "c": MultiPolygon()})
    ] == [
        "removed",
        "same",
        "added",
    ]
    filled = difference({"a": MultiPolygon()}, {"a": box(0, 0, 1, 1)})
    assert (filled[0].kind, filled[0].gained.equals(box(0, 0, 1, 1))) == ("changed", True)


def test_a_hole_and_a_second_part_are_told() -> None:
    change = only(box(0, 0, 300, 300), (box(0, 0, 300, 300) - box(100, 100, 150, 150)).union(box(400, 0, 500, 100)))
    assert [change.lost_m2, change.gained_m2] == [about(2500), about(10_000)]


def test_the_same_shape_written_another_way_is_the_same_and_nothing_is_to_be_looked_at() -> None:
    square = box(0, 0, 1, 1)
    turned = MultiPolygon([Polygon([(1, 1), (0, 1), (0, 1), (0, 0), (1, 0), (1, 1)])])
    changes = difference({"a": square, "b": square}, {"a": turned, "b": square})
    assert [(change.kind, change.pieces, len(change.border)) for change in changes] == [("same", (), 0)] * 2
    assert changed_area(changes) == MultiPolygon()


def test_noise_is_not_shown_but_looked_at() -> None:
    change = only(box(0, 0, 500, 500), box(0, 0, 500.015, 500))
    assert (change.kind, change.gained, change.gained_m2) == ("same", MultiPolygon(), 0)
    assert changed_area([change]).covers(at(shapely.Point(500.01, 250)))
    shown = only(box(0, 0, 500, 500), box(0, 0, 500.03, 500))
    assert [shown.kind, shown.gained_m2] == ["changed", about(15)]


def test_a_point_on_a_border_that_only_got_another_vertex_is_looked_at() -> None:
    old = Polygon([(0, 0), (1, 0.3), (0, 1)])
    on = old.exterior.interpolate(0.5)
    new = Polygon([(0, 0), (on.x, on.y), (1, 0.3), (0, 1)])
    change = difference({"a": old}, {"a": new})
    assert changed_area(change).covers(on)
    assert not changed_area(change).intersects(box(0, 0.5, 0.5, 1))


def test_far_from_the_change_nothing_is_looked_at() -> None:
    old = dict(zip("abcd", partition(2, 2, 40, (30, 60, 30.1, 60.1), 4), strict=True))
    cut = box(30.02, 60.02, 30.03, 60.03)
    area = changed_area(difference(old, {**old, "a": old["a"] - cut}))
    assert area.covers(cut)
    assert area.hausdorff_distance(cut) < 2e-5
    assert changed_area([]) == MultiPolygon()


def shaken(areas: Mapping[str, BaseGeometry], by: float, share: float, seed: int) -> dict[str, BaseGeometry]:
    """Move a share of the vertices; a vertex that areas share is moved for all of them alike."""
    places = np.unique(shapely.get_coordinates(list(areas.values())), axis=0)
    random = np.random.default_rng(seed)
    moves = random.uniform(-by, by, places.shape) * (random.random((len(places), 1)) < share)
    moved = dict(zip(map(tuple, places.tolist()), (places + moves).tolist(), strict=True))
    return {
        code: repaired(shapely.transform(area, lambda old: np.array([moved[tuple(one)] for one in old.tolist()])))[0]
        for code, area in areas.items()
    }


def assert_no_change_is_left_out(
    old: Mapping[str, BaseGeometry], new: Mapping[str, BaseGeometry], points: tuple[Floats, Floats]
) -> int:
    """Compare owners before and after by PostGIS; return how many of the points change theirs."""
    codes = sorted(old.keys() | new.keys())
    lon, lat = points
    owners = []
    for areas in (old, new):
        shapes = [areas.get(code, MultiPolygon()) for code in codes]
        owners.append(CellTable.build(shapes, 64).locate(lon, lat, postgis_exact(shapes)))
    at_ = np.flatnonzero(owners[0] != owners[1])
    area = changed_area(difference(old, new))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM unnest(%s::float8[], %s::float8[]) AS place (lon, lat), (SELECT ST_GeomFromWKB(%s, 4326) AS area OFFSET 0) AS one"
            " WHERE NOT ST_Covers(area, ST_SetSRID(ST_MakePoint(lon, lat), 4326))",
            [lon[at_].tolist(), lat[at_].tolist(), shapely.to_wkb(area)],
        )
        assert cursor.fetchone()[0] == 0
    assert area.is_valid
    return int(at_.size)


@pytest.mark.django_db
@pytest.mark.parametrize("by", [1e-15, 1e-14, 1e-12, 1e-9, 1e-7, 1e-5, 1e-3])
def test_no_point_whose_owner_changes_is_left_out_however_little_borders_move(by: float) -> None:
    old = {f"{number:02}": area for number, area in enumerate(partition(4, 3, 60, (30.0, 59.9, 30.2, 60.0), seed=6))}
    new = shaken(old, by, 0.5, seed=6)
    points = [at_borders(list(areas.values()), 4000, 6) for areas in (old, new)]
    lon, lat = np.concatenate([*points, anywhere(list(old.values()), 4000, 6)], axis=1)
    changed = assert_no_change_is_left_out(old, new, (lon, lat))
    assert changed > 100 or by < 1e-13


@pytest.mark.django_db
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    by=st.floats(-15, -3),
    share=st.sampled_from([0.02, 0.3, 1.0]),
    gone=st.sets(st.integers(0, 5), max_size=2),
    fresh=st.sets(st.integers(0, 5), max_size=2),
)
def test_no_point_whose_owner_changes_is_left_out_whatever_changes(
    seed: int, by: float, share: float, gone: set[int], fresh: set[int]
) -> None:
    areas = {str(number): area for number, area in enumerate(partition(3, 2, 20, (-0.5, -0.3, 0.5, 0.3), seed))}
    old = {code: area for code, area in areas.items() if int(code) not in fresh}
    new = {code: area for code, area in shaken(areas, 10**by, share, seed).items() if int(code) not in gone}
    points = [at_borders(list(some.values()), 400, seed) for some in (old, new)]
    lon, lat = np.concatenate([*points, anywhere(list(areas.values()), 400, seed)], axis=1)
    assert_no_change_is_left_out(old, new, (lon, lat))


@pytest.mark.django_db
def test_bostons_real_shapes_written_with_fewer_digits_lose_no_point(real_data: Path) -> None:
    with gzip.open(real_data / "boston/neighborhoods.geojson.gz") as file:
        features = json.load(file)["features"]
    old = {one["properties"]["Name"]: repaired(shape(one["geometry"]))[0] for one in features}
    new = {code: repaired(shapely.transform(area, lambda places: places.round(7)))[0] for code, area in old.items()}
    points = [at_borders(list(areas.values()), 5000, 8) for areas in (old, new)]
    lon, lat = np.concatenate(points, axis=1)
    assert assert_no_change_is_left_out(old, new, (lon, lat)) > 1000
    changes = difference(old, new)
    assert {change.kind for change in changes} == {"same"}
    assert sum(len(change.border) for change in changes) > 50_000
