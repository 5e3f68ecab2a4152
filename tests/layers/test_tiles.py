"""What is in the tiles of appeals, and what never is."""

import datetime as dt
from collections import Counter

import mapbox_vector_tile
import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext

from issues.map_layers import APPEALS
from issues.models import Appeal
from layers import tile_sql
from layers.filters import Selection
from layers.grid import Tile
from tests.factories import IN_EAST, IN_RING_WEST, IN_WEST, TinyCity, an_appeal
from tests.layers.reading import around, ask, features, place_of, values

NEAR, FAR = 16, 10


@pytest.mark.django_db
def test_a_public_appeal_is_a_point_with_its_four_attributes(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, "lamp", state="planned", created_at=dt.datetime(2025, 3, 1, 22, 30, tzinfo=dt.UTC))
    tile = around(IN_WEST, NEAR)
    (feature,) = features("appeals", tile)
    assert feature["properties"] == {
        "id": appeal.public_id,
        "category": "lamp",
        "state": "in_progress",
        "created": "2025-03-02",  # the day in the city, where it was past midnight
    }
    assert place_of(tile, feature) == pytest.approx(IN_WEST, abs=2e-6)


@pytest.mark.django_db
@pytest.mark.parametrize("zoom", range(6, 17))
@pytest.mark.parametrize("visibility", ["held", "private", "hidden"])
def test_an_appeal_that_is_not_public_is_in_no_tile(zoom: int, visibility: str, a_city: TinyCity) -> None:
    an_appeal(a_city, visibility=visibility)
    tile = around(IN_WEST, zoom)
    assert features("appeals", tile) == []
    an_appeal(a_city)
    found = features("appeals", tile)
    assert len(found) == 1
    assert found[0]["properties"].get("count", 1) == 1


@pytest.mark.django_db
def test_nothing_a_resident_wrote_is_in_a_tile(a_city: TinyCity) -> None:
    an_appeal(a_city, text="canary-text", address="canary-address", email="canary@example.org", name="canary-name",
              answers={"where": "canary-answer"}, text_public=True, source_ref="canary-ref")  # fmt: skip
    for zoom in (FAR, NEAR):
        response = ask("appeals", around(IN_WEST, zoom))
        assert response.status_code == 200
        assert b"canary" not in response.content


@pytest.mark.django_db
def test_an_appeal_without_a_place_is_in_no_tile(a_city: TinyCity) -> None:
    an_appeal(a_city, at=None)
    assert features("appeals", around(IN_WEST, FAR)) == []


def _tiles_of_the_city(zoom: int) -> list[Tile]:
    first, last = around((9.99, 50.07), zoom), around((10.11, 49.99), zoom)
    return [Tile(zoom, x, y) for x in range(first.x, last.x + 1) for y in range(first.y, last.y + 1)]


@pytest.mark.django_db
@pytest.mark.parametrize("zoom", [6, 8, 10, 11, 12, 13])
def test_cells_of_all_tiles_together_hold_each_public_appeal_once(zoom: int, scattered: TinyCity) -> None:
    counts = [sum(values(features("appeals", tile), "count")) for tile in _tiles_of_the_city(zoom)]
    assert sum(counts) == Appeal.objects.public().count() == 2700


@pytest.mark.django_db
def test_the_cells_of_a_tile_add_up_to_the_points_inside_it(scattered: TinyCity) -> None:
    for tile in _tiles_of_the_city(13):
        west, south, east, north = tile.box_in_degrees()
        inside = [
            point
            for point in Appeal.objects.public().values_list("point", flat=True)
            if west + 1e-7 < point.x < east - 1e-7 and south + 1e-7 < point.y < north - 1e-7
        ]
        on_an_edge = sum(values(features("appeals", tile), "count")) - len(inside)
        assert 0 <= on_an_edge <= 120


@pytest.mark.django_db
def test_a_cell_stands_where_its_appeals_are_and_wears_their_most_frequent_state(a_city: TinyCity) -> None:
    for state in ("done", "done", "new", "accepted", "started"):  # in progress, by two of the inner states
        an_appeal(a_city, state=state)
    tile = around(IN_WEST, FAR)
    (cell,) = features("appeals", tile)
    assert cell["properties"] == {"count": 5, "state": "fixed"}  # a tie: the first by name, always the same
    assert place_of(tile, cell) == pytest.approx(IN_WEST, abs=2e-4)
    an_appeal(a_city, state="planned")
    (cell,) = features("appeals", tile)
    assert cell["properties"] == {"count": 6, "state": "in_progress"}


