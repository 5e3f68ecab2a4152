"""Downloads: the same rows, names and filters in every format, read back by real readers."""

import datetime as dt
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.conf import LazySettings
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import GeometryCollection, LineString, Point
from django.db.models import BooleanField, Case, DateField, DateTimeField, FloatField, IntegerField, Value, When
from django.test import RequestFactory
from django.utils import timezone

from gis_data.models import Address, Asset
from layers import exports
from layers.declaration import Field, MapLayer
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.layers.exporting import FILES, SUFFIXES, ask, body, file, keys, read, table
from tests.layers.reading import around, features, values

pytestmark = pytest.mark.django_db
MOMENT = dt.datetime(2025, 3, 30, 1, 2, 3, 456000, dt.UTC)


@pytest.fixture(autouse=True)
def own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR = tmp_path


def test_all_formats_hold_the_same_rows_under_the_same_names(a_city: TinyCity) -> None:
    appeals = [an_appeal(a_city, category) for category in ("pothole", "lamp", "tree")]
    appeals.append(an_appeal(a_city, "lamp", None))
    wanted = {(one.public_id, one.category.code, "new", timezone.localdate(one.created_at).isoformat()) for one in appeals}
    rows = table("appeals.csv")
    assert list(rows[0]) == ["id", "category", "state", "created", "lon", "lat"]
    assert {(row["id"], row["category"], row["state"], row["created"]) for row in rows} == wanted
    assert sorted((row["lon"], row["lat"]) for row in rows) == [("", ""), *[("10.01", "50.04")] * 3]
    for suffix in ("geojson", *FILES):
        about, found, shapes = file(f"appeals.{suffix}")
        assert list(about["fields"]) == ["id", "category", "state", "created"]
        assert {(row["id"], row["category"], row["state"], str(row["created"])[:10]) for row in found} == wanted
        assert sorted((shape is None, shape and (shape.x, shape.y)) for shape in shapes) == [(False, IN_WEST)] * 3 + [
            (True, None)
        ]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "category=lamp",
        "category=lamp,tree&state=fixed",
        "state=in_progress,declined",
        "bbox=10.0,50.0,10.04,50.05",
        "from=2025-01-02&to=2025-01-02",
        "to=2024-12-31",
        "category=nothing",
    ],
)
def test_filters_leave_the_same_rows_in_every_format_and_in_the_tiles(query: str, a_city: TinyCity) -> None:
    days = [dt.datetime(2025, 1, day, 12, tzinfo=dt.UTC) for day in (1, 2, 3)]
    for number, state in enumerate(("new", "started", "done", "rejected", "closed", "planned")):
        an_appeal(
            a_city, ("lamp", "tree")[number % 2], (IN_WEST, IN_EAST)[number % 3 == 0], state=state, created_at=days[number % 3]
        )
    tiles = [found for place in (IN_WEST, IN_EAST) for found in features("appeals", around(place, 16), query)]
    wanted = sorted(values(tiles, "id"))
    assert {suffix: keys(f"appeals.{{}}?{query}", suffix) for suffix in SUFFIXES} == dict.fromkeys(SUFFIXES, wanted)


def test_geojson_is_as_its_standard_says(a_city: TinyCity) -> None:
    response = ask("districts.geojson")
    assert response["Content-Type"] == "application/geo+json"
    told = json.loads(body(response))
    assert list(told) == ["type", "features"]
    assert sorted(feature["id"] for feature in told["features"]) == ["east", "west"]
    for feature in told["features"]:
        assert list(feature) == ["type", "id", "geometry", "properties"]
        assert feature["properties"]["code"] == feature["id"]
        (polygon,) = feature["geometry"]["coordinates"]
        assert shapely.LinearRing(polygon[0]).is_ccw
        assert shapely.geometry.shape(feature["geometry"]).is_valid


