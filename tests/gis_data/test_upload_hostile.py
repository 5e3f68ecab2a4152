"""Broken and hostile uploads: one sentence each, nothing connects, nothing is left behind, and the next good file is read."""

from __future__ import annotations

import gzip
import io
import json
import random
import socket
import sqlite3
import stat
import struct
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely import Point, Polygon
from shapely.geometry.base import BaseGeometry

from gis_data import upload
from gis_data.upload import UploadedArea, UploadRefused, read_upload
from tests.gis_data.makers import box, collection, district, feature, shapefile_zip, write_vector

GOOD = collection(district("west", 10.0, 10.04), district("east", 10.04, 10.09))
SQUARE = Polygon([(10, 50), (11, 50), (11, 51), (10, 51)])
DAMAGED = "This file is damaged or incomplete. Export it again and send the new file."
COMPLICATED = "This file is too big or too complicated to be read. Send one with simpler shapes or fewer areas."
STRANGE = "This GeoPackage holds views or tables that cannot be read safely. Export the layer into a new one."
NO_SRID = "This file does not say its coordinate system. Give its EPSG number, or export the file in WGS 84 (EPSG:4326)."
LEADS_OUT = "This zip file has an entry that leads out of it. Pack the parts of the Shapefile into a new one."
TOO_BIG = "This file is larger than 64 MB. Send a smaller one, with simpler shapes or fewer areas."
NO_DEGREES = "The coordinates are not longitude and latitude in degrees."
NO_NUMBER = "A coordinate is not a finite number. Correct or remove the shape."
CRS = "This GeoJSON is not in WGS 84. Export it in WGS 84 (EPSG:4326), or give the EPSG number"
EMPTY_SHAPE = "The shape is empty or incomplete. Draw it again or remove the row."
UNREADABLE = "The shape cannot be read. Draw it again or remove the row."
WGS84 = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


def worker_lives() -> bool:
    return len(read_upload(io.BytesIO(GOOD.encode())).areas) == 2


@pytest.fixture(autouse=True, scope="module")
def a_good_file_is_read_after_all_of_them() -> Iterator[None]:
    yield
    assert worker_lives()


