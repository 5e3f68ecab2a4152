"""Bad files and bad mappings: named row by row, nothing half-loaded, nothing silently dropped, never an exception."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from gis_data.pack_types import PackError
from tests.factories import TinyCity
from tests.works.loading import load_folder
from tests.works.small_sets import HEADER_ROW, PROJECTS, row, write
from works.mapping import read_mapping
from works.models import DataSet, Money, Organisation, Project, ProjectPlace

pytestmark = pytest.mark.django_db


def test_a_good_file_is_loaded_and_loaded_again_for_nothing(a_city: TinyCity, tmp_path: Path) -> None:
    write(tmp_path, row(), row(id="2", budget="", lon="", lat=""))
    (report,) = load_folder(tmp_path)
    assert (report.tally.refusal, report.tally.loaded) == ("", 2)
    assert report.after == {("planned", "EUR"): Decimal("1234.50")}
    assert Project.objects.get(local_id="2").money.count() == 0, "an empty amount is unknown, not zero"
    assert Project.objects.get(local_id="2").places.count() == 0
    assert DataSet.objects.get().licence["title"] == "CC0 1.0"
    (again,) = load_folder(tmp_path)
    assert (again.tally.loaded, again.tally.unchanged) == (0, 2)
    assert (Project.objects.count(), Money.objects.count(), Organisation.objects.count()) == (2, 1, 1)


@pytest.mark.parametrize(
    ("changes", "column", "why"),
    [
        ({"budget": "1.5"}, "budget", "not clear"),
        ({"budget": "5 USD"}, "budget", "another currency"),
        ({"budget": "=SUM(A1:A9)"}, "budget", "formula"),
        ({"title": "=HYPERLINK(1)"}, "title", "formula"),
        ({"title": ""}, "title", "has a title"),
        ({"title": "x" * 301}, "title", "longer than 300"),
        ({"state": "afoot"}, "state", "none of the words"),
        ({"from": "31.02.2025"}, "from", "is no date"),
        ({"to": "01.01.2025"}, "to", "ends before it starts"),
        ({"lon": "ten"}, "lon", "is no coordinate"),
        ({"lon": "nan"}, "lon", "is no coordinate"),
        ({"lon": "500000", "lat": "4000000"}, "lon", "srid"),
        ({"id": ""}, "id", "no number"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_half_loaded(
    a_city: TinyCity, tmp_path: Path, changes: dict[str, str], column: str, why: str
) -> None:
    write(tmp_path, row(id="7"), row(**changes), row(id="8", budget="x"))
    (report,) = load_folder(tmp_path)
    assert "p.csv, row 2" in report.tally.refusal
    assert "and 1 more" in report.tally.refusal
    first = report.remarks.first_refused
    assert first is not None
    assert (first.row, first.column) == (2, column)
    assert why in first.why
    assert not Project.objects.exists()
    assert not Money.objects.exists()
    assert not DataSet.objects.exists()
    (again,) = load_folder(write(tmp_path, row()))
    assert again.tally.loaded == 1


def test_bad_rows_may_be_left_out_where_the_mapping_says_so(a_city: TinyCity, tmp_path: Path) -> None:
    write(
        tmp_path,
        row(),
        row(id="2", budget="x", state="y"),
        mapping=PROJECTS.replace('gives = "project"', 'gives = "project"\nbad_row = "leave-out"'),
    )
    (report,) = load_folder(tmp_path)
    assert not report.tally.refusal
    assert (report.tally.read, report.tally.loaded, report.tally.skips.total()) == (2, 1, 1)
    assert report.remarks.count("left out") == 2, "both faults of the row are named"


def test_the_same_number_twice_is_refused_or_joined(a_city: TinyCity, tmp_path: Path) -> None:
    write(tmp_path, row(), row(title="Another"))
    (report,) = load_folder(tmp_path)
    assert "row 2: id: comes twice" in report.tally.refusal
    assert not Project.objects.exists()
    write(
        tmp_path, row(), row(title="Another"), mapping=PROJECTS.replace('gives = "project"', 'gives = "project"\ntwice = "join"')
    )
    (report,) = load_folder(tmp_path)
    assert (report.tally.read, report.tally.loaded, report.tally.skips.total()) == (2, 1, 1)
    assert Project.objects.get().title == {"en": "Bridge"}
    assert report.remarks.count("put right") == 1


def test_swapped_and_far_places_are_put_right_or_noted(a_city: TinyCity, tmp_path: Path) -> None:
    write(tmp_path, row(lon="50.04", lat="10.01"), row(id="2", lon="11.5", lat="51"), row(id="3", lon="0", lat="0"))
    (report,) = load_folder(tmp_path)
    places = {place.project.local_id: place.geometry.coords for place in ProjectPlace.objects.select_related("project")}
    assert places == {"1": (10.01, 50.04), "2": (11.5, 51.0)}
    why = {(one.row, one.weight) for one in report.remarks.named if one.column == "lon"}
    assert why == {(1, "put right"), (2, "noted"), (3, "put right")}


def test_feet_are_turned_into_degrees_by_the_srid_that_is_stated(a_city: TinyCity, tmp_path: Path) -> None:
    # 10.01, 50.04 in ETRS89 / UTM zone 32N (metres); any integer SRID of PostGIS works alike.
    write(tmp_path, row(lon="572318.5", lat="5543594.5"), mapping=PROJECTS.replace('lat = "lat"', 'lat = "lat"\nsrid = 25832'))
    (report,) = load_folder(tmp_path)
    assert not report.tally.refusal
    assert ProjectPlace.objects.get().geometry.coords == pytest.approx((10.01, 50.04), abs=0.001)
    write(tmp_path, row(), mapping=PROJECTS.replace('lat = "lat"', 'lat = "lat"\nsrid = 998999'))
    (report,) = load_folder(tmp_path)
    assert "cannot be turned into degrees" in report.tally.refusal


def test_a_changed_source_becomes_a_correction_and_the_promise_stays(a_city: TinyCity, tmp_path: Path) -> None:
    load_folder(write(tmp_path, row()))
    (report,) = load_folder(write(tmp_path, row(budget="2 000,00", to="09.09.2026")))
    assert report.before == {("planned", "EUR"): Decimal("1234.50")}
    assert report.after == {("planned", "EUR"): Decimal("2000.00")}
    project = Project.objects.get()
    assert (project.promised_end, project.planned_end) == (dt.date(2025, 4, 3), dt.date(2026, 9, 9))
    old, new = Money.objects.order_by("pk")
    assert (new.replaces_id, old.amount, new.amount) == (old.pk, Decimal("1234.50"), Decimal("2000.00"))
    assert new.reason.startswith("the source says so since")
    (back,) = load_folder(write(tmp_path, row()))
    assert back.after == {("planned", "EUR"): Decimal("1234.50")}
    assert Money.objects.count() == 3


def test_the_ledger_is_never_edited(a_city: TinyCity, tmp_path: Path) -> None:
    load_folder(write(tmp_path, row()))
    for wrong in (lambda: Money.objects.update(amount=1), lambda: Money.objects.all().delete()):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            wrong()
    line = Money.objects.get()
    for values in ({"currency": "eu"}, {"stage": "dreamt"}, {"project": None}, {"replaces": line}):
        with pytest.raises(IntegrityError), transaction.atomic():
            row_: dict[str, Any] = {"data_set": line.data_set, "local_id": "x", "stage": "paid", "amount": 1, "currency": "EUR",
                                    "project": line.project, **values}  # fmt: skip
            Money.objects.create(**row_)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("id;title\n1;x\n", "the column .* is missing"),
        (HEADER_ROW + "\n1;2\n", "row 1: has 2 cells"),
        (HEADER_ROW.replace("state", "title") + "\n", "stands there twice"),
        (HEADER_ROW + '\n"1;2\n', "is not CSV"),
    ],
)
def test_a_broken_table_is_one_sentence(a_city: TinyCity, tmp_path: Path, text: str, sentence: str) -> None:
    write(tmp_path)
    (tmp_path / "p.csv").write_text(text)
    (report,) = load_folder(tmp_path)
    assert re.search(sentence, report.tally.refusal)


def test_bytes_of_another_encoding_are_refused_and_read_when_it_is_named(a_city: TinyCity, tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "p.csv").write_bytes("\n".join([HEADER_ROW, row(title="Мост")]).encode("cp1251"))
    (report,) = load_folder(tmp_path)
    assert "is not utf-8 text" in report.tally.refusal
    named = (tmp_path / "m.toml").read_text().replace('format = "csv"', 'format = "csv"\nencoding = "cp1251"')
    (tmp_path / "m.toml").write_text(named)
    load_folder(tmp_path)
    assert Project.objects.get().title == {"en": "Мост"}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('gives = "project"', 'gives = "bridge"', "'bridge' is none of project"),
        ('title = "title"', 'titel = "title"', "titel: is none of the fields of a project"),
        ('title = "title"\n', "", "a column for title is missing"),
        ('currency = "EUR"', 'currency = "euro"', "ISO 4217"),
        ('"implementation"', '"afoot"', "'afoot' is none of identification"),
        ('stage = "planned"', 'stage = "dreamt"', "'dreamt' is none of planned"),
        ('formats = ["%d.%m.%Y"]', 'formats = ["soon"]', "is no format of a date"),
        ('decimal = ","', 'decimal = ";"', "';' is none of"),
        ('lat = "lat"', "", "exactly one is expected of"),
        ('file = "p.csv"', 'file = "../p.csv"', "is no plain file name"),
        ('id = ["id"]', "", "id: is missing"),
        ('code = "test"', "code = 5", "code: a text is expected"),
        ("fiscal_year = 2025", 'fiscal_year = 2025\nday_column = "from"', "either a fiscal year"),
        ('role = "supplier"', 'role = "friend"', "'friend' is none of"),
        ("[file.amounts]", "[file.amountz]", "amounts: is missing its currency"),
        ('names = { en = "Test" }', 'names = { en = "Test" ', "is not TOML"),
        ('licence = "CC0-1.0"', 'licence = "mine"', "'mine' is none of"),
    ],
)
def test_a_bad_mapping_is_one_clear_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in PROJECTS
    (tmp_path / "m.toml").write_text(PROJECTS.replace(old, new, 1))
    with pytest.raises(PackError, match=sentence):
        read_mapping(tmp_path / "m.toml")
