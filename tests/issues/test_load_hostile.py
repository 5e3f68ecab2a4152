"""Request files that are broken, hostile or merely odd: which, where, why; and nothing of them is loaded."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from gis_data.load_report import LoadReport
from gis_data.pack_types import PackError
from issues.load import load
from issues.models import Appeal, Event
from tests.issues.request_pack import A_HEAD, FROM_REQUESTS, LAYOUTS, a_row, b_row, csv_a, csv_b, load_files, write_pack

pytestmark = pytest.mark.usefixtures("a_city")


def refusal(folder: Path, content: str | bytes, name: str = "a.csv") -> str:
    """Load one file of layout "a" beside a good one; return why it was refused."""
    report = load_files(folder, {name: ("a", content), "good.csv": ("b", csv_b(b_row("GOOD")))})
    assert list(Appeal.objects.values_list("source_ref", flat=True)) == ["GOOD"], "all or nothing, file by file"
    assert Event.objects.count() == 1
    return report.file(name).refusal


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"opened": "2024-06-03"}, "'2024-06-03' is no date of the form %m/%d/%Y %I:%M:%S %p"),
        ({"opened": "13/32/2024 10:00:00 AM"}, "'13/32/2024 10:00:00 AM' is no date of the form %m/%d/%Y %I:%M:%S %p"),
        ({"opened": "06/03/0024 10:00:00 AM"}, "the year 24 is no sensible one"),
        ({"opened": ""}, "the time of opening is missing"),
        ({"closed": "soon", "status": "Closed"}, "'soon' is no date of the form %m/%d/%Y %I:%M:%S %p"),
        ({"due": "x" * 500}, f"'{'x' * 40}' is no date of the form %m/%d/%Y %I:%M:%S %p"),
        ({"ref": ""}, "a case number of 1 to 80 characters is expected"),
        ({"ref": "9" * 81}, "a case number of 1 to 80 characters is expected"),
        ({"status": "Maybe"}, "the status 'Maybe' is not among the layout's states"),
        ({"type": "  "}, "the type is missing"),
        ({"lat": "NaN"}, "longitude and latitude are not two finite numbers"),
        ({"lon": "inf"}, "longitude and latitude are not two finite numbers"),
        ({"lon": "1e400"}, "longitude and latitude are not two finite numbers"),
        ({"lon": "ten"}, "longitude and latitude are not two numbers"),
        ({"lon": ""}, "longitude and latitude are not two numbers"),
        ({"address": "1 West\x00St"}, "holds a NUL character"),
        ({"closure": "x" * 100_001}, "a cell is longer than 100,000 characters"),
    ],
)  # fmt: skip
def test_a_broken_row_refuses_its_file_and_says_where_and_why(tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    assert refusal(tmp_path, csv_a(a_row("A1"), a_row("A2"), a_row(**{"ref": "A3", **changes}))) == f"a.csv, row 3: {reason}"


def test_a_cell_of_a_megabyte_is_refused_without_reading_it_all(tmp_path: Path) -> None:
    told = refusal(tmp_path, csv_a(a_row("A1", closure="x" * 1_000_000)))
    assert told.startswith("a.csv, row 1: is no CSV: field larger than field limit")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (csv_a("only,three,cells"), "a.csv, row 1: 3 cells where the header has 15"),
        (csv_a(a_row("A1") + ",more"), "a.csv, row 1: 16 cells where the header has 15"),
        (csv_a('"A1'), "a.csv, row 1: is no CSV: unexpected end of data"),
        ("", "a.csv: the column 'CASE' is missing"),
        (A_HEAD.replace("OPEN_DT", "OPENED") + "\n", "a.csv: the column 'OPEN_DT' is missing"),
        (A_HEAD.replace("TITLE", "TYPE") + "\n", "a.csv: the column 'TITLE' is missing"),
        (A_HEAD + ",TYPE\n", "a.csv: the column 'TYPE' stands there twice"),
        (csv_a(a_row("A1", address="Süd")).encode("latin-1"), "a.csv, row 1: is not utf-8 text"),
        (csv_a(a_row("A1")).encode("utf-16"), "a.csv, row 1: is not utf-8 text"),
        (b"\x1f\x8b\x08\x00 this is no text", "a.csv, row 1: is not utf-8 text"),
    ],
)  # fmt: skip
def test_what_is_no_such_csv_is_refused(tmp_path: Path, content: str | bytes, reason: str) -> None:
    assert refusal(tmp_path, content) == reason


@pytest.mark.parametrize("damage", ["cut short", "wrong checksum", "no gzip"])
def test_a_damaged_compressed_file_is_refused(tmp_path: Path, damage: str) -> None:
    whole = gzip.compress(csv_a(*(a_row(f"A{number}") for number in range(2000))).encode())
    damaged = {"cut short": whole[: len(whole) // 2], "wrong checksum": whole[:-8] + b"x" * 8, "no gzip": b"CASE"}[damage]
    pack = write_pack(tmp_path, {"a.csv.gz": ("a", csv_a())})
    (tmp_path / "a.csv.gz").write_bytes(damaged)
    report = LoadReport()
    load(pack, None, report)
    assert report.file("a.csv.gz").refusal.endswith("the compressed file is damaged")
    assert not Appeal.objects.exists()


def test_a_byte_order_mark_windows_lines_and_an_empty_last_line_are_no_fault(tmp_path: Path) -> None:
    content = "\ufeff" + csv_a(a_row("A1"), a_row("A2", address='"5" Main, St\nrear')).replace("\n", "\r\n") + "\r\n"
    report = load_files(tmp_path, {"a.csv": ("a", content)})
    assert report.file("a.csv").loaded == 2
    assert Appeal.objects.get(source_ref="A2").address == '"5" Main, St, rear'


def test_another_encoding_is_declared_in_the_pack(tmp_path: Path) -> None:
    sections = FROM_REQUESTS + LAYOUTS.replace('source = "old"', 'source = "old"\nencoding = "cp1251"', 1)
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row(address="улица Мира, 5")).encode("cp1251"))}, sections)
    assert Appeal.objects.get().address == "улица Мира, 5"


def test_hostile_texts_are_kept_as_texts(tmp_path: Path) -> None:
    """What looks like SQL, markup, a COPY end mark or an escape is a text like any other."""
    hostile = "'); DROP TABLE issues_appeal; --<script>\\.\t\\N %s {x} \u202e\u0007 =1+1"
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row("\\N"), a_row("A2", title=f"{hostile}!", address=hostile, type=hostile)))})
    appeal = Appeal.objects.get(source_ref="A2")
    assert "DROP TABLE issues_appeal; --<script>\\." in appeal.text
    assert "\u0007" not in appeal.text
    assert appeal.category.names["en"].startswith("'); DROP")
    assert Appeal.objects.filter(source_ref="\\N").exists()


def test_texts_longer_than_their_column_are_cut_and_counted(tmp_path: Path) -> None:
    report = load_files(tmp_path, {"a.csv": ("a", csv_a(a_row(address="x" * 300, title="y" * 20_000, channel="z" * 500)))})
    appeal = Appeal.objects.get()
    assert (len(appeal.address), len(appeal.text)) == (240, 10_000)
    repairs = report.file("a.csv").repairs
    assert (repairs["a text cut to 240 characters"], repairs["a text cut to 10,000 characters"]) == (1, 1)


@pytest.mark.parametrize(
    "geometry",
    ["zz", "0101000020E6100000", "0103000020E61000000000000000", "0101000020110F000085EB51B81E05244085EB51B81E054940",
     "0101000020E6100000000000000000F87F000000000000F87F"],
)  # fmt: skip
def test_a_geometry_that_is_no_point_in_degrees_refuses_its_file(tmp_path: Path, geometry: str) -> None:
    report = load_files(tmp_path, {"b.csv": ("b", csv_b(b_row(lat="", lon="", geom=geometry)))})
    assert report.file("b.csv").refusal.startswith("b.csv, row 1: the geometry")
    assert not Appeal.objects.exists()


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ('ref = "CASE"', 'reff = "CASE"', "columns.reff: is none of our fields"),
        ('ref = "CASE"\n', "", "columns: a column for ref is missing"),
        ('lat = "LAT"\n', "", "columns: lat and lon go together"),
        ('type = "TYPE"\n', "", "columns: a column for category or type is missing"),
        ('Open = "new"', 'Open = "opened"', "states.Open: 'opened' is none of"),
        ('like = "a"', 'like = "z"', "like: 'z' is no [[request_layout]] above"),
        ('code = "b"', 'code = "a"', "code: 'a' is declared twice"),
        ("case_number = '10", "case_number = '(10", "case_number: is no regular expression"),
        ('times = "converted-twice"', 'times = "wrong"', "times: 'wrong' is none of"),
        ('source = "old"', 'source = "old"\nencoding = "klingon"', "encoding: 'klingon' is no encoding"),
        ('source = "old"', 'source = "old"\ntime_zone = "Mars/Base"', "time_zone: 'Mars/Base' is no time zone"),
        ('starts = "Case Noted"', 'begins = "Case Noted"', "starts: either starts or contains is expected"),
        ('source = "old"', 'source = "old"\nsecret = "x"', "secret: this key is unknown here"),
    ],
)  # fmt: skip
def test_a_layout_that_cannot_be_meant_is_refused_by_section_and_key(tmp_path: Path, was: str, now: str, told: str) -> None:
    assert was in LAYOUTS
    with pytest.raises(PackError) as refused:
        load_files(tmp_path, {"a.csv": ("a", csv_a())}, FROM_REQUESTS + LAYOUTS.replace(was, now, 1))
    assert told in str(refused.value)


def test_a_request_file_of_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"request_file 1\] layout: 'zz' is no"):
        load_files(tmp_path, {"a.csv": ("zz", csv_a())})
