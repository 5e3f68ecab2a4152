"""Broken and hostile uploads: one sentence each, nothing connects, nothing is left behind, and the next good file is read."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely import Polygon

from gis_data import upload
from gis_data.upload import UploadedArea, UploadRefused, read_upload
from tests.gis_data.hostile_uploads import (  # noqa: F401  # they run by themselves
    CRS,
    DAMAGED,
    GOOD,
    UNREADABLE,
    a_good_file_is_read_after_all_of_them,
    at,
    geopackage,
    nothing_stays_behind,
    refused,
    shapefile,
    worker_lives,
    zipped,
)
from tests.gis_data.makers import box, collection, district, feature

COMPLICATED = "This file is too big or too complicated to be read. Send one with simpler shapes or fewer areas."
TOO_BIG = "This file is larger than 64 MB. Send a smaller one, with simpler shapes or fewer areas."
NO_DEGREES = "The coordinates are not longitude and latitude in degrees."
NO_NUMBER = "A coordinate is not a finite number. Correct or remove the shape."
EMPTY_SHAPE = "The shape is empty or incomplete. Draw it again or remove the row."
WGS84 = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


class Endless:
    """A file that never ends."""

    taken = 0

    def read(self, size: int = -1, /) -> bytes:
        self.taken += size
        return b"[" * size


def polygon_record(points: np.ndarray[Any, Any]) -> dict[str, bytes]:
    """A shapefile of one ring, written byte by byte: no library would make one of ten million points so fast."""
    points[-1] = points[0]
    body = struct.pack("<i4d2i", 5, 10, 50, 11, 51, 1, len(points)) + struct.pack("<i", 0) + points.astype("<f8").tobytes()

    def head(length: int) -> bytes:
        return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, length // 2) + struct.pack("<2i8d", 1000, 5, 10, 50, 11, 51, 0, 0, 0, 0)

    table = struct.pack("<4BIHH20x", 3, 124, 1, 1, 1, 65, 6) + struct.pack("<11sc4xBB14x", b"name", b"C", 5, 0) + b"\r abcde\x1a"
    return {
        "a.shp": head(108 + len(body)) + struct.pack(">2i", 1, len(body) // 2) + body,
        "a.shx": head(108) + struct.pack(">2i", 50, len(body) // 2),
        "a.dbf": table,
        "a.prj": WGS84.encode(),
    }


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty. Choose the file again."),
        (b"name,wkt\na,POINT (1 2)\n", "This is no file of areas that can be read."),
        (b"[]", "This is no file of areas that can be read."),
        (b"\x7fELF" + random.Random(1).randbytes(100_000), "This is no file of areas that can be read."),
        (b"\n <!DOCTYPE html><html></html>", "This is a web page or another kind of XML, not a file of areas."),
        (b'\xef\xbb\xbf<?xml version="1.0"?><kml/>', "This is a web page or another kind of XML"),
        (b"<OGRVRTDataSource><SrcDataSource>/etc/hostname</SrcDataSource></OGRVRTDataSource>", "This is a web page or another"),
        (GOOD.encode("utf-16"), "The text in this file is not UTF-8. Save it again with the encoding UTF-8."),
        (GOOD.encode("utf-16-be"), "The text in this file is not UTF-8."),
        (GOOD.encode("utf-32"), "The text in this file is not UTF-8."),
        (
            polygon_record(np.zeros((4, 2)))["a.shp"],
            "A Shapefile has several parts. Put its .shp, .shx, .dbf and .prj into one zip",
        ),
    ],
)
def test_what_is_no_file_of_areas_is_refused_at_the_door(content: bytes, sentence: str) -> None:
    assert refused(content).startswith(sentence)


def test_an_endless_or_huge_file_is_cut_off_and_not_collected() -> None:
    with pytest.raises(UploadRefused) as caught:
        read_upload(endless := Endless())
    assert str(caught.value) == TOO_BIG
    assert endless.taken < 65 * 1024**2


def polygons(*rings: Any) -> str:
    return collection(*(feature("Polygon", ring) for ring in rings))


ELSEWHERE = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
NESTED: dict[str, Any] = {"type": "GeometryCollection", "geometries": [{"type": "GeometryCollection", "geometries": []}]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", DAMAGED),
        (GOOD[:-40], DAMAGED),
        ('{"a": ' + "[" * 100_000, "This file is nested too deep to be GeoJSON."),
        ('{"a": ' * 100_000, "This file is nested too deep to be GeoJSON."),
        ('{"type": "Topology", "objects": {}}', "This is no GeoJSON of areas: a FeatureCollection is expected."),
        (collection(), "There is no area in this file. Send a file with at least one polygon."),
        (collection({"type": "Feature", "properties": {}, "geometry": None}), "There is no area in this file."),
        (polygons(box(10, 50, 11, 51), []), f"Row 2: {EMPTY_SHAPE}"),
        (collection(feature("MultiPolygon", [box(10, 50, 11, 51), []])), f"Row 1: {EMPTY_SHAPE}"),
        (polygons([[[10, 50], [11, 50]]]), f"Row 1: {UNREADABLE}"),
        (polygons([[10, 50]]), f"Row 1: {EMPTY_SHAPE}"),
        (polygons(box(10, 50, 11, 51)).replace("50", "NaN"), NO_NUMBER),
        (polygons(box(10, 50, 11, 51)).replace("50", "1e999"), f"Row 1: {NO_NUMBER}"),
        (polygons(box(4_000_000, 6_000_000, 4_100_000, 6_100_000)), f"Row 1: {NO_DEGREES} If they are in metres,"),
        (polygons(box(10, 50, 11, 51), box(-33, 151, -34, 152)), f"Row 2: {NO_DEGREES} If they are in metres,"),
        (collection(feature("Point", [10, 50])), "Row 1: A point or a line stands where an area is expected."),
        (collection(feature("MultiLineString", [[[10, 50], [11, 51]]])), "Row 1: A point or a line stands where an area"),
        (collection({"type": "Feature", "geometry": NESTED}), "Row 1: This kind of shape cannot be read."),
        (collection({"type": "Feature", "geometry": {"type": "Polygon3D"}}), "Row 1: This kind of shape cannot be read."),
        ('{"type": "FeatureCollection", "features": [], "features": []}', "A name stands twice in one object of this file"),
        (GOOD.replace('"name": "West"', '"name": "West", "name": "East"'), "A name stands twice in one object of this file"),
        (at("document", ELSEWHERE), CRS),
        (at("feature", ELSEWHERE), f"Row 1: {CRS}"),
        (at("geometry", ELSEWHERE), f"Row 1: {CRS}"),
        (at("document", "EPSG:4326"), CRS),
        (GOOD.encode("cp1251").replace(b"West", "Запад".encode("cp1251")), "The text in this file is not UTF-8."),
    ],
)
def test_hostile_geojson_is_refused_with_a_sentence_and_its_row(text: str | bytes, sentence: str) -> None:
    assert refused(text).startswith(sentence)


def test_more_rows_than_we_take_are_refused() -> None:
    row = json.dumps(district("a", 10.0, 10.04))
    text = f'{{"type": "FeatureCollection", "features": [{",".join([row] * 5001)}]}}'
    assert refused(text) == "There are more than 5,000 rows in this file. Send a file with fewer."


def test_what_unpacks_to_far_more_than_it_is_is_refused() -> None:
    sentence = "This file unpacks to more than 200 MB, or is packed in a strange way."
    bomb = {"a.shp": b"\0" * 50_000_000, "a.shx": b"", "a.dbf": b""}
    assert refused(zipped(bomb)).startswith(sentence)
    assert refused(gzip.compress(b'{"type":' + b" " * 170_000_000, 1)).startswith(sentence)
    assert refused(gzip.compress(gzip.compress(GOOD.encode()))).startswith("The text in this file is not UTF-8.")


def test_ten_million_points_in_a_small_zip_are_refused() -> None:
    steps = np.random.default_rng(1).integers(0, 4, (10_000_000, 2)) / 8
    content = zipped(polygon_record(np.array([10.0, 50.0]) + steps), level=1)
    assert len(content) < 20_000_000
    assert refused(content) == "Row 1: The shape has more than 500,000 points. Simplify it and send the file again."


def test_many_big_shapes_of_a_geopackage_are_refused(tmp_path: Path) -> None:
    angle = np.linspace(0, 2 * np.pi, 450_000)
    circle = np.stack((10 + np.cos(angle), 50 + np.sin(angle)), axis=1)
    content = geopackage(tmp_path, *(Polygon(circle + place) for place in range(5)))
    assert refused(content) == "The shapes have more than 2,000,000 points together. Simplify them and send the file again."
    assert worker_lives()


@pytest.mark.parametrize("srid", [999999, -1, 10**30, 32762])
@pytest.mark.django_db
def test_a_number_of_no_coordinate_system_is_refused(srid: int) -> None:
    assert refused(GOOD, srid) == f"The coordinate system EPSG:{srid} is not known here. Export the file in WGS 84 (EPSG:4326)."


@pytest.mark.django_db
def test_coordinates_that_do_not_fit_their_system_are_refused() -> None:
    far = polygons(box(1e10, 1e10, 2e10, 2e10))
    assert refused(far, 32637).startswith(("The coordinates do not fit the coordinate system EPSG:32637.", f"Row 1: {NO_NUMBER}"))
    assert worker_lives()


def test_a_child_that_runs_out_of_time_is_ended_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(upload, "SECONDS", 0.02)
        assert refused(GOOD) == COMPLICATED
    assert worker_lives()


def test_a_child_that_runs_out_of_memory_is_ended_with_a_sentence() -> None:
    lists = b'{"type":"FeatureCollection","features":[' + b"[]," * 24_000_000 + b"[]]}"
    assert refused(gzip.compress(lists, 1)) == COMPLICATED
    assert worker_lives()


def test_two_files_at_once_are_refused_politely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "_PATIENCE_S", 0.0)
    with upload._AT_ONCE:
        assert refused(GOOD) == "Another file is being read just now. Try again in a moment."
    assert worker_lives()


def _mesh(lines: int) -> str:
    """A ring of ``lines`` strokes across and as many along: each crosses all the others."""
    there = [[10 + (number % 2), 50 + number / lines] for number in range(lines)]
    back = [[11 - number / lines, 51 - (number % 2)] for number in range(lines)]
    return polygons([[*there, *back, there[0]]])


def test_a_mesh_of_lines_is_repaired() -> None:
    (area,) = read_upload(io.BytesIO(_mesh(60).encode())).areas
    assert area.repaired == "Self-intersection"
    assert area.geometry.is_valid


@pytest.mark.full
@pytest.mark.parametrize("lines", [2000, 20_000])
def test_a_shape_made_to_take_for_ever_is_refused(lines: int) -> None:
    tangled = "Row 1: The lines of the shape cross each other too often to be repaired. Draw it again or remove the row."
    assert refused(_mesh(lines)) in {tangled, COMPLICATED}
    assert worker_lives()


@pytest.mark.full
@pytest.mark.parametrize("kind", ["geojson", "geopackage", "shapefile"])
@pytest.mark.parametrize("seed", range(20))
def test_a_file_with_bytes_exchanged_is_read_or_refused(tmp_path: Path, kind: str, seed: int) -> None:
    chance = random.Random(seed)
    content: bytes
    if kind == "shapefile":
        parts = {name: _shaken(part, chance) for name, part in shapefile(tmp_path).items()}
        content = zipped(parts)
    else:
        content = _shaken(GOOD.encode() if kind == "geojson" else geopackage(tmp_path), chance)
    sentence, found = "", tuple[UploadedArea, ...]()
    try:
        found = read_upload(io.BytesIO(content)).areas
    except UploadRefused as refusal:
        sentence = str(refusal)
    assert sentence != COMPLICATED
    assert bool(found) != bool(sentence)
    assert all(area.geometry.is_valid and not area.geometry.is_empty for area in found)


def _shaken(content: bytes, chance: random.Random) -> bytes:
    shaken = bytearray(content)
    for _ in range(max(2, len(content) // 3000)):
        shaken[chance.randrange(min(16, len(shaken) // 2), len(shaken))] = chance.randrange(256)
    return bytes(shaken)
