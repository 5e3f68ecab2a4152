"""The package of all projects: what each thing is written as, that nothing is guessed or lost, and its door."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opendata import oc4ids, oc4ids_package, ocds_publish
from opendata.currencies import CURRENCIES
from opendata.standard_shapes import web_address
from tests.factories import TinyCity
from tests.opendata import judges
from tests.opendata.worlds import FORMULA, Odd, build
from tests.places.makers import a_contract, a_project, a_repair
from tests.works.loading import load_folder
from works.models import Money, Project

pytestmark = pytest.mark.django_db
DOOR = "/data/oc4ids.json"


@pytest.fixture
def odd(a_city: TinyCity, settings: LazySettings, tmp_path: Path) -> Odd:
    settings.VAR = tmp_path / "var"
    return build(a_city)


@pytest.fixture
def package(odd: Odd) -> Any:
    return judges.read(DOOR)


@pytest.fixture
def kerbs(package: Any, odd: Odd) -> Any:
    (found,) = (one for one in package["projects"] if one["id"] == f"oc4ids-000000-{odd.project.public_id}")
    return found


def test_the_package_says_whose_it_is_and_under_what_terms(package: Any) -> None:
    assert package["uri"] == "http://testserver/data/oc4ids.json"
    assert package["version"] == "0.9"
    assert package["publisher"]["name"] == "Testville"
    assert package["license"] == "https://creativecommons.org/publicdomain/zero/1.0/"


def test_dates_are_told_as_promise_plan_and_what_came_of_it(kerbs: Any) -> None:
    assert kerbs["period"] == {"startDate": "2024-01-10T00:00:00Z", "endDate": "2024-04-01T23:59:59Z"}
    assert kerbs["implementationPeriod"] == {"startDate": "2024-01-12T00:00:00Z", "endDate": "2024-05-01T23:59:59Z"}
    assert kerbs["completion"]["endDate"] == "2024-05-01T23:59:59Z"
    assert kerbs["completion"]["endDateDetails"] == "Rock under the road"
    promise = kerbs["milestones"][0]
    assert (promise["dueDate"], promise["dateMet"]) == ("2024-03-01T23:59:59Z", "2024-05-01T23:59:59Z")
    assert kerbs["maintenancePeriod"]["startDate"] == "2024-05-01T00:00:00Z"


def test_money_is_what_was_approved_and_each_row_stands_below_it(kerbs: Any) -> None:
    assert kerbs["budget"]["amount"] == {"amount": 1500, "currency": "EUR"}
    assert [one["id"] for one in kerbs["budget"]["budgetBreakdowns"]] == ["approved", "planned"]
    assert kerbs["budget"]["budgetBreakdowns"][1]["budgetBreakdown"][0]["amount"] == {"amount": 1400.5, "currency": "EUR"}
    (process,) = kerbs["contractingProcesses"]
    paid = [one["value"]["amount"] for one in process["summary"]["transactions"]]
    assert sorted(paid) == [-20.5, 1000.06], "the correction alone, and what came back"
    assert process["summary"]["finalValue"]["amount"] == pytest.approx(979.56)
    assert process["summary"]["contractValue"] == {"amount": 1400, "currency": "EUR"}
    assert [one["type"] for one in process["summary"]["modifications"]] == ["value", "duration"]
    assert [one["value"]["amount"] for one in kerbs["transactions"]] == [70]


def test_one_firm_is_one_party_with_all_its_roles(kerbs: Any, odd: Odd) -> None:
    firms = {one["id"]: one for one in kerbs["parties"]}
    assert firms[f"org-{odd.firm.pk}"]["roles"] == ["payee", "tenderer", "supplier"]
    assert f"org-{odd.gone.pk}" not in firms, "merged into the other"
    assert firms["XX-REG-=12"]["identifier"]["scheme"] == "XX-REG"
    assert kerbs["publicAuthority"]["id"] == "XX-REG-=12"
    tender = kerbs["contractingProcesses"][0]["summary"]["tender"]
    assert len(tender["tenderers"]) == 2
    assert tender["numberOfTenderers"] == 3


def test_places_are_legal_shapes_and_a_named_one_has_none(kerbs: Any) -> None:
    shapes = {one["id"]: one.get("geometry", {}).get("type") for one in kerbs["locations"]}
    assert shapes == {
        "1": "Polygon",
        "2.1": "Point",
        "2.2": "LineString",
        "2.3": "Polygon",
        "3": "LineString",
        "9": None,
        "10": None,
    }
    named = kerbs["locations"][-2]
    assert named == {"id": "9", "description": "West", "gazetteer": {"scheme": "districts", "identifiers": ["west"]}}
    ring = kerbs["locations"][0]["geometry"]["coordinates"][0]
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    assert area > 0, "against the clock"


def test_a_contract_for_repairs_is_a_project_of_its_own(package: Any, odd: Odd) -> None:
    yearly = package["projects"][-1]
    assert yearly["id"] == f"oc4ids-000000-contract-books-{odd.yearly.local_id}"
    summary = yearly["contractingProcesses"][0]["summary"]
    assert [(one["title"], one["status"]) for one in summary["milestones"]] == [(FORMULA, "met"), ("pothole", "notMet")]
    assert summary["milestones"][0]["value"] == {"amount": 99.99, "currency": "EUR"}
    assert summary["transactions"][0]["relatedImplementationMilestone"] == {"id": odd.repair.public_id}
    assert [one["url"].rpartition("/")[2] for one in summary["documents"]] == [f"{1:032x}"]
    assert yearly["maintenancePeriod"] == {"endDate": "2026-05-06T23:59:59Z"}
    assert {one["geometry"]["type"] for one in yearly["locations"]} == {"Point", "LineString", "Polygon"}


def test_what_is_not_known_is_left_out(package: Any) -> None:
    bare = package["projects"][1]
    assert bare["title"] == "'Голый"
    assert set(bare) == {"id", "updated", "language", "identifiers", "title", "contractingProcesses"}
    assert [one["summary"]["ocid"] for one in bare["contractingProcesses"]] == ["ocds-abc123-7/2"] * 2
    assert len({one["id"] for one in bare["contractingProcesses"]}) == 2
    assert "ZZZ" not in json.dumps(package)


def test_documents_have_addresses_that_are_ones(kerbs: Any) -> None:
    plan, photo, secret, own = kerbs["documents"]
    assert plan["url"] == "https://files.invalid/%D0%9F%D0%BB%D0%B0%D0%BD%5B1%5D.pdf?a=%25zz#x%23y"
    assert photo["documentType"] == "illustration"
    assert own["url"] == f"http://testserver/works-photos/{0:032x}"
    assert "drawing of the demonstration" in own["title"]
    assert "url" not in secret
    assert secret["description"] == "https://us:er@files.invalid/secret"


def test_processes_link_to_their_releases(odd: Odd) -> None:
    assert "releases" not in judges.read(DOOR)["projects"][0]["contractingProcesses"][0]
    ocds_publish.publish()
    cache.clear()  # some seconds later
    (linked,) = judges.read(DOOR)["projects"][0]["contractingProcesses"][0]["releases"]
    assert linked["tag"] == ["contract", "implementation"]
    path, _, fragment = linked["url"].removeprefix("http://testserver").partition("#")
    assert [one["id"] for one in judges.read(path)["releases"]] == [fragment] == [linked["id"]]


def test_who_has_it_is_told_so_until_anything_changes(odd: Odd, settings: LazySettings) -> None:
    first = judges.get(DOOR)
    assert judges.get(DOOR, **{"If-None-Match": first["ETag"]}).status_code == 304
    part = judges.get(DOOR, Range="bytes=0-9")
    assert (part.status_code, part.body) == (206, first.body[:10])
    a_project()
    cache.clear()  # some seconds later
    again = judges.get(DOOR, **{"If-None-Match": first["ETag"]})
    assert again.status_code == 200
    assert len(list((Path(settings.VAR) / "published").iterdir())) == 1, "the older file is gone"


def test_who_asks_again_and_again_lets_nothing_be_counted_again(odd: Odd) -> None:
    first = judges.get(DOOR)
    for status, headers in ((304, {"If-None-Match": first["ETag"]}), (206, {"Range": "bytes=0-9"})):
        with CaptureQueriesContext(connection) as asked:
            assert judges.get(DOOR, **headers).status_code == status
        assert not [one["sql"] for one in asked if "works_" in one["sql"]]


def test_what_is_written_at_night_is_given_at_once(odd: Odd) -> None:
    first = judges.get(DOOR)
    a_project()
    oc4ids.prepare()
    again = judges.get(DOOR, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, len(json.loads(again.body)["projects"])) == (200, len(json.loads(first.body)["projects"]) + 1)


@pytest.mark.django_db(transaction=True)
def test_a_state_that_is_too_old_is_forgotten_outside_of_what_only_reads(
    a_city: TinyCity, settings: LazySettings, tmp_path: Path
) -> None:
    settings.VAR = tmp_path / "var"
    cache.set(oc4ids_package._KEPT, "old", 0)
    for _ in range(2):
        assert judges.get(DOOR).status_code == 200


def test_only_reading_and_no_filters(odd: Odd) -> None:
    assert Client().post(DOOR).status_code == 405
    assert judges.get(f"{DOOR}?status=completion").status_code == 400


def test_a_city_without_projects_has_an_empty_list(a_city: TinyCity, settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR = tmp_path / "var"
    assert judges.read(DOOR)["projects"] == []


def test_the_number_of_statements_does_not_grow_with_the_projects(a_city: TinyCity, django_assert_max_num_queries: Any) -> None:
    def some() -> None:
        for _ in range(5):
            a_repair(None, contract=a_contract(project=a_project()))

    some()
    with django_assert_max_num_queries(40) as before:
        list(oc4ids_package.projects())
    some()
    with django_assert_max_num_queries(len(before)):
        list(oc4ids_package.projects())


def test_what_is_published_can_be_loaded_again(odd: Odd, tmp_path: Path) -> None:
    """Our own loader reads it: the same projects, days and payments come out."""
    folder = tmp_path / "again"
    folder.mkdir()
    (folder / "package.json").write_bytes(judges.get(DOOR).body)
    (folder / "m.toml").write_text(
        'code = "again"\nnames = { en = "Again" }\n[[file]]\nfile = "package.json"\nformat = "oc4ids"\n'
    )
    (report,) = load_folder(folder)
    assert not report.tally.refusal
    again = Project.objects.get(data_set__code="again", title={"en": "New kerbs"})
    for name in ("planned_start", "planned_end", "actual_end", "status", "type", "delay_reason"):
        assert getattr(again, name) == getattr(odd.project, name)
    paid = [
        sorted(Money.objects.standing().filter(project=one, stage="paid").values_list("amount", flat=True))
        for one in (again, odd.project)
    ]
    assert paid[0] == paid[1]


def test_codes_of_currencies_are_the_standards_own(standards: Path) -> None:
    lines = (standards / "schemas/oc4ids-0.9.5/codelists/currency.csv").read_text().splitlines()[1:]
    assert {line.split(",")[0] for line in lines} > CURRENCIES


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://", "ftp://x.org/a", "https://us:er@x.org/", "https://a b.org", ""]
)
def test_what_is_no_web_address_is_none(address: str) -> None:
    assert web_address(address) == ""
