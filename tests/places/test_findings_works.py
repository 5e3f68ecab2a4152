"""Findings that are drawn from works and money alone, each on a small world that is counted by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gis_data.models import Asset
from tests.factories import IN_EAST, TinyCity
from tests.places.makers import a_contract, a_line, a_point, a_project, a_repair, a_set, a_street, reckon, some_money
from tests.places.test_money_pages import table_of, text_of
from works.models import ContractChange, Document, Money, Project, ProjectPlace, WorksPhoto

pytestmark = pytest.mark.django_db

HERE = (10.01, 50.04)
ELEVEN_M_AWAY = (10.01, 50.0401)
FORTY_FOUR_M_FURTHER = (10.01, 50.0405)


def answer(client: Client, name: str, query: str = "") -> list[dict[str, str]]:
    return table_of(client, f"/findings/{name}.csv?{query}")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def ago(days: int) -> dt.date:
    return timezone.localdate() - dt.timedelta(days=days)


@pytest.fixture
def sore_spot(a_city: TinyCity) -> None:
    a_repair(a_point(*HERE), finished_on=day("2021-01-01"))  # 36 months and nine days before the next
    a_repair(a_point(*HERE), finished_on=day("2024-01-10"), cost=Decimal(100))
    a_repair(a_point(*ELEVEN_M_AWAY), finished_on=day("2024-06-01"))
    a_repair(a_point(*HERE), finished_on=day("2024-06-04"), cost=Decimal(50), currency="USD")  # the same visit as the one before
    a_repair(a_point(*FORTY_FOUR_M_FURTHER), finished_on=day("2024-06-04"))
    a_repair(a_point(*HERE), finished_on=day("2024-03-01"), kind="sign")
    a_repair(a_point(*HERE), finished_on=day("2024-09-01"), status="cancelled")
    a_repair(a_point(*HERE), finished_on=timezone.localdate() + dt.timedelta(days=9))
    reckon()


def test_repeat_repairs_counts_visits_and_adds_no_currencies(client: Client, sore_spot: None) -> None:
    (one,) = answer(client, "repeat-repairs")
    assert (one["kind"], one["times"], one["repairs"]) == ("pothole", "2", "3")
    assert (one["first"], one["last"], one["days"]) == ("2024-01-10", "2024-06-04", "146")
    assert one["known_cost"] == "100.00 EUR; 50.00 USD"
    assert (one["repairs_without_cost"], one["metres_across"]) == ("1", "11")
    page = text_of(client, "/findings/repeat-repairs")
    assert "100 EUR" in page.replace("\xa0", " ")
    assert "and 1 of unknown cost" in page
    assert page.count('href="/repairs/') == 3
    assert "11 m across" in page


@pytest.mark.parametrize(
    ("query", "times"),
    [
        ("months=37", ["3"]), ("months=36", ["2"]), ("months=4", []), ("times=3", []), ("metres=60", ["2"]), ("metres=5", ["2"]),
        ("from=2024&to=2024", ["2"]), ("to=2023", []), ("from=2025", []), ("district=west", ["2"]), ("district=east", []),
    ],
)  # fmt: skip
def test_repeat_repairs_keeps_to_thresholds_years_and_district(
    query: str, times: list[str], client: Client, sore_spot: None
) -> None:
    assert [one["times"] for one in answer(client, "repeat-repairs", query)] == times


def test_repeat_repairs_of_things_and_of_pieces_of_street_need_no_distance(client: Client, a_city: TinyCity) -> None:
    lamp = Asset.objects.create(source_id="l", kind="street-lamp", names={"en": "Lamp 7"}, geometry=a_point(*HERE))
    near = Asset.objects.create(source_id="m", kind="street-lamp", names={"en": "Lamp 8"}, geometry=a_point(*HERE))
    main, side = (a_street(name, HERE, FORTY_FOUR_M_FURTHER) for name in ("Main Street", "Side Street"))
    for year in (2023, 2024):
        a_repair(None, asset=lamp, kind="lighting", finished_on=dt.date(year, 5, 6))
        a_repair(a_line(HERE, ELEVEN_M_AWAY), street=main, kind="resurfacing", finished_on=dt.date(year, 5, 6))
    a_repair(None, asset=near, kind="lighting", finished_on=dt.date(2024, 5, 6))
    a_repair(a_line(HERE, ELEVEN_M_AWAY), street=side, kind="resurfacing", finished_on=dt.date(2024, 5, 6))
    found = answer(client, "repeat-repairs")
    assert {(one["place"], one["times"], one["known_cost"]) for one in found} == {("Lamp 7", "2", ""), ("Main Street", "2", "")}
    assert "unknown" in text_of(client, "/findings/repeat-repairs")


def test_slipped_projects_hold_the_promise_against_the_end_and_the_money(client: Client, a_city: TinyCity) -> None:
    promise: dict[str, Any] = {
        "promised_end": day("2024-03-01"),
        "promised_amount": Decimal(1000),
        "promised_currency": "EUR",
    }
    slipped = a_project(a_point(*HERE), **promise, actual_end=day("2024-05-01"), planned_end=day("2024-04-01"))
    contract = a_contract(project=slipped, value=Decimal(900), currency="EUR")
    for number, value in (("1", 1100), ("2", 1200)):
        ContractChange.objects.create(
            contract=contract, local_id=number, kind="value", new_value=value, currency="EUR", on=day(f"2024-01-0{number}")
        )
    some_money("600", contract=contract)
    in_time = a_project(**promise, planned_end=day("2024-03-11"))
    some_money("1099", project=in_time)
    some_money("90000", project=in_time, currency="USD")
    dear = a_project(a_point(*IN_EAST), **promise)
    some_money("1500.50", project=dear)
    a_project(**{**promise, "status": "cancelled"}, actual_end=day("2025-03-01"))
    reckon()
    first, second = answer(client, "slipped-projects")
    assert (first["project"], first["days_late"], first["percent_over"]) == (slipped.public_id, "61", "20.00")
    assert (first["promised_end"], first["end"], first["ended"]) == ("2024-03-01", "2024-05-01", "yes")
    assert (first["promised_amount"], first["contracted"], first["paid"], first["currency"]) == (
        "1000.00",
        "1200.00",
        "600.00",
        "EUR",
    )
    assert (second["project"], second["days_late"], second["percent_over"]) == (dear.public_id, "", "50.05")
    assert [one["project"] for one in answer(client, "slipped-projects", "order=percent")] == [dear.public_id, slipped.public_id]
    assert len(answer(client, "slipped-projects", "days=10&percent=9")) == 3
    assert [one["project"] for one in answer(client, "slipped-projects", "district=west")] == [slipped.public_id]
    assert answer(client, "slipped-projects", "to=2023") == []
    assert "+61 days" in text_of(client, "/findings/slipped-projects")


def test_dig_once_lists_each_pair_once_and_only_known_places(client: Client, a_city: TinyCity) -> None:
    def planned(line: Any, begins: str, ends: str, **more: Any) -> Project:
        values = {"status": "preparation", "planned_start": day(begins), "planned_end": day(ends), **more}
        return a_project(*([line] if line else []), **values)

    along, across = a_line((10.01, 50.03), (10.02, 50.03)), a_line((10.015, 50.02), (10.015, 50.04))
    main = planned(along, "2030-01-01", "2030-06-30")
    pipes = planned(across, "2030-08-01", "2030-10-01")
    planned(across, "2032-08-01", "2032-10-01")  # too late
    planned(across, "2030-02-01", "2030-03-01", status="cancelled")
    planned(across, "2030-02-01", "2030-03-01", actual_end=day("2030-02-15"))
    named = planned(None, "2030-01-01", "2030-12-31")
    west = a_city.boundaries["west"]
    ProjectPlace.objects.create(project=named, number=1, kind="named", boundary=west, geometry=west.geometry)
    other = a_repair(a_point(10.0195, 50.03005), status="planned", started_on=day("2030-06-30"), finished_on=day("2030-07-02"))
    a_repair(a_point(10.0195, 50.03), status="planned", started_on=day("2030-06-30"), finished_on=None, project=main)
    a_repair(a_point(10.0195, 50.0303), status="planned", started_on=day("2030-06-30"), finished_on=None)  # 33 m
    reckon()
    found = {(one["works"], one["other_works"]): one for one in answer(client, "dig-once")}
    assert set(found) == {(main.public_id, pipes.public_id), (main.public_id, other.public_id)}
    pair, touching = found[main.public_id, pipes.public_id], found[main.public_id, other.public_id]
    assert (pair["days_together"], pair["days_apart"], pair["metres"]) == ("0", "32", "0")
    assert (touching["days_together"], touching["days_apart"], touching["metres"]) == ("1", "0", "6")
    assert [one["other_works"] for one in answer(client, "dig-once", "months=0")] == [other.public_id]
    assert [one["other_works"] for one in answer(client, "dig-once", "metres=0")] == [pipes.public_id]
    assert len(answer(client, "dig-once", "metres=40")) == 3
    assert len(answer(client, "dig-once", "months=60")) == 4
    assert len(answer(client, "dig-once", "district=west&from=2030&to=2030")) == 2
    assert answer(client, "dig-once", "district=east") == []
    assert answer(client, "dig-once", "from=2031&to=2031") == []
    page = text_of(client, "/findings/dig-once")
    assert "32 days apart" in page
    assert "1 day together" in page


def test_paid_unseen_wants_any_sign_of_works_and_nets_what_came_back(client: Client, a_city: TinyCity) -> None:
    def waiting(**values: Any) -> Project:
        return a_project(a_point(*HERE), **{"status": "preparation", **values})

    unseen = waiting(planned_start=day("2031-01-01"))
    some_money("99", project=unseen, on=ago(60))
    paid = Money.objects.get(project=unseen)
    Money.objects.create(
        data_set=a_set(), local_id=paid.local_id, stage="paid", amount=Decimal(100), currency="EUR", on=ago(60), project=unseen,
        replaces=paid, reason="typing mistake",
    )  # fmt: skip
    some_money("30", contract=a_contract(project=unseen), currency="USD", on=ago(20))
    some_money("1", project=waiting(actual_start=ago(90)), on=ago(60))
    some_money("1", project=waiting(status="implementation"), on=ago(60))
    photographed, shown, mended, back, fresh = (waiting() for _ in range(5))
    some_money("1", project=shown, on=ago(60))
    WorksPhoto.objects.create(project=shown, time="after", name="f" * 32, width=9, height=9, size=9)
    some_money("1", project=photographed, on=ago(60))
    Document.objects.create(project=photographed, kind="photo-after", url="https://example.org/1.jpg")
    contract = a_contract(project=mended)
    some_money("1", contract=contract, on=ago(60))
    a_repair(a_point(*HERE), contract=contract)
    some_money("50", project=back, on=ago(60))
    some_money("-50", project=back, on=ago(50))
    some_money("1", project=fresh, on=ago(13))
    some_money("1", stage="planned", project=waiting(), on=ago(60))
    reckon()
    (one,) = answer(client, "paid-unseen")
    assert (one["project"], one["paid"], one["payments"]) == (unseen.public_id, "100.00 EUR; 30.00 USD", "2")
    assert (one["first_payment"], one["days_since_first"]) == (ago(60).isoformat(), "60")
    assert [found["project"] for found in answer(client, "paid-unseen", "days=13")] == [unseen.public_id, fresh.public_id]
    assert answer(client, "paid-unseen", "days=61") == []
    assert answer(client, "paid-unseen", "district=east") == []
    a_repair(a_point(*HERE), project=unseen, status="planned")
    assert len(answer(client, "paid-unseen")) == 1, "a plan is no sign of works"
    a_repair(a_point(*HERE), project=unseen, status="running")
    assert answer(client, "paid-unseen") == []


def test_paid_unseen_takes_a_repair_without_a_project_for_that_of_its_contract(client: Client, a_city: TinyCity) -> None:
    project = a_project(a_point(*HERE), status="preparation")
    plan = a_repair(a_point(*HERE), contract=a_contract(project=project), status="planned")
    some_money("9", repair=plan, on=ago(60))
    a_repair(a_point(*HERE), contract=plan.contract, project=a_project(), status="planned")
    reckon()
    assert [(one["project"], one["paid"]) for one in answer(client, "paid-unseen")] == [(project.public_id, "9.00 EUR")]
    shown = WorksPhoto.objects.create(repair=plan, time="after", name="e" * 32, width=9, height=9, size=9)
    assert answer(client, "paid-unseen") == []
    shown.delete()
    assert len(answer(client, "paid-unseen")) == 1
    Document.objects.create(repair=plan, kind="photo-after", url="https://example.org/2.jpg")
    assert answer(client, "paid-unseen") == []


def test_dig_once_says_how_many_projects_it_looks_at(client: Client, a_city: TinyCity) -> None:
    soon, past = timezone.localdate() + dt.timedelta(days=9), ago(9)
    a_project(status="preparation")
    a_project(status="", planned_end=soon)
    a_project(status="", promised_end=soon, planned_end=past)
    a_project(status="", promised_end=soon)
    a_project(status="")
    a_project(status="implementation", actual_end=past)
    a_project(status="", planned_end=soon, actual_end=past)
    page = text_of(client, "/findings/dig-once")
    assert "of 3 projects in preparation or under way, or of no known state with an end still to come, have a place" in page
