"""What an answer needs of the city is read once, and anew for the next answer."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from layers.one_answer import once_an_answer, one_answer
from tests.factories import TinyCity, an_appeal


@pytest.fixture
def read() -> tuple[Callable[[], int], list[int]]:
    calls: list[int] = []

    @once_an_answer
    def number() -> int:
        calls.append(1)
        return len(calls)

    return number, calls


def test_inside_an_answer_it_is_read_once_and_outside_each_time(read: tuple[Callable[[], int], list[int]]) -> None:
    number, calls = read
    assert [number(), number()] == [1, 2]
    with one_answer():
        assert [number(), number()] == [3, 3]
        with one_answer():  # a door within a door
            assert number() == 3
        assert number() == 3
    with one_answer():
        assert number() == 4
    assert number() == len(calls) == 5


def test_an_answer_that_fails_leaves_nothing_behind(read: tuple[Callable[[], int], list[int]]) -> None:
    number, _calls = read

    @one_answer()
    def view() -> None:
        number()
        raise LookupError

    for _time in range(2):
        with pytest.raises(LookupError):
            view()
    assert number() == 3


def test_none_is_an_answer_too() -> None:
    calls = []

    @once_an_answer
    def nothing() -> None:
        calls.append(1)

    with one_answer():
        nothing()
        nothing()
    assert len(calls) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/data/",
        "/data/appeals",
        "/data/catalog.ttl",
        "/data/appeals.columns.json",
        "/data/districts.gpkg",
        "/ogc/collections",
        "/ogc/collections/appeals",
        "/tiles/appeals.json",
        "/map.html",
    ],
)
def test_a_door_reads_the_city_once_and_tells_a_change_at_once(address: str, a_city: TinyCity) -> None:
    an_appeal(a_city)
    client = Client()
    client.get("/data/")  # the city's time zone is remembered from here on
    a_city.city.credits = ["Surveyed by Testville"]
    a_city.city.licences = {"default": {"title": "Testville licence", "url": ""}}
    a_city.city.save()
    with CaptureQueriesContext(connection) as queries:
        first: Any = client.get(address)
    assert first.status_code == 200
    asked = [one["sql"] for one in queries if one["sql"].startswith("SELECT") and 'FROM "gis_data_city"' in one["sql"]]
    assert len(asked) == 1, asked
    body = b"".join(first.streaming_content if first.streaming else [first.content])
    assert b"Surveyed by Testville" in body or b"Testville licence" in body