def test_shapes_of_all_kinds_arrive_whole(a_city: TinyCity) -> None:
    shapes = {
        "lamp": Point(10.01, 50.01),
        "pipe": LineString((10.01, 50.01), (10.02, 50.02)),
        "both": GeometryCollection(Point(10.03, 50.03), LineString((10.01, 50.01), (10.02, 50.02))),
    }
    for name, shape in shapes.items():
        Asset.objects.create(source_id=name, kind=name, geometry=shape.clone())
    wanted = {name: shapely.from_wkt(shape.wkt) for name, shape in shapes.items()}
    found = {row["id"]: shapely.from_wkt(row["wkt"]) for row in table("assets.csv")}
    assert {name: shape.equals(wanted[name]) for name, shape in found.items()} == dict.fromkeys(wanted, True)
    for suffix in ("geojson", *FILES):
        _about, rows, given = file(f"assets.{suffix}")
        assert {row["id"]: shape.equals(wanted[row["id"]]) for row, shape in zip(rows, given, strict=True)} == dict.fromkeys(
            wanted, True
        )
    assert {shape.geom_type for shape in file("districts.gpkg")[2]} == {"MultiPolygon"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_names_are_in_the_language_asked_for(suffix: str, a_city: TinyCity) -> None:
    def names(query: str) -> list[str]:
        path = f"districts.{suffix}?{query}"
        return sorted(row["name"] for row in (table(path) if suffix == "csv" else file(path)[1]))

    assert names("lang=ru") == ["Восток", "Запад"]
    assert names("") == names("lang=fi") == ["East", "West"]


@pytest.mark.parametrize("name", ["appeals", "districts?bbox=0,0,1,1", "streets", "assets", "addresses"])
def test_nothing_is_a_good_file_too(name: str, a_city: TinyCity) -> None:
    name, _, query = name.partition("?")
    data = body(ask(f"{name}.csv?{query}")).decode()
    assert data.endswith("\r\n")
    assert data.count("\n") == 1
    assert json.loads(body(ask(f"{name}.geojson?{query}"))) == {"type": "FeatureCollection", "features": []}
    for suffix in FILES:
        about, rows, _shapes = file(f"{name}.{suffix}?{query}")
        assert rows == []
        assert list(about["fields"]) == data.strip().split(",")[: len(about["fields"])]
        assert about["crs"] == "EPSG:4326"


def _kinds() -> MapLayer:
    """A layer with a field of every kind, each once full and once empty."""

    def field(name: str, kind: Any, value: Any, output: Any) -> Field:
        return Field(name, name.title(), Case(When(text="full", then=Value(value)), output_field=output), kind=kind)

    return MapLayer(
        name="kinds",
        title="Kinds",
        geometry="point",
        queryset=Address.objects.all,
        geometry_column="point",
        key="key",
        fields=(
            Field("key", "Key", "text"),
            field("whole", "integer", 2**40, IntegerField()),
            field("number", "number", -0.5, FloatField()),
            field("yes", "boolean", True, BooleanField()),
            field("day", "date", MOMENT.date(), DateField()),
            field("moment", "date", MOMENT, DateTimeField()),
            Field("fid", "A name that files use", "postcode"),
            Field("lon", "Another", "postcode"),
        ),
    )


def _of_kinds(suffix: str) -> bytes:
    for text in ("full", "none"):
        Address.objects.get_or_create(source_id=text, text=text, point=Point(*IN_WEST, srid=4326))
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    return body(exports.download(request, layers=[_kinds()], name="kinds", suffix=suffix))


def test_every_kind_of_value_is_written_as_promised(a_city: TinyCity) -> None:
    header, *lines, rest = _of_kinds("csv").decode().split("\r\n")
    full, none = sorted(lines)
    assert header == "key,whole,number,yes,day,moment,fid,lon,geom_lon,lat"
    assert full == 'full,1099511627776,-0.5,true,2025-03-30,2025-03-30T01:02:03.456000Z,"","",10.01,50.04'
    assert none == 'none,,,,,,"","",10.01,50.04'
    assert rest == ""
    first, second = sorted(
        (one["properties"] for one in json.loads(_of_kinds("geojson"))["features"]), key=lambda one: one["key"]
    )
    assert (first["whole"], first["number"], first["yes"], first["day"]) == (2**40, -0.5, True, "2025-03-30")
    assert first["moment"] == "2025-03-30T01:02:03.456000Z"
    assert {second[name] for name in ("whole", "number", "yes", "day", "moment")} == {None}


@pytest.mark.parametrize("suffix", FILES)
def test_files_keep_kinds_and_empty_values(suffix: str, a_city: TinyCity) -> None:
    about, rows, _shapes = read(_of_kinds(suffix), suffix)
    kinds = dict(zip(about["fields"], about["ogr_types"], strict=True))
    assert kinds["whole"] == "OFTInteger64"
    assert kinds["day"] == ("OFTDate" if suffix == "gpkg" else "OFTDateTime"), "FlatGeobuf knows moments alone"
    assert kinds["moment"] == "OFTDateTime"
    full, none = sorted(rows, key=lambda row: row["key"])
    assert (full["number"], bool(full["yes"]), str(full["day"])[:10]) == (-0.5, True, "2025-03-30")
    assert str(full["moment"]).startswith("2025-03-30T01:02:03.456")
    assert str(none["day"]) == "NaT"
    assert none["whole"] != none["whole"], "an empty whole number reads as “not a number”"


def test_a_geopackage_says_inside_what_it_is(a_city: TinyCity, tmp_path: Path) -> None:
    a_city.city.credits = ["Testville survey"]
    a_city.city.licences = {"default": {"title": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}}
    a_city.city.save()
    path = tmp_path / "districts.gpkg"
    path.write_bytes(body(ask("districts.gpkg")))
    with sqlite3.connect(path) as inside:
        ((title, description),) = inside.execute("SELECT identifier, description FROM gpkg_contents")
        (indexes,) = inside.execute("SELECT count(*) FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'").fetchone()
    assert title == "Districts"
    assert "Testville survey" in description
    assert "creativecommons.org/licenses/by/4.0" in description
    assert indexes == 1


def test_a_flatgeobuf_has_its_index_only_while_that_fits_in_memory(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    from layers import exports_files

    def size(query: str) -> int:
        data = body(ask(f"districts.fgb?lang={query}"))
        assert len(read(data, "fgb")[1]) == 2
        return len(data)

    with_index = size("en")
    monkeypatch.setattr(exports_files, "MOST_INDEXED", 1)
    assert size("fi") < with_index
