"""Shapefile in a zip, and GeoPackage, through GDAL (pyogrio).

GDAL opens many things by their content, some of which name other files or addresses. So it only ever gets a file whose
kind was checked here, under a name of ours in a folder of ours.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np
import pyogrio
import shapely
from shapely.errors import ShapelyError

from gis_data.pack_types import PackSource
from gis_data.readers.broken import Broken
from gis_data.readers.feature import WGS84, Feature, Shape, checked
from gis_data.readers.files import opened

MAX_UNPACKED: Final = 200 * 1024**2
MAX_RATIO: Final = 100
MAX_GEOPACKAGE: Final = 1024**3
_PARTS: Final = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg"})
_IGNORED: Final = frozenset(
    {".sbn", ".sbx", ".qix", ".xml", ".txt", ".md", ".html", ".atx", ".cst", ".lyr", ".lyrx", ".qmd", ".qml", ".qpj", ".sld"}
)
_NEEDED: Final = frozenset({".shp", ".shx", ".dbf"})
_SHP_MAGIC: Final = b"\x00\x00\x27\x0a"
_SQLITE_MAGIC: Final = b"SQLite format 3\x00"
_EPSG: Final = re.compile(r"EPSG:(\d{4,6})")
_RTREE: Final = re.compile(r"^\s*CREATE\s+VIRTUAL\s+TABLE\s+\S+\s+USING\s+rtree\b", re.IGNORECASE)


def read(source: PackSource, path: Path, shapes: frozenset[Shape]) -> Iterator[Feature]:
    """Yield the features of the one layer. The SRID is the pack's, else the file's own EPSG number, else it is refused."""
    with tempfile.TemporaryDirectory(prefix="citymap-") as folder:
        if source.format == "shapefile-zip":
            local, layer = _unpack_shapefile(path, Path(folder)), None
        else:
            local = _copy_geopackage(path, Path(folder))
            layer = _table_of(local, source.layer, path.name)
        yield from _read(local, layer, source, shapes, path.name)


def _read(local: Path, layer: str | None, source: PackSource, shapes: frozenset[Shape], file: str) -> Iterator[Feature]:
    try:
        meta, _fids, geometry, columns = pyogrio.raw.read(local, layer=layer, force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.GeometryError) as error:
        raise Broken(file, 0, f"cannot be read: {_line(error)}") from None
    except (UnicodeError, ValueError, MemoryError) as error:
        raise Broken(file, 0, f"cannot be read: {_line(error)}") from None
    if geometry is None:
        raise Broken(file, 0, "holds no geometry")
    srid = _srid(meta.get("crs"), source, file)
    fields = [str(name) for name in meta["fields"]]
    for row, wkb in enumerate(geometry, start=1):
        properties = {name: _plain(columns[number][row - 1]) for number, name in enumerate(fields)}
        if wkb is None:
            yield Feature(row, properties, None, srid, "no place")
            continue
        try:
            shape = shapely.from_wkb(wkb)
        except (ShapelyError, NotImplementedError) as error:
            raise Broken(file, row, f"the geometry cannot be read: {_line(error)}") from None
        yield Feature(row, properties, checked(shape, srid, shapes, file, row), srid)


def _srid(crs: str | None, source: PackSource, file: str) -> int:
    if source.srid:
        return source.srid
    found = _EPSG.fullmatch(crs or "")
    if not found:
        raise Broken(file, 0, "does not say its coordinate system as a number; name the srid in the pack")
    return int(found[1]) or WGS84


def _plain(value: Any) -> Any:
    """Numpy's values as Python's own; dates become their ISO text."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    return value.item() if isinstance(value, np.generic) else value


