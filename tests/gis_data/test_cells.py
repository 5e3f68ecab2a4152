"""The cell table says what ST_Covers says, point for point, on borders and beside them as well."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.db import connection
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon, box, shape
from shapely.geometry.base import BaseGeometry

from gis_data.cells import NOBODY, CellTable, Floats, Owners, postgis_exact
from gis_data.repair import repaired
from tests.partition import partition

LITTLE = (20_000, 5_000)
MUCH = (1_000_000, 100_000)


def districts() -> list[Polygon]:
    """150 districts of 301 vertices, exact neighbours."""
    return partition(15, 10, 301, (30.0, 59.8, 30.6, 60.1), seed=7)


def boston(real_data: Path) -> list[BaseGeometry]:
    with gzip.open(real_data / "boston/neighborhoods.geojson.gz") as file:
        return [repaired(shape(feature["geometry"]))[0] for feature in json.load(file)["features"]]


def anywhere(areas: Sequence[BaseGeometry], count: int, seed: int) -> tuple[Floats, Floats]:
    """Random points in the box of the areas and a little around it."""
    west, south, east, north = shapely.total_bounds(np.array(areas, dtype=object))
    random = np.random.default_rng(seed)
    wider, higher = (east - west) / 20, (north - south) / 20
    return random.uniform(west - wider, east + wider, count), random.uniform(south - higher, north + higher, count)


def at_borders(areas: Sequence[BaseGeometry], count: int, seed: int) -> tuple[Floats, Floats]:
    """A quarter each: vertices, midpoints of edges, places on edges, and any of these shifted by 1e-12 to 1e-6 degrees."""
    random = np.random.default_rng(seed)
    rings = shapely.get_rings(shapely.get_parts(np.array(areas, dtype=object)))
    places, ring = shapely.get_coordinates(rings, return_index=True)
    edge = random.choice(np.flatnonzero(ring[1:] == ring[:-1]), count)
    share = np.concatenate([np.zeros(count // 4), np.full(count // 4, 0.5), random.random(count - count // 4 * 2)])
    on = places[edge] + share[:, None] * (places[edge + 1] - places[edge])
    shifted = on[random.permutation(count)]
    far = 10.0 ** random.integers(-12, -5, count)
    away = shifted + (far * np.exp(2j * np.pi * random.random(count))).view(np.float64).reshape(-1, 2)
    found = np.concatenate([on[: count - count // 4], away[: count // 4]])
    return found[:, 0].copy(), found[:, 1].copy()


def by_postgis(areas: Sequence[BaseGeometry], lon: Floats, lat: Floats) -> Owners:
    """The first area that covers each point, by a join of tables."""
    found = np.full(lon.shape, NOBODY, np.int32)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.area, pg_temp.place")
        cursor.execute(
            "CREATE TEMP TABLE area AS SELECT number::int - 1 AS number, ST_GeomFromWKB(wkb, 4326) AS shape"
            " FROM unnest(%s::bytea[]) WITH ORDINALITY AS given (wkb, number)",
            [[shapely.to_wkb(area) for area in areas]],
        )
        cursor.execute(
            "CREATE TEMP TABLE place AS SELECT number::int - 1 AS number, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS point"
            " FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS given (lon, lat, number)",
            [lon.tolist(), lat.tolist()],
        )
        cursor.execute("CREATE INDEX ON place USING gist (point)")
        cursor.execute("ANALYZE area, place")
        cursor.execute(
            "SELECT place.number, min(area.number) FROM area JOIN place ON ST_Covers(area.shape, place.point) GROUP BY place.number"
        )
        for place, area in cursor:
            found[place] = area
    return found


def assert_as_postgis(areas: Sequence[BaseGeometry], counts: tuple[int, int], seed: int) -> None:
    table = CellTable.build(areas)
    for lon, lat in (anywhere(areas, counts[0], seed), at_borders(areas, counts[1], seed)):
        truth = by_postgis(areas, lon, lat)
        found = table.locate(lon, lat, postgis_exact(areas))
        different = np.flatnonzero(found != truth)
        assert different.size == 0, [(lon[at], lat[at], found[at], truth[at]) for at in different[:5]]
        assert (truth != NOBODY).sum() > counts[1] / 5  # else little was asked


def located(areas: Sequence[BaseGeometry], *points: tuple[float, float], size: int = 1024) -> list[int]:
    lon, lat = np.array(points, dtype=np.float64).T
    found: list[int] = CellTable.build(areas, size).locate(lon, lat).tolist()
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2])
def test_exact_neighbours_are_looked_up_as_postgis_would(seed: int) -> None:
    assert_as_postgis(districts(), LITTLE, seed)


@pytest.mark.django_db
def test_bostons_real_shapes_are_looked_up_as_postgis_would(real_data: Path) -> None:
    assert_as_postgis(boston(real_data), LITTLE, seed=3)


@pytest.mark.full
@pytest.mark.django_db
def test_a_million_points_among_exact_neighbours_are_looked_up_as_postgis_would() -> None:
    assert_as_postgis(districts(), MUCH, seed=4)


@pytest.mark.full
@pytest.mark.django_db
def test_a_million_points_among_bostons_real_shapes_are_looked_up_as_postgis_would(real_data: Path) -> None:
    assert_as_postgis(boston(real_data), MUCH, seed=5)


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1, 2, 7, 100, 3000])
def test_the_size_of_the_grid_changes_no_answer(size: int) -> None:
    areas = partition(4, 3, 80, (-71.2, 42.2, -71.0, 42.4), seed=1)
    for lon, lat in (anywhere(areas, 3000, 1), at_borders(areas, 3000, 1)):
        found = CellTable.build(areas, size).locate(lon, lat, postgis_exact(areas))
        assert (found == by_postgis(areas, lon, lat)).all()


@pytest.mark.parametrize(
    "bounds", [(0, 0, 1e-7, 1e-7), (-180, -90, 180, 90), (10, 50, 10.4, 50 + 1e-8), (179.99, -0.01, 180, 0.01)]
)
def test_sets_of_odd_sizes_are_looked_up_as_their_shapes_say(bounds: tuple[float, float, float, float]) -> None:
    areas = partition(3, 3, 12, bounds, seed=2)
    lon, lat = anywhere(areas, 2000, 2)
    expected = [
        next((i for i, area in enumerate(areas) if shapely.intersects_xy(area, *at)), NOBODY) for at in zip(lon, lat, strict=True)
    ]
    assert CellTable.build(areas, 64).locate(lon, lat).tolist() == expected
    assert set(expected) >= set(range(9))


@pytest.mark.django_db
def test_where_geos_and_postgis_round_apart_postgis_has_the_last_word() -> None:
    areas = partition(3, 3, 4, (-1, -1, 1, 1), seed=1)  # edges so long that plain arithmetic errs on them
    lon, lat = at_borders(areas, 20_000, 9)
    truth, table = by_postgis(areas, lon, lat), CellTable.build(areas)
    assert (table.locate(lon, lat) != truth).any()
    assert (table.locate(lon, lat, postgis_exact(areas)) == truth).all()


def test_every_cell_that_a_border_crosses_is_marked_however_little_of_it() -> None:
    areas = partition(6, 6, 8, (30, 50, 31, 51), seed=5)
    table = CellTable.build(areas, 150)
    places, ring = shapely.get_coordinates(shapely.get_rings(areas), return_index=True)
    together = ring[1:] == ring[:-1]
    share = np.linspace(0, 1, 3001)[:, None, None]
    on = (places[:-1][together] + share * (places[1:] - places[:-1])[together]).reshape(-1, 2)
    cell, inside = table.grid.cells(on[:, 0], on[:, 1])
    assert inside.all()
    assert (table.cells[cell] < NOBODY).all()


def test_the_earlier_of_two_areas_wins_where_both_cover_the_point() -> None:
    small, big = box(2, 2, 3, 3), box(0, 0, 5, 5)
    points = [(2.5, 2.5), (1.0, 1.0), (2.0, 2.5), (2.999999, 2.999999)]
    assert located([small, big], *points) == [0, 1, 0, 0]
    assert located([big, small], *points) == [0, 0, 0, 0]


def test_borders_and_corners_belong_to_the_area_and_the_outside_to_nobody() -> None:
    points = [(0.0, 0.0), (1.0, 0.5), (2.0, 1.0), (0.5, 1.0), (1.0, 1.0), (2.0, 1.0000001), (-0.0000001, 0.5)]
    assert located([box(0, 0, 1, 1), box(1, 0, 2, 1)], *points) == [0, 0, 1, 0, 0, NOBODY, NOBODY]


def test_a_hole_is_nobodys_and_an_island_in_it_is_its_own() -> None:
    ring = box(0, 0, 9, 9) - box(2, 2, 7, 7)
    assert located([ring, box(4, 4, 5, 5)], (1.0, 1.0), (3.0, 3.0), (4.5, 4.5), (2.0, 3.0), (6.9, 6.9)) == [
        0,
        NOBODY,
        1,
        0,
        NOBODY,
    ]


def test_an_area_of_several_parts_and_one_thinner_than_a_cell_are_found() -> None:
    parts = MultiPolygon([box(0, 0, 1, 1), box(8, 8, 9, 9)])
    hairline = Polygon([(1, 5), (9, 5.00001), (9, 5.00002)])
    assert located([parts, hairline], (0.5, 0.5), (8.5, 8.5), (4.0, 4.0), (8.9, 5.000015), (8.9, 5.0001), size=16) == [
        0,
        0,
        NOBODY,
        1,
        NOBODY,
    ]


def test_a_place_that_is_no_number_or_off_the_globe_is_nobodys() -> None:
    odd = [np.nan, np.inf, -np.inf, 1e300, -1e300, 0.5]
    points = [(x, y) for x in odd for y in odd]
    assert located([box(0, 0, 1, 1)], *points) == [NOBODY] * (len(points) - 1) + [0]


def test_without_areas_every_point_is_nobodys() -> None:
    assert located([], (0.0, 0.0), (10.0, 50.0)) == [NOBODY, NOBODY]
    assert located([MultiPolygon(), box(0, 0, 1, 1), Polygon()], (0.5, 0.5), (2.0, 2.0)) == [1, NOBODY]


def test_no_points_give_no_answers() -> None:
    nothing = np.empty(0)
    assert CellTable.build([box(0, 0, 1, 1)]).locate(nothing, nothing, refuse_to_judge).size == 0


@pytest.mark.parametrize("wrong", [shapely.Point(1, 1), shapely.LineString([(0, 0), (1, 1)]), shapely.GeometryCollection()])
def test_what_is_no_area_is_refused(wrong: BaseGeometry) -> None:
    with pytest.raises(ValueError, match="polygons"):
        CellTable.build([box(0, 0, 1, 1), wrong])


def test_a_grid_of_no_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="0 cells"):
        CellTable.build([box(0, 0, 1, 1)], 0)


def refuse_to_judge(_lon: Floats, _lat: Floats) -> Owners:
    raise AssertionError("asked without need")


def test_only_points_within_a_hair_of_a_border_are_judged_by_the_other_and_all_at_once() -> None:
    asked: list[tuple[float, float]] = []

    def answer_nine(lon: Floats, lat: Floats) -> NDArray[np.int32]:
        assert not asked
        asked.extend(zip(lon.tolist(), lat.tolist(), strict=True))
        return np.full(lon.shape, 9, np.int32)

    table = CellTable.build([box(0, 0, 1, 1), box(1, 0, 2, 1)], 10)
    on, beside, apart = (1.0, 0.5), (1 + 5e-10, 0.25), (1 + 2e-9, 0.75)
    outside = (2 + 5e-10, 0.5)
    lon, lat = np.array([(0.5, 0.5), on, beside, apart, outside, (3.0, 3.0)]).T
    assert table.locate(lon, lat, answer_nine).tolist() == [0, 9, 9, 1, 9, NOBODY]
    assert asked == [on, beside, outside]
    assert table.locate(lon[[0, 3, 5]], lat[[0, 3, 5]], refuse_to_judge).tolist() == [0, 1, NOBODY]


@pytest.mark.django_db
def test_postgis_is_asked_once_and_not_about_what_no_box_holds(django_assert_num_queries: Any) -> None:
    exact = postgis_exact([box(0, 0, 1, 1), MultiPolygon(), box(0.5, 0, 2, 1)])
    with django_assert_num_queries(1):
        assert exact(np.array([0.75, 1.5, 9.0, 1.0]), np.array([0.5, 1.0, 9.0, 0.0])).tolist() == [0, 2, NOBODY, 0]
    with django_assert_num_queries(0):
        assert exact(np.array([9.0]), np.array([9.0])).tolist() == [NOBODY]


def test_threads_share_a_table() -> None:
    areas = districts()
    table = CellTable.build(areas, 256)
    points = [anywhere(areas, 50_000, seed) for seed in range(4)]
    alone = [table.locate(lon, lat, lambda x, _y: np.zeros(x.shape, np.int32)) for lon, lat in points]
    fresh = CellTable.build(districts(), 256)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda at: fresh.locate(at[0], at[1], lambda x, _y: np.zeros(x.shape, np.int32)), points))
    assert all((one == other).all() for one, other in zip(alone, together, strict=True))
