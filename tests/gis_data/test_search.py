"""Finding an address by words and by place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, MultiLineString, Point
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from gis_data.models import Address, Street
from gis_data.querysets import metres_to

pytestmark = pytest.mark.django_db

TEXTS = [
    "1 Main Street", "12 Main Street", "112 Main Street", "1 Maine Avenue", "100% Square", "10_ Square", "10a Square",
    "Улица Ленина 5", "улица Мира 5 к2", "O'Connell Street 3", "Mäkelänkatu 4",
]  # fmt: skip


@pytest.fixture(autouse=True)
def addresses() -> None:
    Address.objects.bulk_create(
        Address(source_id=str(number), text=text, point=Point(24.94 + number / 1000, 60.17, srid=4326))
        for number, text in enumerate(TEXTS)
    )


def texts(query: str) -> list[str]:
    return [address.text for address in Address.objects.matching(query)[:5]]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("1 main street", "1 Main Street"),
        ("main 112", "112 Main Street"),
        ("12 main", "12 Main Street"),
        ("street, main, 12", "12 Main Street"),
        ("1 maine avenu", "1 Maine Avenue"),
        ("12 main stret", "12 Main Street"),
        ("УЛИЦА ленина", "Улица Ленина 5"),
        ("мира 5", "улица Мира 5 к2"),
        ("o'connell", "O'Connell Street 3"),
        ("mäkelänkatu", "Mäkelänkatu 4"),
        ("100% sq", "100% Square"),
        ("10_ squ", "10_ Square"),
    ],
)
def test_the_best_match_comes_first(query: str, first: str) -> None:
    assert texts(query)[0] == first


@pytest.mark.parametrize(
    "query", ["", " ", "x", "zzzzzz", "12 ma", "5 к2", "10_ sq", "\x00", "'; DROP TABLE gis_data_address; --", "\\", "%", "_"]
)
def test_nothing_matches_nothing(query: str) -> None:
    assert texts(query) == []


def test_signs_of_like_mean_themselves() -> None:
    assert texts("10_ squ") == ["10_ Square"]
    assert texts("%%") == []


def test_a_short_word_stands_at_the_start_of_a_word() -> None:
    assert len(texts("1 squ")) == 3
    assert texts("0 squ") == []
    assert texts("st main 1")[:2] == ["1 Main Street", "12 Main Street"]
    assert texts("reet main") == [text for text in TEXTS if "Main Street" in text], "a long word stands anywhere"


def test_short_words_alone_find_nothing_and_ask_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert [texts(query) for query in ("12 ma", "1 5", "o'c", "%%% ___", "a b c d e f g")] == [[]] * 5


def test_search_and_nearest_are_one_query_each_and_use_their_index(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert texts("12 main")
    with django_assert_num_queries(1):
        assert Address.objects.nearest(Point(24.9421, 60.17, srid=4326)) is not None
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for query in ("main street", "12 main"):
        plan = Address.objects.matching(query)[:8].explain()
        assert "address_text_trigrams" in plan
        assert "Seq Scan" not in plan
    plan = Address.objects.by_distance(Point(24.94, 60.17, srid=4326))[:1].explain()
    assert "address_nearest" in plan
    assert "Sort" not in plan


def test_nearest_is_measured_in_metres_not_in_degrees() -> None:
    here = Point(25.5, 60.5, srid=4326)
    Address.objects.create(source_id="east", text="East", point=Point(25.515, 60.5, srid=4326))  # 820 m
    Address.objects.create(source_id="north", text="North", point=Point(25.5, 60.512, srid=4326))  # 1,340 m
    nearest = Address.objects.nearest(here)
    assert nearest is not None
    assert nearest.text == "East"


def test_the_nearest_street_is_the_one_whose_line_is_close() -> None:
    for name, lat in (("near", 60.171), ("far", 60.18)):
        line = MultiLineString(LineString((24.49, lat), (24.51, lat)), srid=4326)
        Street.objects.create(source_id=name, names={"en": name}, geometry=line)
    nearest = Street.objects.nearest(Point(24.5, 60.17, srid=4326))
    assert nearest is not None
    assert nearest.source_id == "near"
    metres = metres_to("geometry", Point(24.5, 60.17, srid=4326))
    away = Street.objects.annotate(away=metres).order_by("away").values_list("away", flat=True)
    assert away[0] == pytest.approx(111, abs=2)


def ask(client: Client, **query: Any) -> tuple[int, dict[str, Any]]:
    answer = client.get(reverse("address-search"), query)
    return answer.status_code, json.loads(answer.content)


def test_words_find_addresses(client: Client) -> None:
    status, body = ask(client, q="12 main")
    assert status == 200
    assert body["results"][0] == {"text": "12 Main Street", "lat": 60.17, "lon": pytest.approx(24.941)}


def test_a_place_finds_its_address_and_far_away_there_is_none(client: Client) -> None:
    assert ask(client, lat="60.17", lon="24.9409") == (
        200,
        {
            "results": [
                {"text": "12 Main Street", "lat": 60.17, "lon": pytest.approx(24.941), "metres": pytest.approx(5.5, abs=0.3)}
            ]
        },
    )
    assert ask(client, lat="-60", lon="24.9409") == (200, {"results": []})
    Address.objects.all().delete()
    assert ask(client, lat="60.17", lon="24.9409") == (200, {"results": []})


@pytest.mark.parametrize(
    "query",
    [
        {}, {"lat": "60"}, {"lon": "24"}, {"q": "a", "lat": "60", "lon": "24"}, {"q": "x" * 201}, {"q": "a\x00b"},
        {"q": ["a", "b"]}, {"lat": "sixty", "lon": "24"}, {"lat": "nan", "lon": "24"}, {"lat": "inf", "lon": "24"},
        {"lat": "91", "lon": "24"}, {"lat": "60", "lon": "181"}, {"lat": "6e1", "lon": "24"}, {"lat": "６０", "lon": "24"},
        {"lat": "60,17", "lon": "24"}, {"lat": "60", "lon": "9" * 5000}, {"lat": "", "lon": ""}, {"lat": "0x3c", "lon": "24"},
        {"lat": ["60", "61"], "lon": "24"},
    ],
)  # fmt: skip
def test_a_bad_question_is_400_with_a_sentence(client: Client, query: dict[str, Any]) -> None:
    status, body = ask(client, **query)
    assert status == 400
    assert body["status"] == 400
    assert body["detail"]


def test_posting_is_refused(client: Client) -> None:
    assert client.post(reverse("address-search"), {"q": "main"}).status_code in {403, 405}
