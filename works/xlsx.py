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

from gis_data.readers import Broken
from works.cells import Formula

#: Bytes, unpacked: of one sheet, which is streamed; of the shared texts, which are kept in memory; of any other part.
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
            _refuse_bombs(file, path.name)
            for row, cells in enumerate(_sheet(file, sheet, path.name), start=1):
                first = first or (row if cells else 0)
                if first:
                    yield row - first, [_value(cell) for cell in cells]
    except Broken:
        raise
    except Exception as error:  # noqa: BLE001  # a strange book makes openpyxl raise whatever its parts raise
        raise Broken(path.name, row + 1 - first if first else 0, _sentence(error, begun=bool(first))) from None


def _sentence(error: Exception, *, begun: bool) -> str:
    if isinstance(error, DefusedXmlException) or isinstance(error.__cause__, DefusedXmlException):
        return "holds a document type, which no spreadsheet needs"
    if begun and isinstance(error, IndexError):
        return "is damaged: a text of it is missing"
    if begun and isinstance(error, ValueError):
        return "holds a cell that is no number and is no date"
    return f"is no XLSX file: {' '.join(str(error).split())[:120]}"


def _refuse_bombs(file: Any, name: str) -> None:
    """The sizes a zip states are binding: Python's reader unpacks no byte more of a part."""
    with zipfile.ZipFile(file) as book:
        for part in book.infolist():
            sheet, strings = part.filename.startswith("xl/worksheets/"), part.filename == "xl/sharedStrings.xml"
            limit = MAX_UNPACKED if sheet else MAX_STRINGS if strings else MAX_PART
            if part.file_size > limit:
                raise Broken(name, 0, f"unpacks to more than {limit // 1024**2} MB")
    file.seek(0)


def _sheet(file: Any, sheet: str, name: str) -> Iterator[tuple[Any, ...]]:
    """All rows as cells, those that are not written as empty ones. The size that a sheet states of itself is not believed."""
    reader = ExcelReader(file, read_only=True, keep_links=False)
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
