"""Runs alone in a child process: a file of areas → plain polygons, and polygons in degrees → valid ones.

Started with limits of its own, so that a hostile file can at worst kill this process. It knows neither the settings nor the
database and needs no network. ``read FORMAT SRID FILE`` and ``repair FILE`` answer on standard output: one line of JSON, then
geometries as WKB, one behind the other (`pack`). Exit status 3 and ``{"refused": code, "row": n}`` for what we do not take.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from gis_data.readers import Feature

MOST_AREAS: Final = 5_000
MOST_VERTICES: Final = 2_000_000
MOST_COLUMNS: Final = 40
LONGEST_TEXT: Final = 200
MEMORY: Final = 1536 * 1024**2
SECONDS: Final = 30
#: What it may write in one file: the unpacked parts of a file (200 MB), or its answer.
LONGEST_FILE: Final = 256 * 1024**2
REFUSED_STATUS: Final = 3
#: Words of a reader's reason → code of a sentence in ``gis_data/upload.py``; the first that fits.
_CODES: Final = (
    ("crs member", "crs"),
    ("is not longitude, latitude", "degrees"),
    ("not a finite number", "number"),
    ("is no JSON number", "number"),
    ("is not UTF-8", "encoding"),
    ("nested too deep", "nested"),
    ("stands twice", "twice"),
    ("is not JSON", "damaged"),
    ("is no GeoJSON", "not_geojson"),
    ("is no Feature", "not_geojson"),
    ("are no object", "not_geojson"),
    ("where area is expected", "not_area"),
    ("holds no geometry", "no_areas"),
    ("is empty", "empty_shape"),
    ("missing or empty", "empty_shape"),
    (" vertices", "area_too_big"),
    ("is no geometry that is accepted", "shape_kind"),
    ("virtual table", "strange_tables"),
    ("the view ", "strange_tables"),
    ("computed column", "strange_tables"),
    ("that is a table", "strange_tables"),
    ("is not accepted", "shape_kind"),
    ("unpacks ", "unpacked"),
    ("leads out of", "strange_zip"),
    ("is a link", "strange_zip"),
    ("is larger than it says", "strange_zip"),
    ("no part of a shapefile", "not_shapefile"),
    ("holds one shapefile", "two_shapefiles"),
    ("there is no .", "parts_missing"),
    ("encrypted", "encrypted"),
    ("does not say its coordinate system", "no_srid"),
    (" layers; name one", "layers"),
    ("is no GeoPackage", "not_geopackage"),
    ("geometry cannot be read", "shape_unreadable"),
    ("a position has", "shape_unreadable"),
)


class _RefusedFileError(Exception):
    """The code of a sentence in ``gis_data/upload.py``, and the row it is about (0 = the file)."""

    def __init__(self, code: str, row: int = 0) -> None:
        self.code, self.row = code, row
        super().__init__(code, row)


def limit_ourselves() -> None:
    """Before anything is read: memory, processor time, size of files, few handles, no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LONGEST_FILE, LONGEST_FILE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def pack(head: dict[str, Any], wkbs: Sequence[bytes]) -> bytes:
    """One line of JSON that knows the length of each WKB, then these."""
    line = json.dumps({**head, "lengths": [len(wkb) for wkb in wkbs]}, ensure_ascii=False).encode()
    return b"".join((line, b"\n", *wkbs))


