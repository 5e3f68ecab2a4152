"""Contracts, repairs and payments that lean on each other; and the command that loads them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, MultiLineString
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from gis_data.models import Street
from tests.factories import IN_WEST, TinyCity
from tests.works.loading import load_folder
from tests.works.small_sets import LINE, row, write, write_repairs
from works.models import Contract, DataSet, Money, Organisation, Project, ProjectPlace, Repair
from works.remarks import HEADER

pytestmark = pytest.mark.django_db


def test_contracts_repairs_and_payments_lean_on_each_other(a_city: TinyCity, tmp_path: Path) -> None:
    line = MultiLineString(LineString(IN_WEST, (10.02, 50.04)), srid=4326)
    Street.objects.create(source_id="s1", names={"en": "Long"}, geometry=line)
    write_repairs(tmp_path, f"r1,pothole,s1,K1,2025-02-01,2027-02-01,,https://example.org/a.jpg,{LINE}")
    (report,) = load_folder(tmp_path)
    assert not report.tally.refusal
    repair, contract = Repair.objects.get(), Contract.objects.get()
    assert (repair.contract, repair.street.source_id, repair.cost) == (contract, "s1", None)
    assert repair.documents.get().kind == "photo-after"
    assert Money.objects.get().contract == contract
    assert Money.objects.get().fiscal_year == 2025
    assert Organisation.objects.count() == 1
    (again,) = load_folder(tmp_path)
    assert again.tally.loaded == 0


@pytest.mark.parametrize(
    ("repair", "why"),
    [
        (f"r1,pothole,,K9,2025-02-01,2027-02-01,,,{LINE}", "names a contract"),
        (f"r1,pothole,,K1,2025-02-01,2024-02-01,,,{LINE}", "warranty ends before"),
        (f"r1,pothole,,K1,2025-02-01,,,javascript:alert(1),{LINE}", "no web address"),
        ("r1,pothole,,K1,2025-02-01,,,,POINT (x y)", "no geometry in WKT"),
        ("r1,pothole,,K1,2025-02-01,,,,GEOMETRYCOLLECTION (POINT (10 50))", "no geometry that is accepted"),
        ('r1,pothole,,K1,2025-02-01,,,,"POINT EMPTY"', "empty"),
    ],
)
def test_a_bad_repair_is_refused_with_the_whole_set(a_city: TinyCity, tmp_path: Path, repair: str, why: str) -> None:
    (report,) = load_folder(write_repairs(tmp_path, repair))
    assert why in report.tally.refusal
    assert not Contract.objects.exists()


def test_a_payment_under_no_contract_is_refused(a_city: TinyCity, tmp_path: Path) -> None:
    (report,) = load_folder(write_repairs(tmp_path, f"r1,pothole,,K1,2025-02-01,,,,{LINE}", "m1,10.50,2025-03-01,K7,x"))
    assert "names a contract that this data set does not hold" in report.tally.refusal


def test_what_was_only_named_is_never_a_point(a_city: TinyCity) -> None:
    data_set = DataSet.objects.create(code="d", names={"en": "D"})
    project = Project.objects.create(data_set=data_set, local_id="1", public_id="d-1", title={"en": "x"})
    with pytest.raises(IntegrityError, match="a_named_place_is_no_point"), transaction.atomic():
        ProjectPlace.objects.create(project=project, kind="named", geometry="SRID=4326;POINT(10 50)")
    ProjectPlace.objects.create(project=project, kind="named", name="Citywide")


def run(folder: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("load_works", str(folder), stdout=out, **options)
    return out.getvalue()


def test_the_command_prints_totals_and_writes_a_report_that_a_spreadsheet_may_open(a_city: TinyCity, tmp_path: Path) -> None:
    write(tmp_path, row(lon="50.04", lat="10.01"))
    words = run(tmp_path, dry_run=True, report=tmp_path / "report.csv")
    assert "Dry run: nothing was changed." in words
    assert "1,234.50 EUR" in words
    assert not Project.objects.exists()
    with (tmp_path / "report.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    assert tuple(head) == HEADER
    assert [(one[2], one[3], one[4]) for one in rows] == [("1", "lon", "put right")]
    write(tmp_path, row(title="=cmd()"))
    with pytest.raises(CommandError, match="Nothing was loaded from: works: test"):
        run(tmp_path, report=tmp_path / "report.csv")
    assert "'=cmd()" in (tmp_path / "report.csv").read_text()


def test_the_command_refuses_with_one_sentence(a_city: TinyCity, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="holds no mapping"):
        run(tmp_path)
    write(tmp_path, row())
    with pytest.raises(CommandError, match="There is no data set nothing; there is test"):
        run(tmp_path, only=["nothing"])
    with pytest.raises(CommandError, match="is no folder"):
        run(tmp_path, data=tmp_path / "nowhere")
    (tmp_path / "p.csv").unlink()
    with pytest.raises(CommandError, match="Nothing was loaded from"):
        run(tmp_path)
    a_city.city.delete()
    with pytest.raises(CommandError, match="run load_city first"):
        run(tmp_path)
