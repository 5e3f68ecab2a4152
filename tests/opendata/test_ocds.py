"""Releases: written once and never again, each saying what is new; and their doors, before askers who mean harm."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.db.models import BigIntegerField, Func, Value
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opendata import nightly, ocds, ocds_merge, ocds_publish
from opendata.models import Release
from opendata.works_read import contract_batches
from places.patience_sql import limited
from tests.factories import TinyCity
from tests.opendata import judges
from tests.places.makers import a_contract, a_firm, a_project, a_repair, some_money
from works.models import Contract, ContractChange, ContractParty, Project
from works.ocds_read import merge

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract(a_city: TinyCity) -> Contract:
    firm = a_firm()
    made = a_contract(project=a_project(), supplier=firm, value=1000, currency="EUR", status="active", title={"en": "Kerbs"})
    ContractParty.objects.create(contract=made, organisation=firm, role="supplier")
    return made


def bodies() -> list[Any]:
    return [one.body for one in Release.objects.order_by("number")]


def test_the_first_release_says_everything_and_nothing_new_is_no_release(contract: Contract) -> None:
    assert ocds_publish.publish() == 1
    (first,) = bodies()
    assert first["ocid"] == f"ocds-000000-books-{contract.local_id}"
    assert first["tag"] == ["contract"]
    assert first["contracts"][0]["value"] == {"amount": 1000, "currency": "EUR"}
    assert first["planning"]["project"]["id"] == f"oc4ids-000000-{contract.project.public_id}"
    assert ocds_publish.publish() == 0


def test_a_later_release_says_what_is_new_alone_and_takes_back_what_is_gone(contract: Contract) -> None:
    ocds_publish.publish()
    some_money("5.50", contract=contract, on=dt.date(2024, 1, 2))
    ContractChange.objects.create(contract=contract, local_id="1", kind="value", old_value=1000, new_value=1200, currency="EUR")
    Contract.objects.filter(pk=contract.pk).update(title={}, number="")
    assert ocds_publish.publish() == 1
    second = bodies()[1]
    assert second["tag"] == ["contractAmendment", "implementationUpdate"]
    assert second.keys() == {"ocid", "id", "date", "tag", "initiationType", "contracts"}
    (one,) = second["contracts"]
    assert one.keys() == {"id", "awardID", "title", "value", "amendments", "implementation"}
    assert (one["title"], one["value"]) == (None, {"amount": 1200, "currency": "EUR"})
    whole = judges.read(f"/data/ocds/records/{second['ocid']}.json")["records"][0]["compiledRelease"]
    assert "title" not in whole["contracts"][0]
    assert whole["contracts"][0]["implementation"]["transactions"][0]["value"] == {"amount": 5.5, "currency": "EUR"}
    assert whole["awards"][0]["value"] == {"amount": 1000, "currency": "EUR"}, "what was awarded stays"
    Contract.objects.filter(pk=contract.pk).update(status="closed")
    ocds_publish.publish()
    assert bodies()[2]["tag"] == ["contractTermination"]
    dates = [one["date"] for one in bodies()]
    assert dates == sorted(set(dates))


def test_contracts_of_one_ocid_are_one_process_however_far_apart(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opendata.ocds_publish.contract_batches", lambda: contract_batches(1))
    for title in ("first", "between", "last"):
        a_contract(title={"en": title}, ocid="" if title == "between" else "ocds-abc123-x")
    assert ocds_publish.publish() == 2
    assert [one["title"] for one in Release.objects.get(ocid="ocds-abc123-x").body["contracts"]] == ["first", "last"]
    assert ocds_publish.publish() == 0


@pytest.mark.parametrize("change", ["UPDATE opendata_release SET ocid = 'x'", "DELETE FROM opendata_release"])
def test_what_was_published_is_never_changed(contract: Contract, change: str) -> None:
    ocds_publish.publish()
    with (
        pytest.raises((InternalError, ProgrammingError), match="Cannot update or delete"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    with (
        pytest.raises((InternalError, ProgrammingError), match="Cannot truncate"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("ALTER TABLE opendata_release ENABLE TRIGGER ALL")
        cursor.execute("TRUNCATE opendata_release")


def test_pages_give_every_release_once(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        a_contract(title={"en": "x"})
    assert ocds_publish.publish() == 5
    monkeypatch.setattr("opendata.ocds.PAGE", 2)
    found = [one["id"] for page in judges.pages("/data/ocds/releases.json") for one in page["releases"]]
    assert len(found) == len(set(found)) == 5
    assert [len(page["records"]) for page in judges.pages("/data/ocds/records.json")] == [2, 2, 1]
    first = judges.get("/data/ocds/releases.json")
    assert judges.get("/data/ocds/releases.json", **{"If-None-Match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize(("bodies_of_a_page", "lengths"), [(2.5, [2, 2, 1]), (0, [1] * 5)])
@pytest.mark.parametrize("things", ["releases", "records"])
def test_long_ones_make_short_pages_of_one_at_least(
    things: str, bodies_of_a_page: float, lengths: list[int], a_city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        a_contract(title={"en": "ж" * 5000})
    ocds_publish.publish()
    longest = max(len(json.dumps(one, ensure_ascii=False).encode()) for one in bodies())
    monkeypatch.setattr("opendata.ocds.PAGE_BYTES", int(longest * bodies_of_a_page))
    pages = [page[things] for page in judges.pages(f"/data/ocds/{things}.json")]
    assert [len(page) for page in pages] == lengths
    assert len({one["ocid"] for page in pages for one in page}) == 5


def test_more_packages_at_once_than_there_are_places_are_told_to_come_back(contract: Contract) -> None:
    ocds_publish.publish()
    ocid = bodies()[0]["ocid"]
    others = connection.copy()
    try:
        with others.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, place) FROM generate_series(1, %s) AS place", [ocds.LOCKS, ocds.PLACES])
            for door in ("releases", "records", f"releases/{ocid}", f"records/{ocid}"):
                response = judges.get(f"/data/ocds/{door}.json")
                assert (response.status_code, response["Retry-After"]) == (503, "10"), door
    finally:
        others.close()
    assert judges.get("/data/ocds/records.json").status_code == 200


def test_a_package_that_takes_too_long_gives_up_with_a_sentence(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    ocds_publish.publish()
    nap = Func(
        Value(9), function="pg_sleep", template="length(%(function)s(%(expressions)s)::text)", output_field=BigIntegerField()
    )
    monkeypatch.setattr("opendata.ocds._BYTES", nap)
    monkeypatch.setattr("opendata.ocds.limited", lambda: limited(20))
    for things in ("releases", "records"):
        response = judges.get(f"/data/ocds/{things}.json")
        assert (response.status_code, response["Content-Type"]) == (503, "application/problem+json")


@pytest.mark.django_db(transaction=True)
def test_a_page_gives_its_place_back(contract: Contract) -> None:
    ocds_publish.publish()
    for _ in range(ocds.PLACES + 1):
        assert len(judges.read("/data/ocds/records.json")["records"]) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = %s", [ocds.LOCKS])
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("releases.json?after=-1", 400),
        ("releases.json?after=1&after=2", 400),
        ("releases.json?after=9999999999999999999", 400),
        ("releases.json?after=٣", 400),
        ("releases.json?after=%00", 400),
        ("records.json?page=2", 400),
        ("releases.json?after=999999999", 200),
        ("releases/nothing.json", 404),
        ("releases/ocds-000000-%00.json", 404),
        ("releases/..%2f..%2fsettings.json", 404),
        ("records/%2e%2e/secret_key.json", 404),
        ("records/ocds-000000-books-c1.json?x=1", 400),
        ("releases/" + "x" * 5000 + ".json", 404),
    ],
)
def test_senseless_addresses_get_a_sentence(contract: Contract, address: str, status: int) -> None:
    response = judges.get(f"/data/ocds/{address}")
    assert response.status_code == status
    if status >= 400:
        assert response["Content-Type"] == "application/problem+json"


def test_only_reading(contract: Contract) -> None:
    for door in ("releases", "records"):
        assert Client().post(f"/data/ocds/{door}.json").status_code == 405


def test_the_nightly_job_publishes_and_looks_and_twice_is_harmless(contract: Contract, settings: Any, tmp_path: Any) -> None:
    settings.VAR = tmp_path / "var"
    nightly.publish_works()
    nightly.publish_works()
    assert Release.objects.count() == 1
    assert len(list((settings.VAR / "published").iterdir())) == 1


def test_repairs_of_a_contract_are_milestones(contract: Contract) -> None:
    repair = a_repair(None, contract=contract, status="finished", cost=3)
    Project.objects.update(title={"en": "Another"})
    ocds_publish.publish()
    (one,) = bodies()[0]["contracts"]
    assert one["implementation"]["milestones"] == [
        {"id": repair.public_id, "title": "pothole", "type": "delivery", "dateMet": "2024-05-06T00:00:00Z", "status": "met"}
    ]


_leaves: st.SearchStrategy[Any] = st.one_of(st.integers(0, 3), st.text("ab", max_size=1))
_objects: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"id": st.sampled_from("abc")}, optional={"x": _leaves, "y": st.fixed_dictionaries({}, optional={"z": _leaves})}
)
_shapes: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"ocid": st.just("o")},
    optional={"title": _leaves, "rows": st.lists(_objects, min_size=1, max_size=3, unique_by=lambda one: one["id"]),
              "inner": st.fixed_dictionaries({}, optional={"a": _leaves, "b": _leaves})},
)  # fmt: skip


def _leaves_of(thing: Any, path: str = "") -> dict[str, Any]:
    if isinstance(thing, dict):
        return {key: value for name, inner in thing.items() for key, value in _leaves_of(inner, f"{path}/{name}").items()}
    if isinstance(thing, list) and all(isinstance(one, dict) for one in thing):
        return {key: value for one in thing for key, value in _leaves_of(one, f"{path}/{one['id']}").items()}
    return {path: thing}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=200)
@given(st.lists(_shapes, min_size=1, max_size=4))
def test_releases_merged_say_what_holds_now(shapes: list[Any]) -> None:
    """All but objects that left a list: those stay in what is merged, for the standard cannot take them out."""
    releases: list[Any] = []
    for number, shape in enumerate(shapes):
        news = ocds_merge.news(ocds_merge.compiled(releases), shape)
        if news:
            releases.append({"ocid": "o", "id": str(number), "date": f"{number}", "tag": ["contract"], **news})
    whole = ocds_merge.compiled(releases)
    said = {path: told for path, told in _leaves_of(whole).items() if path.split("/")[1] not in {"id", "date", "tag"}}
    now = _leaves_of(shapes[-1])
    listed = {path.rsplit("/", 1)[0] for path in now if path.startswith("/rows/")}
    assert {
        path: told for path, told in said.items() if not path.startswith("/rows/") or path.startswith(tuple(listed) or ("-",))
    } == now
    plain: Any = {}
    for one in releases:
        plain = merge(plain, one)
    assert {name: told for name, told in plain.items() if name not in {"id", "date", "tag"}} == {
        name: told for name, told in whole.items() if name not in {"id", "date", "tag"}
    }, "the reader of the loaders merges alike"
