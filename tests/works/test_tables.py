"""Tables as they come: XLSX with dates, formulas and traps; CSV that is read without filling the memory."""

from __future__ import annotations

import datetime as dt
import gzip
import resource
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gis_data.readers import Broken
from works import memory, xlsx
from works.cells import BadCell, Formula, text_of
from works.mapping_types import FileMapping
from works.tables import parsed, read_rows
from works.xlsx import sheet_rows

NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
WORKBOOK = f'<workbook {NS}><sheets><sheet name="Works" sheetId="1" r:id="rId1"/><sheet name="Other" sheetId="2" r:id="rId2"/></sheets></workbook>'
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="x" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="x" Target="/xl/worksheets/sheet2.xml"/>'
    "</Relationships>"
)
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    + "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"/>'
        for part, kind in {
            "workbook": "sheet.main",
            "styles": "styles",
            "sharedStrings": "sharedStrings",
            "worksheets/sheet1": "worksheet",
            "worksheets/sheet2": "worksheet",
        }.items()
    )
    + "</Types>"
)
STRINGS = f"<sst {NS}><si><t>id</t></si><si><r><t>ti</t></r><r><t>tle</t></r><rPh sb='0' eb='1'><t>x</t></rPh></si><si><t>day</t></si><si><t>Мост</t></si></sst>"
STYLES = (
    f'<styleSheet {NS}><numFmts><numFmt numFmtId="164" formatCode="dd.mm.yyyy"/><numFmt numFmtId="165" formatCode="0&quot;d&quot;"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="14"/></cellXfs></styleSheet>'
)
SHEET = (
    f'<worksheet {NS}><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>'
    '<row r="2"><c r="A2"><v>7.10</v></c><c r="B2" t="s"><v>3</v></c><c r="C2" s="1"><v>45657</v></c></row>'
    '<row r="3"><c r="A3" s="2"><v>8</v></c><c r="C3" s="3"><v>45657.75</v></c></row>'
    '<row r="4"><c r="A4"><f>1+1</f><v>2</v></c><c r="B4" t="inlineStr"><is><t>in line</t></is></c><c r="C4" t="b"><v>1</v></c></row>'
    "</sheetData></worksheet>"
)


def book(path: Path, **parts: str) -> Path:
    files = {"[Content_Types].xml": TYPES, "xl/workbook.xml": WORKBOOK, "xl/_rels/workbook.xml.rels": RELS, "xl/sharedStrings.xml": STRINGS, "xl/styles.xml": STYLES,
             "xl/worksheets/sheet1.xml": SHEET, "xl/worksheets/sheet2.xml": SHEET.replace("7.10", "9")}  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**files, **{key.replace("|", "/"): value for key, value in parts.items()}}.items():
            archive.writestr(name, text)
    return path


def test_a_sheet_comes_with_its_dates_and_its_formulas(tmp_path: Path) -> None:
    rows = list(read_rows(FileMapping("b.xlsx", "xlsx", "project"), book(tmp_path / "b.xlsx")))
    assert [row.number for row in rows] == [1, 2, 3]
    assert rows[0].values == {"id": "7.1", "title": "Мост", "day": dt.datetime(2024, 12, 31, tzinfo=dt.UTC).replace(tzinfo=None)}
    assert rows[1].values["id"] == "8", "a d between quotation signs is no date"
    assert rows[1].values["day"].hour == 18
    assert isinstance(rows[2].values["id"], Formula)
    assert rows[2].values["title"] == "in line"
    with pytest.raises(BadCell, match="formula"):
        text_of(rows[2].values["id"])
    other = list(read_rows(FileMapping("b.xlsx", "xlsx", "project", sheet="Other"), tmp_path / "b.xlsx"))
    assert other[0].values["id"] == "9"


def test_days_come_in_either_date_system_and_as_they_are_written(tmp_path: Path) -> None:
    old = WORKBOOK.replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    sheet = SHEET.replace('<c r="C3" s="3"><v>45657.75</v></c>', '<c r="C3" t="d"><v>2024-12-31</v></c>')
    path = book(tmp_path / "b.xlsx", **{"xl|workbook.xml": old, "xl|worksheets|sheet1.xml": sheet})
    rows = list(read_rows(FileMapping("b.xlsx", "xlsx", "project"), path))
    assert rows[0].values["day"].isoformat() == "2029-01-01T00:00:00"
    assert rows[1].values["day"] == dt.date(2024, 12, 31)


