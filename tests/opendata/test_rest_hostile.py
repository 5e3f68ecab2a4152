"""Bad input to REST: a status that says what is wrong and a sentence, never a fault; nothing is written, nothing is slow."""

import dataclasses
import json
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import Func, IntegerField, Value
from django.test import Client, RequestFactory
from openapi_spec_validator import OpenAPIV30SpecValidator

from accounts.models import User
from citymap.requests import Wsgi
from issues.map_layers import APPEALS
from issues.models import Appeal, Category
from layers.rows_sql import fetch_rows
from opendata import rest, rest_schema
from opendata.rest_appeals import STORIES
from opendata.rest_door import open_layers
from tests.factories import TinyCity, an_appeal
from tests.opendata.asking import ask, ids, told

pytestmark = pytest.mark.django_db


def refused(response: Any, status: int = 400) -> str:
    """The sentence of a refusal, after a look at everything else of it."""
    assert response.status_code == status, response.content[:300]
    assert response["Content-Type"] == "application/problem+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    problem = json.loads(response.content)
    assert problem["type"] == "about:blank"
    assert problem["status"] == status
    assert problem["detail"]
    sentence: str = problem["detail"]
    return sentence


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=101", "limit=1000000000", "limit=", "limit=ten", "limit=1.5", "limit=1&limit=2", "limit=١",
        "after=", "after=x", "after=1.2.3", "after=0", "after=9.99999999999999999999", "after=999999999999999999.1", "after=1&after=2",
        "after=-999999999999999999.1", "after=%00", "after=1.'%3B--", "after=,A", "after=2025-02-30T00:00:00Z,A", "after=2025-01-01T00:00:00Z,%00",
        "from=2025-W05-5", "from=２０２５-01-01", "bbox=1_0,50,11,51", "bbox=10, 50,11,51",
        "bbox=1,2,3", "bbox=1,2,3,4,5", "bbox=nan,0,1,1", "bbox=0,0,inf,1", "bbox=0,51,1,50", "bbox=0,-91,1,1", "bbox=181,0,1,1",
        "bbox=0,0,1,1&bbox=0,0,1,1", "from=2025-13-01", "from=yesterday", "from=2025-02-30", "from=2025-02-01&to=2025-01-01",
        "from=%00", "from=99999-01-01", "state=nothing", "state=new'", "category=%00", "category=a%20b", "category=" + "a" * 100,
        "lang=", "lang=english", "lang=../en", "lang=en&lang=ru", "visibility=held", "text=x", "reporter__email=x", "format=json",
        "f=html", "%00=1", "order_by=id", "offset=10", "page=2", "limit[]=1", "id=1",
    ],
)  # fmt: skip
def test_a_page_that_makes_no_sense_is_refused_with_a_sentence(query: str, a_city: TinyCity) -> None:
    if query == "lang=":
        assert Client().get(f"/api/appeals/?{query}").status_code == 200  # nothing asked for, as in the other doors
        return
    assert refused(Client().get(f"/api/appeals/?{query}"))


def test_what_a_layer_does_not_know_is_refused_there_alone(a_city: TinyCity) -> None:
    assert "category" in refused(ask("districts/", category="lamp"))
    assert refused(Client().get("/api/districts/?from=2025-01-01"))
    assert refused(ask("districts/west/", bbox="1,2,3,4"))
    assert refused(ask("", limit=1))
    assert refused(ask("schema/", format="html"))
    assert refused(ask("schema/", format=""))


@pytest.mark.parametrize("path", ["reporters/", "users/1/", "appeal/", "Appeals/", "appeals'/", "%00/", "ü/", "..%2Fappeals/"])
def test_what_is_no_layer_is_not_found(path: str, a_city: TinyCity) -> None:
    response = Client().get(f"/api/{path}")
    assert response.status_code == 404
    if response["Content-Type"] != "text/html; charset=utf-8":
        refused(response, 404)


@pytest.mark.parametrize(
    "key",
    [
        "ZZZZZZZZ",
        "1",
        "-1",
        "%00",
        "a%00b",
        "x" * 4_000,
        "'",
        "' OR 1=1 --",
        "%ff%fe",
        "../districts/west",
        "{key}",
        "ü",
        "%0A",
        "1/2/3/4",
    ],
)
@pytest.mark.parametrize("layer", ["appeals", "districts", "streets", "assets"])
def test_what_is_no_thing_is_not_found(layer: str, key: str, a_city: TinyCity) -> None:
    assert Client().get(f"/api/{layer}/{key}/").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["", "appeals/", "districts/west/", "schema/"])
def test_nothing_can_be_written(method: str, path: str, a_city: TinyCity) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(a_city.clerk)
    before = Appeal.objects.count()
    response = client.generic(method, f"/api/{path}", b'{"state": "done"', content_type="application/json")
    refused(response, 405)
    assert response["Allow"] == "GET, HEAD, OPTIONS"
    assert Appeal.objects.count() == before


