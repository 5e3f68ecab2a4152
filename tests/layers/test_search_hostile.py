"""Words that are no words, and what nobody may find."""

import html
import json
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.test import Client, RequestFactory

from accounts.models import User
from citymap.headlines import HEADLINES
from gis_data.map_layers import ADDRESSES, DISTRICTS, STREETS
from gis_data.models import Address
from layers import search
from tests.factories import TinyCity, an_appeal
from tests.layers.searching import ask, fill, titles


@pytest.fixture
def full(a_city: TinyCity) -> TinyCity:
    return fill(a_city)


@pytest.mark.django_db
def test_signs_of_like_and_json_mean_nothing(full: TinyCity) -> None:
    assert titles("100% squ", "addresses") == ["100% Square"]
    assert titles("l_street", "addresses") == ["7 O'Connell_Street"]
    for typed in ("west%street", "w_st str", '", "', "en ru abc", "][{}", "west\\", "$.*"):
        assert ask(typed)["similar"] or titles(typed, "streets") in ([], ["Westend Lane"]) or typed == "west\\"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("q=" + "x" * 101, "100"),
        ("q=abc%00def", "one line"),
        ("q=abc%1bdef", "one line"),
        ("q=abc&q=def", "more than once"),
        ("q=abc&color=red", "color"),
        ("q=abc&near=1", "near"),
        ("q=abc&near=1,2,3", "near"),
        ("q=abc&near=nan,nan", "near"),
        ("q=abc&near=181,0", "near"),
        ("q=abc&near=0,91", "near"),
        ("q=abc&near=1e1,2", "near"),
        ("q=abc&near=" + "9" * 5000, "near"),
        ("q=abc&lang=%3Cb%3E", "lang"),
        ("q=abc&lang=en&lang=ru", "more than once"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(query: str, words: str, full: TinyCity) -> None:
    response = Client(raise_request_exception=False).get(f"/search.json?{query}")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert words in json.loads(response.content)["detail"]
    page = Client(raise_request_exception=False).get(f"/search?{query}")
    assert page.status_code == 400
    assert words in html.unescape(page.content.decode())
    assert 'name="q"' in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    [
        "'; DROP TABLE gis_data_address; --", "' OR 1=1 --", "{{7*7}}", "<script>alert(1)</script>", "%27%20OR", "west') OR ('1'='1",
        "ÄÖÜ ß İ ı ﬃ", "👩‍👩‍👧 street", "\u202estreet", "a" * 100, " ".join(["abc"] * 25), "١٢٣", "9" * 40, "-1e400", "NULL", "*/*",
    ],
)  # fmt: skip
def test_hostile_words_are_words(typed: str, full: TinyCity) -> None:
    for address in ("/search.json", "/search"):
        response = Client(raise_request_exception=False).get(address, {"q": typed})
        assert response.status_code in {200, 400}
        assert address != "/search" or b"<script>alert" not in response.content
    assert Address.objects.count() == 7


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["ABCDPR1V", "ABCDHE1D", "noise", "canary"])
def test_what_is_not_public_is_not_found(word: str, full: TinyCity) -> None:
    an_appeal(full, "lamp", text="canary", address="canary", email="canary@example.org", name="canary", text_public=False)
    assert ask(word)["groups"] == []


@pytest.mark.django_db
def test_what_a_layer_does_not_declare_is_not_searched(full: TinyCity) -> None:
    request = RequestFactory().get("/", {"q": "west street"})
    request.user = AnonymousUser()
    response = search.search_json(request, layers=[replace(ADDRESSES, search=()), STREETS], headlines=HEADLINES, within=DISTRICTS)
    assert [group["layer"] for group in json.loads(response.content)["groups"]] == ["streets"]


@pytest.mark.django_db
def test_a_closed_layer_is_searched_for_those_alone_who_may_see_it(full: TinyCity) -> None:
    closed = replace(ADDRESSES, permission="gis_data.view_address")
    person = User.objects.create_user("somebody@testville.invalid", "testville")

    def found(user: Any) -> Any:
        request = RequestFactory().get("/", {"q": "west street"})
        request.user = user
        return search.search_json(request, layers=[closed], headlines=HEADLINES, within=DISTRICTS)

    for user in (AnonymousUser(), person):
        assert json.loads(found(user).content)["groups"] == []
    person.user_permissions.add(Permission.objects.get(codename="view_address"))
    answer = found(User.objects.get(pk=person.pk))
    assert [group["layer"] for group in json.loads(answer.content)["groups"]] == ["addresses"]
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Access-Control-Allow-Origin" not in answer
