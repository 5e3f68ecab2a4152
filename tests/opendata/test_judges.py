"""What is published of a city with odd works, before judges of others; and that each judge sees what is wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from opendata import ocds_publish
from tests.factories import TinyCity
from tests.opendata import judges
from tests.opendata.worlds import Odd, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def odd(a_city: TinyCity, settings: LazySettings, tmp_path: Path) -> Odd:
    settings.VAR = tmp_path / "var"
    a_city.city.licences = {"default": {"title": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}}
    a_city.city.save()
    return build(a_city)


@pytest.fixture
def schemas(standards: Path) -> Path:
    return standards / "schemas"


def test_projects_are_what_oc4ids_asks_for(odd: Odd, schemas: Path, tmp_path: Path) -> None:
    ocds_publish.publish()
    package = judges.read("/data/oc4ids.json")
    assert len(package["projects"]) == 3
    assert judges.oc4ids_findings(package, schemas, tmp_path) == {}


def _first(package: Any) -> Any:
    return package["projects"][0]


@pytest.mark.parametrize(
    ("spoil", "seen"),
    [
        (lambda package: _first(package).update(id="project-1"), "conformance_checks"),
        (lambda package: _first(package).update(status="finished"), "additional_closed_codelist_values"),
        (lambda package: _first(package).update(warranty="2027-01-01"), "additional_fields_count"),
        (lambda package: _first(package)["budget"]["amount"].pop("currency"), "additional_checks"),
        (lambda package: _first(package)["parties"].clear(), "additional_checks"),
        (lambda package: _first(package).update(updated="yesterday"), "validation_errors"),
    ],
    ids=["prefix", "status", "field", "currency", "parties", "date"],
)
def test_the_judge_of_projects_sees_what_is_wrong(
    spoil: Callable[[Any], Any], seen: str, odd: Odd, schemas: Path, tmp_path: Path
) -> None:
    package = judges.read("/data/oc4ids.json")
    spoil(package)
    assert seen in judges.oc4ids_findings(package, schemas, tmp_path)


def test_releases_are_what_ocds_asks_for_and_are_compiled_as_by_others(odd: Odd, schemas: Path, tmp_path: Path) -> None:
    assert ocds_publish.publish() == 4
    _something_happens(odd)
    assert ocds_publish.publish() == 2
    (package,) = judges.pages("/data/ocds/releases.json")
    assert len(package["releases"]) == 6
    assert judges.ocds_findings(package, schemas, tmp_path) == {}
    (records,) = judges.pages("/data/ocds/records.json")
    ours = {one["ocid"]: one["compiledRelease"] for one in records["records"]}
    assert ours == judges.compiled_elsewhere(package, schemas, tmp_path)


def _something_happens(odd: Odd) -> None:
    from tests.places.makers import a_firm, a_repair, some_money
    from works.models import Contract, ContractParty, Money

    Contract.objects.filter(pk=odd.contract.pk).update(
        value=None, currency="", status="active", number="", signed_on=None, end=None
    )
    ContractParty.objects.filter(contract=odd.contract, role="buyer").delete()
    paid = Money.objects.standing().filter(contract=odd.contract, stage="paid").first()
    assert paid is not None
    some_money("5.5", contract=odd.contract, project=odd.project, payee=a_firm("New one"))
    Money.objects.create(
        data_set=paid.data_set, local_id=paid.local_id, stage="paid", amount=7, currency="EUR", contract=odd.contract,
        project=odd.project, replaces=paid, reason="it was less",
    )  # fmt: skip
    a_repair(None, contract=odd.yearly, title={"en": "One more"})


@pytest.mark.parametrize(
    ("spoil", "seen"),
    [
        (lambda one: one.update(tag=["news"]), "additional_closed_codelist_values"),
        (lambda one: one.update(warranty="2027"), "all_additional_fields"),
        (lambda one: one.update(date="soon"), "validation_errors"),
        (lambda one: one.update(language=" "), "additional_checks"),
    ],
    ids=["tag", "field", "date", "blank"],
)
def test_the_judge_of_releases_sees_what_is_wrong(
    spoil: Callable[[Any], Any], seen: str, odd: Odd, schemas: Path, tmp_path: Path
) -> None:
    ocds_publish.publish()
    package = judges.read("/data/ocds/releases.json")
    spoil(package["releases"][0])
    assert seen in judges.ocds_findings(package, schemas, tmp_path)


def test_our_merging_is_told_from_another(odd: Odd, schemas: Path, tmp_path: Path) -> None:
    ocds_publish.publish()
    package = judges.read("/data/ocds/releases.json")
    record = judges.read("/data/ocds/records.json")["records"][0]["compiledRelease"]
    spoilt = copy.deepcopy(package)
    spoilt["releases"][0]["contracts"][0]["title"] = "Another"
    assert judges.compiled_elsewhere(spoilt, schemas, tmp_path)[record["ocid"]] != record


def test_the_tables_are_what_their_schemas_say_row_by_row(odd: Odd, tmp_path: Path) -> None:
    judges.download(tmp_path)
    assert judges.table_findings(tmp_path) == []


@pytest.mark.parametrize(
    ("table", "old", "new", "seen"),
    [
        ("ledger", b",EUR,", b",Euro,", "pattern"),
        ("ledger", b",approved,", b",granted,", "enum"),
        ("ledger", b"1500.00", b"'1500.00", "type"),
        ("contracts", b"books-p", b"books-q", "foreign-key"),
        ("repairs", b"2024-05-06", b"06.05.2024", "type"),
    ],
)
def test_the_judge_of_tables_sees_what_is_wrong(table: str, old: bytes, new: bytes, seen: str, odd: Odd, tmp_path: Path) -> None:
    files = judges.download(tmp_path)
    spoilt = files[table].read_bytes().replace(old, new, 1)
    assert spoilt != files[table].read_bytes()
    files[table].write_bytes(spoilt)
    assert any(seen in finding for finding in judges.table_findings(tmp_path))
