"""OCDS releases and records, OC4IDS projects: the standards' own examples, and packages that are none."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.factories import TinyCity
from tests.works.loading import load_folder
from works.models import Contract, Document, Money, Organisation, Project
from works.ocds_read import merge

pytestmark = pytest.mark.django_db
MAPPING = """
code = "standard"
names = {{ en = "Standard" }}
[[file]]
file = "package.json"
format = "{}"
"""


def folder(path: Path, form: str, package: Any) -> Path:
    (path / "m.toml").write_text(MAPPING.format(form))
    if isinstance(package, Path):
        shutil.copyfile(package, path / "package.json")
    else:
        (path / "package.json").write_text(json.dumps(package))
    return path


def example(real_data: Path, name: str) -> Path:
    path = real_data / "ocds" / name
    if not path.is_file():
        pytest.skip(f"CITYMAP_DATA holds no ocds/{name}")
    return path


@pytest.mark.parametrize("name", ["ocds_release_package_1.1.json", "ocds_record_with_versions_1.1.json"])
def test_releases_and_their_record_tell_the_same_contract(a_city: TinyCity, real_data: Path, tmp_path: Path, name: str) -> None:
    here = folder(tmp_path, "ocds", example(real_data, name))
    (report,) = load_folder(here)
    assert not report.tally.refusal
    contract = Contract.objects.get()
    assert contract.ocid == "ocds-213czf-000-00001"
    assert (contract.value, contract.currency, contract.method, contract.tenderers) == (Decimal(11_000_000), "GBP", "open", 2)
    assert (contract.signed_on, contract.end) == (dt.date(2010, 6, 10), dt.date(2011, 6, 30))
    assert contract.supplier.identifier.startswith("11111111")
    assert contract.project.local_id == "SP001"
    roles = {(party.role, party.organisation.legal_name) for party in contract.parties.all()}
    assert ("buyer", "London Borough of Barnet") in roles
    assert ("tenderer", "Beta Corp Construction") in roles
    assert Money.objects.totals() == {
        ("planned", "GBP"): Decimal(6_700_000), ("committed", "GBP"): Decimal(11_000_000), ("paid", "GBP"): Decimal(60_000),
    }  # fmt: skip
    assert set(Money.objects.filter(contract=contract).values_list("project", flat=True)) == {contract.project_id}
    assert Document.objects.filter(contract=contract, kind="physicalProgressReport").count() == 1

    (again,) = load_folder(here)
    assert again.tally.loaded == 0
    assert Money.objects.count() == 4


def test_the_example_of_oc4ids_comes_whole(a_city: TinyCity, real_data: Path, tmp_path: Path) -> None:
    here = folder(tmp_path, "oc4ids", example(real_data, "oc4ids_example.json"))
    (report,) = load_folder(here)
    assert not report.tally.refusal
    project = Project.objects.get()
    assert (project.status, project.type, project.sectors) == ("maintenance", "expansion", ["transport", "transport.road"])
    assert (project.planned_end, project.actual_end) == (dt.date(2018, 12, 10), dt.date(2018, 12, 10))
    assert project.warranty_until is None, "a maintenance period is the life of the thing, no warranty"
    assert project.promised_amount == Decimal(40_000_000)
    assert project.places.count() == 2
    totals = Money.objects.totals()
    assert totals["approved", "GBP"] == Decimal(40_000_000)
    assert set(project.money.filter(stage="approved").values_list("fiscal_year", flat=True)) == {2016, 2017, 2018}
    assert totals["committed", "GBP"] == Decimal(sum(_contract_values(real_data))) + Decimal(35_250_000 - 29_000_000)
    assert totals["paid", "GBP"] == Decimal(1_950_000), "the grant to the authority itself is not spending"
    changed = Contract.objects.get(number="2016-SMP-M75-J4_J5-construction")
    assert changed.changes.get(kind="value").new_value == Decimal(35_250_000)
    assert Organisation.objects.filter(legal_name="Motorways UK").count() == 1


def _contract_values(real_data: Path) -> list[int]:
    project = json.loads((real_data / "ocds/oc4ids_example.json").read_text())["projects"][0]
    return [one["summary"]["contractValue"]["amount"] for one in project["contractingProcesses"]]


@pytest.mark.parametrize(
    ("form", "package", "sentence"),
    [
        ("ocds", [], "is no OCDS package"),
        ("ocds", {"releases": [{"id": "1"}]}, "a release has no ocid"),
        ("oc4ids", {"projects": {}}, "is no OC4IDS package"),
        ("oc4ids", {"projects": [{"title": "x"}]}, "a project has no id"),
        ("oc4ids", {"projects": [{"id": "a", "title": "x"}, {"id": "a", "title": "y"}]}, "comes twice"),
    ],
)
def test_what_is_no_package_is_refused(a_city: TinyCity, tmp_path: Path, form: str, package: Any, sentence: str) -> None:
    (report,) = load_folder(folder(tmp_path, form, package))
    assert sentence in report.tally.refusal
    assert not Project.objects.exists()


STRANGE: list[Any] = [None, 7, "x", [], {}, ["x"], {"amount": "NaN", "currency": "EUR"}, {"amount": 1e400}, "\x00", "=1+1"]


@pytest.mark.parametrize("value", STRANGE, ids=repr)
def test_strange_values_cost_themselves_alone(a_city: TinyCity, tmp_path: Path, value: Any) -> None:
    if value == {"amount": 1e400}:
        value = {"amount": 10**40, "currency": "EUR"}
    project = dict.fromkeys(("title", "status", "period", "sector", "locations", "budget", "parties", "documents", "transactions",
                                        "publicAuthority", "completion", "type"), value)  # fmt: skip
    process = {"id": "c", "summary": dict.fromkeys(("title", "tender", "suppliers", "contractValue", "contractPeriod",
                                                               "modifications", "transactions", "status", "documents"), value)}  # fmt: skip
    (report,) = load_folder(folder(tmp_path, "oc4ids", {"projects": [{"id": "p", **project, "contractingProcesses": [process]}]}))
    assert not report.tally.refusal
    assert Project.objects.count() == Contract.objects.count() == 1
    release = {"ocid": "o", "contracts": [{"id": "c", **dict.fromkeys(("value", "period", "status", "implementation", "documents"), value)}],
               **dict.fromkeys(("planning", "tender", "awards", "parties", "buyer", "date"), value)}  # fmt: skip
    second = tmp_path / "second"
    second.mkdir()
    folder(second, "ocds", {"releases": [release]})
    (second / "m.toml").write_text(MAPPING.format("ocds").replace('"standard"', '"other"'))
    (report,) = load_folder(second)
    assert not report.tally.refusal


def test_merging_is_by_the_book() -> None:
    old = {"a": 1, "b": {"c": 2, "d": 3}, "list": [{"id": 1, "x": 1}, {"id": 2, "x": 2}], "tags": ["one"]}
    new = {"a": None, "b": {"d": 4}, "list": [{"id": 2, "y": 3}, {"id": 3}], "tags": ["two"]}
    assert merge(old, new) == {
        "b": {"c": 2, "d": 4}, "list": [{"id": 1, "x": 1}, {"id": 2, "x": 2, "y": 3}, {"id": 3}], "tags": ["two"],
    }  # fmt: skip
