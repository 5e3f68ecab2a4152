"""The pages of the open data: complete without script, true to the declaration, closed where a layer is closed."""

import dataclasses
import re
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.contrib.gis.geos import LineString, MultiLineString, Point
from django.core.cache import cache
from django.http import Http404
from django.test import Client, RequestFactory

from accounts.models import User
from citymap.layers import LAYERS
from gis_data.models import Address, Asset, Street
from issues.map_layers import APPEALS
from opendata import catalogue, links
from opendata.datasets import extent
from tests.factories import IN_WEST, TinyCity, an_appeal

pytestmark = pytest.mark.django_db
NAMES = ("appeals", "districts", "streets", "assets", "addresses")
CLOSED = dataclasses.replace(APPEALS, name="closed", permission="issues.view_appeal", pyramid=None)


def page(path: str = "", language: str = "en") -> str:
    response = Client(headers={"Accept-Language": language}).get(f"/data/{path}")
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def full(a_city: TinyCity) -> TinyCity:
    for number in range(12):
        an_appeal(a_city, "lamp", None if number == 5 else IN_WEST)
    Street.objects.create(source_id="way/1", names={"en": "Long Street"}, road_class="residential",
                          geometry=MultiLineString(LineString((10.01, 50.01), (10.02, 50.02)), srid=4326))  # fmt: skip
    Asset.objects.create(source_id="b1", kind="bench", names={"en": "<b>Bench</b>"}, geometry=Point(*IN_WEST, srid=4326))
    Address.objects.create(source_id="a1", text="1 West Street", postcode="50001", point=Point(*IN_WEST, srid=4326))
    return a_city


def test_the_list_names_every_data_set_with_its_files(full: TinyCity) -> None:
    text = page()
    for name in NAMES:
        assert f'href="/data/{name}"' in text
        for suffix in ("csv", "geojson", "gpkg", "fgb"):
            assert f'href="/data/{name}.{suffix}"' in text
    for suffix in ("ttl", "jsonld", "rdf"):
        assert f'href="/data/catalog.{suffix}"' in text


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_how_much_under_what_terms_and_where_else(name: str, full: TinyCity) -> None:
    text = page(name)
    for part in (f'href="/data/{name}.csv"', f'href="/data/{name}.columns.json"', f'href="/tiles/{name}.json"',
                 f'href="/ogc/collections/{name}"', "licence not stated", "<svg", "<caption>", "10.0000, 50.0000"):  # fmt: skip
        assert part in text, part
    assert ('href="/feeds/appeals.atom"' in text) == (name == "appeals")
    assert "<script" not in text.partition("<main")[2]
    assert "<b>Bench" not in text


def test_every_address_on_a_page_is_there(full: TinyCity) -> None:
    client = Client()
    for name in NAMES:
        for address in set(re.findall(r'href="(/(?:data|tiles|ogc|feeds)[^"#]*)"', page(name))):
            response: Any = client.get(address)
            assert response.status_code == 200, address
            if response.streaming:
                b"".join(response.streaming_content)


def test_columns_are_those_of_the_files_with_their_words(full: TinyCity) -> None:
    text = page("appeals")
    header = Client().get("/data/appeals.csv").content.decode().partition("\r\n")[0]
    assert re.findall(r'<th scope="row"><code>(\w+)</code>', text) == header.split(",")
    assert "<code>in_progress</code> In progress" in text


def test_the_table_shows_the_newest_and_says_how_many_were_drawn(full: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "are drawn" not in page("appeals"), "all are looked at, although one has no place"
    monkeypatch.setattr("opendata.preview.DRAWN", {"point": 3})
    text = page("appeals")
    assert "Only the newest 3 are drawn." in text
    assert page("appeals").count("<td>lamp</td>") == 3


def test_a_licence_is_shown_as_the_pack_states_it(full: TinyCity) -> None:
    full.city.licences = {
        "default": {"title": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        "streets": {"title": "Only for walking", "url": ""},
    }
    full.city.save()
    assert '<a href="https://creativecommons.org/licenses/by/4.0/" rel="license">CC BY 4.0</a>' in page("appeals")
    assert "Only for walking" in page("streets")
    assert "licence not stated" not in page()


def test_files_speak_the_language_of_the_page_where_names_have_languages(full: TinyCity) -> None:
    text = page("districts", "ru")
    assert 'href="/data/districts.csv?lang=ru"' in text
    assert "Восток" in text
    assert 'href="/data/appeals.csv"' in page("appeals", "ru")


def test_an_empty_data_set_and_an_empty_city_have_pages_too(db: None) -> None:
    for name in NAMES:
        assert "There are no rows yet" in page(name)
    assert "Reports" in page()


def _ask(user: Any, name: str = "closed") -> Any:
    request = RequestFactory().get(f"/data/{name}")
    request.user = user
    request.session = {}  # type: ignore[assignment]
    return catalogue.dataset(request, layers=(*LAYERS, CLOSED), name=name)


def test_a_closed_layer_is_in_no_list_and_has_no_page_for_others(full: TinyCity) -> None:
    assert Client().get("/data/nothing").status_code == 404
    with pytest.raises(Http404):
        _ask(AnonymousUser())
    person = User.objects.create_user("somebody@testville.invalid", "testville")
    with pytest.raises(Http404):
        _ask(person)
    person.user_permissions.add(Permission.objects.get(codename="view_appeal"))
    assert _ask(User.objects.get(pk=person.pk)).status_code == 200


def test_a_page_costs_the_same_however_many_rows_there_are(full: TinyCity, django_assert_max_num_queries: Any) -> None:
    page("appeals")
    for _ in range(20):
        an_appeal(full)
    with django_assert_max_num_queries(8):
        page("appeals")


def test_the_count_is_kept_for_a_while_and_then_taken_anew(full: TinyCity) -> None:
    assert extent(APPEALS).rows == 12
    an_appeal(full)
    assert extent(APPEALS).rows == 12
    cache.clear()
    assert extent(APPEALS).rows == 13


def test_a_door_that_does_not_exist_is_left_out(full: TinyCity) -> None:
    assert links.feed(dataclasses.replace(APPEALS, created="", updated="")) == ""
