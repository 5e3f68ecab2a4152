"""Lines and polygons: cut to the tile, simplified by zoom, named in the language asked for."""

import datetime as dt
import math
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, MultiLineString, MultiPolygon, Point, Polygon
from django.db import connection

from gis_data.map_layers import STREETS
from gis_data.models import Asset, Boundary, Street
from layers import tile_sql
from layers.filters import Selection
from layers.grid import BUFFER, EXTENT
from tests.factories import FROM, IN_EAST, IN_WEST, TinyCity
from tests.layers.reading import around, ask, features, values


def corners(coordinates: Any) -> list[tuple[int, int]]:
    """All positions of a shape, however deep they lie."""
    if isinstance(coordinates[0], int | float):
        return [tuple(coordinates)]
    return [corner for part in coordinates for corner in corners(part)]


@pytest.mark.django_db
def test_districts_are_the_areas_of_the_district_set_and_no_others(a_city: TinyCity) -> None:
    assert set(values(features("districts", around(IN_WEST, 10)), "code")) == {"west", "east"}


@pytest.mark.django_db
@pytest.mark.parametrize(("query", "name"), [("", "West"), ("lang=en", "West"), ("lang=ru", "Запад"), ("lang=kk", "West")])
def test_a_district_is_named_in_the_language_asked_for(query: str, name: str, a_city: TinyCity) -> None:
    (feature,) = features("districts", around(IN_WEST, 16), query)
    assert feature["properties"] == {"code": "west", "name": name}


@pytest.mark.django_db
def test_a_name_without_english_is_given_in_the_language_there_is(a_city: TinyCity) -> None:
    Boundary.objects.filter(code="west").update(names={"fi": "Länsi", "en": ""})
    assert values(features("districts", around(IN_WEST, 16), "lang=ru"), "name") == ["Länsi"]
    Boundary.objects.filter(code="west").update(names={})
    (feature,) = features("districts", around(IN_WEST, 16))
    assert feature["properties"] == {"code": "west"}


@pytest.mark.django_db
def test_only_the_version_in_force_today_is_drawn(a_city: TinyCity) -> None:
    today = dt.datetime.now(dt.UTC).date()
    Boundary.objects.filter(code="west").update(valid=(FROM, today - dt.timedelta(days=2)))
    assert values(features("districts", around(IN_WEST, 10)), "code") == ["east"]


@pytest.mark.django_db
@pytest.mark.parametrize("zoom", range(5, 17))
def test_a_big_shape_is_cut_to_the_tile(zoom: int, a_city: TinyCity) -> None:
    (feature, *_) = features("districts", around(IN_WEST, zoom))
    for x, y in corners(feature["geometry"]["coordinates"]):
        assert -BUFFER - 1 <= x <= EXTENT + BUFFER + 1
        assert -BUFFER - 1 <= y <= EXTENT + BUFFER + 1


@pytest.mark.django_db
def test_a_tile_inside_a_district_is_covered_by_it_whole(a_city: TinyCity) -> None:
    (feature,) = features("districts", around(IN_WEST, 16))
    (ring,) = feature["geometry"]["coordinates"]
    low, high = -BUFFER, EXTENT + BUFFER
    assert {tuple(corner) for corner in ring} == {(low, low), (low, high), (high, high), (high, low)}


def wavy(steps: int) -> MultiPolygon:
    """A round area around the west with a rim of small waves."""
    rim = []
    for step in range(steps):
        angle, radius = 2 * math.pi * step / steps, 0.012 + 0.0001 * (step % 2)
        rim.append((IN_WEST[0] + radius * math.cos(angle), IN_WEST[1] + radius * math.sin(angle)))
    return MultiPolygon(Polygon([*rim, rim[0]]), srid=4326)


@pytest.mark.django_db
def test_detail_too_small_to_see_is_dropped_from_afar(a_city: TinyCity) -> None:
    Boundary.objects.filter(code="west").update(geometry=wavy(3000))
    drawn = {}
    for zoom in (6, 9, 12):
        found = [one for one in features("districts", around(IN_WEST, zoom)) if one["properties"]["code"] == "west"]
        drawn[zoom] = sum(len(corners(one["geometry"]["coordinates"])) for one in found)
    assert drawn[6] <= drawn[9] < drawn[12] < 3000
    assert drawn[9] < 100


