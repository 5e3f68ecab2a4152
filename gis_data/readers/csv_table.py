"""CSV (RFC 4180, UTF-8, header row) with the place as longitude and latitude, as WKT, or as EWKB in hex."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from gis_data.pack_types import PackSource
from gis_data.readers.broken import Broken
from gis_data.readers.feature import WGS84, Feature, Shape, checked
from gis_data.readers.files import MAX_STREAMED, opened
from gis_data.readers.wkb import is_flat

MAX_FIELD: Final = 32 * 1024**2
MAX_NESTING: Final = 8


def rows(path: Path, needed: Sequence[str] = ()) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row from 1, column → text). Raises `Broken`: bad UTF-8, columns missing or named twice, a row of wrong length."""
    csv.field_size_limit(MAX_FIELD)
    name = path.name
    with opened(path, MAX_STREAMED) as binary:
        reader = csv.reader(io.TextIOWrapper(binary, encoding="utf-8-sig", newline=""), strict=True)
        row = 0
        try:
            header = next(reader, None)
            if not header:
                raise Broken(name, 0, "is empty: a header row is expected")
            _check_header(header, needed, name)
            for row, values in enumerate(reader, start=1):
                if not values:
                    continue
                if len(values) != len(header):
                    raise Broken(name, row, f"has {len(values)} values for {len(header)} columns")
                if "\x00" in "".join(values):
                    raise Broken(name, row, "holds a character that cannot be stored")
                yield row, dict(zip(header, values, strict=True))
        except UnicodeDecodeError:
            raise Broken(name, row + 1, "is not UTF-8 text") from None
        except csv.Error as error:
            raise Broken(name, row + 1, f"is not CSV: {error}") from None


def _check_header(header: list[str], needed: Sequence[str], name: str) -> None:
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise Broken(name, 0, f"the column {twice[0]!r} stands there twice")
    missing = [column for column in needed if column not in header]
    if missing:
        raise Broken(name, 0, f"the column {missing[0]!r} is missing")


def read(source: PackSource, path: Path, shapes: frozenset[Shape]) -> Iterator[Feature]:
    """Yield a feature a row. Where the place is left blank the feature has none; a place that makes no sense is an error."""
    needed = [column for column in (source.lon, source.lat, source.wkt, source.ewkb) if column]
    for row, values in rows(path, needed):
        if all(not values[column].strip() for column in needed):
            yield Feature(row, values, None, source.srid or WGS84, "no place")
            continue
        geometry, srid = _place(source, values, path.name, row)
        yield Feature(row, values, checked(geometry, srid, shapes, path.name, row), srid)


def _place(source: PackSource, values: Mapping[str, str], file: str, row: int) -> tuple[BaseGeometry, int]:
    if source.lon:
        x, y = (number(values[column], file, row, column) for column in (source.lon, source.lat))
        return shapely.Point(x, y), source.srid or WGS84
    if source.wkt:
        return _from_wkt(values[source.wkt], file, row), source.srid or WGS84
    return from_ewkb(values[source.ewkb], source.srid, file, row)


def number(text: str, file: str, row: int, column: str) -> float:
    """A finite number written plainly. Raises `Broken`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    # float() also takes "1_000" and digits of other scripts; a coordinate is written plainly
    if not math.isfinite(value) or not text.strip().isascii() or "_" in text:
        raise Broken(file, row, f"{column} is {text[:40]!r}, no number")
    return value


def _from_wkt(text: str, file: str, row: int) -> BaseGeometry:
    if text.upper().count("GEOMETRYCOLLECTION") or _nesting(text) > MAX_NESTING:
        raise Broken(file, row, "a collection of geometries is not accepted")
    if text.lstrip()[:5].upper() == "SRID=":
        raise Broken(file, row, "the WKT names an SRID; name the integer srid in the pack instead")
    try:
        return shapely.from_wkt(text)
    except (ShapelyError, ValueError, NotImplementedError):
        raise Broken(file, row, "the WKT cannot be read") from None


def _nesting(text: str) -> int:
    depth = deepest = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    return deepest


def from_ewkb(text: str, srid: int, file: str, row: int) -> tuple[BaseGeometry, int]:
    """Read EWKB in hex; its own SRID (an integer) must agree with the pack's where both are given. Raises `Broken`."""
    try:
        blob = bytes.fromhex(text)
    except ValueError:
        raise Broken(file, row, "the EWKB is no hex text") from None
    if not is_flat(blob):
        raise Broken(file, row, "the EWKB cannot be read, or is a collection")
    try:
        geometry = shapely.from_wkb(blob)
    except (ShapelyError, ValueError, NotImplementedError):
        raise Broken(file, row, "the EWKB cannot be read") from None
    own = int(shapely.get_srid(geometry))
    if own and srid and own != srid:
        raise Broken(file, row, f"the EWKB says SRID {own}, the pack {srid}")
    return shapely.set_srid(geometry, 0), srid or own or WGS84
