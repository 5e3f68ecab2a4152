"""Findings that join works and money with what residents report: only what everybody may see is counted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from gis_data.models import Boundary
from gis_data.population import Population
from issues.models import Appeal, Link
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal, box
from tests.places.makers import a_contract, a_firm, a_point, a_repair, a_street, reckon, some_money
from tests.places.test_findings_works import answer
from tests.places.test_money_pages import sums, table_of, text_of
from works.models import Organisation, Repair

pytestmark = pytest.mark.django_db

UNTIL = dt.date(2099, 1, 1)


def a_return(city: TinyCity, repair: Repair, state: str = "confirmed", m: float = 5, **changes: Any) -> Appeal:
    appeal = an_appeal(city, **changes)
    Link.objects.create(appeal=appeal, repair=repair, meaning="returns", state=state, score=90, distance_m=m)
    return appeal


@pytest.fixture
def firms(a_city: TinyCity) -> dict[str, Any]:
    """Stone made three repairs under two names and under a contract, Other one; one of Stone's came back, by two reports; a third waits."""
    stone, written, other = a_firm("Stone"), a_firm("Stone Ltd"), a_firm("Other")
    Organisation.objects.filter(pk=written.pk).update(merged_into=stone, merge_reason="same")
    first = a_repair(a_point(*IN_WEST), contractor=stone, warranty_until=UNTIL)
    second = a_repair(a_point(*IN_WEST), contractor=written, contract=a_contract(warranty_until=UNTIL))
    third = a_repair(
        a_point(*IN_EAST), contract=a_contract(supplier=stone, warranty_until=UNTIL), finished_on=dt.date(2023, 1, 1)
    )
    alone = a_repair(a_point(*IN_WEST), contractor=other, warranty_until=UNTIL)
    a_repair(a_point(*IN_WEST), contractor=other)  # no warranty
    a_repair(a_point(*IN_WEST), contractor=other, warranty_until=UNTIL, status="running")
    seen = a_return(a_city, first)
    Link.objects.create(appeal=seen, repair=second, meaning="returns", state="proposed", score=90, distance_m=20)
    a_return(a_city, first)
    a_return(a_city, second, "proposed", 20)
    a_return(a_city, third, "proposed", 21)
    a_return(a_city, third, "refused")
    for hidden in ("held", "private", "hidden"):
        a_return(a_city, third, visibility=hidden)
    a_return(a_city, third, parent=seen)
    a_return(a_city, alone)
    answers = an_appeal(a_city)
    Link.objects.create(appeal=answers, repair=third, meaning="answers", state="confirmed", score=90, distance_m=5)
    reckon()
    return {"stone": stone, "other": other}


def test_warranty_returns_are_those_of_the_firm_over_its_repairs(client: Client, firms: dict[str, Any]) -> None:
    stone, other = answer(client, "warranty-returns", "least=2")
    assert (stone["contractor"], stone["contractor_id"]) == ("Stone", str(firms["stone"].pk))
    assert (stone["repairs_with_warranty"], stone["repairs_that_came_back"], stone["share_percent"]) == ("3", "1", "33.33")
    assert (stone["reports_confirmed"], stone["reports_not_checked"]) == ("2", "1")
    assert (other["contractor"], other["repairs_with_warranty"], other["repairs_that_came_back"]) == ("Other", "1", "1")
    assert other["share_percent"] == "", "one repair is too few for a share"
    page = text_of(client, "/findings/warranty-returns?least=2")
    assert "33.3 %" in page
    assert page.count("too few to compare") == 1
    assert "Of 5 finished repairs the firm and the warranty of 4 are known" in page
    assert [one["share_percent"] for one in answer(client, "warranty-returns", "least=1")] == ["100.00", "33.33"]
    assert [one["share_percent"] for one in answer(client, "warranty-returns")] == ["", ""]


def test_warranty_returns_of_a_district_and_of_years_have_their_own_denominator(client: Client, firms: dict[str, Any]) -> None:
    (east,) = answer(client, "warranty-returns", "district=east&least=1")
    assert (east["contractor"], east["repairs_with_warranty"], east["share_percent"]) == ("Stone", "1", "0.00")
    stone = answer(client, "warranty-returns", "from=2024&to=2024&least=2")[0]
    assert (stone["repairs_with_warranty"], stone["share_percent"]) == ("2", "50.00")
    assert len(answer(client, "warranty-returns", "to=2022")) == 0


def test_reports_that_nobody_checked_move_neither_share_nor_order_nor_names(
    client: Client, firms: dict[str, Any], a_city: TinyCity
) -> None:
    """Anybody can report something beside what a rival has repaired."""
    clean = a_firm("Clean")
    repair = a_repair(a_point(*IN_WEST), contractor=clean, warranty_until=UNTIL)
    before = {one["contractor"]: one for one in answer(client, "warranty-returns", "least=1")}
    for target in (repair, *Repair.objects.filter(contractor=firms["stone"])):
        for _ in range(5):
            a_return(a_city, target, "proposed", 0)
    after = {one["contractor"]: one for one in answer(client, "warranty-returns", "least=1")}
    assert list(after) == list(before) == ["Other", "Stone", "Clean"]
    for firm, more in (("Clean", 5), ("Stone", 5), ("Other", 0)):
        assert int(after[firm].pop("reports_not_checked")) == int(before[firm].pop("reports_not_checked")) + more
        assert after[firm] == before[firm]
    assert (after["Clean"]["share_percent"], after["Clean"]["repairs"]) == ("0.00", "")
    assert len(after["Stone"]["repairs"].split()) == 1
    assert f"/repairs/{repair.public_id}" not in text_of(client, "/findings/warranty-returns?least=1")


