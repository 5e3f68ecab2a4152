"""What all findings have in common: they explain themselves, page by key, refuse nonsense, and cost the same however much there is."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from layers.rows_sql import fetch
from places import findings_ask
from places.findings import FINDINGS
from places.findings_page_sql import LOCKS, PLACES, take_place
from places.patience_sql import limited
from tests.factories import TinyCity
from tests.places.conftest import Town
from tests.places.makers import a_firm, a_point, a_project, a_repair, reckon, some_money
from tests.places.test_money_pages import table_of, text_of

pytestmark = pytest.mark.django_db

NAMES = sorted(FINDINGS)


def many(number: int) -> None:
    """So many lines in most of the lists."""
    for at in range(number):
        place = a_point(10.001 + at * 0.0005, 50.01)
        firm = a_firm(f"F{at}")
        for year in (2023, 2024):
            a_repair(place, contractor=firm, warranty_until=dt.date(2030, 1, 1), finished_on=dt.date(year, 5, 6), cost=1)
        late = a_project(place, promised_end=dt.date(2024, 1, 1), actual_end=dt.date(2024, 5, 1))
        some_money("5", project=late)
        some_money("5", project=a_project(place, status="preparation"), on=dt.date(2024, 1, 1))
        soon = {"status": "preparation", "planned_start": dt.date(2030, 1, 1), "planned_end": dt.date(2030, 2, 1)}
        a_project(place, **soon)
        a_project(place, **soon)
    reckon()


def test_the_money_page_leads_to_all_findings_and_each_leads_back(client: Client, town: Town) -> None:
    assert 'href="/findings"' in text_of(client, "/money")
    page = text_of(client, "/findings")
    for name in NAMES:
        assert f'href="/findings/{name}"' in page
        assert 'href="/findings"' in text_of(client, f"/findings/{name}")


@pytest.mark.parametrize("name", NAMES)
def test_a_city_without_works_has_a_page_that_explains_itself(name: str, client: Client, a_city: TinyCity) -> None:
    page = text_of(client, f"/findings/{name}")
    for heading in ("What is counted", "What the list does not say", "What it is drawn from"):
        assert heading in page
    assert "%(" not in page
    table_of(client, f"/findings/{name}.csv")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_there_without_a_city_and_in_both_languages(name: str, client: Client, db: None) -> None:
    assert text_of(client, f"/findings/{name}")
    client.cookies["django_language"] = "ru"
    assert '<html lang="ru"' in text_of(client, f"/findings/{name}")


@pytest.mark.parametrize("name", NAMES)
def test_thresholds_in_force_stand_in_the_words_and_in_the_form(name: str, client: Client, town: Town) -> None:
    finding = FINDINGS[name]
    query = "&".join(f"{knob.name}={knob.low + 1}" for knob in finding.knobs)
    page = text_of(client, f"/findings/{name}?{query}&from=2020&to=2021")
    for knob in finding.knobs:
        assert f'name="{knob.name}" min="{knob.low}" max="{knob.high}" step="1" value="{knob.low + 1}"' in page
    csv = re.search(r'href="(/findings/[^"]+\.csv[^"]*)"', page)
    assert csv is not None
    assert "from=2020&to=2021" in csv[1]
    assert [f"{knob.name}={knob.low + 1}" in csv[1] for knob in finding.knobs] == [
        knob.low + 1 != knob.default for knob in finding.knobs
    ]
    table_of(client, csv[1])


HOSTILE: list[str] = [
    "metres=1.5", "metres=-1", "metres=99999999999", "metres=", "months=x", "least=0", "days=0x1", "district=nowhere", "district=%00", "from=20",
    "from=2024&to=2023", "from=0000", "to=99999", "from=٢٠٢٤", "owner=1", "after=1", "after=1~", "after=x~y", "after=1~a'b",
    "after=" + "9" * 40 + "~r1", "currency=eur", "order=stolen", "from=2024&from=2025", "%00=1", "district=" + "x" * 5000, "percent=%25s",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
@pytest.mark.parametrize("suffix", ["", ".csv"])
def test_an_address_without_sense_is_said_and_never_a_fault(query: str, suffix: str, client: Client, town: Town) -> None:
    for name in NAMES:
        response = client.get(f"/findings/{name}{suffix}?{query}")
        known = query == "metres=" and any(knob.name == "metres" for knob in FINDINGS[name].knobs)
        assert response.status_code == (200 if known else 400), (name, query)
        assert b"Traceback" not in response.getvalue()


def test_what_is_no_finding_is_not_found_and_nothing_is_posted(client: Client, town: Town) -> None:
    for address in ("/findings/nothing", "/findings/nothing.csv", "/findings/../money.csv", "/findings/dig-once.csv.csv"):
        assert client.get(address).status_code == 404, address
    assert client.post("/findings/dig-once").status_code == 405


@pytest.mark.parametrize("name", [name for name in NAMES if name != "spend-and-need"])
def test_pages_go_on_by_key_and_meet_every_line_once(
    name: str, client: Client, a_city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(7)
    monkeypatch.setattr("places.views.findings.ROWS", 3)
    address, seen = f"/findings/{name}", []
    for _page in range(9):
        page = client.get(address).content.decode()
        seen += re.findall(r'<th scope="row">(.*?)</tr>', page, re.DOTALL)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if not following:
            break
        address = unescape(following[1])
    assert len(seen) == len(table_of(client, f"/findings/{name}.csv")) == 7
    assert len(set(seen)) >= 7 or name == "repeat-repairs"


def test_names_cannot_run_in_a_page_or_a_spreadsheet(client: Client, a_city: TinyCity) -> None:
    bad = "=HYPERLINK(1)<script>alert(1)</script>"
    a_repair(a_point(10.01, 50.01), contractor=a_firm(bad), warranty_until=dt.date(2030, 1, 1))
    project = a_project(title={"en": bad}, promised_end=dt.date(2024, 1, 1), actual_end=dt.date(2024, 5, 1))
    some_money("5", project=a_project(title={"en": bad}, status="preparation"), on=dt.date(2024, 1, 1))
    for year in (2023, 2024):
        a_repair(a_point(10.01, 50.02), finished_on=dt.date(year, 1, 1), address=bad, project=project)
    reckon()
    for name, column in (
        ("repeat-repairs", "place"),
        ("warranty-returns", "contractor"),
        ("slipped-projects", "title"),
        ("paid-unseen", "title"),
    ):
        assert "<script>alert" not in client.get(f"/findings/{name}").content.decode()
        assert [row[column][:2] for row in table_of(client, f"/findings/{name}.csv")] == ["'="], name


@pytest.mark.parametrize("name", NAMES)
def test_a_page_needs_a_fixed_number_of_queries(
    name: str, client: Client, a_city: TinyCity, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many(1)
    cache.clear()
    client.get(f"/findings/{name}")
    with django_assert_max_num_queries(30) as few:
        client.get(f"/findings/{name}")
    many(8)
    with django_assert_max_num_queries(len(few)):
        client.get(f"/findings/{name}")


@pytest.mark.parametrize("name", [name for name in NAMES if name != "spend-and-need"])
def test_a_finding_that_takes_too_long_gives_up_with_a_plain_page(
    name: str, client: Client, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fetch

    def slow(sql: str, params: Any, longest_ms: int) -> Any:
        return real(f"SELECT s.* FROM (SELECT pg_sleep(9)) AS nap, ({sql}) AS s", params, 20)

    monkeypatch.setattr("places.findings_page_sql.fetch", slow)
    response = client.get(f"/findings/{name}")
    assert response.status_code == 503
    assert response["Retry-After"]
    assert "takes too long" in response.content.decode()
    assert client.get(f"/findings/{name}.csv").status_code == 503


def test_more_lists_at_once_than_there_are_places_are_told_to_come_back(client: Client, town: Town) -> None:
    others = connection.copy()
    try:
        with others.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, place) FROM generate_series(1, %s) AS place", [LOCKS, PLACES])
            for name in NAMES:
                page, file = client.get(f"/findings/{name}?from=2020"), client.get(f"/findings/{name}.csv")
                assert (page.status_code, page["Retry-After"], page["Cache-Control"]) == (503, "10", "no-store"), name
                assert "Many people ask" in page.content.decode()
                assert (file.status_code, file["Retry-After"]) == (503, "10"), name
            assert client.get("/findings").status_code == 200
            assert client.get("/findings/dig-once?metres=x").status_code == 400, "nonsense needs no place"
            cursor.execute("SELECT pg_advisory_unlock(%s, 1)", [LOCKS])
            assert client.get("/findings/dig-once").status_code == 200
    finally:
        others.close()


@pytest.mark.parametrize("name", NAMES)
def test_what_follows_the_list_has_the_patience_of_a_page_again(name: str, town: Town) -> None:
    asked = findings_ask.parse(FINDINGS[name], QueryDict(), {}, dt.date(2024, 5, 6))
    with limited(2_345), connection.cursor() as cursor:
        take_place()
        FINDINGS[name].read(asked, 51)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("2345ms",)