def unpack(packed: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The other way round. Raises `ValueError` for what `pack` did not write to its end."""
    line, _sep, body = packed.partition(b"\n")
    head = json.loads(line)
    wkbs, at = [], 0
    for length in head.get("lengths", ()):
        wkbs.append(body[at : at + length])
        at += length
    if at != len(body):
        raise ValueError("cut off")
    return head, wkbs


def read(kind: str, srid: int, path: Path) -> bytes:
    """Read all areas of the file, in the coordinates it has; those in degrees are made valid. Raises `_RefusedFileError`, `Broken`."""
    import shapely  # noqa: PLC0415  # after the limits, as everything that follows

    from gis_data.pack_types import PackSource  # noqa: PLC0415
    from gis_data.readers import read as features_of  # noqa: PLC0415
    from gis_data.readers.feature import WGS84  # noqa: PLC0415

    source = PackSource(file=path.name, format=kind, srid=srid)  # type: ignore[arg-type]  # upload.py found the kind
    features: list[Feature] = []
    skipped: list[int] = []
    vertices = 0
    for feature in features_of(source, path, frozenset({"area"})):
        if feature.row > MOST_AREAS:
            raise _RefusedFileError("too_many_areas")
        if feature.geometry is None:
            skipped.append(feature.row)
            continue
        vertices = _counted(vertices, feature.geometry)
        features.append(feature)
    if not features:
        raise _RefusedFileError("no_areas")
    columns = _columns(features)
    areas = [{"row": feature.row, "texts": [_text(feature, name) for name in columns.values()]} for feature in features]
    head = {"srid": features[0].srid, "columns": list(columns), "areas": areas, "skipped": skipped}
    if features[0].srid != WGS84:
        return pack(head, [shapely.to_wkb(feature.geometry) for feature in features])
    reasons, wkbs = _all_repaired([(feature.row, feature.geometry) for feature in features])
    return pack({**head, "repaired": reasons}, wkbs)


def repair(path: Path) -> bytes:
    """Make the (multi)polygons of a packed file, in degrees, valid. Raises `_RefusedFileError`, `Broken`."""
    import shapely  # noqa: PLC0415

    from gis_data.readers.feature import WGS84, checked  # noqa: PLC0415

    head, wkbs = unpack(path.read_bytes())
    shapes = [
        (row, checked(shapely.from_wkb(wkb), WGS84, frozenset({"area"}), path.name, row))
        for row, wkb in zip(head["rows"], wkbs, strict=True)
    ]
    reasons, wkbs = _all_repaired(shapes)
    return pack({"repaired": reasons}, wkbs)


def _all_repaired(shapes: Sequence[tuple[int, BaseGeometry]]) -> tuple[list[str], list[bytes]]:
    """What was wrong with each shape of a row ("" = nothing), and the valid MultiPolygons."""
    import shapely  # noqa: PLC0415
    from shapely.errors import ShapelyError  # noqa: PLC0415

    from gis_data.readers.feature import MAX_VERTICES  # noqa: PLC0415
    from gis_data.repair import repaired  # noqa: PLC0415

    reasons, wkbs, vertices = [], [], 0
    for row, given in shapes:
        try:
            shape, reason = repaired(given)
        except (ShapelyError, MemoryError):  # memory that runs out within GEOS is an error of its own there
            raise _RefusedFileError("tangled", row) from None
        if shape.is_empty or not (reason == "" or shape.is_valid):
            raise _RefusedFileError("vanished", row)
        if shapely.get_num_coordinates(shape) > MAX_VERTICES:  # each crossing of two lines has become a vertex
            raise _RefusedFileError("tangled", row)
        vertices = _counted(vertices, shape)
        reasons.append(reason)
        wkbs.append(shapely.to_wkb(shape))
    return reasons, wkbs


def _counted(before: int, shape: BaseGeometry) -> int:
    import shapely  # noqa: PLC0415

    vertices = before + int(shapely.get_num_coordinates(shape))
    if vertices > MOST_VERTICES:
        raise _RefusedFileError("too_many_vertices")
    return vertices


def _columns(features: Sequence[Feature]) -> dict[str, str]:
    """How we show the first names of properties that occur → the names."""
    columns: dict[str, str] = {}
    for feature in features:
        for name in feature.properties:
            if len(columns) == MOST_COLUMNS:
                return columns
            columns.setdefault(_plain(name), name)
    return columns


def _text(feature: Feature, name: str) -> str:
    value = feature.properties.get(name)
    if isinstance(value, bytes):
        return ""
    if isinstance(value, bool | dict | list):
        return _plain(json.dumps(value, ensure_ascii=False))
    return _plain(feature.text(name))


def _plain(text: str) -> str:
    """Cut, and without what no database stores and no page shows: control characters and halves of a pair."""
    return "".join(sign for sign in text[:LONGEST_TEXT] if unicodedata.category(sign) not in {"Cc", "Cs"})


def _code_of(reason: str) -> str:
    return next((code for words, code in _CODES if words in reason), "damaged")


def _outcome(command: str, *arguments: str) -> bytes:
    """The answer, or what is wrong with the file."""
    from gis_data.readers.broken import Broken  # noqa: PLC0415

    try:
        if command == "repair":
            return repair(Path(arguments[0]))
        kind, srid, file = arguments
        return read(kind, int(srid), Path(file))
    except _RefusedFileError as refused:
        code, row = refused.code, refused.row
    except Broken as broken:
        code, row = _code_of(broken.reason), broken.row
    except MemoryError:
        code, row = "too_complicated", 0
    except Exception:  # noqa: BLE001  # whatever a library makes of a file that no one foresaw
        code, row = "damaged", 0
    return pack({"refused": code, "row": row}, ())


def main() -> int:
    limit_ourselves()
    gc.disable()  # a document is a tree: looking for circles in millions of lists takes longer than reading them
    answer = _outcome(*sys.argv[1:])
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    return REFUSED_STATUS if answer.startswith(b'{"refused"') else 0


if __name__ == "__main__":
    sys.exit(main())