@pytest.fixture(autouse=True)
def nothing_stays_behind(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No temporary file outlives a refusal, and the next upload need not wait."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []
    assert upload._AT_ONCE.acquire(blocking=False)
    upload._AT_ONCE.release()


def refused(content: str | bytes, srid: int | None = None) -> str:
    with pytest.raises(UploadRefused) as caught:
        read_upload(io.BytesIO(content.encode() if isinstance(content, str) else content), srid)
    return str(caught.value)


class Endless:
    """A file that never ends."""

    taken = 0

    def read(self, size: int = -1, /) -> bytes:
        self.taken += size
        return b"[" * size


def zipped(entries: dict[str, bytes], link: str | None = None, level: int = 6) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = ((stat.S_IFLNK if name == link else stat.S_IFREG) | 0o644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, level)
    return out.getvalue()


def shapefile(folder: Path, *shapes: BaseGeometry) -> dict[str, bytes]:
    """The parts of a good shapefile: name → content."""
    with zipfile.ZipFile(shapefile_zip(folder, shapes or [SQUARE], ["a"] * max(len(shapes), 1))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def geopackage(folder: Path, *shapes: BaseGeometry, script: str = "") -> bytes:
    """A GeoPackage after ``script``, run where functions of GDAL seem to exist."""
    path = folder / "x.gpkg"
    path.unlink(missing_ok=True)
    write_vector(path, shapes or [SQUARE], ["a"] * max(len(shapes), 1))
    database = sqlite3.connect(path)
    for name in ("ogr_geocode", "gdal_get_pixel_value", "ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
        database.create_function(name, -1, lambda *_: 0, deterministic=True)
    database.executescript(script)
    database.close()
    return path.read_bytes()


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


def at(place: str, crs: Any) -> str:
    """GeoJSON with a crs member at one of its levels."""
    one = district("west", 10.0, 10.04)
    if place != "document":
        (one if place == "feature" else one["geometry"])["crs"] = crs
    return collection(one, **({"crs": crs} if place == "document" else {}))


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


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("../../x.shp", LEADS_OUT),
        ("/etc/x.shp", LEADS_OUT),
        ("/vsicurl/http://127.0.0.1/x.shp", LEADS_OUT),
        ("other.shp", "This zip file holds more than one Shapefile. Pack each into a zip file of its own."),
        ("things.vrt", "This zip file holds something else than a Shapefile."),
        ("", LEADS_OUT),
    ],
)
def test_a_zip_with_a_strange_entry_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    assert refused(zipped({**shapefile(tmp_path), name: b"x"})).startswith(sentence)


def test_a_zip_with_a_link_or_a_password_or_without_a_part_is_refused(tmp_path: Path) -> None:
    parts = shapefile(tmp_path)
    assert refused(zipped({**parts, "things.shp": b"/etc/passwd"}, link="things.shp")) == LEADS_OUT
    locked = bytearray(zipped(parts))
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = locked.find(magic)
        while start >= 0:
            locked[start + flags] |= 1
            start = locked.find(magic, start + 1)
    assert refused(bytes(locked)).startswith("This zip file has a password.")
    del parts["things.dbf"]
    assert refused(zipped(parts)).startswith("A part of the Shapefile is missing in this zip file.")
    assert refused(zipped({})).startswith("A part of the Shapefile is missing in this zip file.")


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


def test_a_shapefile_without_projection_and_not_a_number_in_it_is_refused(tmp_path: Path) -> None:
    parts = shapefile(tmp_path)
    broken = bytearray(parts["things.shp"])
    broken[-16:-8] = struct.pack("<d", float("nan"))
    assert refused(zipped({**parts, "things.shp": bytes(broken)})).startswith(("Row 1: A coordinate", f"Row 1: {UNREADABLE}"))
    for projection in (b"", b"/etc/hostname"):
        assert refused(zipped({**parts, "things.prj": projection})) == NO_SRID
    assert refused(zipped({**parts, "things.prj": b"GEOGCS[" * 9000})) == DAMAGED


def test_points_lines_and_collections_of_other_kinds_are_refused(tmp_path: Path) -> None:
    sentence = "Row 1: A point or a line stands where an area is expected. Send polygons only."
    line = shapely.LineString([(10, 50), (11, 51)])
    assert refused(zipped(shapefile(tmp_path / "points", Point(10, 50)))) == sentence
    assert refused(zipped(shapefile(tmp_path / "lines", line))) == sentence
    assert refused(geopackage(tmp_path, line)) == sentence
    nested = shapely.GeometryCollection([shapely.GeometryCollection([SQUARE])])
    assert refused(geopackage(tmp_path, nested)).startswith("Row 1: This kind of shape cannot be read.")
    assert refused(geopackage(tmp_path, script="DELETE FROM gpkg_contents")).startswith(
        "This GeoPackage does not hold exactly one"
    )


URL = "http://127.0.0.1:9/x"
_RENAMED = "ALTER TABLE gpkg_contents RENAME TO old; CREATE VIEW gpkg_contents AS "


@pytest.mark.parametrize(
    "script",
    [
        "CREATE VIEW evil AS SELECT * FROM x; UPDATE gpkg_contents SET table_name = 'evil'",
        _RENAMED + "SELECT * FROM old",
        _RENAMED
        + "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i FROM r) SELECT i AS table_name, 'features' AS data_type FROM r",
        "CREATE VIRTUAL TABLE evil USING fts5(a)",
        "ALTER TABLE x ADD COLUMN bad GENERATED ALWAYS AS (zeroblob(1000000000)) VIRTUAL",
        f"ALTER TABLE x ADD COLUMN bad AS (gdal_get_pixel_value('/vsicurl/{URL}', 1, 'georef', 1, 1))",
        f"ALTER TABLE gpkg_contents ADD COLUMN bad AS (ogr_geocode('{URL}'))",
        "PRAGMA writable_schema = 1; INSERT INTO sqlite_master VALUES ('table', 'e', 'e', 0, 'CREATE VIRTUAL TABLE e USING x(\"/etc\")')",
    ],
)
def test_a_geopackage_that_computes_or_looks_elsewhere_is_refused(tmp_path: Path, script: str) -> None:
    assert refused(geopackage(tmp_path, script=script)) == STRANGE


def test_a_trigger_of_a_geopackage_is_never_run_and_a_plain_database_is_none(tmp_path: Path) -> None:
    script = "CREATE TRIGGER t AFTER INSERT ON x BEGIN DELETE FROM x; END; CREATE VIEW v AS SELECT 1; ATTACH ':memory:' AS other"
    assert len(read_upload(io.BytesIO(geopackage(tmp_path, script=script))).areas) == 1
    sentence = "This database is no GeoPackage, or is damaged."
    with sqlite3.connect(tmp_path / "plain.db") as database:
        database.execute("CREATE TABLE x (a)")
    database.close()
    assert refused((tmp_path / "plain.db").read_bytes()).startswith(sentence)
    assert refused(b"SQLite format 3\x00").startswith(sentence)


@pytest.mark.parametrize("kind", ["geojson", "gzip", "geopackage", "shapefile"])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, kind: str) -> None:
    whole = {
        "geojson": GOOD.encode,
        "gzip": lambda: gzip.compress(GOOD.encode()),
        "geopackage": lambda: geopackage(tmp_path),
        "shapefile": lambda: zipped(shapefile(tmp_path)),
    }[kind]()
    for share in (0.3, 0.95):
        assert refused(whole[: int(len(whole) * share)]).startswith((DAMAGED, "This database is no GeoPackage, or is damaged."))