@pytest.mark.django_db
def test_an_area_too_small_to_see_is_left_out_and_the_tile_stays_good(a_city: TinyCity) -> None:
    tiny = Polygon.from_bbox((IN_WEST[0], IN_WEST[1], IN_WEST[0] + 1e-7, IN_WEST[1] + 1e-7))
    Boundary.objects.filter(code="west").update(geometry=MultiPolygon(tiny, srid=4326))
    assert values(features("districts", around(IN_WEST, 8)), "code") == ["east"]
    Boundary.objects.filter(code="east").update(valid=(FROM, FROM + dt.timedelta(days=1)))
    assert ask("districts", around(IN_WEST, 8)).status_code == 204


@pytest.fixture
def streets(a_city: TinyCity) -> None:
    for number, (english, lon) in enumerate((("Long Street", 10.01), ("Side Street", 10.02))):
        line = LineString((lon, 50.0), (lon, 50.05))
        Street.objects.create(
            source_id=str(number), names={"en": english, "ru": "Улица"}, road_class=f"class-{number}", owner="city",
            geometry=MultiLineString(line, srid=4326),
        )  # fmt: skip


@pytest.mark.django_db
def test_streets_are_lines_with_name_and_class(streets: None) -> None:
    (feature,) = features("streets", around((10.01, 50.03), 16))
    assert feature["properties"] == {"id": "0", "name": "Long Street", "road_class": "class-0", "owner": "city"}
    assert feature["geometry"]["type"] == "LineString"
    assert [y for _, y in sorted(corners(feature["geometry"]["coordinates"]), key=lambda c: c[1])] == [-64, EXTENT + 64]
    assert values(features("streets", around((10.01, 50.03), 12), "road_class=class-1"), "name") == ["Side Street"]


@pytest.mark.django_db
def test_streets_are_found_by_the_spatial_index(a_city: TinyCity) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO gis_data_street (source_id, names, road_class, owner, geometry)
            SELECT i, '{}', '', '', ST_Multi(ST_MakeLine(ST_SetSRID(ST_MakePoint(10 + 0.1 * (i % 71) / 71, 50 + 0.05 * i / 3000), 4326),
                   ST_SetSRID(ST_MakePoint(10.001 + 0.1 * (i % 71) / 71, 50 + 0.05 * i / 3000), 4326)))
            FROM generate_series(1, 3000) AS i"""
        )
        cursor.execute("ANALYZE gis_data_street")
        wanted = tile_sql.statement(STREETS, around(IN_WEST, 16), Selection())
        cursor.execute("EXPLAIN " + wanted.sql, wanted.params)
        assert "street_geometry" in "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.django_db
def test_assets_of_any_shape_share_a_tile(a_city: TinyCity) -> None:
    lon, lat = IN_EAST
    shapes = {
        "lamp": Point(lon, lat, srid=4326),
        "fence": LineString((lon, lat), (lon + 0.0001, lat), srid=4326),
        "square": Polygon.from_bbox((lon, lat, lon + 0.0001, lat + 0.0001)),
    }
    for kind, shape in shapes.items():
        shape.srid = 4326
        Asset.objects.create(source_id=kind, kind=kind, names={"en": kind.title()}, geometry=shape)
    for zoom in (16, 17):
        found = features("assets", around(IN_EAST, zoom))
        assert [(one["properties"]["kind"], one["geometry"]["type"]) for one in found] == [
            ("lamp", "Point"),
            ("fence", "LineString"),
            ("square", "Polygon"),
        ]
    assert values(features("assets", around(IN_EAST, 16), "kind=lamp,bench"), "name") == ["Lamp"]
    west, south = lon - 0.001, lat - 0.001
    assert values(features("assets", around(IN_EAST, 16), f"bbox={west},{south},{lon},{lat}"), "kind") == [
        "lamp",
        "fence",
        "square",
    ]
    assert features("assets", around(IN_EAST, 16), f"bbox={west},{south},{west},{south}") == []
