"""What works say at a pin: planned and running ones, a warranty, repeats; by one statement, to the metre and to the day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, Polygon
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import IN_WEST, TinyCity, box
from tests.issues.works_here import a_contract, a_firm, a_planned_repair, a_project, a_repair, away, money, today
from works.at_place import at_place, supervisors
from works.at_place_facts import AtPlace, Recurring, WarrantyFact
from works.models import Organisation

KINDS = ("pothole", "resurfacing")
LINE = LineString((10.0095, IN_WEST[1]), (10.0105, IN_WEST[1]), srid=4326)


def here(**asked: Any) -> AtPlace:
    return at_place(*IN_WEST, **{"kinds": KINDS, **asked})


def warranty() -> WarrantyFact:
    found = here().warranty
    assert found is not None
    return found


def test_everything_comes_by_one_statement(a_city: TinyCity) -> None:
    a_repair(contract=a_contract(), contractor=a_firm())
    a_planned_repair()
    money(a_project(), "committed", "10.00")

    with CaptureQueriesContext(connection) as queries:
        found = here()

    assert len(queries) == 1
    assert found.warranty
    assert len(found.planned) == 2


@pytest.mark.parametrize("where", [(181.0, 0.0), (0.0, 91.0), (float("nan"), 1.0), (1.0, float("inf"))])
def test_a_point_outside_the_world_asks_nothing(a_city: TinyCity, where: tuple[float, float]) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert not at_place(*where, KINDS)
        assert not at_place(*IN_WEST, ())
    assert len(queries) == 0


def test_a_warranty_comes_with_its_contract_contractor_and_supervisor(a_city: TinyCity) -> None:
    office = a_firm("Roads Office", scheme="FI-PRH", identifier="77")
    repair = a_repair(away(north=7), contract=a_contract("12/34", office), contractor=a_firm())

    found = warranty()

    assert found.m == pytest.approx(7.0, abs=0.1)
    assert (found.ref, found.kind, found.contract) == (repair.public_id, "pothole", "12/34")
    assert (found.contractor, found.supervisor) == ("Smooth Roads Ltd", "FI-PRH-77")
    assert (found.until, found.finished_on) == (repair.warranty_until, repair.finished_on)
    assert supervisors() == ("FI-PRH-77",)


def test_a_supervisor_that_was_joined_with_another_is_that_one(a_city: TinyCity) -> None:
    real = a_firm("Roads Office")
    other = Organisation.objects.create(key="office of roads", legal_name="Office", merged_into=real, merge_reason="the same")
    a_repair(contract=a_contract(supervisor=other))

    assert warranty().supervisor == "roads office"
    assert supervisors() == ("roads office",)


@pytest.mark.parametrize(("days", "under"), [(1, True), (0, True), (-1, False)])
def test_the_last_day_of_a_warranty_still_counts(a_city: TinyCity, days: int, under: bool) -> None:
    a_repair(warranty_until=today(days))

    assert (here().warranty is not None) == under


def test_where_the_repair_says_nothing_its_contract_says_until_when(a_city: TinyCity) -> None:
    supplier = a_firm("Contract Holder")
    a_repair(warranty_until=None, contract=a_contract(warranty_until=today(3), supplier=supplier))

    assert (warranty().until, warranty().contractor) == (today(3), "Contract Holder")


def test_the_repairs_own_warranty_goes_before_its_contracts(a_city: TinyCity) -> None:
    a_repair(warranty_until=today(-1), contract=a_contract(warranty_until=today(3)))

    assert here().warranty is None


def test_a_repair_without_a_date_may_be_under_warranty_but_repeats_nothing(a_city: TinyCity) -> None:
    a_repair(finished_on=None)
    a_repair(finished_on=None)

    assert warranty().finished_on is None
    assert here().recurring is None


def test_of_two_at_the_same_point_the_longer_warranty_counts(a_city: TinyCity) -> None:
    a_repair(warranty_until=today(5))
    longer = a_repair(warranty_until=today(50))
    a_repair(warranty_until=today(7))

    assert warranty().ref == longer.public_id


def test_of_equal_ones_it_is_always_the_same(a_city: TinyCity) -> None:
    first, _second = a_repair(), a_repair()

    assert {warranty().ref for _again in range(3)} == {first.public_id}


def test_the_nearer_one_goes_before_the_longer_one(a_city: TinyCity) -> None:
    near = a_repair(away(east=2), warranty_until=today(1))
    a_repair(away(east=9), warranty_until=today(500))

    assert warranty().ref == near.public_id


@pytest.mark.parametrize(("metres", "seen"), [(19.8, True), (20.2, False)])
def test_a_warranty_reaches_twenty_metres_in_every_direction(a_city: TinyCity, metres: float, seen: bool) -> None:
    a_repair(away(north=metres))
    assert (here().warranty is not None) == seen
    a_repair(away(east=metres), warranty_until=today(9))
    assert (here().warranty is not None) == seen


@pytest.mark.parametrize("shape", [LINE, box(10.0, 50.0, 10.02, 50.05)], ids=["a line through the pin", "an area around it"])
def test_what_touches_the_pin_is_no_metre_away(a_city: TinyCity, shape: Any) -> None:
    a_repair(shape)

    assert warranty().m == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize(
    "changes", [{"kind": "greenery"}, {"status": "cancelled"}, {"status": "running"}, {"geometry": None}], ids=str
)
def test_other_kinds_and_what_is_not_finished_are_under_no_warranty(a_city: TinyCity, changes: dict[str, Any]) -> None:
    a_repair(**changes)

    assert here().warranty is None


def test_planned_works_come_with_days_firm_and_cost_the_running_ones_first(a_city: TinyCity) -> None:
    planned = a_planned_repair(away(north=3), cost=Decimal("1200.50"), currency="EUR", contractor=a_firm())
    running = a_planned_repair(away(north=40), status="running", started_on=today(-2))
    a_planned_repair(away(north=50.4))

    first, second = here().planned

    assert (first.ref, first.running, first.amount, first.by) == (running.public_id, True, None, "")
    assert (second.ref, second.starts, second.by) == (planned.public_id, today(20), "Smooth Roads Ltd")
    assert (second.amount, second.currency) == (Decimal("1200.50"), "EUR")


def test_a_project_costs_what_was_contracted_else_approved_else_planned_else_promised(a_city: TinyCity) -> None:
    project = a_project(promised_amount=Decimal("9.99"), promised_currency="EUR")

    def cost() -> tuple[Decimal | None, str]:
        (found,) = here().planned
        return found.amount, found.currency

    assert cost() == (Decimal("9.99"), "EUR")
    wrong = money(project, "planned", "100.10")
    money(project, "planned", "50.00")
    assert cost() == (Decimal("150.10"), "EUR")
    money(project, "planned", "100.00", replaces=wrong, reason="ten cents too many", local_id=wrong.local_id)
    assert cost() == (Decimal("150.00"), "EUR")
    money(project, "paid", "7.00")
    assert cost() == (Decimal("150.00"), "EUR")
    money(project, "committed", "80.00")
    assert cost() == (Decimal("80.00"), "EUR")
    money(project, "committed", "80.00", "USD")
    assert cost() == (None, "")


def test_nothing_known_of_the_money_is_not_zero(a_city: TinyCity) -> None:
    a_project()
    assert here().planned[0].amount is None
    money(a_project(), "approved", "0.00")
    assert {found.amount for found in here().planned} == {None, Decimal("0.00")}


@pytest.mark.parametrize(
    "changes",
    [{"status": "completion"}, {"status": "cancelled"}, {"status": "identification"}, {"actual_end": dt.date(2024, 5, 1)},
     {"status": "", "planned_start": None, "planned_end": dt.date(2024, 5, 1)}],
    ids=str,
)  # fmt: skip
def test_what_is_over_or_only_proposed_is_not_planned_here(a_city: TinyCity, changes: dict[str, Any]) -> None:
    a_project(**{"planned_start": None, **changes})

    assert here().planned == ()


def test_a_district_that_was_only_named_is_not_here(a_city: TinyCity) -> None:
    a_project(box(10.0, 50.0, 10.04, 50.05), place="named")
    assert here().planned == ()
    a_project(Polygon.from_bbox((10.0, 50.0, 10.04, 50.05)), place="area")
    assert here().planned[0].m == 0


def test_a_project_with_many_places_is_named_once_with_the_nearest(a_city: TinyCity) -> None:
    project = a_project(away(north=30))
    project.places.create(number=2, kind="exact", geometry=LINE)

    (found,) = here().planned

    assert found.ref == project.public_id
    assert found.m == pytest.approx(0.0, abs=0.01)


def test_no_more_than_five_works_are_named(a_city: TinyCity) -> None:
    for _one in range(7):
        a_planned_repair()

    assert len(here().planned) == 5


def test_repeats_are_counted_with_their_cost_by_currency_and_what_is_unknown(a_city: TinyCity) -> None:
    day = dt.date(2026, 5, 15)
    for finished, cost, currency in (
        (dt.date(2025, 4, 10), "10.50", "EUR"),
        (dt.date(2025, 9, 1), "5.00", "EUR"),
        (dt.date(2026, 1, 1), "7.00", "USD"),
        (dt.date(2026, 5, 15), None, ""),
        (dt.date(2023, 5, 15), "99.00", "EUR"),
        (dt.date(2026, 5, 16), "99.00", "EUR"),
    ):
        a_repair(finished_on=finished, warranty_until=None, cost=cost and Decimal(cost), currency=currency)
    a_repair(away(north=21), finished_on=day, warranty_until=None)

    found = here(day=day).recurring

    assert found == Recurring(
        times=4, first=dt.date(2025, 4, 10), last=day, costs={"EUR": Decimal("15.50"), "USD": Decimal("7.00")}, unknown=1
    )
    assert found.months(day) == 14


def test_one_repair_repeats_nothing(a_city: TinyCity) -> None:
    a_repair()

    assert here().recurring is None


@pytest.mark.parametrize(
    ("first", "today_", "months"),
    [
        ("2026-01-31", "2026-01-31", 1),
        ("2026-01-31", "2026-02-28", 1),
        ("2026-01-15", "2026-03-15", 2),
        ("2025-12-01", "2026-01-02", 2),
    ],
)
def test_months_begun_are_counted(first: str, today_: str, months: int) -> None:
    repeats = Recurring(2, dt.date.fromisoformat(first), dt.date.fromisoformat(first), {}, 2)

    assert repeats.months(dt.date.fromisoformat(today_)) == months