@pytest.mark.parametrize("name", ["things.shp", "things.shx", "things.dbf"])
def test_a_part_of_a_shapefile_that_was_cut_off_is_refused(tmp_path: Path, name: str) -> None:
    parts = shapefile(tmp_path, SQUARE, SQUARE)
    for length in (20, len(parts[name]) - 20):
        assert refused(zipped({**parts, name: parts[name][:length]})) == DAMAGED


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """An address of this machine, and what anybody said to it."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    caller, _address = server.accept()
                except OSError:
                    return
                with caller:
                    heard.append(caller.recv(100))

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x", heard
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def _asks(listener: tuple[str, list[bytes]]) -> list[bytes]:
    """Call the listener ourselves; what it heard must be this call alone."""
    url, heard = listener
    with socket.create_connection(("127.0.0.1", int(url.split(":")[2].split("/")[0]))) as caller:
        caller.sendall(b"ours")
        caller.recv(1)  # until it hangs up
    return heard


def test_no_address_in_any_file_is_ever_called(tmp_path: Path, listener: tuple[str, list[bytes]]) -> None:
    url = listener[0]
    link = {"type": "link", "properties": {"href": url, "type": "proj4"}}
    for place in ("document", "feature", "geometry"):
        assert CRS in refused(at(place, link))
    for name in (url, f"/vsicurl/{url}"):
        assert CRS in refused(at("document", {"type": "name", "properties": {"name": name}}))
    parts = shapefile(tmp_path)
    for projection in (url, f"/vsicurl/{url}", f'PROJCS["a",EXTENSION["PROJ4","+proj=utm +zone=1 +nadgrids={url}"]]'):
        assert refused(zipped({**parts, "things.prj": projection.encode()})) in {NO_SRID, DAMAGED}
    vrt = (
        f'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/vsicurl/{url}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    )
    assert refused(vrt)
    assert refused(zipped({**parts, "things.vrt": vrt.encode()}))
    assert refused(zipped({**parts, "things.shp": vrt.encode()})) == DAMAGED
    read_upload(io.BytesIO(zipped({**parts, "things.shp.xml": vrt.encode(), "things.cpg": url.encode()})))
    for definition in (url, f"/vsicurl/{url}", f"+proj=utm +nadgrids={url}"):
        script = f"UPDATE gpkg_spatial_ref_sys SET definition = '{definition}', organization = 'NONE' WHERE srs_id = 4326"
        assert refused(geopackage(tmp_path, script=script)) in {NO_SRID, DAMAGED}
    read_upload(
        io.BytesIO(geopackage(tmp_path, script=f"UPDATE gpkg_contents SET description = '/vsicurl/{url}', identifier = '{url}'"))
    )
    assert _asks(listener) == [b"ours"]


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
