"""What is written a little otherwise than it is stored: other forms of Unicode, slips of the pen; and layers that take too long."""

import dataclasses
import json
import unicodedata
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import Point
from django.db.models import CharField, Func, Value
from django.db.models.functions import Cast
from django.test import Client, RequestFactory

from citymap.headlines import HEADLINES
from gis_data.map_layers import ADDRESSES, DISTRICTS, STREETS
from gis_data.models import Address
from layers import search, search_sql
from tests.factories import IN_WEST, TinyCity, build_city
from tests.layers.searching import ask, fill, titles
from works.models import DataSet, Project, Repair


@pytest.fixture
def full(a_city: TinyCity) -> TinyCity:
    return fill(a_city)


@pytest.mark.django_db
@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
@pytest.mark.parametrize(("name", "words"), [("Café Ängel", "café ängel"), ("Синий переулок", "синий"), ("ёлочный", "ЁЛОЧ")])
def test_an_accent_is_the_same_however_it_is_written(stored: Any, typed: Any, name: str, words: str, full: TinyCity) -> None:
    kept = unicodedata.normalize(stored, name)
    Address.objects.create(source_id="x", text=kept, point=Point(*IN_WEST, srid=4326))
    response = Client().get("/search.json", {"q": unicodedata.normalize(typed, words)})
    (group,) = response.json()["groups"]
    assert [one["title"] for one in group["found"]] == [kept]
    assert response.json()["similar"] is False


@pytest.mark.django_db
def test_signs_of_double_width_are_the_usual_ones(full: TinyCity) -> None:
    assert titles("ＡＢＣＤ０１４２", "appeals") == ["ABCD0142"]
    assert titles("１２ Ｗｅｓｔ", "addresses")[0] == "12 West Street"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Westnd Lane", "Westend Lane"),
        ("northwset passage", "Northwest Passage"),
        ("Passsage", "Northwest Passage"),
        ("nortwest pasage", "Northwest Passage"),
    ],
)
def test_a_slip_of_the_pen_is_asked_back(typed: str, expected: str, full: TinyCity) -> None:
    told = ask(typed)
    assert told["similar"] is True
    assert told["groups"][0]["found"][0]["title"] == expected
    text = Client().get("/search", {"q": typed}).content.decode()
    assert "Did you mean" in text
    assert expected in text
    assert "Nothing was found" not in text


@pytest.mark.django_db
def test_what_is_found_needs_no_guess_and_a_reference_is_never_guessed(full: TinyCity) -> None:
    assert ask("west")["similar"] is False
    assert ask("ABCD0143") | {"q": ""} == {"q": "", "groups": [], "similar": False, "late": []}
    assert ask("zzzzzz")["similar"] is False
    assert "Did you mean" not in Client().get("/search", {"q": "west"}).content.decode()


@pytest.mark.django_db
def test_works_are_found_by_title_address_and_any_part_of_their_number(full: TinyCity) -> None:
    data_set = DataSet.objects.create(code="streets", names={"en": "Streets"})
    place = Point(*IN_WEST, srid=4326)
    Project.objects.create(data_set=data_set, local_id="B-117", public_id="streets/B-117", title={"en": "New bridge"})
    Project.objects.update(geometry=place)
    Repair.objects.create(
        data_set=data_set, local_id="7", public_id="streets/R-2025-7", title={"en": "Potholes"}, address="4 Quay", geometry=place
    )
    for typed in ("bridge", "B-117", "117", "streets/B-117", "BRIDG"):
        assert titles(typed, "projects") == ["New bridge"], typed
    for typed in ("potholes", "quay", "2025-7", "streets/R"):
        assert titles(typed, "repairs") == ["Potholes"], typed
    assert ask("brigde")["groups"][0]["found"][0]["title"] == "New bridge"
    assert ask("brigde")["similar"] is True


@pytest.mark.django_db(transaction=True)
def test_a_layer_that_takes_too_long_does_not_keep_the_others_back(monkeypatch: pytest.MonkeyPatch) -> None:
    fill(build_city())
    monkeypatch.setattr(search_sql, "LONGEST_MS", 200)
    sleeping = Cast(Func(Value(2), function="pg_sleep"), CharField())
    slow = dataclasses.replace(ADDRESSES, queryset=lambda: Address.objects.alias(slept=sleeping).filter(slept__isnull=False))
    told = found(slow, STREETS)
    assert told.status_code == 200
    assert told["Cache-Control"] == "no-store"
    document = json.loads(told.content)
    assert document["late"] == ["Addresses"]
    assert [group["layer"] for group in document["groups"]] == ["streets"]
    assert found(slow).status_code == 503, "nothing at all could be asked"
    monkeypatch.setattr(search, "LONGEST_S", -1.0)
    assert found(ADDRESSES, STREETS).status_code == 503


def found(*layers: Any) -> Any:
    request = RequestFactory().get("/", {"q": "west street"})
    request.user = AnonymousUser()
    return search.search_json(request, layers=list(layers), headlines=HEADLINES, within=DISTRICTS)
