"""Broken and hostile archives and databases are refused with a sentence, and never reach GDAL."""

from __future__ import annotations

import gzip
import io
import sqlite3
import stat
import zipfile
from pathlib import Path

import pytest
from shapely.geometry import Point

from gis_data.pack_types import PackSource
from gis_data.readers import files, read, vector
from tests.gis_data.makers import collection, feature, shapefile_zip, write_vector
from tests.gis_data.refusing import refusal


def test_a_cut_or_lying_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson.gz"
    path.write_bytes(gzip.compress(collection(feature("Point", [10, 50])).encode() * 50)[:-12])
    assert "gzip" in refusal(path, "geojson").reason


def test_a_small_file_that_unpacks_to_a_huge_one_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files.whole, "__defaults__", (1024**2,))
    path = tmp_path / "x.geojson.gz"
    path.write_bytes(gzip.compress(b" " * 5 * 1024**2))
    assert "unpacks to more than 1 MB" in refusal(path, "geojson").reason


def _zip(path: Path, entries: dict[str, bytes], link: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = ((stat.S_IFLNK if name == link else stat.S_IFREG) | 0o644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return path


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../evil.shp", "leads out"),
        ("/etc/evil.shp", "leads out"),
        ("a\\..\\evil.shp", "leads out"),
        ("C:evil.shp", "leads out"),
        ("", "leads out"),
        ("things.vrt", "no part of a shapefile"),
        ("things.py", "no part of a shapefile"),
        ("other.shp", "two entries end in .shp"),
    ],
)
def test_a_zip_with_a_strange_entry_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    good = shapefile_zip(tmp_path, [Point(10, 50)], ["a"])
    with zipfile.ZipFile(good) as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
    assert reason in refusal(_zip(tmp_path / "bad.zip", {**entries, name: b"x"}), "shapefile-zip").reason


def test_a_zip_with_a_link_a_bomb_or_without_table_is_refused(tmp_path: Path) -> None:
    link = _zip(tmp_path / "link.zip", {"a.shp": b"/etc/passwd", "a.shx": b"", "a.dbf": b""}, link="a.shp")
    assert "is a link" in refusal(link, "shapefile-zip").reason
    bomb = _zip(tmp_path / "bomb.zip", {"a.shp": b"\0" * 8_000_000, "a.shx": b"", "a.dbf": b""})
    assert "times its size" in refusal(bomb, "shapefile-zip").reason
    assert "no .dbf" in refusal(_zip(tmp_path / "part.zip", {"a.shp": b"", "a.shx": b""}), "shapefile-zip").reason


@pytest.mark.parametrize("part", ["things.shp", "things.shx", "things.dbf"])
@pytest.mark.parametrize("left", [0, 20, 100, -5])
def test_a_part_of_a_shapefile_that_was_cut_off_is_refused(tmp_path: Path, part: str, left: int) -> None:
    with zipfile.ZipFile(shapefile_zip(tmp_path, [Point(10, 50)] * 3, ["a"] * 3)) as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
    cut = _zip(tmp_path / "cut.zip", {**entries, part: entries[part][:left]})
    assert refusal(cut, "shapefile-zip").reason in {f"its {Path(part).suffix} is cut off", "its .shp is no shapefile"}


def test_what_macos_packs_beside_the_files_is_left_alone(tmp_path: Path) -> None:
    good = shapefile_zip(tmp_path, [Point(10, 50)], ["a"])
    with zipfile.ZipFile(good, "a") as archive:
        for name in ("__MACOSX/._things.shp", "._things.dbf", ".DS_Store", "things.qmd"):
            archive.writestr(name, b"x")
    assert len(list(read(PackSource(file="x", format="shapefile-zip"), good))) == 1


def test_what_only_calls_itself_a_shapefile_never_reaches_gdal(tmp_path: Path) -> None:
    vrt = b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/hostname</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    path = _zip(tmp_path / "vrt.zip", {"a.shp": vrt, "a.shx": vrt, "a.dbf": vrt})
    assert "no shapefile" in refusal(path, "shapefile-zip").reason


def test_a_shapefile_without_a_number_for_its_projection_asks_for_one(tmp_path: Path) -> None:
    path = shapefile_zip(tmp_path, [Point(921478, 1087685)], ["a"], epsg=None)
    assert "name the srid" in refusal(path, "shapefile-zip").reason


def test_a_geopackage_with_views_or_virtual_tables_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    write_vector(path, [Point(10, 50)], ["a"])
    with sqlite3.connect(path) as database:
        database.execute("CREATE VIEW evil AS SELECT * FROM x")
        database.execute("UPDATE gpkg_contents SET table_name = 'evil' WHERE table_name = 'x'")
    database.close()
    assert "no layer 'evil' that is a table" in refusal(path, "geopackage").reason
    write_vector(virtual := tmp_path / "v.gpkg", [Point(10, 50)], ["a"])
    with sqlite3.connect(virtual) as database:
        database.execute("CREATE VIRTUAL TABLE evil USING fts5(a)")
    database.close()
    assert "virtual table" in refusal(virtual, "geopackage").reason


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("ALTER TABLE gpkg_contents RENAME TO old; CREATE VIEW gpkg_contents AS SELECT * FROM old", "the view 'gpkg_contents'"),
        ("ALTER TABLE x ADD COLUMN bad AS (zeroblob(1000000000))", "a computed column in 'x'"),
    ],
)
def test_a_geopackage_that_computes_what_it_holds_is_refused(tmp_path: Path, script: str, reason: str) -> None:
    write_vector(path := tmp_path / "x.gpkg", [Point(10, 50)], ["a"])
    database = sqlite3.connect(path)
    database.executescript(script)
    database.close()
    assert reason in refusal(path, "geopackage").reason


def test_a_geopackage_of_many_layers_must_be_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    write_vector(path, [Point(10, 50)], ["a"])
    assert "no layer 'streets'" in refusal(path, "geopackage", layer="streets").reason


def test_the_copy_of_a_geopackage_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector, "MAX_GEOPACKAGE", 10_000)
    write_vector(path := tmp_path / "x.gpkg", [Point(10, 50)], ["a"])
    assert "unpacks to more than" in refusal(path, "geopackage").reason


def test_a_table_in_a_zip_that_holds_more_than_it_says_is_refused(tmp_path: Path) -> None:
    path = shapefile_zip(tmp_path, [Point(10, 50)], ["a"])
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(bytes(raw))) as archive:
        size = archive.getinfo("things.shp").file_size
    at = raw.rfind(b"things.shp") - 46 + 24  # the size in the central directory
    raw[at : at + 4] = (size - 60).to_bytes(4, "little")
    path.write_bytes(bytes(raw))
    assert refusal(path, "shapefile-zip").reason
