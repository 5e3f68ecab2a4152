"""Files of rows → rows, whatever the format. CSV and XLSX are streamed; what is parsed at once (JSON, GeoJSON) is limited in size."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn, Self

from shapely.geometry.base import BaseGeometry

from gis_data.pack_types import PackSource
from gis_data.readers import Broken, geojson
from gis_data.readers.feature import ANY_SHAPE
from gis_data.readers.files import MAX_STREAMED, opened, whole
from works.mapping_types import FileMapping
from works.xlsx import sheet_rows

LONGEST_CELL: Final = 100_000
LONGEST_ROW: Final = 8 * 1024**2
MAX_DEPTH: Final = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One row with its number (from 1, after the header). ``values`` are by column, of a JSON object also by "outer.inner".

    ``geometry`` (with its ``srid``) is the feature's own, where the format has such.
    """

    number: int
    values: Mapping[str, Any]
    geometry: BaseGeometry | None = None
    srid: int = 4326


def read_rows(mapping: FileMapping, path: Path) -> Iterator[Row]:
    """Yield the rows of a csv, xlsx, geojson or json file, in its order; ``.gz`` is unpacked on the way. Raises `Broken`."""
    if mapping.format == "csv":
        return _csv(mapping, path)
    if mapping.format == "xlsx":
        return _xlsx(mapping, path)
    return _geojson(mapping, path) if mapping.format == "geojson" else _json(mapping, path)


def _csv(mapping: FileMapping, path: Path) -> Iterator[Row]:
    row = 0
    encoding = "utf-8-sig" if mapping.encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else mapping.encoding
    with opened(path, MAX_STREAMED) as binary:
        csv.field_size_limit(LONGEST_CELL)  # one for the process: whoever reads says what it takes
        text = io.TextIOWrapper(binary, encoding=encoding, newline="")
        try:
            lines = _Lines(text, path.name)
            reader = csv.reader(lines, delimiter=mapping.delimiter, strict=True)
            header = _header(next(reader, []), path.name)
            lines.begin(1)
            for row, cells in enumerate(reader, start=1):
                lines.begin(row + 1)
                if not any(cell.strip() for cell in cells):
                    continue  # an empty line
                if len(cells) != len(header):
                    raise Broken(path.name, row, f"has {len(cells)} cells where the header has {len(header)}")
                yield Row(row, dict(zip(header, cells, strict=True)))
        except UnicodeError:
            raise Broken(path.name, row + 1, f"is not {mapping.encoding} text") from None
        except csv.Error as error:
            raise Broken(path.name, row + 1, f"is not CSV: {error}") from None


class _Lines:
    """The lines of a table, which know the row they belong to: one without an end, in one line or in many, would fill the memory."""

    def __init__(self, text: io.TextIOWrapper, file: str) -> None:
        self._text, self._file = text, file
        self._row = self._signs = 0

    def begin(self, row: int) -> None:
        """From the next line on, another row."""
        self._row, self._signs = row, 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_ROW)
        self._signs += len(line)
        if self._signs >= LONGEST_ROW:
            raise Broken(self._file, self._row, f"is longer than {LONGEST_ROW:,} signs")
        if not line:
            raise StopIteration
        return line


def _xlsx(mapping: FileMapping, path: Path) -> Iterator[Row]:
    rows = sheet_rows(path, mapping.sheet)
    _number, cells = next(rows, (0, []))
    header = _header([str(cell or "") for cell in cells], path.name)
    for number, cells in rows:
        if len(cells) > len(header) and any(cell not in {None, ""} for cell in cells[len(header) :]):
            raise Broken(path.name, number, f"has a cell to the right of the header's {len(header)} columns")
        padded = [*cells, *[""] * len(header)][: len(header)]
        if any(cell not in {None, ""} for cell in padded):
            yield Row(number, dict(zip(header, padded, strict=True)))


def _header(cells: list[str], file: str) -> list[str]:
    """The names of the columns; blanks around them do not count, an empty name is a column nobody can ask for."""
    names = [cell.strip() for cell in cells]
    if not any(names):
        raise Broken(file, 0, "is empty: a header row is expected")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Broken(file, 0, f"the column {twice[0]!r} stands there twice")
    return names


def _geojson(mapping: FileMapping, path: Path) -> Iterator[Row]:
    srid = next((place.srid for place in mapping.places if place.feature), 0)
    source = PackSource(file=path.name, format="geojson", srid=0 if srid == 4326 else srid)  # 4326 is the format's own
    for feature in geojson.read(source, path, ANY_SHAPE):
        yield Row(feature.row, flat(feature.properties), feature.geometry, feature.srid)


def _json(mapping: FileMapping, path: Path) -> Iterator[Row]:
    document = parsed(path)
    for part in filter(None, mapping.rows.split(".")):
        document = document.get(part) if isinstance(document, dict) else None
    if not isinstance(document, list):
        raise Broken(path.name, 0, f"holds no list{f' at {mapping.rows}' if mapping.rows else ''}")
    for number, row in enumerate(document, start=1):
        if not isinstance(row, dict):
            raise Broken(path.name, number, "is no object")
        yield Row(number, flat(row))


def parsed(path: Path) -> Any:
    """The whole of a JSON file (RFC 8259), strictly: UTF-8, no name twice in one object, finite numbers. Raises `Broken`."""

    def refuse(word: str) -> NoReturn:
        raise Broken(path.name, 0, f"{word} is no JSON number")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            raise Broken(path.name, 0, "a name stands twice in one object")
        return members

    try:
        # An amount must not pass through a float: 0.1 + 0.2 is not 0.3 there.
        return json.loads(whole(path).decode("utf-8-sig"), object_pairs_hook=once, parse_constant=refuse, parse_float=_exact)
    except UnicodeDecodeError:
        raise Broken(path.name, 0, "is not UTF-8 text") from None
    except RecursionError:
        raise Broken(path.name, 0, "is nested too deep") from None
    except ValueError as error:
        raise Broken(path.name, 0, f"is not JSON: {' '.join(str(error).split())[:160]}") from None


class Exact(float):
    """A JSON number with the digits as they are written."""

    __slots__ = ("written",)
    written: str

    def __str__(self) -> str:
        return self.written


def _exact(text: str) -> Exact:
    number = Exact(text)
    number.written = text
    return number


def flat(row: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """The members of an object by name, those of inner objects by "outer.inner" as well."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        found[f"{prefix}{name}"] = value
        if isinstance(value, dict) and depth < MAX_DEPTH:
            found |= flat(value, f"{prefix}{name}.", depth + 1)
    return found
