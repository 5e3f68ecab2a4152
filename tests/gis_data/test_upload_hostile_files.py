"""Broken and hostile archives and databases: one sentence each, nothing connects, nothing is left behind."""

from __future__ import annotations

import gzip
import io
import socket
import sqlite3
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from shapely import Point

from gis_data.upload import read_upload
from tests.gis_data.hostile_uploads import (  # noqa: F401  # they run by themselves
    CRS,
    DAMAGED,
    GOOD,
    SQUARE,
    UNREADABLE,
    a_good_file_is_read_after_all_of_them,
    at,
    geopackage,
    nothing_stays_behind,
    refused,
    shapefile,
    zipped,
)

STRANGE = "This GeoPackage holds views or tables that cannot be read safely. Export the layer into a new one."
NO_SRID = "This file does not say its coordinate system. Give its EPSG number, or export the file in WGS 84 (EPSG:4326)."
LEADS_OUT = "This zip file has an entry that leads out of it. Pack the parts of the Shapefile into a new one."


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
