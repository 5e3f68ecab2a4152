"""Downloads that are files of GDAL's: GeoPackage and FlatGeobuf, written into a folder of ours and kept for a while.

A file is built once for each state of the rows, in batches, so that memory does not grow with it; then it is sent with ranges, and
a download that broke off can go on. Coordinates are longitude and latitude, SRID 4326.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import pyogrio
from django.conf import settings
from django.db.backends.utils import CursorWrapper

from layers.declaration import MapLayer
from layers.exports_columns import Column, chosen, field_columns
from layers.exports_sql import values
from layers.filters import Selection

#: Files together take no more than this; the one that was asked for longest ago goes first.
MOST_BYTES: Final = 4 * 1024**3
#: How long a file stays that nobody asks for.
KEPT_S: Final = 6 * 3600
#: Rows at a time: points are small, a polygon may have some thousand corners.
_BATCH: Final = {"point": 5_000, "line": 1_000}
_BATCH_OF_SHAPES: Final = 200
#: FlatGeobuf's index is made in memory, some 200 bytes a row, so a bigger file has none and grows no memory.
MOST_INDEXED: Final = 250_000
_ARROW_BATCH: Final = 2_000
_DRIVERS: Final = {"gpkg": "GPKG", "fgb": "FlatGeobuf"}
_TYPES: Final = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}
_CRS: Final = "EPSG:4326"
pyogrio.set_gdal_config_options(
    {
        # The time that GeoPackage notes of its own making: the same rows give the same bytes on every machine.
        "OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z",
        # A file that is not finished is thrown away, so nobody need wait for the disk in between.
        "OGR_SQLITE_SYNCHRONOUS": "OFF",
        # An index is built in memory up to this many bytes, then on disk.
        "OGR_GPKG_MAX_RAM_USAGE_RTREE": str(24 * 1024 * 1024),
    }
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A finished file, open for reading. ``digest`` is of its bytes."""

    file: BinaryIO
    size: int
    digest: str


def ready(cursor: CursorWrapper, layer: MapLayer, selection: Selection, mark: str, suffix: str, words: Sequence[str]) -> Ready:
    """Return the file of the rows that ``mark`` tells from others, built now unless it is there. ``words`` (title, description)
    go into it.
    """
    folder = Path(settings.VAR) / "exports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = repr((mark, tuple(words), pyogrio.__gdal_version__))
    key = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
    for path in folder.glob(f"{key}-*.{suffix}"):
        with suppress(FileNotFoundError):  # swept away in between: build it again
            os.utime(path)
            return _open(path)
    path = _build(cursor, layer, selection, folder, key, suffix, words)
    opened = _open(path)
    _sweep(folder)
    return opened


def _open(path: Path) -> Ready:
    file = path.open("rb")
    return Ready(file, os.fstat(file.fileno()).st_size, path.stem.partition("-")[2])


def _build(
    cursor: CursorWrapper, layer: MapLayer, selection: Selection, folder: Path, key: str, suffix: str, words: Sequence[str]
) -> Path:
    with tempfile.TemporaryDirectory(prefix="making-", dir=folder) as workshop:
        rows, made = Path(workshop) / "rows.gpkg", Path(workshop) / f"made.{suffix}"
        number, placeless = _write_rows(cursor, layer, selection, rows)
        # The index of FlatGeobuf is of all features or of none.
        indexed = suffix == "gpkg" or not (placeless or number > MOST_INDEXED)
        _write_file(layer, rows, made, words, indexed=indexed)
        with made.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
        return made.replace(folder / f"{key}-{digest}.{suffix}")


