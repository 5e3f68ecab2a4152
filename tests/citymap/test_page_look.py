"""What every page carries: the reader's theme without a flash, the language, the rooms a role may enter, and a strict policy."""

import re

import pytest
from django.test import Client

from citymap.city import forget_city
from gis_data.models import City
from tests.factories import TinyCity

pytestmark = pytest.mark.django_db


def test_the_theme_is_kept_in_a_cookie_and_stands_in_the_first_answer(a_city: TinyCity, client: Client) -> None:
    assert "data-bs-theme" not in client.get("/").content.decode()
    answer = client.post("/theme/", {"theme": "dark", "next": "/about/data?x=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/about/data?x=1")
    assert '<html lang="en" data-bs-theme="dark">' in client.get("/").content.decode()
    client.post("/theme/", {"theme": "neon"})
    assert "data-bs-theme" not in client.get("/").content.decode()


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example", ""])
def test_the_theme_switch_never_leads_away(a_city: TinyCity, client: Client, away: str) -> None:
    assert client.post("/theme/", {"theme": "dark", "next": away})["Location"] == "/"


def test_an_odd_theme_cookie_is_no_theme(a_city: TinyCity, client: Client) -> None:
    client.cookies["theme"] = '"><script>'
    assert "data-bs-theme" not in client.get("/").content.decode()


def test_the_language_is_switched_by_a_form(a_city: TinyCity, client: Client) -> None:
    client.post("/i18n/setlang/", {"language": "ru", "next": "/"})
    page = client.get("/").content.decode()
    assert '<html lang="ru"' in page
    assert "Тестоград" in page


@pytest.mark.parametrize(
    ("who", "rooms"),
    [("resident", set()), ("clerk", {"/desk"}), ("crew", {"/crew"}), ("dispatcher", {"/desk"}), ("head", {"/desk"})],
)
def test_the_navigation_offers_the_rooms_of_the_role(a_city: TinyCity, client: Client, who: str, rooms: set[str]) -> None:
    client.force_login(a_city.people[who])
    nav = client.get("/").content.decode().split('class="site-nav"')[1].split("</nav>")[0]
    assert {href for href in re.findall(r'href="([^"]+)"', nav) if href != "/"} == rooms | {"/money"}


@pytest.mark.parametrize("address", ["/", "/report", "/accounts/login/", "/about/data", "/nowhere"])
def test_no_page_carries_inline_script_or_style(a_city: TinyCity, client: Client, address: str) -> None:
    response = client.get(address)
    page = response.content.decode()
    assert "unsafe" not in response["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", page)
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
    assert not re.search(r'(src|href)="https?://', page)


def test_a_missing_page_speaks_in_plain_words(a_city: TinyCity, client: Client) -> None:
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


def test_a_form_without_its_token_is_refused_in_plain_words(a_city: TinyCity) -> None:
    response = Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert "Please send the form again" in response.content.decode()


@pytest.mark.django_db
def test_only_the_languages_of_the_city_are_offered(client: Client, a_city: TinyCity) -> None:
    assert 'value="ru"' in client.get("/about/data").content.decode()
    City.objects.update(languages=["en"])
    forget_city()
    assert 'action="/i18n/setlang/"' not in client.get("/about/data").content.decode()
