"""XLSX (ISO/IEC 29500, SpreadsheetML), only its cells: streamed row by row, bounded, without macros, links or entities.

Numbers come as they are written in the file, dates (cells whose number format is one) as ``datetime``, formulas as `Formula` with the
value computed last.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from gis_data.readers import Broken
from works.cells import Formula

MAX_UNPACKED: Final = 1024**3
MAX_STRINGS: Final = 256 * 1024**2
MAX_COLUMNS: Final = 500
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PLACE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_DATE_FORMATS: Final = frozenset({14, 15, 16, 17, 22})
_QUOTED: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_EPOCH: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001  # a spreadsheet's dates have no zone
_CHUNK: Final = 1 << 16
_KEPT: Final = 64


def sheet_rows(path: Path, sheet: str = "") -> Iterator[tuple[int, list[Any]]]:
    """Yield (row from 0 = the first one written, cells) of one sheet, the first where none is named. Raises `Broken`."""
    try:
        with zipfile.ZipFile(path) as book:
            part = _part_of(book, sheet, path.name)
            strings, dates = _strings(book, path.name), _date_styles(book, path.name)
            with book.open(part) as stream:
                for number, row in enumerate(_elements(stream, "row", path.name, MAX_UNPACKED)):
                    yield number, _cells(row, strings, dates, path.name, number)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Broken(path.name, 0, f"is no XLSX file: {' '.join(str(error).split())[:120]}") from None
    except KeyError as error:
        raise Broken(path.name, 0, f"is no XLSX file: {error.args[0]!s:.120}") from None
    except OSError as error:
        raise Broken(path.name, 0, f"cannot be read: {error.strerror or error}") from None


def _elements(stream: IO[bytes], tag: str, file: str, limit: int) -> Iterator[Element]:
    """Elements of one name, each forgotten when the next is asked for. A document type could define entities: it is refused."""
    parser: XMLPullParser[Any] = XMLPullParser(["start", "end"])
    left, root = limit, None
    begun = False
    while chunk := stream.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise Broken(file, 0, f"unpacks to more than {limit // 1024**2} MB")
        if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk or (not begun and chunk[:2] in {b"\xff\xfe", b"\xfe\xff"}):
            raise Broken(file, 0, "holds a document type, which no spreadsheet needs")
        begun = True
        try:
            parser.feed(chunk)
            for event, element in cast("Iterator[tuple[str, Element]]", parser.read_events()):
                root = element if root is None else root
                if event == "end" and element.tag == _MAIN + tag:
                    yield element
                    element.clear()
                    for container in (root, *root[-1:]):
                        if len(container) > _KEPT:
                            del container[:-1]  # what was read already
        except ParseError as error:
            raise Broken(file, 0, f"is no XLSX file: {error}") from None


def _part_of(book: zipfile.ZipFile, sheet: str, file: str) -> str:
    with book.open("xl/workbook.xml") as stream:
        sheets = [(one.get("name", ""), one.get(_REL, "")) for one in _elements(stream, "sheet", file, MAX_STRINGS)]
    found = next((relation for name, relation in sheets if not sheet or name == sheet), None)
    if found is None:
        raise Broken(file, 0, f"holds no sheet called {sheet!r}" if sheet else "holds no sheet")
    with book.open("xl/_rels/workbook.xml.rels") as stream:
        text = stream.read(MAX_STRINGS).decode("utf-8", "replace")
    for relation in re.findall(r"<Relationship\b[^>]*>", text):
        members = dict(re.findall(r'(\w+)="([^"]*)"', relation))
        target = members.get("Target", "").lstrip("/")
        if members.get("Id") == found and members.get("TargetMode") != "External":
            return target if target.startswith("xl/") else f"xl/{target}"
    raise Broken(file, 0, "is no XLSX file: its sheet is missing")


def _strings(book: zipfile.ZipFile, file: str) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    with book.open("xl/sharedStrings.xml") as stream:
        return [_text(one) for one in _elements(stream, "si", file, MAX_STRINGS)]


def _text(element: Element) -> str:
    """The text of a string; the reading aid of East Asian names (rPh) is none of it."""
    parts = [one for one in element if one.tag != f"{_MAIN}rPh"]
    return "".join(piece.text or "" for part in parts for piece in part.iter(f"{_MAIN}t"))


def _date_styles(book: zipfile.ZipFile, file: str) -> set[int]:
    """Numbers of the cell styles that show a date."""
    if "xl/styles.xml" not in book.namelist():
        return set()
    own: set[int] = set()
    with book.open("xl/styles.xml") as stream:
        for one in _elements(stream, "numFmt", file, MAX_STRINGS):
            if set(_QUOTED.sub("", one.get("formatCode", "")).lower()) & set("dmy"):
                own.add(int(one.get("numFmtId", "0")))
    with book.open("xl/styles.xml") as stream:
        formats = [int(one.get("numFmtId", "0")) for styles in _elements(stream, "cellXfs", file, MAX_STRINGS) for one in styles]
    return {number for number, form in enumerate(formats) if form in _DATE_FORMATS or form in own}


def _cells(row: Element, strings: list[str], dates: set[int], file: str, number: int) -> list[Any]:
    found: list[Any] = []
    for cell in row.iter(f"{_MAIN}c"):
        place = _PLACE.fullmatch(cell.get("r", ""))
        column = _column(place[1]) if place else len(found)
        if column >= MAX_COLUMNS:
            raise Broken(file, number, f"has more than {MAX_COLUMNS} columns")
        found.extend([""] * (column - len(found)))
        del found[column:]
        found.append(_value(cell, strings, dates, file, number))
    return found


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: Element, strings: list[str], dates: set[int], file: str, number: int) -> Any:
    kind, written = cell.get("t", "n"), cell.findtext(f"{_MAIN}v") or ""
    if kind == "inlineStr":
        inline = cell.find(f"{_MAIN}is")
        written = "" if inline is None else _text(inline)
    elif kind == "s":
        if not (written.isdigit() and int(written) < len(strings)):
            raise Broken(file, number, "is damaged: a text of it is missing")
        written = strings[int(written)]
    if cell.find(f"{_MAIN}f") is not None:
        return Formula(written)
    if kind == "b":
        return written == "1"
    if kind == "n" and written and int(cell.get("s", "0")) in dates:
        return _date(written, file, number)
    return written


def _date(written: str, file: str, number: int) -> dt.datetime:
    try:
        moment = _EPOCH + dt.timedelta(days=float(written))
    except (ValueError, OverflowError):
        raise Broken(file, number, f"{written[:20]!r} is no date") from None
    return (moment + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