def _write_rows(cursor: CursorWrapper, layer: MapLayer, selection: Selection, path: Path) -> tuple[int, bool]:
    """Write the rows batch by batch into a GeoPackage without index; say how many they are, and whether some have no place."""
    columns = field_columns(layer, chosen(layer, selection))
    written, placeless = 0, False
    for number, batch in enumerate(_batches(cursor, layer, selection)):
        shapes, *fields = zip(*batch, strict=True) if batch else ((), *((),) * len(columns))
        written, placeless = written + len(batch), placeless or None in shapes
        arrays = [_array(column, field) for column, field in zip(columns, fields, strict=True)]
        pyogrio.raw.write(
            path,
            np.array([None if shape is None else bytes(shape) for shape in shapes], dtype=object),
            [array for array, _empty in arrays],
            [column.name for column in columns],
            field_mask=[empty for _array, empty in arrays],
            layer=layer.name,
            driver="GPKG",
            geometry_type=_geometry_type(layer),
            crs=_CRS,
            promote_to_multi=_geometry_type(layer).startswith("Multi"),
            append=number > 0,
            gdal_tz_offsets={column.name: np.full(len(shapes), 100) for column in columns if column.kind == "moment"},
            layer_options={"SPATIAL_INDEX": "NO", "FID": _fid(columns)},
        )
    return written, placeless


def _batches(cursor: CursorWrapper, layer: MapLayer, selection: Selection) -> Iterator[list[tuple[Any, ...]]]:
    """At least one batch, empty when there are no rows."""
    wanted = values(layer, selection)
    size = _BATCH.get(layer.geometry, _BATCH_OF_SHAPES)
    cursor.execute(f"DECLARE exported NO SCROLL CURSOR FOR {wanted.sql}", wanted.params)
    batch, number = [()], 0
    while batch:
        cursor.execute(f"FETCH FORWARD {size} FROM exported")
        batch = cursor.fetchall()
        if batch or number == 0:
            yield batch
        number += 1
    cursor.execute("CLOSE exported")


def _array(column: Column, field: Sequence[Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The values of a column as GDAL takes them, and which of them are empty."""
    empty = np.array([value is None for value in field], dtype=bool)
    filled = [0 if value is None else value for value in field]
    match column.kind:
        case "integer":
            return np.array(filled, dtype="int64"), empty
        case "number":
            return np.array(filled, dtype="float64"), empty
        case "boolean":
            return np.array(filled, dtype=bool), empty
        case "date":
            return np.array(filled, dtype="int64").astype("datetime64[D]"), empty
        case "moment":
            return np.array(filled, dtype="int64").astype("datetime64[ms]"), empty
        case _:
            return np.array(field, dtype=object), empty


def _write_file(layer: MapLayer, rows: Path, made: Path, words: Sequence[str], *, indexed: bool) -> None:
    """Copy the rows into the file that is sent, with its index and its words, inside GDAL from stream to stream."""
    title, description = words
    options, suffix = {"SPATIAL_INDEX": "YES" if indexed else "NO", "DESCRIPTION": description}, made.suffix[1:]
    if suffix == "gpkg":
        options |= {"IDENTIFIER": title, "FID": _fid(field_columns(layer, chosen(layer, Selection()))), "GEOMETRY_NAME": "geom"}
    else:
        options |= {"TITLE": title, "TEMPORARY_DIR": str(made.parent)}
    with pyogrio.raw.open_arrow(rows, batch_size=_ARROW_BATCH) as (about, stream):
        pyogrio.raw.write_arrow(
            stream,
            made,
            layer=layer.name,
            driver=_DRIVERS[suffix],
            geometry_name=about["geometry_name"] or "wkb_geometry",
            geometry_type=_geometry_type(layer),
            crs=_CRS,
            layer_options=options,
        )


def _geometry_type(layer: MapLayer) -> str:
    """GDAL's word for what the column holds; “Unknown” for a mixture."""
    column: Any = layer.queryset().model._meta.get_field(layer.geometry_column)
    return _TYPES.get(getattr(column, "output_field", column).geom_type, "Unknown")


def _fid(columns: Sequence[Column]) -> str:
    """The name of GeoPackage's own row number: one that no field has."""
    name = "fid"
    while name in {column.name for column in columns}:
        name += "_"
    return name


def _sweep(folder: Path, now: float | None = None) -> None:
    """Forget what nobody asked for of late, and beyond the limit of all files what was asked for longest ago."""
    now, total = now or time.time(), 0
    found = []
    for path in folder.glob("*-*.*"):
        with suppress(FileNotFoundError):
            if path.is_file():
                found.append((path.stat().st_mtime, path.stat().st_size, path))
    for used, size, path in sorted(found, reverse=True):
        total += size
        if total > MOST_BYTES or now - used > KEPT_S:
            path.unlink(missing_ok=True)
