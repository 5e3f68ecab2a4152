"""The money pages as a resident and a journalist use them: numbers are links, files recompute to the same sums."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.places.conftest import Town
from tests.places.makers import a_firm, a_point, a_repair, reckon, some_money
from works.models import Money

pytestmark = pytest.mark.django_db


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return unescape(response.content.decode())


def table_of(client: Client, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response.status_code == 200
    body = b"".join(response) if response.streaming else response.content
    return list(csv.DictReader(io.StringIO(body.decode())))


def sums(rows: list[dict[str, str]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in rows:
        if row["amount"]:
            found[row["stage"]] = found.get(row["stage"], Decimal(0)) + Decimal(row["amount"])
    return found


def test_the_overview_shows_each_stage_and_never_adds_currencies(client: Client, town: Town) -> None:
    page = text_of(client, "/money")
    assert "1,600" in page
    assert "1,500" in page
    assert "1,570" not in page
    assert "8,250.5" in page  # cost of repairs, a series of its own
    assert 'currency=USD">USD' in page
    assert "70" in text_of(client, "/money?currency=USD")


def test_unknown_is_said_and_is_not_zero(client: Client, town: Town) -> None:
    page = text_of(client, "/money")
    assert "1 work" in page
    rows = text_of(client, "/money/rows?stage=unknown")
    assert rows.count("/repairs/") == 1
    assert town.unknown.public_id in rows
    assert "unknown" in rows


def test_every_number_of_the_overview_leads_to_rows_that_sum_to_it(client: Client, town: Town) -> None:
    page = client.get("/money").content.decode()
    links = re.findall(r'<td class="number"><a href="(/money/rows\?[^"]+)">([\d,.]+)</a>', page)
    assert len(links) > 10
    for address, shown in links:
        rows = table_of(client, unescape(address).replace("/money/rows", "/money/rows.csv"))
        assert sum(Decimal(row["amount"]) for row in rows) == Decimal(shown.replace(",", "")), address


def test_the_parts_of_districts_sum_to_the_whole(client: Client, town: Town) -> None:
    rows = table_of(client, "/money/by/district.csv")
    assert sum(Decimal(row["paid"]) for row in rows if row["paid"]) == Decimal(1600)
    assert {row["district"] for row in rows} == {"west", "east", "~"}


@pytest.mark.parametrize("by", ["year", "district", "kind", "contractor", "street"])
def test_every_table_has_its_file(by: str, client: Client, town: Town) -> None:
    rows = table_of(client, f"/money/by/{by}.csv")
    assert rows
    assert sum(Decimal(row["planned"] or 0) for row in rows) == 1500


def test_filters_narrow_all_tables_alike(client: Client, town: Town) -> None:
    for query in (
        f"contractor={town.firm.pk}",
        "district=west",
        "year=2024",
        "kind=r:pothole",
        f"street={town.main.pk}",
        "kind=s:transport.road&year=2023&district=east",
    ):
        whole = sums(table_of(client, f"/money/rows.csv?currency=EUR&{query}"))
        for by in ("year", "district", "kind", "contractor", "street"):
            rows = table_of(client, f"/money/by/{by}.csv?currency=EUR&{query}")
            for stage in ("planned", "paid", "cost"):
                assert sum(Decimal(row[stage] or 0) for row in rows) == whole.get(stage, 0), (query, by, stage)


def test_a_journalist_recomputes_one_contractor_from_the_file(client: Client, town: Town) -> None:
    some_money("33.33", repair=town.unknown, payee=town.firm)
    reckon()
    rows = table_of(client, f"/money/rows.csv?contractor={town.firm.pk}")
    ledger = Money.objects.standing().filter(stage="paid")
    assert sums(rows)["paid"] == sum(one.amount for one in ledger) == Decimal("1633.33")
    assert {row["contractor"] for row in rows} == {"Stone & Son"}
    assert {row["contract"] for row in rows} == {town.contract.number, ""}
    page = text_of(client, f"/contractors/{town.firm.pk}")
    assert "1,633.33" in page


def test_rows_go_on_by_key_and_meet_every_row_once(client: Client, town: Town) -> None:
    for _ in range(120):
        some_money("1", repair=town.held)
    reckon()
    address, seen = "/money/rows?stage=paid&year=2024", 0
    for _page in range(9):
        page = client.get(address).content.decode()
        seen += page.count("<tr>") - 1
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if not following:
            break
        address = unescape(following[1])
    assert seen == len(table_of(client, "/money/rows.csv?stage=paid&year=2024")) > 120


HOSTILE: list[Any] = [
    "year=", "year=20x4", "year=-1", "year=99999", "year=2024&year=2023", "district=" + "x" * 81, "district=%00", "kind=';drop",
    "kind=x:y", "contractor=1e9", "contractor=99999999999999999999", "street=-2", "stage=stolen", "currency=eur", "currency=EURO",
    "owner=1", "before=-5", "before=" + "9" * 30, "year=٢٠٢٤", "%00=1",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_an_address_without_sense_is_said_and_never_a_fault(query: str, client: Client, town: Town) -> None:
    for door in ("/money", "/money/rows", "/money/rows.csv", "/money/by/year.csv"):
        response = client.get(f"{door}?{query}")
        assert response.status_code in ({200} if query == "year=" else {400}), (door, query)
        assert b"Traceback" not in response.getvalue()


def test_names_cannot_run_in_a_page_or_a_spreadsheet(client: Client, town: Town) -> None:
    bad = a_firm("=HYPERLINK(1)<script>alert(1)</script>")
    a_repair(a_point(10.01, 50.01), contractor=bad, cost=Decimal(1))
    some_money("5", repair=town.held, payee=bad, title="=1+1", fund="@cmd")
    reckon()
    assert "<script>alert" not in client.get("/money").content.decode()
    rows = table_of(client, f"/money/rows.csv?contractor={bad.pk}")
    assert {row["contractor"][:2] for row in rows} == {"'="}
    assert {(row["title"], row["fund"]) for row in rows if row["title"]} == {("'=1+1", "'@cmd")}
    assert any(row["name"].startswith("'=") for row in table_of(client, "/money/by/contractor.csv"))


def test_a_city_without_works_has_a_page_that_says_so(client: Client, a_city: Any) -> None:
    assert "No money and no works are known" in text_of(client, "/money")
    assert table_of(client, "/money/rows.csv") == []


def test_pages_need_a_fixed_number_of_queries(
    client: Client, town: Town, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/money")  # the city is remembered
    with django_assert_num_queries(20):
        client.get("/money")
    with django_assert_num_queries(13):
        client.get("/money/rows")
    for number in range(30):
        some_money(
            "1", repair=a_repair(a_point(10.01, 50.01), contractor=a_firm(f"F{number}"), kind="sign"), fiscal_year=2000 + number
        )
    reckon()
    with django_assert_num_queries(20):
        client.get("/money")
    with django_assert_num_queries(13):
        client.get("/money/rows")
