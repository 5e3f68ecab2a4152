"""The doors of money for programs and for people who type addresses: one language an address, one value a parameter."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.places.conftest import Town

pytestmark = pytest.mark.django_db

FILES = ["/money/rows.csv", "/money/by/district.csv", "/money/by/street.csv"]
ALL = ["/money", "/money/rows", *FILES]
#: Turns what follows around, hides letters, ends a line, is half a letter.
HIDDEN = ["%E2%80%AE", "%E2%81%A6", "%E2%80%8B", "%C2%85", "%E2%80%A8", "%0A", "%00", "%1B"]


def body(client: Client, address: str, **headers: str) -> bytes:
    response = client.get(address, headers=headers)
    assert response.status_code == 200, address
    return response.getvalue()


@pytest.mark.parametrize("door", ALL)
@pytest.mark.parametrize("query", ["year=2024&year=2024", "stage=paid&stage=", "district=west&district=east"])
def test_a_filter_given_twice_is_refused(door: str, query: str, client: Client, town: Town) -> None:
    response = client.get(f"{door}?{query}")
    assert response.status_code == 400
    assert b"is given more than once" in response.content


def test_pages_of_rows_and_languages_are_given_once(client: Client, town: Town) -> None:
    assert client.get("/money/rows?before=9&before=9").status_code == 400
    assert client.get("/money/rows?before=&before=5").status_code == 400
    for door in FILES:
        assert client.get(f"{door}?lang=en&lang=ru").status_code == 400
        assert client.get(f"{door}?lang=%D1%80%D1%83").status_code == 400
        assert client.get(f"{door}?before=5").status_code == 400
    assert client.get("/money?lang=ru").status_code == 400  # a page speaks the language that its reader has chosen


@pytest.mark.parametrize("door", ALL)
@pytest.mark.parametrize("letter", HIDDEN)
def test_letters_that_hide_or_turn_others_are_refused_and_not_shown(door: str, letter: str, client: Client, town: Town) -> None:
    for query in (f"district=we{letter}st", f"we{letter}st=1", f"kind={letter}", f"currency=EU{letter}"):
        response = client.get(f"{door}?{query}")
        assert response.status_code == 400, query
        shown = response.content.decode()
        assert not set(shown) & set("\u202e\u2066\u200b\x85\u2028\x00\x1b")


@pytest.mark.parametrize("door", FILES)
def test_a_file_speaks_the_language_of_its_address_alone(door: str, client: Client, town: Town) -> None:
    plain, asked = body(client, door), body(client, f"{door}?lang=ru")
    client.cookies["django_language"] = "ru"
    assert body(client, door, **{"Accept-Language": "ru"}) == plain
    assert body(client, f"{door}?lang=ru") == asked
    client.cookies["django_language"] = "en"
    assert body(client, f"{door}?lang=ru") == asked
    response = client.get(f"{door}?lang=ru")
    assert response["Content-Language"] == "ru"
    assert response["Cache-Control"] == "public, max-age=60"
    assert "Cookie" not in response.get("Vary", "")
    assert "Accept-Language" not in response.get("Vary", "")


def test_names_in_files_follow_the_language(client: Client, town: Town) -> None:
    def names(address: str, column: str) -> set[str]:
        return {row[column] for row in csv.DictReader(io.StringIO(body(client, address).decode()))}

    assert {"West", "East"} <= names("/money/by/district.csv?lang=en", "name")
    assert {"Запад", "Восток"} <= names("/money/by/district.csv?lang=ru", "name")
    assert "Main Street" in names("/money/rows.csv", "street")
    assert "Main Street (ru)" in names("/money/rows.csv?lang=ru", "street")
    assert "Main Street" in names("/money/rows.csv?lang=fr", "street")  # no language of the site: its own


def test_pages_link_to_files_in_their_own_language(client: Client, town: Town) -> None:
    for code in ("en", "ru"):
        client.cookies["django_language"] = code
        assert f"/money/by/year.csv?currency=EUR&amp;lang={code}" in client.get("/money").content.decode()
        assert f"/money/rows.csv?currency=EUR&amp;lang={code}" in client.get("/money/rows").content.decode()


def test_every_page_of_money_has_a_known_number_of_statements(client: Client, town: Town) -> None:
    client.get("/money")  # the city is remembered
    found = {}
    for address in STATEMENTS:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200, address
        found[address] = len(asked)
    assert found == STATEMENTS


#: What is narrowed needs no table of its own, and a name.
STATEMENTS = {
    "/money": 20,
    "/money?year=2024": 19,
    "/money?district=west": 19,
    "/money?kind=r:pothole": 19,
    "/money?year=2024&district=west": 18,
    "/money/rows": 13,
    "/money/rows?year=2024": 13,
    "/money/rows?district=west&year=2024": 14,
}


def test_files_are_named_for_their_door() -> None:
    assert reverse("money-sums-csv", args=["year"]) == "/money/by/year.csv"
