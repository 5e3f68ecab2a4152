"""Broken and hostile files: one clear refusal with file, row and reason; never a crash, never a file beside our own."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis_data.pack_types import Format, PackSource
from gis_data.readers import Broken, read
from gis_data.readers.wkb import is_flat
from tests.gis_data.makers import collection, feature, write_pbf
from tests.gis_data.refusing import refusal

NESTED = json.dumps({"type": "Feature", "properties": {}, "geometry": {"type": "GeometryCollection", "geometries": []}})


@pytest.mark.parametrize(
    ("text", "row", "reason"),
    [
        ("", 0, "not JSON"),
        ('{"type": "FeatureCollection", "features": [', 0, "not JSON"),
        ("[" * 200_000, 0, "nested too deep"),
        ('{"type": "Topology", "objects": {}}', 0, "no GeoJSON"),
        ("7", 0, "no GeoJSON"),
        (collection(feature("Point", [10, 50])).replace("10", "NaN"), 0, "NaN is no JSON number"),
        (collection(feature("Point", [10, 50])).replace("10", "-Infinity"), 0, "Infinity is no JSON number"),
        (collection(feature("Point", [10, 50]), feature("Point", [1e400, 50])), 0, "Infinity is no JSON number"),
        (collection(feature("Point", [10, 50])).replace("10", "1e999"), 1, "not a finite number"),
        (collection(feature("Point", [10, 50])).replace("10", "1" + "0" * 5000), 0, "not JSON"),
        (collection(feature("Point", [True, 50])), 1, "not a finite number"),
        (collection(feature("Point", ["10", 50])), 1, "not a finite number"),
        (collection(feature("Point", [])), 1, "missing or empty"),
        (collection(feature("Point", [10])), 1, "a position has two numbers"),
        (collection(feature("Point", [10, 50]), feature("Point", [[10, 50]])), 2, "a position has two numbers"),
        (collection(feature("Polygon", [])), 1, "missing or empty"),
        (collection(feature("Polygon", [[[10, 50], [11, 50]]])), 1, "cannot be read"),
        (collection(feature("LineString", [[10, 50]])), 1, "cannot be read"),
        (collection(feature("Point", [50000, 6000000])), 1, "not longitude, latitude"),
        (collection(json.loads(NESTED)), 1, "GeometryCollection is no geometry"),
        (collection({"type": "Feature", "geometry": {"type": ["Point"], "coordinates": [1, 2]}}), 1, "no geometry"),
        (collection({"type": "Feature", "properties": [1], "geometry": None}), 1, "properties are no object"),
        (collection("Feature"), 1, "no Feature"),
        ('{"type": "FeatureCollection", "features": [], "features": []}', 0, "a name stands twice in one object"),
    ],
)
def test_broken_geojson_is_refused_with_its_row(tmp_path: Path, text: str, row: int, reason: str) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(text)
    error = refusal(path, "geojson")
    assert reason in error.reason
    assert error.row == row


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "name", "properties": {"name": "/vsicurl/http://127.0.0.1/x"}},
        {"type": "link", "properties": {"href": "http://127.0.0.1/x", "type": "proj4"}},
        {"type": "name", "properties": {"name": "EPSG:3857"}},
        {"type": "name", "properties": {"name": ["EPSG:4326"]}},
        "EPSG:4326",
        7,
    ],
)
@pytest.mark.parametrize("place", ["document", "feature", "geometry"])
def test_a_crs_member_is_refused_wherever_it_stands(tmp_path: Path, crs: Any, place: str) -> None:
    one = feature("Point", [10, 50])
    if place == "feature":
        one["crs"] = crs
    if place == "geometry":
        one["geometry"]["crs"] = crs
    path = tmp_path / "x.geojson"
    path.write_text(collection(one, **({"crs": crs} if place == "document" else {})))
    assert "crs member" in refusal(path, "geojson").reason


def test_a_crs_member_that_says_nothing_new_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    path.write_text(collection(feature("Point", [10, 50]), crs=crs))
    (only,) = read(PackSource(file="x", format="geojson"), path)
    assert only.srid == 4326


@pytest.mark.parametrize(
    ("text", "row", "reason"),
    [
        (b"", 0, "is empty"),
        (b"name,x\n", 0, "the column 'y' is missing"),
        (b"x,y,x\n", 0, "stands there twice"),
        (b"name,x,y\na,10,50\nb,10\n", 2, "2 values for 3 columns"),
        (b"name,x,y\na,10,fifty\n", 1, "y is 'fifty', no number"),
        (b"name,x,y\na,nan,50\n", 1, "no number"),
        (b"name,x,y\na,inf,50\n", 1, "no number"),
        (b"name,x,y\na,1_0,50\n", 1, "no number"),
        ("name,x,y\na,１0,50\n".encode(), 1, "no number"),
        (b"name,x,y\na,10,\n", 1, "y is '', no number"),
        (b"name,x,y\na,500,50\n", 1, "not longitude, latitude"),
        (b"name,x,y\na\x00,10,50\n", 1, "cannot be stored"),
        (b"name,x,y\na,10,50\n\xff\xfe,10,50\n", 1, "not UTF-8"),
        (b'name,x,y\n"a,10,50\n', 1, "not CSV"),
    ],
)
def test_broken_csv_is_refused_with_its_row(tmp_path: Path, text: bytes, row: int, reason: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(text)
    error = refusal(path, "csv", lon="x", lat="y")
    assert reason in error.reason
    assert error.row == row


@pytest.mark.parametrize(
    "wkt",
    [
        "POINT EMPTY",
        "POINT (10)",
        "POINT (NaN 50)",
        "GEOMETRYCOLLECTION (POINT (10 50))",
        "GeometryCollection(" * 300 + "POINT(1 1)" + ")" * 300,
        "(" * 100_000,
        "SRID=3857;POINT (10 50)",
        "CIRCULARSTRING (0 0, 1 1, 1 0)",
        "/etc/hostname",
    ],
)
def test_bad_wkt_is_refused(tmp_path: Path, wkt: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f'shape\n"{wkt}"\n')
    assert refusal(path, "csv", wkt="shape").row == 1


@pytest.mark.parametrize("blob", ["zz", "01", "0107000000000000000", "010700000000000000", "0" * 9000, "0101000020E6100000"])
def test_bad_ewkb_is_refused(tmp_path: Path, blob: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"shape\n{blob}\n")
    assert refusal(path, "csv", ewkb="shape").row == 1


def _collection_of_collections(depth: int, code: int = 7) -> str:
    return (b"\x01" + code.to_bytes(4, "little") + b"\x01\x00\x00\x00").hex() * depth + "0101000000" + "00" * 16


@pytest.mark.parametrize("code", [7, 1007, 0x8000_0007, 4, 6, 10, 15])
def test_a_deep_nest_of_collections_never_reaches_the_library(tmp_path: Path, code: int) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"shape\n{_collection_of_collections(100_000, code)}\n")
    assert "or is a collection" in refusal(path, "csv", ewkb="shape").reason


@pytest.mark.parametrize(
    "wkt",
    ["POINT (1 2)", "LINESTRING Z (1 2 3, 4 5 6)", "POLYGON ((0 0, 1 0, 1 1, 0 0), (0 0, 1 0, 1 1, 0 0))",
     "MULTIPOINT (1 2, 3 4)", "MULTILINESTRING ((1 2, 3 4), (5 6, 7 8, 9 10))", "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))"],
)  # fmt: skip
@pytest.mark.parametrize("flavour", ["iso", "extended"])
@pytest.mark.parametrize("byte_order", [0, 1])
def test_every_plain_geometry_passes_the_look_at_its_skeleton(wkt: str, flavour: str, byte_order: int) -> None:
    geometry = shapely.set_srid(shapely.from_wkt(wkt), 4326)
    blob = shapely.to_wkb(geometry, flavor=flavour, byte_order=byte_order, include_srid=flavour == "extended")
    assert is_flat(blob)
    assert not is_flat(blob[:-1])
    assert not is_flat(blob + b"\x00")


def test_an_ewkb_with_another_srid_than_the_packs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("shape\n0101000020E610000000000000000024400000000000004940\n")
    assert "the EWKB says SRID 4326, the pack 3067" in refusal(path, "csv", ewkb="shape", srid=3067).reason


@given(noise=st.binary(max_size=400))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("format_", ["geojson", "csv", "osm-pbf", "geopackage", "shapefile-zip"])
def test_noise_is_read_or_refused_but_never_crashes(tmp_path: Path, format_: Format, noise: bytes) -> None:
    path = tmp_path / "noise"
    needed: dict[str, dict[str, Any]] = {"csv": {"wkt": "a"}, "osm-pbf": {"tags": {"a": ("*",)}}}
    more = needed.get(format_, {})
    for content in (noise, gzip.compress(noise), noise + b"a\n" + noise):
        path.write_bytes(content)
        outcome = "read"
        try:
            list(read(PackSource(file="noise", format=format_, **more), path))
        except Broken as error:
            outcome = error.reason
        assert outcome


def test_a_cut_extract_is_refused(tmp_path: Path) -> None:
    nodes = {n: (10 + n / 1e5, 50.0, {"amenity": f"bench{n}"}) for n in range(20_000)}
    path = write_pbf(tmp_path / "x.osm.pbf", nodes, {})
    path.write_bytes(path.read_bytes()[:-2000])
    assert "damaged" in refusal(path, "osm-pbf", tags={"amenity": ("*",)}).reason
