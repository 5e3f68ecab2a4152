"""Read files of requests as a city pack describes them: CSV rows → typed cases, one at a time.

A row that cannot be understood is `Broken`: nothing of its file may be loaded. What can be put right or must only be
known is counted in the tally of the file.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gis_data.readers.broken import Broken

LONGEST_CELL: Final = 131_072  # characters; more is refused unread
MAX_CELL: Final = 100_000


class BadRow(ValueError):
    """This row cannot be understood; the text says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row with its number (from 1, after the header). A field the layout does not have is an empty text."""

    number: int
    cells: Sequence[str]
    places: Mapping[str, int]

    def __getitem__(self, field: str) -> str:
        place = self.places.get(field)
        return "" if place is None else self.cells[place].strip()


def read_rows(path: Path, columns: Mapping[str, str], encoding: str) -> Iterator[Row]:
    """Yield the rows of a CSV, packed by gzip or not. ``columns``: our field → the file's column. Raises `Broken`.

    The file is streamed; a byte order mark is passed over.
    """
    number = 0
    try:
        with _open(path) as raw:
            text = io.TextIOWrapper(raw, encoding="utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding, newline="")
            csv.field_size_limit(LONGEST_CELL)  # one for the process: whoever reads says what it takes
            rows = csv.reader(_without_nul(text), strict=True)
            header = [cell.strip() for cell in next(rows, [])]
            places = _places(path.name, header, columns)
            for number, cells in enumerate(rows, start=1):
                if len(cells) != len(header):
                    if not any(cell.strip() for cell in cells):
                        continue  # an empty line at the end
                    raise Broken(path.name, number, f"{len(cells)} cells where the header has {len(header)}")
                if max(map(len, cells)) > MAX_CELL:
                    raise Broken(path.name, number, f"a cell is longer than {MAX_CELL:,} characters")
                yield Row(number, cells, places)
    except (csv.Error, UnicodeError, _HasNulError) as error:
        raise Broken(path.name, number + 1, _reason(error, encoding)) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Broken(path.name, number + 1, "the compressed file is damaged") from error
    except OSError as error:
        raise Broken(path.name, 0, f"cannot be read: {error.strerror}") from error


def _open(path: Path) -> gzip.GzipFile | io.BufferedReader:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


class _HasNulError(ValueError):
    """A NUL character, which no text in the database can hold."""


def _without_nul(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if "\x00" in line:
            raise _HasNulError
        yield line


def _reason(error: Exception, encoding: str) -> str:
    if isinstance(error, _HasNulError):
        return "holds a NUL character"
    if isinstance(error, UnicodeError):
        return f"is not {encoding} text"
    return f"is no CSV: {error}"


def _places(file: str, header: list[str], columns: Mapping[str, str]) -> dict[str, int]:
    places = {}
    for field, column in columns.items():
        if header.count(column) != 1:
            fault = "is missing" if column not in header else "stands there twice"
            raise Broken(file, 0, f"the column '{column}' {fault}")
        places[field] = header.index(column)
    return places
