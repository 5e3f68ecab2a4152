"""XLSX (ISO/IEC 29500, SpreadsheetML), only the cells of one sheet, row by row, read by openpyxl.

Numbers come as numbers, dates (cells whose number format is one, in either date system) as ``datetime``, formulas as `Formula`.
A small file that unpacks to a huge one is refused before any of it is unpacked; entities are refused by defusedxml.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from defusedxml.common import DefusedXmlException
from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS

from gis_data.readers import Broken
from works.cells import Formula

#: Bytes, unpacked: of a sheet, which is streamed; of the shared texts, which are kept in memory; of what is parsed at once.
MAX_UNPACKED: Final = 1024**3
MAX_STRINGS: Final = 128 * 1024**2
MAX_PART: Final = 32 * 1024**2
MAX_COLUMNS: Final = 500
MAX_ROWS: Final = 1_048_576


def sheet_rows(path: Path, sheet: str = "") -> Iterator[tuple[int, list[Any]]]:
    """Yield (row from 0 = the first one that is not empty, cells) of one sheet, the first where none is named. Raises `Broken`."""
    row = first = 0
    try:
        with path.open("rb") as file:
            for row, cells in enumerate(_sheet(file, sheet, path.name), start=1):
                first = first or (row if cells else 0)
                if first:
                    yield row - first, [_value(cell) for cell in cells]
    except Broken:
        raise
    except Exception as error:  # noqa: BLE001  # a strange book makes openpyxl raise whatever its parts raise
        error.__traceback__ = None  # it holds all that was read so far, which may be all the memory there is
        raise Broken(path.name, row + 1 - first if first else 0, _sentence(error, begun=bool(first))) from None


def _sentence(error: Exception, *, begun: bool) -> str:
    if isinstance(error, DefusedXmlException) or isinstance(error.__cause__, DefusedXmlException):
        return "holds a document type, which no spreadsheet needs"
    if isinstance(error, MemoryError):
        return "needs more memory to be read than there is for it"
    if begun and isinstance(error, IndexError):
        return "is damaged: a text of it is missing"
    if begun and isinstance(error, ValueError):
        return "holds a cell that is no number and is no date"
    return f"is no XLSX file: {' '.join(str(error).split())[:120]}"


class _Parts(zipfile.ZipFile):
    """The parts of a book, each as large as its use allows, whatever it is called and said to be.

    The sizes a zip states are binding: Python's reader unpacks no byte more of a part.
    """

    def __init__(self, file: Any, book: str) -> None:
        super().__init__(file)
        self._book = book
        for part in self.namelist():
            self.limit(part, MAX_UNPACKED)

    def limit(self, part: str, most: int) -> None:
        """Refuse a part that is larger."""
        if self.getinfo(part).file_size > most:
            raise Broken(self._book, 0, f"unpacks to more than {most // 1024**2} MB")

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        """What is read so is parsed at once."""
        self.limit(getattr(name, "filename", name), MAX_PART)
        return super().read(name, pwd)


class _Reader(ExcelReader):
    """Reads from `_Parts`, and no sheets of charts: they hold no row and would be kept in memory as a whole."""

    archive: _Parts

    def __init__(self, file: Any, book: str) -> None:
        super().__init__(file, read_only=True, keep_links=False)
        self.archive = _Parts(file, book)

    def read_strings(self) -> None:
        part = next((one for one in self.package.Override if one.ContentType == SHARED_STRINGS), None)
        if part is not None:
            self.archive.limit(part.PartName[1:], MAX_STRINGS)
        super().read_strings()

    def read_chartsheet(self, sheet: Any, rel: Any) -> None: ...


def _sheet(file: Any, sheet: str, name: str) -> Iterator[tuple[Any, ...]]:
    """All rows as cells, those that are not written as empty ones. The size that a sheet states of itself is not believed."""
    reader = _Reader(file, name)
    reader.read()
    declared = [one.name for one in reader.parser.sheets]
    wanted = sheet or next(iter(declared), "")
    if wanted not in declared:
        raise Broken(name, 0, f"holds no sheet called {sheet!r}" if sheet else "holds no sheet")
    if wanted not in {one.title for one in reader.wb.worksheets}:
        raise Broken(name, 0, "is no XLSX file: its sheet is missing")
    found = reader.wb[wanted]
    found.reset_dimensions()
    for number, cells in enumerate(found.iter_rows(max_row=MAX_ROWS + 1), start=1):
        if number > MAX_ROWS:
            raise Broken(name, number - 1, f"is a row that no sheet can have: there are {MAX_ROWS:,} at most")
        if len(cells) > MAX_COLUMNS:
            raise Broken(name, number - 1, f"has more than {MAX_COLUMNS} columns")
        yield cells


def _value(cell: Any) -> Any:
    """A number as text, with the 15 digits that a spreadsheet keeps and shows: 0.1 + 0.2 is 0.3 there."""
    value = cell.value
    if value is None or isinstance(value, bool):
        return "" if value is None else value
    if cell.data_type in {"f", "e"}:
        return Formula(getattr(value, "text", value))
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value) if isinstance(value, int) else value
