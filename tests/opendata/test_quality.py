"""Verdicts on the quality of what is published: each check finds its fault, and what was not checked is said to be so."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from opendata import ocds_publish, quality
from opendata.models import Release, Verdict
from opendata.quality_checks import Checks
from tests.factories import TinyCity
from tests.opendata import judges
from tests.opendata.worlds import Odd, build
from tests.places.makers import a_set

pytestmark = pytest.mark.django_db
BOX = (10.0, 50.0, 10.1, 50.06)


@pytest.fixture
def odd(a_city: TinyCity, settings: LazySettings, tmp_path: Path) -> Odd:
    settings.VAR = tmp_path / "var"
    return build(a_city)


@pytest.fixture
def kerbs(odd: Odd) -> Any:
    return judges.read("/data/oc4ids.json")["projects"][0]


def found(*projects: Any) -> set[str]:
    checks = Checks(BOX)
    for one in projects:
        checks.project(one)
    return {name for name, tally in checks.tallies.items() if tally.found}


def test_good_works_have_no_faults_and_every_check_looked_at_something(kerbs: Any) -> None:
    checks = Checks(BOX)
    checks.project(kerbs)
    assert {name: tally.found for name, tally in checks.tallies.items() if tally.found} == {}
    assert set(checks.tallies) == {
        "unique-ids", "prefix", "codes", "inner-ids", "references", "currency", "periods", "rings", "range", "swapped", "outside",
    }  # fmt: skip


def _geometry(project: Any) -> Any:
    return project["locations"][0]["geometry"]


def _summary(project: Any) -> Any:
    return project["contractingProcesses"][0]["summary"]


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (lambda one: one.update(id="oc4ids-x-1"), "prefix"),
        (lambda one: one.update(status="finished"), "codes"),
        (lambda one: _summary(one).update(status="done"), "codes"),
        (lambda one: _summary(one)["transactions"][0]["payee"].update(id="nobody"), "references"),
        (lambda one: _summary(one)["suppliers"][0].update(id="nobody"), "references"),
        (lambda one: one["budget"]["amount"].pop("currency"), "currency"),
        (lambda one: one["budget"]["amount"].update(currency="ZZZ"), "currency"),
        (lambda one: one["period"].update(endDate="1999-01-01T00:00:00Z"), "periods"),
        (lambda one: one["locations"][1].update(id="1"), "inner-ids"),
        (lambda one: _geometry(one)["coordinates"][0].pop(), "rings"),
        (lambda one: one["locations"][1]["geometry"].update(coordinates=[50.04, 10.01]), "swapped"),
        (lambda one: one["locations"][1]["geometry"].update(coordinates=[370, 50]), "range"),
        (lambda one: one["locations"][1]["geometry"].update(coordinates=[2, 48]), "outside"),
    ],
)
def test_each_check_finds_its_fault(spoil: Callable[[Any], Any], check: str, kerbs: Any) -> None:
    spoil(kerbs)
    assert check in found(kerbs)


def test_two_projects_of_one_number_are_found(kerbs: Any) -> None:
    assert found(kerbs, copy.deepcopy(kerbs)) == {"unique-ids"}


def test_the_verdicts_are_kept_with_their_numbers(odd: Odd) -> None:
    ocds_publish.publish()
    assert quality.check_all() == {"oc4ids": 1, "set:books": 0, "ocds": 1, "ledger": 1, "repairs": 0}
    assert Verdict.objects.get(subject="oc4ids").checks["registered"]["examples"] == ["000000"]
    assert Verdict.objects.get(subject="ledger").checks["currency"]["found"] == 1, "ZZZ"
    coverage = Verdict.objects.get(subject="set:books").coverage
    assert coverage["budget"] == {"of": 3, "have": 1}
    assert coverage["warranty"] == {"of": 3, "have": 2}
    assert Verdict.objects.get(subject="repairs").coverage["repair-cost"] == {"of": 4, "have": 1}
    assert Verdict.objects.get(subject="repairs").coverage["repair-photos"] == {"of": 4, "have": 1}
    quality.check_all()
    assert Verdict.objects.count() == 5


def test_a_prefix_that_was_given_is_no_finding(odd: Odd, settings: LazySettings) -> None:
    settings.OC4IDS_PREFIX = "ab12cd"
    assert quality.check_all()["oc4ids"] == 0


def test_a_release_that_is_not_as_it_was_written_is_found(odd: Odd) -> None:
    ocds_publish.publish()
    body = {**Release.objects.latest("pk").body, "id": "ocds-x-9"}
    Release.objects.create(
        ocid="ocds-x", number=1, date=Release.objects.latest("pk").date, tag=["contract"], body=body, digest="0" * 64
    )
    quality.check_all()
    checks = Verdict.objects.get(subject="ocds").checks
    assert (checks["unchanged"]["found"], checks["numbered"]["found"]) == (1, 1)


def test_what_cannot_be_looked_at_is_said_and_stops_nothing_else(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opendata.oc4ids_package.projects", lambda: 1 / 0)
    quality.check_all()
    assert Verdict.objects.get(subject="oc4ids").error == "ZeroDivisionError"
    assert not Verdict.objects.get(subject="ledger").error
    assert "could not be checked" in judges.get("/data/quality").body.decode()


def test_the_page_says_what_was_not_checked(a_city: TinyCity) -> None:
    text = judges.get("/data/quality").body.decode()
    assert text.count("Not checked yet") == 4
    assert "Reports: not checked" in text
    assert [one["checked"] for one in judges.read("/data/quality.json")["subjects"]] == [None] * 4


def test_the_page_and_the_file_say_what_was_found(odd: Odd) -> None:
    a_set()
    ocds_publish.publish()
    quality.check_all()
    text = judges.get("/data/quality").body.decode()
    assert "Not checked yet" not in text
    assert "1 at fault" in text
    assert "Books" in text
    assert '<td class="number">33 %</td>' in text
    assert "&lt;" not in text.partition("<main")[2].partition("</main")[0].replace("&lt;3", "")
    told = {one["subject"]: one for one in judges.read("/data/quality.json")["subjects"]}
    assert set(told) == {"oc4ids", "ocds", "ledger", "repairs", "set:books"}
    assert told["oc4ids"]["checks"]["rings"]["found"] == 0