@pytest.fixture
def needs(a_city: TinyCity) -> TinyCity:
    """West: 1,000.00 paid and 12 public reports; east: 500.00 paid and 9."""
    cache.clear()
    some_money("1000", repair=a_repair(a_point(*IN_WEST)), fiscal_year=2024)
    some_money("500", repair=a_repair(a_point(*IN_EAST)), fiscal_year=2025)
    some_money("7", repair=a_repair(a_point(10.0975, 50.055)))
    some_money("70", repair=a_repair(a_point(*IN_WEST)), currency="USD")
    some_money("200", stage="planned", repair=a_repair(a_point(*IN_EAST)))
    a_street("Main Street", (10.01, 50.04), (10.02, 50.04))
    Population.objects.create(
        boundary_set=a_city.sets["districts"], code="west", residents=2000, counted_on=dt.date(2024, 1, 1), source={"en": "x"}
    )
    for place, number in ((IN_WEST, 12), (IN_EAST, 9)):
        district = a_city.boundaries["west" if place == IN_WEST else "east"]
        for _ in range(number):
            an_appeal(a_city, at=place, district=district, created_at=dt.datetime(2024, 5, 1, tzinfo=dt.UTC))
        for hidden in ("held", "private", "hidden"):
            an_appeal(a_city, at=place, district=district, visibility=hidden)
        an_appeal(a_city, at=place, district=district, parent=Appeal.objects.latest("pk"))
    reckon()
    return a_city


def test_spend_and_need_divides_by_what_it_shows_and_ranks_no_few_reports(client: Client, needs: TinyCity) -> None:
    west, east = answer(client, "spend-and-need")
    assert (west["district"], west["paid"], west["planned"], west["currency"]) == ("west", "1000.00", "", "EUR")
    assert (west["reports"], west["paid_per_report"]) == ("12", "83.33")
    assert (west["residents"], west["residents_counted_on"], west["paid_per_1000_residents"]) == ("2000", "2024-01-01", "500.00")
    assert west["street_km"] == "0.716"
    assert west["paid_per_km"] == "1396.65"
    assert (east["district"], east["paid"], east["planned"], east["reports"]) == ("east", "500.00", "200.00", "9")
    assert (east["paid_per_report"], east["residents"], east["paid_per_1000_residents"]) == ("", "", "")
    page = text_of(client, "/findings/spend-and-need")
    assert page.count("too few reports") == 1
    assert "7.00 EUR were paid for works outside" in page
    assert [one["paid_per_report"] for one in answer(client, "spend-and-need", "least=9")] == ["55.56", "83.33"]


def test_spend_and_need_of_years_counts_both_sides_of_these_years(client: Client, needs: TinyCity) -> None:
    found = {one["district"]: one for one in answer(client, "spend-and-need", "from=2024&to=2024&least=1")}
    assert (found["west"]["paid"], found["west"]["reports"]) == ("1000.00", "12")
    assert (found["east"]["paid"], found["east"]["reports"]) == ("", "9")
    assert {one["reports"] for one in answer(client, "spend-and-need", "from=2025")} == {"0"}
    assert {one["paid"] for one in answer(client, "spend-and-need", "currency=USD")} == {"70.00", ""}


def test_the_rows_behind_a_sum_are_of_the_same_years(client: Client, needs: TinyCity) -> None:
    some_money("3", repair=Repair.objects.earliest("pk"), fiscal_year=2023)
    reckon()
    rows = "/money/rows?{}district=west&stage=paid&currency=EUR"
    assert rows.format("") in text_of(client, "/findings/spend-and-need")
    assert rows.format("year=2024&") in text_of(client, "/findings/spend-and-need?from=2024&to=2024")
    (west,) = (one for one in answer(client, "spend-and-need", "from=2024&to=2024") if one["district"] == "west")
    assert sums(table_of(client, rows.format("year=2024&").replace("rows?", "rows.csv?"))) == {"paid": Decimal(west["paid"])}
    for years in ("from=2023&to=2024", "from=2024", "to=2024"):
        page = text_of(client, f"/findings/spend-and-need?{years}")
        assert "1,00" in page
        assert "district=west&stage=paid" not in page, "no address of rows says several years"


def test_a_border_that_is_drawn_anew_has_its_streets_measured_anew(client: Client, needs: TinyCity) -> None:
    def km() -> str:
        return next(one["street_km"] for one in answer(client, "spend-and-need") if one["district"] == "west")

    assert km() == "0.716"
    Boundary.objects.filter(code="west").update(geometry=box(10.0, 50.0, 10.015, 50.05))
    assert km() == "0.358"