def test_numbers_have_the_digits_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", **{"xl|worksheets|sheet1.xml": SHEET.replace("7.10", "0.30000000000000004")})
    assert next(read_rows(FileMapping("b.xlsx", "xlsx", "project"), path)).values["id"] == "0.3"


@pytest.mark.parametrize(
    ("part", "limit"), [("worksheets|sheet1", "MAX_UNPACKED"), ("sharedStrings", "MAX_STRINGS"), ("styles", "MAX_PART")]
)
def test_a_book_that_unpacks_to_too_much_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, limit: str
) -> None:
    monkeypatch.setattr(xlsx, limit, 5000)
    path = book(tmp_path / "b.xlsx", **{f"xl|{part}.xml": "0" * 5001})
    with pytest.raises(Broken, match="unpacks to more than"):
        list(sheet_rows(path))


def test_texts_that_are_called_a_sheet_are_kept_in_memory_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_STRINGS", 5000)
    types = TYPES.replace("/xl/sharedStrings.xml", "/xl/worksheets/texts.xml")
    path = book(tmp_path / "b.xlsx", **{"[Content_Types].xml": types, "xl|worksheets|texts.xml": "0" * 5001})
    with pytest.raises(Broken, match="unpacks to more than"):
        list(sheet_rows(path))
    monkeypatch.setattr(xlsx, "MAX_PART", 5000)
    large = WORKBOOK + " " * 5001  # parsed at once, wherever it lies
    types = TYPES.replace("/xl/workbook.xml", "/xl/worksheets/book.xml")
    moved = {"xl|worksheets|book.xml": large, "xl|worksheets|_rels|book.xml.rels": RELS}
    with pytest.raises(Broken, match="unpacks to more than"):
        list(sheet_rows(book(tmp_path / "b.xlsx", **{"[Content_Types].xml": types}, **moved)))


def test_what_takes_too_much_memory_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 64 * 1024**2)
    before = resource.getrlimit(resource.RLIMIT_AS)
    wide = SHEET.replace('<row r="2">', f'<row r="2">{"<c/>" * 2_000_000}')
    path = book(tmp_path / "b.xlsx", **{"xl|worksheets|sheet1.xml": wide})
    with memory.limited(), pytest.raises(Broken, match="needs more memory"):
        list(sheet_rows(path))
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_books_are_parsed_alike_whatever_is_installed() -> None:
    assert (openpyxl.LXML, openpyxl.DEFUSEDXML) == (False, True)


def test_a_row_that_no_sheet_can_have_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_ROWS", 100)
    path = book(tmp_path / "b.xlsx", **{"xl|worksheets|sheet1.xml": SHEET.replace('r="4"', 'r="2000000000"')})
    with pytest.raises(Broken, match="no sheet can have"):
        list(sheet_rows(path))


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"xl|worksheets|sheet1.xml": f'<!DOCTYPE x [<!ENTITY a "b">]>{SHEET}'}, "document type"),
        ({"xl|worksheets|sheet1.xml": SHEET.replace("</row><row", "</rox><row")}, "is no XLSX file"),
        ({"xl|worksheets|sheet1.xml": f"<worksheet {NS}>" + "</x>"}, "is no XLSX file"),
        ({"xl|worksheets|sheet1.xml": SHEET.replace("<v>3</v>", "<v>99</v>")}, "a text of it is missing"),
        ({"xl|worksheets|sheet1.xml": SHEET.replace("45657<", "soon<")}, "is no date"),
        ({"xl|worksheets|sheet1.xml": SHEET.replace('r="C2"', 'r="ZZZ2"')}, "more than 500 columns"),
        ({"xl|worksheets|sheet1.xml": SHEET.replace('r="C2"', 'r="D2"')}, "to the right of the header"),
        ({"xl|_rels|workbook.xml.rels": RELS.replace('Target="worksheets/sheet1.xml"', 'Target="http://x" TargetMode="External"')}, "sheet is missing"),
        ({"xl|_rels|workbook.xml.rels": RELS.replace('Type="x"', 'Type="chartsheet"', 1)}, "sheet is missing"),
        ({"xl|_rels|workbook.xml.rels": RELS.replace("sheet1", "sheet9")}, "is no XLSX file"),
        ({"xl|workbook.xml": f"<workbook {NS}/>"}, "holds no sheet"),
    ],
)  # fmt: skip
def test_a_strange_book_is_one_sentence(tmp_path: Path, parts: dict[str, str], sentence: str) -> None:
    path = book(tmp_path / "b.xlsx", **parts)
    with pytest.raises(Broken, match=sentence):
        list(read_rows(FileMapping("b.xlsx", "xlsx", "project"), path))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"id,title\n1,x\n", b"\xd0\xcf\x11\xe0old"])
