"""OGC API – Features: in which format a resource answers, and how caches and other sites may keep it."""

import gzip
import json

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import TinyCity, an_appeal
from tests.layers.asking import EVERY_GET, ask

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


# formats


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "asked", "expected"),
    [
        ("", "", "json"),
        ("*/*", "", "json"),
        (BROWSER, "", "html"),
        ("text/html", "", "html"),
        ("text/*", "", "html"),
        ("application/json", "", "json"),
        ("application/*", "", "json"),
        ("application/json, text/html;q=0.9", "", "json"),
        ("application/json;q=0.5, text/html;q=0.6", "", "html"),
        ("text/html;q=0, */*", "", "json"),
        ("TEXT/HTML", "", "html"),
        (BROWSER, "json", "json"),
        ("application/json", "html", "html"),
        ("image/png", "html", "html"),
        ("image/png", "", "406"),
        ("application/json;q=0, text/html;q=0", "", "406"),
        ("text/html;q=nan", "", "406"),
        (";;;,,,q=", "", "406"),
    ],
)
def test_the_format_is_what_was_asked_for(accept: str, asked: str, expected: str, a_city: TinyCity) -> None:
    for path in EVERY_GET:
        response = ask(path, accept, **({"f": asked} if asked else {}))
        varies = {one.strip() for one in response["Vary"].split(",")}
        assert "Accept" in varies
        assert ("Accept-Language" in varies) == ("json" not in response["Content-Type"] or response.status_code == 406)
        if expected == "406":
            assert response.status_code == 406
            assert response.json()["code"] == "NotAcceptable"
        elif expected == "html":
            assert response["Content-Type"] == "text/html; charset=utf-8"
            assert b"<!doctype html>" in response.content
        else:
            assert "json" in response["Content-Type"]
            assert json.loads(response.content)


@pytest.mark.django_db
def test_the_document_types_of_clients_are_met(a_city: TinyCity) -> None:
    geojson = "application/geo+json, application/json"
    assert ask("collections/districts/items", geojson)["Content-Type"] == "application/geo+json"
    openapi = "application/vnd.oai.openapi+json;version=3.0"
    assert ask("api", openapi)["Content-Type"] == openapi
    assert ask("collections/districts/schema", "application/schema+json")["Content-Type"] == "application/schema+json"


# caches


@pytest.mark.django_db
@pytest.mark.parametrize("path", EVERY_GET)
@pytest.mark.parametrize("form", ["json", "html"])
def test_who_has_it_is_told_so(path: str, form: str, a_city: TinyCity) -> None:
    client = Client()
    client.get(f"/ogc/{path}?f={form}")  # the first visit may bring a cookie, which changes a page
    first = client.get(f"/ogc/{path}?f={form}")
    again = client.get(f"/ogc/{path}?f={form}", headers={"If-None-Match": f'"other", {first["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control"):
        assert again[name] == first[name]
    assert set(again["Vary"].split(", ")) == set(first["Vary"].split(", "))
    assert first["Cache-Control"].startswith("public" if form == "json" else "private")
    assert (
        first.get("Access-Control-Allow-Origin") == again.get("Access-Control-Allow-Origin") == ("*" if form == "json" else None)
    )
    assert client.get(f"/ogc/{path}?f={form}", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.django_db
def test_a_change_is_another_version_and_the_time_of_the_answer_is_not(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    an_appeal(a_city)
    before = ask("collections/appeals/items")
    later = timezone.now().replace(year=2040)
    with monkeypatch.context() as clock:
        clock.setattr(timezone, "now", lambda: later)
        after = ask("collections/appeals/items")
    assert after.json()["timeStamp"] != before.json()["timeStamp"]
    assert after["ETag"] == before["ETag"]
    an_appeal(a_city)
    assert ask("collections/appeals/items")["ETag"] != before["ETag"]
    assert ask("collections/appeals/items")["Cache-Control"] == "public, max-age=1, must-revalidate"


@pytest.mark.django_db
def test_a_long_answer_travels_small(a_city: TinyCity) -> None:
    plain = ask("api").content
    response = Client().get("/ogc/api", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content) == plain
    assert len(response.content) < len(plain) / 5


@pytest.mark.django_db
@pytest.mark.parametrize("path", EVERY_GET)
def test_head_says_what_get_says(path: str, a_city: TinyCity) -> None:
    get, head = ask(path), Client().head(f"/ogc/{path}")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Vary", "Cache-Control"):
        assert head[name] == get[name] or name == "ETag"


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*EVERY_GET, "nothing"])
def test_pages_of_other_sites_may_ask(path: str) -> None:
    response = Client().options(f"/ogc/{path}", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "GET"})
    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Allow"] == response["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