def test_other_sites_may_ask_before_they_ask(a_city: TinyCity) -> None:
    response = Client().options(
        "/api/appeals/", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    )
    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "image/png",
        "application/json; a*=nope''%41",
        "application/json; a*=undefined''%41",
        "x",
        "/",
        ";;;",
        "*",
        ", ,",
        "é/ü",
        "*/*;q=0",
        "application/*;q=0, */*;q=0.0",
    ],
)
def test_a_header_that_asks_for_something_else_or_nonsense_is_answered(accept: str, a_city: TinyCity) -> None:
    for path in ("", "appeals/", "schema/"):
        response = ask(path, headers={"Accept": accept})
        if response.status_code != 200:
            assert "json" in refused(response, 406)
        assert response.status_code == 406 or "q=0" not in accept


def test_a_page_of_a_browser_still_gets_an_answer(a_city: TinyCity) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert ask("appeals/", headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": "x" * 9_000},
        {"If-None-Match": '"\x01'},
        {"If-Modified-Since": "yesterday"},
        {"Range": "bytes=0-9"},
        {"Accept-Language": "x" * 9_000},
        {"Accept-Encoding": ";;q=x,,gzip;q=nan"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"Content-Type": "multipart/form-data"},
    ],
)
def test_no_header_breaks_an_answer(headers: dict[str, str], a_city: TinyCity) -> None:
    an_appeal(a_city)
    for path in ("", "appeals/", "districts/west/"):
        assert ask(path, headers=headers).status_code == 200


def test_what_is_wrong_is_told_in_the_language_of_who_asks(a_city: TinyCity) -> None:
    english = refused(ask("reporters/"), 404)
    russian = refused(ask("reporters/", headers={"Accept-Language": "ru"}), 404)
    assert russian != english
    assert refused(ask("reporters/", lang="ru"), 404) == russian
    assert refused(ask("reporters/", headers={"Accept-Language": "ru"}, lang="en"), 404) == english
    assert ask("reporters/", headers={"Accept-Language": "ru"})["Content-Language"] == "ru"


def test_an_answer_that_takes_too_long_is_stopped(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    an_appeal(a_city)
    sleeping = Func(Value(5), function="pg_sleep", output_field=IntegerField())

    def slowly(rows: Any) -> list[dict[str, Any]]:
        return fetch_rows(Category.objects.values(slept=sleeping), 50)

    monkeypatch.setattr("opendata.rest_rows.fetch_rows", slowly)
    with transaction.atomic():  # so that what was stopped is only this
        response = ask("appeals/")
        transaction.set_rollback(True)
    assert response["Retry-After"] == "10"
    assert "smaller area" in refused(response, 503)


def test_a_closed_layer_is_not_here_for_anybody(a_city: TinyCity) -> None:
    closed = dataclasses.replace(APPEALS, name="closed", permission="issues.view_appeal", pyramid=None)
    row = an_appeal(a_city)
    a_city.clerk.user_permissions.add(Permission.objects.get(codename="view_appeal"))
    for address, view, more in (
        ("", rest.root, {}),
        ("closed/", rest.things, {"name": "closed"}),
        (f"closed/{row.public_id}/", rest.thing, {"name": "closed", "key": row.public_id, "stories": STORIES}),
        ("schema/", rest_schema.schema, {"stories": STORIES}),
    ):
        request = RequestFactory().get(f"/api/{address}")
        request.user = User.objects.get(pk=a_city.clerk.pk)
        assert open_layers((closed, APPEALS), request) == [APPEALS]
        response = view(request, layers=(closed,), **more)
        assert b"appeals" not in response.content
        assert b"view_appeal" not in response.content
        assert ("name" in more) == (response.status_code == 404)
        assert "name" in more or b"closed" not in response.content


def test_an_empty_city_is_answered_too(db: None) -> None:
    assert told("appeals/") == {"type": "FeatureCollection", "next": None, "features": []}
    assert ids("districts/") == []
    OpenAPIV30SpecValidator(told("schema/")).validate()


def test_an_address_that_is_no_text_is_answered(a_city: TinyCity) -> None:
    """Bytes that are no UTF-8, as a server hands them on."""
    for query, path in (
        ("category=%ff", "/api/appeals/"),
        ("", "/api/\xff\xfe/"),
        ("a=%", "/api/appeals/"),
        ("&&&;;", "/api/appeals/"),
    ):
        statuses: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "testserver", "SERVER_PORT": "80",
            "wsgi.input": BytesIO(), "wsgi.url_scheme": "http",
        }  # fmt: skip
        list(Wsgi()(environ, lambda status, headers, statuses=statuses: statuses.append(status)))
        assert statuses[0][:3] in {"200", "400", "404"}
