"""What the home page tells its map: the layers, which of them are on, what each is asked for; nothing of it costs a query."""

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from citymap.layers import LAYERS
from citymap.scenes import REPORTS
from issues.views.home import home
from tests.factories import TinyCity, an_appeal

pytestmark = pytest.mark.django_db
ON_AT_FIRST = ["appeals", "districts"]


def config(response: Any) -> dict[str, Any]:
    assert response.status_code == 200
    found = re.search(r'data-config="([^"]*)"', response.content.decode())
    assert found
    parsed: dict[str, Any] = json.loads(unescape(found.group(1)))
    return parsed


def on(response: Any) -> list[str]:
    """The layers that are drawn; the boxes of the page say the same."""
    drawn = [layer["name"] for layer in config(response)["layers"] if layer["on"]]
    page = response.content.decode()
    assert re.findall(r'name="layers" value="(\w+)" checked', page) == drawn
    return drawn


def test_every_public_layer_can_be_switched_and_two_are_on_at_first(a_city: TinyCity, client: Client) -> None:
    response = client.get("/")
    told = config(response)
    assert [layer["name"] for layer in told["layers"]] == [layer.name for layer in LAYERS if not layer.permission]
    assert set(told["tiles"]) == {layer["name"] for layer in told["layers"]}
    assert on(response) == told["atFirst"] == ON_AT_FIRST
    appeals = told["layers"][0]
    assert appeals["filters"] == ["category", "state"]
    assert appeals["period"] is True
    assert appeals["counts"] == "/counts/appeals.json"
    assert appeals["months"] == "/months/appeals.json"
    assert told["search"] == "/search.json"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("layers=streets", ["streets"]),
        ("layers=streets,appeals", ["appeals", "streets"]),
        ("layers=none&layers=streets&layers=assets", ["streets", "assets"]),
        ("layers=none", []),
        ("layers=none,none", []),
        ("layers=", ON_AT_FIRST),
        ("layers=,,,", ON_AT_FIRST),
        ("layers=nothing", ON_AT_FIRST),
        ("layers=%00&layers=%F0%9F%92%A9", ON_AT_FIRST),
        ("layers='%3B--,streets", ["streets"]),
        ("layers=" + "x," * 2000, ON_AT_FIRST),
        ("layers=districts,appeals", ON_AT_FIRST),
    ],
)
def test_the_address_says_which_layers_are_on(a_city: TinyCity, client: Client, query: str, expected: list[str]) -> None:
    made = an_appeal(a_city).public_id
    response = client.get(f"/?{query}")
    assert on(response) == expected
    assert f'data-id="{made}"' in response.content.decode(), "layers change the map, never the list"


def test_layers_stay_when_filters_change_and_the_share_page_is_not_asked_for_them(a_city: TinyCity, client: Client) -> None:
    page = client.get("/?category=lamp,pothole&state=new&layers=streets").content.decode()
    chips = [unescape(href) for href in re.findall(r'class="chip" data-soft href="([^"]*)"', page)]
    assert chips[0] == "?category=lamp,pothole&layers=streets"
    assert 'data-soft href="?layers=streets">Remove all' in page
    assert '<input type="hidden" id="filter-layers" name="layers" value="streets">' in page
    share = unescape(re.findall(r'href="(/share[^"]*)"', page)[0])
    assert share == "/share?category=lamp,pothole&state=new"
    assert client.get(share).status_code == 200


def test_each_layer_is_asked_for_what_it_knows(a_city: TinyCity, client: Client) -> None:
    queries = config(client.get("/?category=lamp&from=2026-01-01&layers=streets"))["queries"]
    assert queries["appeals"] == "category=lamp&from=2026-01-01"
    assert queries["districts"] == "lang=en"
    russian = config(client.get("/?from=2026-01-01", headers={"accept-language": "ru"}))["queries"]
    assert russian["streets"] == "lang=ru"


def test_what_each_layer_is_asked_for_is_answered(a_city: TinyCity, client: Client) -> None:
    told = config(client.get("/?category=lamp&from=2026-01-01&to=2026-02-01"))
    for name, tiles in told["tiles"].items():
        address = tiles["json"] or tiles["url"].replace("{z}/{x}/{y}", f"{tiles['minzoom']}/0/0")
        query = told["queries"][name]
        assert client.get(f"{address}?{query}" if query else address).status_code in {200, 204}, name


def test_a_layer_with_editions_is_read_by_its_description_and_a_live_one_at_once(a_city: TinyCity, client: Client) -> None:
    tiles = config(client.get("/"))["tiles"]
    assert tiles["appeals"]["url"] == "/tiles/appeals/{z}/{x}/{y}.mvt"
    assert tiles["appeals"]["json"] == ""
    assert tiles["districts"]["json"] == "/tiles/districts.json"
    template = client.get(tiles["districts"]["json"]).json()["tiles"][0]
    assert re.search(r"\.mvt\?v=[0-9a-f]{16}$", template)


def test_layers_cost_no_query(a_city: TinyCity, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    client.get("/")
    with django_assert_max_num_queries(3):  # names of categories, which reports, and their rows
        client.get("/?layers=" + ",".join(layer.name for layer in LAYERS))


def test_a_layer_for_some_people_is_not_shown_to_the_rest(a_city: TinyCity, client: Client, rf: RequestFactory) -> None:
    secret = replace(LAYERS[1], name="secret", permission="gis_data.view_city")
    person = User.objects.create_user("reader@testville.invalid", "testville")
    person.user_permissions.add(Permission.objects.get(codename="view_city"))
    for user, sees in ((AnonymousUser(), False), (User.objects.get(pk=person.pk), True)):
        request = rf.get("/?layers=secret")
        request.user, request.session = user, client.session
        page = home(request, (*LAYERS, secret), REPORTS).content.decode()
        assert ('value="secret"' in page) is sees