def test_what_is_no_book_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.xlsx").write_bytes(content)
    with pytest.raises(Broken, match="is no XLSX file"):
        list(sheet_rows(tmp_path / "b.xlsx"))


def test_a_sheet_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="no sheet called 'Money'"):
        list(sheet_rows(book(tmp_path / "b.xlsx"), "Money"))


def test_a_line_without_an_end_is_not_read_into_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as out:
        out.write(b"id,title\n1,x\n2,")
        out.writelines(b"x" * 1024**2 for _number in range(64))
    tracemalloc.start()
    rows = read_rows(FileMapping(path.name, "csv", "project"), path)
    assert next(rows).number == 1
    with pytest.raises(Broken, match="row 2: is longer than"):
        next(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 * 1024**2


def test_a_row_of_many_short_lines_is_not_read_into_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_bytes(b'id,title\n1,"a\nb"\n2,' + b'"x\ny",' * 3_000_000)
    rows = read_rows(FileMapping(path.name, "csv", "project"), path)
    assert next(rows).values["title"] == "a\nb"
    with pytest.raises(Broken, match="row 2: is longer than"):
        next(rows)
    long = ('"' + "x\n" * 40_000 + '"').encode()
    path.write_bytes(b"id,title\n" + b"".join(b"%d,%s\n" % (number, long) for number in range(200)))
    assert sum(1 for _ in read_rows(FileMapping(path.name, "csv", "project"), path)) == 200, "each row begins anew"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_large_table_does_not_fill_the_memory(tmp_path: Path, form: Any) -> None:
    path, count = tmp_path / f"large.{form}", 6_000
    if form == "csv":
        path.write_bytes(
            gzip.compress(b"id,title\n" + b"".join(b"%d,%s\n" % (number, b"x" * 4000) for number in range(count)), 1)
        )
    else:
        cells = "".join(
            f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>{"7" * 4000}</v></c></row>' for n in range(2, count + 2)
        )
        book(path, **{"xl|worksheets|sheet1.xml": SHEET[: SHEET.index('<row r="2">')] + cells + "</sheetData></worksheet>"})
    tracemalloc.start()
    read = sum(1 for _ in read_rows(FileMapping(path.name, form, "project"), path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read == count
    assert peak < 12 * 1024**2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [('{"a": NaN}', "is no JSON number"), ('{"a": 1, "a": 2}', "stands twice"), ("[" * 100_000, "nested too deep|is not JSON"), ("{", "is not JSON"),
     ('"\\ud800"', None), ("1" * 5000, "is not JSON")],
)  # fmt: skip
def test_json_is_read_strictly(tmp_path: Path, text: str, sentence: str | None) -> None:
    (tmp_path / "x.json").write_text(text)
    if sentence is None:
        assert parsed(tmp_path / "x.json")
        return
    with pytest.raises(Broken, match=sentence):
        parsed(tmp_path / "x.json")


def test_the_digits_of_an_amount_are_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('[{"a": 0.10}, {"a": 1234567890123.45}]')
    assert [str(row["a"]) for row in parsed(tmp_path / "x.json")] == ["0.10", "1234567890123.45"]