def _unpack_shapefile(path: Path, folder: Path) -> Path:
    """Copy the parts of the one shapefile out of the zip under fixed names."""
    try:
        with zipfile.ZipFile(path) as archive:
            for suffix, entry in _parts(archive, path.name).items():
                _copy_entry(archive, entry, folder / f"layer{suffix}", path.name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Broken(path.name, 0, f"the zip file is damaged or of a kind that is not read: {_line(error)}") from None
    local = folder / "layer.shp"
    with local.open("rb") as file:
        if file.read(4) != _SHP_MAGIC:
            raise Broken(path.name, 0, "its .shp is no shapefile")
    for suffix in sorted(_NEEDED):
        _check_whole(local.with_suffix(suffix), path.name)
    return local


def _check_whole(part: Path, file: str) -> None:
    """Refuse a part shorter than its head says. GDAL would give rows without shapes, or shapes without names, and no error."""
    with part.open("rb") as content:
        head = content.read(32)
    whole = -1
    if len(head) == 32 and part.suffix == ".dbf":
        rows, head_length, row_length = struct.unpack_from("<I2H", head, 4)
        whole = head_length + rows * row_length
    elif len(head) == 32:
        whole = 2 * struct.unpack_from(">i", head, 24)[0]
    if not 0 < whole <= part.stat().st_size:
        raise Broken(file, 0, f"its {part.suffix} is cut off")


def _parts(archive: zipfile.ZipFile, file: str) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    unpacked = 0
    for entry in archive.infolist():
        _check_entry(entry, file)
        suffix = PurePosixPath(entry.filename).suffix.lower()
        if entry.is_dir() or suffix in _IGNORED or _is_shadow(entry):
            continue
        if suffix not in _PARTS:
            raise Broken(file, 0, f"the entry {entry.filename[:60]!r} is no part of a shapefile")
        if suffix in found:
            raise Broken(file, 0, f"two entries end in {suffix}; a zip holds one shapefile")
        unpacked += entry.file_size
        found[suffix] = entry
    if unpacked > MAX_UNPACKED:
        raise Broken(file, 0, f"unpacks to more than {MAX_UNPACKED // 1024**2} MB")
    if missing := sorted(_NEEDED - found.keys()):
        raise Broken(file, 0, f"there is no {missing[0]} in it")
    return found


def _is_shadow(entry: zipfile.ZipInfo) -> bool:
    """What macOS packs beside each file: its name ends in .shp as well, but no shape is in it."""
    path = PurePosixPath(entry.filename)
    return path.parts[:1] == ("__MACOSX",) or path.name.startswith("._") or path.name == ".DS_Store"


def _check_entry(entry: zipfile.ZipInfo, file: str) -> None:
    """No way out of the folder, no link, nothing that unpacks a hundredfold."""
    name = entry.filename
    if not name or name.startswith("/") or "\\" in name or ":" in name or "\x00" in name or ".." in PurePosixPath(name).parts:
        raise Broken(file, 0, f"the entry {name[:60]!r} leads out of the archive")
    if (entry.external_attr >> 16) & 0o170000 == 0o120000:
        raise Broken(file, 0, f"the entry {name[:60]!r} is a link")
    if entry.file_size > 1024**2 and entry.file_size > entry.compress_size * MAX_RATIO:
        raise Broken(file, 0, f"the entry {name[:60]!r} unpacks more than {MAX_RATIO} times its size")


def _copy_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, into: Path, file: str) -> None:
    """Copy as much as the entry declares; one that holds more lies about itself."""
    left = entry.file_size
    with archive.open(entry) as packed, into.open("wb") as out:
        while chunk := packed.read(1 << 18):
            left -= len(chunk)
            if left < 0:
                raise Broken(file, 0, f"the entry {entry.filename[:60]!r} is larger than it says")
            out.write(chunk)


def _copy_geopackage(path: Path, folder: Path) -> Path:
    local = folder / "layer.gpkg"
    with opened(path, MAX_GEOPACKAGE) as file, local.open("wb") as out:
        start = file.read(len(_SQLITE_MAGIC))
        if start != _SQLITE_MAGIC:
            raise Broken(path.name, 0, "is no GeoPackage")
        out.write(start)
        shutil.copyfileobj(file, out, 1 << 18)
    return local


def _table_of(local: Path, layer: str, file: str) -> str:
    """Return the layer's table: a real one. Views, virtual tables and computed columns could run code of the file's maker."""
    try:
        with closing(sqlite3.connect(f"file:{local}?mode=ro&immutable=1", uri=True)) as database:
            tables = _real_tables(database, file)
            layers = [name for (name,) in database.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")]
    except sqlite3.Error as error:
        raise Broken(file, 0, f"is no GeoPackage: {_line(error)}") from None
    if not layer and len(layers) != 1:
        raise Broken(file, 0, f"holds {len(layers)} layers; name one in the pack: {', '.join(map(str, layers))[:200]}")
    chosen = layer or layers[0]
    if chosen not in layers or chosen not in tables:
        raise Broken(file, 0, f"has no layer {chosen[:60]!r} that is a table")
    return str(chosen)


def _real_tables(database: sqlite3.Connection, file: str) -> set[str]:
    """The names of all tables. Raises `Broken` for what is computed as soon as GDAL opens the file or reads a row."""
    things = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    for kind, name, sql in things:
        if kind == "view" and str(name).lower().startswith("gpkg_"):
            raise Broken(file, 0, f"the view {str(name)[:60]!r} is not accepted")
        if sql and re.match(r"\s*CREATE\s+VIRTUAL\b", sql, re.IGNORECASE) and not _RTREE.match(sql):
            raise Broken(file, 0, f"the virtual table {str(name)[:60]!r} is not accepted")
    tables = {name for kind, name, _sql in things if kind == "table"}
    for table in tables:
        if database.execute("SELECT 1 FROM pragma_table_xinfo(?) WHERE hidden > 1", [table]).fetchone():
            raise Broken(file, 0, f"a computed column in {str(table)[:60]!r} is not accepted")
    return tables


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]