@pytest.mark.django_db
def test_a_tile_has_at_most_one_feature_per_cell(scattered: TinyCity) -> None:
    tile = around(IN_WEST, 13)
    found = features("appeals", tile)
    cells = Counter((x // 256, y // 256) for x, y in (feature["geometry"]["coordinates"] for feature in found))
    assert len(found) > 50
    assert set(cells.values()) == {1}
    assert all(0 <= i < 16 and 0 <= j < 16 for i, j in cells)


@pytest.mark.django_db
@pytest.mark.parametrize("zoom", [FAR, 13, 14, NEAR])
def test_the_same_rows_give_the_same_bytes(zoom: int, scattered: TinyCity) -> None:
    tile = around(IN_WEST, zoom)
    before = ask("appeals", tile).content
    with connection.cursor() as cursor:  # the same rows, in another order on disk
        cursor.execute("UPDATE issues_appeal SET text = 'x' WHERE id %% 3 = 0", [])
    assert ask("appeals", tile).content == before


@pytest.mark.django_db
def test_a_pin_is_in_the_tile_in_which_it_lies_for_maps_draw_it_beyond_the_edge(a_city: TinyCity) -> None:
    tile = around(IN_WEST, NEAR)
    west, south, east, north = tile.box_in_degrees()
    an_appeal(a_city, at=(west - (east - west) / 100, (south + north) / 2))
    found = [len(features("appeals", Tile(tile.z, tile.x + step, tile.y))) for step in (-1, 0, 1)]
    assert found == [1, 0, 0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"a", "b", "c"}),
        ("category=lamp", {"a", "b"}),
        ("category=lamp,tree", {"a", "b", "c"}),
        ("category=unheard-of", set()),
        ("state=new", {"a"}),
        ("state=in_progress,fixed", {"b", "c"}),
        ("category=lamp&state=in_progress", {"b"}),
        ("from=2025-01-01", {"a", "b", "c"}),
        ("from=2025-02-01", set()),
        ("from=2025-01-01&to=2025-01-31&category=lamp", {"a", "b"}),
        ("from=2025-01-01&to=2025-01-31&state=new", {"a"}),
        ("bbox=10,50,10.05,50.06", {"a", "b", "c"}),
        ("bbox=10.05,50,10.06,50.06", set()),
        ("lang=ru", {"a", "b", "c"}),
    ],
)
def test_filters_choose_points_and_count_cells_alike(query: str, expected: set[str], a_city: TinyCity) -> None:
    noon = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)
    appeals = {
        "a": an_appeal(a_city, "lamp", state="new", created_at=noon),
        "b": an_appeal(a_city, "lamp", state="started", created_at=noon + dt.timedelta(days=1)),
        "c": an_appeal(a_city, "tree", state="done", created_at=noon + dt.timedelta(days=2)),
    }
    found = features("appeals", around(IN_WEST, NEAR), query)
    assert set(values(found, "id")) == {appeals[name].public_id for name in expected}
    assert sum(values(features("appeals", around(IN_WEST, FAR), query), "count")) == len(expected)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "expected"),
    [("from=2025-01-02", {"b", "c"}), ("to=2025-01-02", {"a", "b"}), ("from=2025-01-02&to=2025-01-02", {"b"})],
)
def test_a_period_is_of_days_near_by_and_of_whole_months_from_afar(query: str, expected: set[str], a_city: TinyCity) -> None:
    noon = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)
    appeals = {name: an_appeal(a_city, created_at=noon + dt.timedelta(days=day)) for day, name in enumerate("abc")}
    an_appeal(a_city, created_at=dt.datetime(2024, 12, 31, 21, 59, tzinfo=dt.UTC))  # the last minute of December in the city
    an_appeal(a_city, created_at=dt.datetime(2025, 1, 31, 22, tzinfo=dt.UTC))  # the first of February in the city
    near = set(values(features("appeals", around(IN_WEST, NEAR), query), "id"))
    assert near & {one.public_id for one in appeals.values()} == {appeals[name].public_id for name in expected}
    far = sum(values(features("appeals", around(IN_WEST, FAR), query), "count"))
    assert far == 3 + ("from" not in query) + ("to" not in query)
    assert sum(values(features("appeals", around(IN_WEST, FAR), query + "&category=pothole,lamp"), "count")) == far


@pytest.mark.django_db
def test_a_tile_is_one_query(a_city: TinyCity) -> None:
    an_appeal(a_city)
    an_appeal(a_city, at=IN_EAST)
    for zoom in (FAR, 14, NEAR):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ask("appeals", around(IN_WEST, zoom), "category=lamp,pothole&state=new&from=2020-01-01&bbox=9,49,11,51")
        of_tiles = [one["sql"] for one in queries if "gis_data_city" not in one["sql"]]
        assert len(of_tiles) == 1, of_tiles


def _plan(tile: Tile) -> str:
    wanted = tile_sql.statement(APPEALS, tile, Selection())
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + wanted.sql, wanted.params)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.parametrize("zoom", [15, 16])
def test_points_are_found_by_the_index_of_squares(zoom: int, scattered: TinyCity) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE issues_appeal")
    assert "appeal_square" in _plan(around(IN_EAST, zoom))


@pytest.mark.django_db
def test_the_index_finds_what_a_full_reading_finds(scattered: TinyCity) -> None:
    tile = around(IN_RING_WEST, 15)
    west, south, east, north = tile.box_in_degrees()
    inside = {
        appeal.public_id
        for appeal in Appeal.objects.public()
        if appeal.point is not None and west <= appeal.point.x <= east and south <= appeal.point.y <= north
    }
    assert set(values(features("appeals", tile), "id")) == inside


@pytest.mark.django_db
def test_a_tile_is_valid_for_another_reader_of_the_format(a_city: TinyCity) -> None:
    """Names and values are shared, geometry is one MoveTo: what mapbox-vector-tile writes for the same input."""
    appeal = an_appeal(a_city)
    response = ask("appeals", around(IN_WEST, NEAR))
    (layer,) = mapbox_vector_tile.decode(response.content).values()
    (feature,) = layer["features"]
    assert feature["geometry"]["type"] == "Point"
    assert feature["properties"]["id"] == appeal.public_id
    assert isinstance(appeal.point, Point)
