"""Bad input by hand: each fault is named with its row, nothing is half loaded, no answer is a broken page."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import LazySettings
from django.test import Client

from tests.factories import TinyCity
from tests.works.sending import MAPPING, as_admin, do, page, post, send, table, text_of
from tests.works.small_sets import HEADER_ROW, row
from tests.works.test_days_and_firms import NINE_WAYS
from works import upload_files, xlsx
from works.models import DataSet, Money, Organisation, Project, ProjectPlace, UploadState, WorksUpload
from works.remarks import Remark, in_report

pytestmark = pytest.mark.django_db

DOLLARS = MAPPING.replace('currency = "EUR"\ndecimal = ","', 'currency = "USD"')
XLSX = MAPPING.replace('file = "p.csv"\nformat = "csv"\ndelimiter = ";"', 'file = "p.xlsx"\nformat = "xlsx"')


@pytest.fixture
def admin(a_city: TinyCity) -> Client:
    return as_admin(a_city)


@pytest.mark.parametrize(
    ("changes", "mapping", "why"),
    [
        ({"budget": "$6,354.00"}, MAPPING, "names another currency than EUR"),
        ({"budget": "1 234,50"}, DOLLARS, "not clear"),
        ({"budget": "1.5"}, MAPPING, "not clear"),
        ({"budget": "5 тыс."}, MAPPING, "thousands or millions"),
        ({"budget": "5,001"}, MAPPING, "finer than a cent"),
        ({"budget": "9" * 17}, MAPPING, "larger than any amount"),
        ({"budget": "=1+1"}, MAPPING, "is a formula"),
        ({"from": "31.02.2025"}, MAPPING, "is no date"),
        ({"from": "03.04.2025", "to": "01.02.2025"}, MAPPING, "ends before it starts"),
        ({"lon": "1525000", "lat": "880000"}, MAPPING, "srid"),
        ({"id": "7"}, MAPPING, "comes twice"),
        ({"id": ""}, MAPPING, "has no number"),
        ({"state": "<script>"}, MAPPING, "none of the words"),
    ],
)
def test_a_fault_is_named_with_its_row_and_nothing_is_loaded(
    admin: Client, changes: dict[str, str], mapping: str, why: str
) -> None:
    good = {"budget": "10", "id": "7"}
    upload = send(admin, row(**good), row(**{"id": "8", "budget": "10", **changes}), mapping=mapping)
    assert upload.state == UploadState.REFUSED
    named = [one for one in upload.result["named"] if one["weight"] == "refused"]
    assert named[0]["row"] == 2
    assert why in named[0]["why"]
    assert not DataSet.objects.exists()
    text = page(admin, upload)
    assert "cannot be loaded as they are" in text
    assert "p.csv, 2" in text
    assert "<script>" not in text
    assert f"/desk/works/{upload.pk}/publish" not in text
    assert admin.post(f"/desk/works/{upload.pk}/publish").status_code == 409


@pytest.mark.parametrize(
    ("written", "mapping", "total"),
    [
        ("$6,354.00", DOLLARS, "6354.00"),
        ("1 234,50", MAPPING, "1234.50"),
        ("−5,00", MAPPING, "-5.00"),
        ("(5,00)", MAPPING, "-5.00"),
        ("1,5", MAPPING.replace('decimal = ","', 'decimal = ","\nfactor = "1000"'), "1500.00"),
    ],
)
def test_amounts_are_read_as_they_are_meant(admin: Client, written: str, mapping: str, total: str) -> None:
    upload = send(admin, row(budget=written), mapping=mapping)
    assert upload.state == UploadState.READY
    assert [one["after"] for one in upload.result["totals"]] == [total]
    if total.startswith("-"):
        assert "is negative: kept as money that came back" in page(admin, upload)


def test_places_are_put_right_or_noted_and_said(admin: Client) -> None:
    upload = send(admin, row(lon="50.04", lat="10.01"), row(id="2", lon="11.5", lat="51"), row(id="3", lon="0", lat="0"))
    text = page(admin, upload)
    assert "put right" in text
    assert "swapped" in text
    do(admin, upload, "publish")
    assert ProjectPlace.objects.get(project__local_id="1").geometry.coords == (10.01, 50.04)
    assert not ProjectPlace.objects.filter(project__local_id="3").exists()


def test_feet_are_read_where_the_mapping_says_so(admin: Client) -> None:
    # EPSG:2261, in US feet, would lie in New York: far outside the box, and said so.
    upload = send(admin, row(lon="600000", lat="1110000"), mapping=MAPPING.replace('lat = "lat"', 'lat = "lat"\nsrid = 2261'))
    assert upload.state == UploadState.READY
    assert "outside" in page(admin, upload)


def test_a_contractor_written_nine_ways_is_one(admin: Client) -> None:
    quoted = [f'"{name.replace(chr(34), chr(34) * 2)}"' for name in NINE_WAYS]
    upload = send(admin, *(row(id=str(number), firm=name) for number, name in enumerate(quoted)))
    do(admin, upload, "publish")
    assert (Organisation.objects.count(), Project.objects.count()) == (1, 9)


def test_all_odd_rows_can_be_downloaded_and_are_harmless_in_a_spreadsheet(admin: Client) -> None:
    upload = send(admin, *(row(id=str(number), budget="=cmd()" if number else "x") for number in range(60)))
    text = page(admin, upload)
    assert "Download all 60 rows as CSV" in text
    assert len(upload.result["named"]) == 50
    answer = admin.get(f"/desk/works/{upload.pk}/report.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="test-report.csv"'
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert [one["row"] for one in rows] == [str(number) for number in range(1, 61)]
    assert rows[1]["value"] == "'=cmd()"
    live = ["=1", "＝1", "\u200b=1", "\ufeff＠x", "-1", "\tx", "'x"]
    assert [in_report("a", Remark("f", 1, "", "noted", "w", one))[-1] for one in live] == [f"'{one}" for one in live]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (table(row(title="Мост")).decode().encode("cp1251"), "is not utf-8 text"),
        (table(row()).decode().encode("utf-16"), "is not utf-8 text"),
        (b"\x00\xff\xfe", "is not utf-8 text"),
        (table(row() + ";1"), "10 cells where the header has 9"),
        (table(row(), header=HEADER_ROW.replace("budget", "sum")), "the column 'budget' is missing"),
        (b"\n\n\n", "a header row is expected"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(admin: Client, content: bytes, why: str) -> None:
    upload = send(admin, p_csv=content)
    assert upload.state == UploadState.REFUSED
    assert why in upload.result["refusal"]
    assert why.split("'", maxsplit=1)[0] in page(admin, upload)


def test_a_file_without_rows_is_said_to_have_none(admin: Client) -> None:
    for content in (table(), b"PK\x03\x04"):
        upload = send(admin, p_csv=content)
        text = page(admin, upload)
        assert "0 rows read." in text
        assert "holds no row" in text
        assert f"/desk/works/{upload.pk}/publish" not in text


def test_signs_that_no_table_holds_are_said_and_break_nothing(admin: Client) -> None:
    upload = send(admin, p_csv=table(row(title="a\x00b"), header=HEADER_ROW + ";ex\x00tra").replace(b"50.04\n", b"50.04;x\n"))
    assert upload.state == UploadState.REFUSED
    assert "cannot be stored" in page(admin, upload)
    mapping = MAPPING.replace('file = "p.csv"\nformat = "csv"\ndelimiter = ";"', 'file = "p.json"\nformat = "json"')
    cells = dict(zip(HEADER_ROW.split(";"), row(title="\ud800").split(";"), strict=True))
    upload = send(admin, mapping=mapping, p_json=json.dumps([cells]).encode())
    assert "cannot be stored" in page(admin, upload)
    assert b"cannot be stored" in b"".join(admin.get(f"/desk/works/{upload.pk}/report.csv"))


def book(*rows: list[Any]) -> bytes:
    made = openpyxl.Workbook()
    for cells in (HEADER_ROW.split(";"), *rows):
        made.active.append(cells)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_a_spreadsheet_is_read_and_its_formulas_are_refused(admin: Client) -> None:
    cells: list[Any] = [*row(budget="", lon="", lat="").split(";")]
    cells[5] = 1234.5
    mapping = XLSX.replace('decimal = ","', 'decimal = "."')
    good = send(admin, mapping=mapping, p_xlsx=book(cells))
    assert good.result["totals"] == [{"stage": "planned", "currency": "EUR", "before": "0", "after": "1234.50"}]
    cells[5] = "=SUM(A1:A2)"
    bad = send(admin, mapping=mapping, p_xlsx=book(cells))
    assert bad.state == UploadState.REFUSED
    assert "is a formula" in page(admin, bad)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_UNPACKED", 1024**2)
    out = io.BytesIO(book())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b"0" * (1024**2 + 1))
    upload = send(admin, mapping=XLSX, p_xlsx=out.getvalue())
    assert "unpacks to more than 1 MB" in upload.result["refusal"]


def test_a_file_that_is_too_large_is_refused_at_the_door(
    admin: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WORKS_UPLOAD_MB = 1
    answer = post(admin, {"p.csv": b"x" * (1024**2 + 1)})
    assert answer.status_code == 422
    assert "p.csv is larger than 1 MB" in text_of(answer)
    assert post(admin, {"p.csv": b"x" * (3 * 1024**2 + 1)}).status_code == 413, "before any of it is read"
    monkeypatch.setattr(upload_files, "MOST_MB", {"xlsx": 0})
    assert "larger than 0 MB, the most that is taken of its format" in text_of(post(admin, {"p.xlsx": b"x"}, XLSX))
    assert not WorksUpload.objects.exists()


def test_more_rows_than_are_taken_are_refused(admin: Client, settings: LazySettings) -> None:
    settings.WORKS_UPLOAD_ROWS = 2
    upload = send(admin, *(row(id=str(number)) for number in range(3)))
    assert "holds more than 2 rows" in upload.result["refusal"]


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        ("", "Choose a mapping, or send one."),
        ("not TOML", "is not TOML"),
        ("a = " + "[" * 50_000, "is not TOML"),
        ('code = "x"', "is missing"),
        (MAPPING.replace('title = "title"', 'title = "title"\nowner = "x"'), "none of the fields of a project"),
        (MAPPING.replace('gives = "project"', 'gives = "project"\nsecret = "x"'), "this key is unknown here"),
        (MAPPING.replace('file = "p.csv"', 'file = "../../etc/passwd"'), "is no plain file name"),
        (MAPPING.replace('file = "p.csv"', 'file = "/etc/passwd"'), "is no plain file name"),
        (MAPPING.replace('file = "p.csv"', 'file = "https://elsewhere.invalid/p.csv"'), "is no plain file name"),
        (MAPPING.replace('currency = "EUR"', ""), "is missing its currency"),
        (MAPPING.replace('file = "p.csv"\nformat = "csv"', 'format = "invented"'), "invents works for a demo"),
        (MAPPING + "#" + "x" * 1024**2, "too long"),
        (MAPPING.replace('format = "csv"', 'format = "csv"\nencoding = "no-such"'), "is no encoding"),
    ],
)
def test_a_mapping_that_is_none_is_a_sentence_on_the_form(admin: Client, mapping: str, why: str) -> None:
    answer = post(admin, {"p.csv": table(row())}, mapping)
    assert answer.status_code == 422
    text = text_of(answer).replace("&#x27;", "'")
    assert why in text
    assert "etc/passwd" not in text or "is no plain file name" in text
    assert not WorksUpload.objects.exists()


def test_a_mapping_comes_as_a_file_as_well(admin: Client) -> None:
    file = io.BytesIO(MAPPING.encode())
    file.name = "m.toml"
    assert post(admin, {"p.csv": table(row())}, "", toml_file=file).status_code == 302
    wrong = io.BytesIO(MAPPING.replace("Test", "Тест").encode("cp1251"))
    wrong.name = "m.toml"
    assert "is not UTF-8 text" in text_of(post(admin, {"p.csv": table(row())}, "", toml_file=wrong))


TWO = MAPPING + MAPPING[MAPPING.index("[[file]]") :].replace("p.csv", "q.csv").replace('id = ["id"]', 'id = ["id"]\nprefix = "q"')


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "Choose the files"),
        ({"p.csv": b"x"}, "were not sent: q.csv"),
        ({"p.csv": b"x", "q.csv": b"x", "r.csv": b"x"}, "does not name these files: r.csv"),
        ({"p.csv": b"x", "q.csv": b""}, "q.csv is empty"),
    ],
)
def test_files_that_do_not_fit_the_mapping_are_named(admin: Client, files: dict[str, bytes], why: str) -> None:
    answer = post(admin, files, TWO)
    assert answer.status_code == 422
    assert why in text_of(answer)


def test_a_name_that_leads_out_of_the_folder_is_only_a_name(admin: Client, settings: LazySettings) -> None:
    upload = send(admin, p_csv=table(row()))
    assert post(admin, {"../../evil.csv": table(row())}).status_code == 302
    files = [path for path in Path(settings.MEDIA_ROOT).rglob("*.csv") if path.name != "report.csv"]
    assert {path.name for path in files} == {"p.csv"}
    assert upload.state == UploadState.READY


def test_money_of_a_refused_file_leaves_the_ledger_as_it_was(admin: Client) -> None:
    do(admin, send(admin, row()), "publish")
    upload = send(admin, row(budget="99"), row(id="2", budget="x"))
    assert upload.result["totals"][0]["before"] == "1234.50"
    assert Money.objects.count() == 1
