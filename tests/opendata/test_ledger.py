"""The ledger as tables: whole, safe for spreadsheets, with the same ids as the other publications."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from opendata.ledger_tables import TABLES
from opendata.publication_ids import contract_id
from tests.factories import TinyCity
from tests.opendata import judges
from tests.opendata.worlds import FORMULA, Odd, build
from tests.places.makers import a_contract
from works.models import Contract, Money, Repair

pytestmark = pytest.mark.django_db


@pytest.fixture
def odd(a_city: TinyCity) -> Odd:
    return build(a_city)


@pytest.fixture
def tables(odd: Odd, tmp_path: Path) -> dict[str, list[dict[str, str]]]:
    found = {}
    for name, file in judges.download(tmp_path).items():
        with file.open(encoding="utf-8", newline="") as lines:
            found[name] = list(csv.DictReader(lines))
    return found


def test_every_row_is_there_and_what_stands_sums_to_the_cent(tables: Any) -> None:
    assert len(tables["ledger"]) == Money.objects.count()
    sums: dict[tuple[str, str], Decimal] = {}
    for row in tables["ledger"]:
        if row["stands"] == "true":
            key = row["stage"], row["currency"]
            sums[key] = sums.get(key, Decimal()) + Decimal(row["amount"])
    assert sums == Money.objects.totals()
    (replaced,) = (row for row in tables["ledger"] if row["stands"] == "false")
    (correction,) = (row for row in tables["ledger"] if row["replaces"])
    assert correction["replaces"] == replaced["id"]
    assert correction["reason"] == "a cent was missing"


def test_texts_are_safe_and_come_back_whole_and_numbers_are_numbers(tables: Any, odd: Odd) -> None:
    (repair,) = (row for row in tables["repairs"] if row["id"] == odd.repair.public_id)
    assert repair["title"] == f"'{FORMULA}"
    assert repair["address"].removeprefix("'") == "+1 West Street"
    assert (repair["cost"], repair["warranty_until"]) == ("99.99", "2026-05-06")
    (back,) = (row for row in tables["ledger"] if row["amount"].startswith("-"))
    assert Decimal(back["amount"]) == Decimal("-20.50")
    (bare,) = (row for row in tables["projects"] if row["id"] == odd.bare.public_id)
    assert bare["title"] == "''Голый"


def test_ids_are_those_of_the_other_publications(tables: Any, odd: Odd) -> None:
    assert {row["id"] for row in tables["contracts"]} == {contract_id(one) for one in Contract.objects.select_related("data_set")}
    (office,) = (row for row in tables["organisations"] if row["scheme"] == "XX-REG")
    assert office["id"] == "XX-REG-=12"
    (gone,) = (row for row in tables["organisations"] if row["merged_into"])
    assert (gone["id"], gone["merged_into"]) == (f"org-{odd.gone.pk}", f"org-{odd.firm.pk}")
    assert len(tables["repairs"]) == Repair.objects.count()


@pytest.mark.parametrize(
    "number", ["1", "=1", "ЖКХ 12/5", "a" * 150, "---", "a--b", "-a-", "A_b.C", "Ünï", "a\nb", "x" * 100, "é" * 40 + "A"]
)
def test_the_database_writes_ids_as_we_do(number: str, a_city: TinyCity, tmp_path: Path) -> None:
    contract = a_contract()
    Contract.objects.filter(pk=contract.pk).update(local_id=number)
    contract.refresh_from_db()
    with judges.download(tmp_path)["contracts"].open(encoding="utf-8", newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert row["id"] == contract_id(contract)


def test_the_package_names_every_table_its_sources_and_terms(odd: Odd) -> None:
    package = judges.read("/data/ledger/datapackage.json")
    assert [one["name"] for one in package["resources"]] == [one.name for one in TABLES]
    assert package["sources"] == [{"title": "Books; invented for a demonstration"}]
    assert package["licenses"] == [{"path": "https://creativecommons.org/publicdomain/zero/1.0/"}]
    assert json.dumps(package).count('"foreignKeys"') == 4


@pytest.mark.parametrize("name", ["accounts_user", "ledger;", "../ledger", "%00", "LEDGER"])
def test_no_other_table(name: str, odd: Odd) -> None:
    assert judges.get(f"/data/ledger/{name}.csv").status_code == 404


def test_only_reading_and_no_filters(odd: Odd) -> None:
    assert Client().post("/data/ledger/ledger.csv").status_code == 405
    assert Client().head("/data/ledger/ledger.csv").status_code == 200
    assert judges.get("/data/ledger/ledger.csv?stage=paid").status_code == 400
