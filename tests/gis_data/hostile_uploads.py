"""Hostile uploads: what the tests send, what they hear, and that nothing stays behind."""

from __future__ import annotations

import io
import sqlite3
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from gis_data import upload
from gis_data.upload import UploadRefused, read_upload
from tests.gis_data.makers import collection, district, shapefile_zip, write_vector

GOOD = collection(district("west", 10.0, 10.04), district("east", 10.04, 10.09))
SQUARE = Polygon([(10, 50), (11, 50), (11, 51), (10, 51)])
DAMAGED = "This file is damaged or incomplete. Export it again and send the new file."
CRS = "This GeoJSON is not in WGS 84. Export it in WGS 84 (EPSG:4326), or give the EPSG number"
UNREADABLE = "The shape cannot be read. Draw it again or remove the row."


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


def at(place: str, crs: Any) -> str:
    """GeoJSON with a crs member at one of its levels."""
    one = district("west", 10.0, 10.04)
    if place != "document":
        (one if place == "feature" else one["geometry"])["crs"] = crs
    return collection(one, **({"crs": crs} if place == "document" else {}))
