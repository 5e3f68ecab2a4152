"""The child process that reads an uploaded file: what it is told, what it may do, what it leaves behind."""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import shapely
from django.utils import translation
from shapely import MultiPolygon, Polygon

from gis_data import upload, upload_child
from gis_data.upload import Upload, UploadRefused, read_upload
from tests.gis_data.makers import collection, district, feature

BOW_TIE = [[[10.0, 50.0], [10.1, 50.1], [10.1, 50.0], [10.0, 50.1], [10.0, 50.0]]]


def upload_of(content: str | bytes, srid: int | None = None) -> Upload:
    return read_upload(io.BytesIO(content.encode() if isinstance(content, str) else content), srid)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_refusal_names_limits_as_the_language_writes_them(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MOST_BYTES", 1000 * 1024**2)
    with translation.override(language):
        sentence = str(upload._refusal("too_many_areas", 3))
        assert upload._numbers(0)["areas"] in {"5,000", "5\xa0000"}
    assert upload._numbers(0)["areas"] in sentence or "5\xa0000" in sentence
    assert "3" in sentence


@pytest.mark.parametrize(
    "code", sorted({code for _words, code in upload_child._CODES} | {"too_complicated", "vanished", "tangled"})
)
def test_every_code_of_the_child_has_a_sentence(code: str) -> None:
    assert code in upload._SENTENCES
    assert "%(" not in str(upload._refusal(code, 1, 4326))


def test_the_child_inherits_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "https_proxy", "PYTHONPATH"):
        monkeypatch.setenv(name, "not for the child")
    shell = tmp_path / "python"
    shell.write_text(f'#!/bin/sh\n/usr/bin/env > "{tmp_path}/seen"\nexec "{sys.executable}" "$@"\n')
    shell.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(shell))
    upload_of(collection(district("west", 10.0, 10.04)))
    seen = (tmp_path / "seen").read_text()
    assert "GDAL_SKIP" in seen
    assert "not for the child" not in seen


def test_the_child_knows_two_formats_alone(tmp_path: Path) -> None:
    code = "import pyogrio, json; print(json.dumps(sorted(pyogrio.list_drivers())))"
    out = subprocess.run([sys.executable, "-s", "-c", code], env=upload._environment(tmp_path), capture_output=True, check=True)
    assert json.loads(out.stdout) == ["ESRI Shapefile", "GPKG"]


def test_the_child_sets_its_limits() -> None:
    code = (
        "import json, resource; from gis_data import upload_child; upload_child.limit_ourselves();"
        "print(json.dumps([resource.getrlimit(getattr(resource, 'RLIMIT_' + name)) for name in ('AS', 'CPU', 'FSIZE', 'CORE')]))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=upload._ROOT)
    limits = [upload_child.MEMORY, upload_child.SECONDS, upload_child.LONGEST_FILE, 0]
    assert json.loads(out.stdout) == [[limit, limit] for limit in limits]
    assert resource.getrlimit(resource.RLIMIT_CORE)  # ours are our own


@pytest.mark.parametrize("srid", [4326, 3857])
def test_the_child_reads_and_repairs_without_settings_and_database(tmp_path: Path, srid: int) -> None:
    (tmp_path / "areas.geojson").write_text(collection(feature("Polygon", BOW_TIE)))
    packed = upload_child.pack({"rows": [1]}, [shapely.to_wkb(MultiPolygon([Polygon(BOW_TIE[0])]))])
    (tmp_path / "areas.wkb").write_bytes(packed)
    code = (
        "import sys, pathlib; from gis_data import upload_child as child; folder = pathlib.Path(sys.argv[1]);"
        f"read = child.read('geojson', {srid}, folder / 'areas.geojson');"
        "mended = child.repair(folder / 'areas.wkb');"
        "assert b'Self-intersection' in mended;"
        "print(sorted({'django.conf', 'django.db', 'django.contrib.gis', 'psycopg'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, check=True, cwd=upload._ROOT)
    assert out.stdout.decode().strip() == "[]"


def test_nothing_is_left_in_the_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    upload_of(collection(district("west", 10.0, 10.04)))
    with pytest.raises(UploadRefused):
        upload_of(b"PK\x03\x04")
    assert list(tmp_path.iterdir()) == []
