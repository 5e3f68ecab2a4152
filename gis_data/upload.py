"""A file of areas that a member of staff uploads → valid areas (MultiPolygon, SRID 4326), or one sentence that says why not.

Nothing of the file is parsed in the web server: child processes with limits (``upload_child.py``) do it, so that the worst file
costs its own reading. Taken are GeoJSON (also gzip), GeoPackage and a zipped Shapefile, by what the file is, never by its name.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import pyogrio
import shapely
from django.db import connection
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from shapely import MultiPolygon

from gis_data import staging
from gis_data.readers import Broken, Feature
from gis_data.readers.feature import MAX_VERTICES
from gis_data.readers.vector import MAX_UNPACKED
from gis_data.upload_child import MOST_AREAS, MOST_VERTICES, pack, unpack

__all__ = ["MOST_BYTES", "Upload", "UploadRefused", "UploadedArea", "read_upload"]

MOST_BYTES: Final = 64 * 1024**2
#: For all that is done with one file; a child is ended by its own limits long before, unless it waits for something.
SECONDS: Final = 45.0
#: Two million vertices take 32 MB; the rest is for texts.
_MOST_ANSWER: Final = 96 * 1024**2
_CHUNK: Final = 256 * 1024
_ROOT: Final = Path(__file__).resolve().parents[1]
#: Files that one server process has read at the same time: each may take more than a gigabyte.
_AT_ONCE: Final = threading.BoundedSemaphore(1)
_PATIENCE_S: Final = 2.0
_VERTICES_A_STATEMENT: Final = 50_000
_DRIVERS: Final = frozenset({"ESRI Shapefile", "GPKG"})

_STARTS: Final[Sequence[tuple[bytes, str]]] = (
    (b"PK\x03\x04", "shapefile-zip"),
    (b"PK\x05\x06", "shapefile-zip"),
    (b"SQLite format 3\x00", "geopackage"),
    (b"\x1f\x8b", "geojson"),
)

_SENTENCES: Final[Mapping[str, str | Promise]] = {
    "too_big": _("This file is larger than %(megabytes)s MB. Send a smaller one, with simpler shapes or fewer areas."),
    "empty": _("This file is empty. Choose the file again."),
    "kind": _("This is no file of areas that can be read. Send GeoJSON, a GeoPackage or a Shapefile as one zip file."),
    "markup": _(
        "This is a web page or another kind of XML, not a file of areas. Send GeoJSON, a GeoPackage or a zipped Shapefile."
    ),
    "bare_shapefile": _("A Shapefile has several parts. Put its .shp, .shx, .dbf and .prj into one zip file and send that."),
    "encoding": _("The text in this file is not UTF-8. Save it again with the encoding UTF-8."),
    "busy": _("Another file is being read just now. Try again in a moment."),
    "too_complicated": _("This file is too big or too complicated to be read. Send one with simpler shapes or fewer areas."),
    "damaged": _("This file is damaged or incomplete. Export it again and send the new file."),
    "not_geojson": _("This is no GeoJSON of areas: a FeatureCollection is expected. Export it again as GeoJSON."),
    "nested": _("This file is nested too deep to be GeoJSON. Export it again as GeoJSON."),
    "twice": _("A name stands twice in one object of this file, so that it can be read in two ways. Export it again."),
    "crs": _("This GeoJSON is not in WGS 84. Export it in WGS 84 (EPSG:4326), or give the EPSG number of its coordinate system."),
    "no_srid": _("This file does not say its coordinate system. Give its EPSG number, or export the file in WGS 84 (EPSG:4326)."),
    "unknown_srid": _("The coordinate system EPSG:%(srid)s is not known here. Export the file in WGS 84 (EPSG:4326)."),
    "transform": _("The coordinates do not fit the coordinate system EPSG:%(srid)s. Check its number, or export in EPSG:4326."),
    "degrees": _(
        "The coordinates are not longitude and latitude in degrees. If they are in metres, give the EPSG number of their "
        "coordinate system; if latitude stands first, exchange the two."
    ),
    "number": _("A coordinate is not a finite number. Correct or remove the shape."),
    "no_areas": _("There is no area in this file. Send a file with at least one polygon."),
    "not_area": _("A point or a line stands where an area is expected. Send polygons only."),
    "shape_kind": _("This kind of shape cannot be read. Turn it into a plain polygon or multipolygon."),
    "empty_shape": _("The shape is empty or incomplete. Draw it again or remove the row."),
    "shape_unreadable": _("The shape cannot be read. Draw it again or remove the row."),
    "vanished": _("Nothing is left of the shape when its mistakes are repaired. Draw it again or remove the row."),
    "tangled": _("The lines of the shape cross each other too often to be repaired. Draw it again or remove the row."),
    "area_too_big": _("The shape has more than %(area_vertices)s points. Simplify it and send the file again."),
    "too_many_vertices": _("The shapes have more than %(vertices)s points together. Simplify them and send the file again."),
    "too_many_areas": _("There are more than %(areas)s rows in this file. Send a file with fewer."),
    "unpacked": _("This file unpacks to more than %(unpacked)s MB, or is packed in a strange way. Send a smaller one."),
    "strange_zip": _("This zip file has an entry that leads out of it. Pack the parts of the Shapefile into a new one."),
    "encrypted": _("This zip file has a password. Pack the parts of the Shapefile into a new one without a password."),
    "not_shapefile": _("This zip file holds something else than a Shapefile. Pack only its .shp, .shx, .dbf and .prj."),
    "two_shapefiles": _("This zip file holds more than one Shapefile. Pack each into a zip file of its own."),
    "parts_missing": _("A part of the Shapefile is missing in this zip file. Pack its .shp, .shx, .dbf and .prj together."),
    "not_geopackage": _("This database is no GeoPackage, or is damaged. Export the layer with the areas into a new GeoPackage."),
    "layers": _("This GeoPackage does not hold exactly one layer. Export the layer with the areas alone."),
    "strange_tables": _("This GeoPackage holds views or tables that cannot be read safely. Export the layer into a new one."),
}


class UploadRefused(Exception):
    """A file that is not taken; ``str()`` is a sentence for people, which says what to do. ``row`` counts from 1 (0 = the file)."""

    def __init__(self, sentence: str, row: int = 0) -> None:
        self.row = row
        super().__init__(sentence)


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class UploadedArea:
    """``row`` counts from 1. ``geometry`` is a valid MultiPolygon, SRID 4326; ``repaired`` tells what was wrong with it, in English."""

    row: int
    properties: dict[str, str]
    geometry: MultiPolygon
    repaired: str


@dataclass(frozen=True, slots=True)
class Upload:
    """What a file holds: areas in its order, names of their properties, the SRID it had, a sentence for each row left out."""

    areas: tuple[UploadedArea, ...]
    columns: tuple[str, ...]
    srid: int
    skipped: tuple[str, ...]


def read_upload(data: Readable, srid: int | None = None) -> Upload:
    """Read an uploaded file; raises `UploadRefused`. ``srid`` tells its coordinate system, where the file does not or is wrong.

    Takes up to 64 MB (200 MB unpacked), 5,000 areas and 2,000,000 vertices. Call it before any transaction begins: it may
    take the better part of a minute.
    """
    if not _AT_ONCE.acquire(timeout=_PATIENCE_S):
        raise _refusal("busy")
    try:
        with tempfile.TemporaryDirectory(prefix="citymap-upload-") as folder:
            return _read(data, srid or 0, Path(folder))
    finally:
        _AT_ONCE.release()


def _read(data: Readable, srid: int, folder: Path) -> Upload:
    until = time.monotonic() + SECONDS
    if srid:
        _refuse_unknown(srid)
    kind = _store(data, folder / "upload")
    head, wkbs = _ask(folder, until, "read", kind, str(srid), str(folder / "upload"))
    rows = [area["row"] for area in head["areas"]]
    repaired = head.get("repaired")
    if repaired is None:
        repaired, wkbs = _turned(folder, until, rows, wkbs, head["srid"])
    columns = tuple(head["columns"])
    texts = [dict(zip(columns, area["texts"], strict=True)) for area in head["areas"]]
    return Upload(
        areas=tuple(map(UploadedArea, rows, texts, shapely.from_wkb(wkbs), repaired)),
        columns=columns,
        srid=head["srid"],
        skipped=tuple(gettext("Row %(row)d has no shape and is left out.") % {"row": row} for row in head["skipped"]),
    )


def _turned(folder: Path, until: float, rows: list[int], wkbs: list[bytes], srid: int) -> tuple[list[str], list[bytes]]:
    """Turn (PostGIS, as everywhere), then repair in a second child, for what is valid in metres may not be so in degrees.

    Turning takes no longer than the counted vertices allow; repair takes minutes and gigabytes for a shape made to that end.
    """
    (folder / "shapes").write_bytes(pack({"rows": rows}, _in_degrees(rows, wkbs, srid)))
    verdict, wkbs = _ask(folder, until, "repair", str(folder / "shapes"))
    return verdict["repaired"], wkbs


def _store(data: Readable, path: Path) -> str:
    """Write the file under a name of ours and return what it is. An endless one is cut off, not collected."""
    total = 0
    with path.open("w+b") as out:
        while part := data.read(_CHUNK):
            total += len(part)
            if total > MOST_BYTES:
                raise _refusal("too_big")
            out.write(part)
        if not total:
            raise _refusal("empty")
        out.seek(0)
        return _kind_of(out.read(_CHUNK))


def _kind_of(start: bytes) -> str:
    """Say by its first bytes what a file is; the readers look closer."""
    for magic, kind in _STARTS:
        if start.startswith(magic):
            return kind
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"{\x00" in start[:4] or b"\x00{" in start[:4]:
        raise _refusal("encoding")  # UTF-16 and UTF-32
    if start.startswith(b"\x00\x00\x27\x0a"):
        raise _refusal("bare_shapefile")
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return "geojson"
    raise _refusal("markup" if text.startswith(b"<") else "kind")


def _ask(folder: Path, until: float, *arguments: str) -> tuple[dict[str, Any], list[bytes]]:
    """Run a child in the folder and read its answer, a file: an endless one would grow in our memory if it came by a pipe."""
    answer = folder / "answer"
    try:
        with answer.open("wb") as out:
            subprocess.run(  # noqa: S603  # our own module; what comes from outside is a file under a name of ours
                [sys.executable, "-s", "-m", "gis_data.upload_child", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                timeout=max(until - time.monotonic(), 0.0),
                check=False,
                env=_environment(folder),
                cwd=_ROOT,
            )
        if answer.stat().st_size > _MOST_ANSWER:
            raise _refusal("too_complicated")
        head, wkbs = unpack(answer.read_bytes())
    except (subprocess.TimeoutExpired, ValueError):  # it ran out of time; or its limits ended it, and it said nothing
        raise _refusal("too_complicated") from None
    if "refused" in head:
        raise _refusal(head["refused"], head["row"])
    return head, wkbs


def _environment(folder: Path) -> dict[str, str]:
    """All that the child inherits: no secrets, a GDAL that knows two formats and no network, and our folder to unpack in."""
    return {
        "TMPDIR": str(folder),
        "GDAL_SKIP": _other_drivers(),
        "GDAL_DRIVER_PATH": "disable",
        "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
        "GDAL_HTTP_PROXY": "127.0.0.1:9",  # what should still ask for an address finds nobody there
        "PROJ_NETWORK": "OFF",
        "OPENBLAS_NUM_THREADS": "1",  # each thread would take its share of the memory it may have
        "LC_ALL": "C.UTF-8",
    }


@cache
def _other_drivers() -> str:
    return ",".join(sorted(pyogrio.list_drivers().keys() - _DRIVERS))


def _refuse_unknown(srid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM spatial_ref_sys WHERE srid = %s", [srid])
        if not cursor.fetchone():
            raise _refusal("unknown_srid", srid=srid)


def _in_degrees(rows: Sequence[int], wkbs: Sequence[bytes], srid: int) -> list[bytes]:
    """Turn shapes of any SRID into 4326, by PostGIS."""
    _refuse_unknown(srid)
    features = (Feature(row, {}, shapely.from_wkb(wkb), srid) for row, wkb in zip(rows, wkbs, strict=True))
    turned: list[bytes] = []
    try:
        while group := list(_some(features)):
            turned += [shapely.to_wkb(feature.geometry) for feature in staging.in_degrees(group, "upload")]
    except Broken:
        raise _refusal("transform", srid=srid) from None
    return turned


def _some(features: Iterator[Feature]) -> Iterator[Feature]:
    """The next of them: a statement holds its shapes many times over in our memory, so that all at once would be too much."""
    vertices = 0
    for feature in features:
        yield feature
        vertices += int(shapely.get_num_coordinates(feature.geometry))
        if vertices > _VERTICES_A_STATEMENT:
            return


def _refusal(code: str, row: int = 0, srid: int = 0) -> UploadRefused:
    sentence = str(_SENTENCES.get(code, _SENTENCES["damaged"])) % _numbers(srid)
    return UploadRefused(gettext("Row %(row)d: %(sentence)s") % {"row": row, "sentence": sentence} if row else sentence, row)


def _numbers(srid: int) -> dict[str, str]:
    """What the sentences may name, written as the language writes numbers."""
    limits = {
        "megabytes": MOST_BYTES // 1024**2,
        "unpacked": MAX_UNPACKED // 1024**2,
        "areas": MOST_AREAS,
        "vertices": MOST_VERTICES,
        "area_vertices": MAX_VERTICES,
    }
    return {"srid": str(srid), **{name: number_format(value, force_grouping=True) for name, value in limits.items()}}
