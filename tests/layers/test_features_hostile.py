"""Whatever is sent to the door for programs, the answer is by the book and never a fault of ours."""

from typing import Any, Final

import pytest
from django.db import connection
from django.test import Client

from issues.map_layers import APPEALS
from issues.models import Appeal
from layers import features_sql
from tests.factories import IN_EAST, TinyCity, an_appeal
from tests.layers.asking import ask, ids, told

ITEMS: Final = "/ogc/collections/appeals/items"
PATHS: Final = (
    "/ogc/",
    "/ogc/conformance",
    "/ogc/api",
    "/ogc/collections",
    "/ogc/collections/appeals",
    "/ogc/collections/appeals/schema",
    "/ogc/collections/appeals/queryables",
    ITEMS,
    f"{ITEMS}/AAAAAAAA",
    "/ogc/nothing",
)
POISON: Final = (
    "%00", "a%00b", "%FF", "%C3%28", "%ED%A0%80", "%F4%90%80%80", "' OR 1=1 --", "%27%3B%20DROP%20TABLE%20issues_appeal%3B--", "%25s",
    "%25(a)s", "{0}", "{{7*7}}", "{%25%20debug%20%25}", "$(id)", "../../etc/passwd", "%0D%0ASet-Cookie:%20a=b", "\\", "%5C%27", "NaN",
    "1e999", "-0", "9" * 400, "\U0001f4a9", "%EF%BF%BF", "%E2%80%AE", "null", "[]", "a" * 4000, ",,,,", "%2F%2F", "..", "/", "%20", "+",
)  # fmt: skip
PARAMETERS: Final = (
    "f", "lang", "limit", "after", "bbox", "bbox-crs", "crs", "datetime", "category", "state", "from", "to", "id", "created", "filter",
    "filter-lang", "filter-crs", "unknown",
)  # fmt: skip


def by_the_book(response: Any) -> None:
    """Each answer is a good one, or says what is wrong in both ways."""
    assert response.status_code in {200, 400, 404, 405, 406}, response.content
    if response.status_code == 200 or response["Content-Type"].startswith("text/html"):
        return
    assert response["Content-Type"] == "application/problem+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "no-store"
    problem = response.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "description"}
    assert problem["status"] == response.status_code
    assert problem["detail"] == problem["description"] != ""
    for word in ("Traceback", "SELECT", "psycopg", "django"):
        assert word not in problem["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_no_value_of_a_parameter_breaks_the_list(parameter: str, a_city: TinyCity) -> None:
    an_appeal(a_city)
    for poison in POISON:
        for form in ("", "&f=html"):
            by_the_book(Client().get(f"{ITEMS}?{parameter}={poison}{form}"))
    by_the_book(Client().get(f"{ITEMS}?{parameter}"))
    by_the_book(Client().get(f"{ITEMS}?{parameter}=1&{parameter}=2"))
    assert Appeal.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_no_name_of_a_parameter_breaks_an_address(path: str) -> None:
    for poison in POISON:
        response = Client().get(f"{path}?{poison}=1")
        by_the_book(response)
        assert response.status_code in {400, 404}


@pytest.mark.django_db
@pytest.mark.parametrize("bad", ["%00", "a%00", "%FF", "%C3%28", "%ED%A0%80"])
@pytest.mark.parametrize("path", PATHS)
def test_what_is_no_text_is_refused_everywhere(bad: str, path: str) -> None:
    for query in (f"lang={bad}", f"f={bad}", f"{bad}=1", f"id={bad}"):
        response = Client().get(f"{path}?{query}")
        by_the_book(response)
        assert response.status_code == 400


@pytest.mark.django_db
def test_no_path_below_the_door_breaks_it(a_city: TinyCity) -> None:
    for poison in POISON:
        if poison in {"..", "../../etc/passwd"}:
            continue
        for path in (f"/ogc/{poison}", f"/ogc/collections/{poison}", f"/ogc/collections/{poison}/items", f"{ITEMS}/{poison}"):
            for accept in ("", "text/html"):
                response = Client().get(path.replace("{", "%7B"), headers={"Accept": accept} if accept else {})
                if not path.endswith("//"):
                    assert response.status_code in {404, 200}, (path, response.status_code)
                by_the_book(response)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
@pytest.mark.parametrize("path", PATHS)
def test_only_reading_is_allowed(method: str, path: str) -> None:
    response: Any = Client(enforce_csrf_checks=True).generic(method, path)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, OPTIONS"
    by_the_book(response)
    assert response.json()["code"] == "MethodNotAllowed"


@pytest.mark.django_db
def test_what_is_not_there_is_said_in_both_ways(a_city: TinyCity) -> None:
    hidden = an_appeal(a_city, visibility="hidden")
    for path in ("nothing", "collections/nothing", "collections/nothing/items", "collections/appeals/items/nothing",
                 f"collections/appeals/items/{hidden.public_id}", "collections/appeals/nothing", "collections/", "api/"):  # fmt: skip
        response = ask(path)
        assert response.status_code == 404, path
        by_the_book(response)
        assert response.json()["code"] == "NotFound"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "accept", ["a" * 9000, ",".join(["a/b"] * 5000), "*/*;q=1e999", "text/html;q=--1", "/", "*", "*/html", "\xff", ";q=1"]
)
def test_no_header_breaks_the_choice_of_a_format(accept: str) -> None:
    for path in PATHS[:4]:
        by_the_book(Client().get(path, headers={"Accept": accept}))


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["*", "", '"', "W/", 'W/"x', '"a","b",W/"c"', "a" * 9000, "\xff"])
def test_no_condition_breaks_an_answer(value: str, a_city: TinyCity) -> None:
    for header in ("If-None-Match", "If-Modified-Since", "Accept-Language", "Accept-Encoding", "Origin", "Range", "Cookie"):
        response = Client().get("/ogc/collections/districts/items", headers={header: value})
        assert response.status_code in {200, 304}


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_takes_too_long_is_stopped_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(*args: Any) -> Any:
        return features_sql._fetch("SELECT pg_sleep(60)", (), longest_ms=30)

    monkeypatch.setattr("layers.features_sql.items", slowly)
    response = ask("collections/appeals/items")
    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert response.json()["code"] == "ServiceUnavailable"


@pytest.mark.django_db
def test_a_count_that_takes_too_long_is_left_out(scattered: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layers.features_sql.LONGEST_COUNT_MS", 20)
    original = features_sql._fetch

    def slowly(sql: str, params: Any, longest_ms: int = 1000, workers: int = 0) -> Any:
        return original(
            f"SELECT pg_sleep(1), * FROM ({sql}) AS x" if "count(*) FROM" in sql[:30] else sql, params, longest_ms, workers
        )

    monkeypatch.setattr("layers.features_sql._fetch", slowly)
    page = told("collections/appeals/items", limit=5)
    assert "numberMatched" not in page
    assert page["numberReturned"] == 5


# privacy


@pytest.fixture
def canaries(a_city: TinyCity) -> list[Appeal]:
    """Appeals full of what nobody may read, among them some that nobody may see."""
    words: dict[str, Any] = {
        "text": "canary-text",
        "address": "canary-address",
        "answers": {"where": "canary-answer"},
        "source_ref": "canary-ref",
        "source": "canary-source",
        "email": "canary@example.org",
        "name": "canary-name",
        "phone": "+358-canary",
    }
    shown = [an_appeal(a_city, text_public=True, **words)]
    for number, visibility in enumerate(("held", "private", "hidden")):
        an_appeal(a_city, visibility=visibility, at=IN_EAST, **{**words, "source_ref": f"canary-{number}"})
    return shown


@pytest.mark.django_db
def test_nothing_private_is_in_any_answer(canaries: list[Appeal]) -> None:
    unseen = list(Appeal.objects.exclude(visibility="public").values_list("public_id", flat=True))
    assert len(unseen) == 3
    client, seen = Client(), 0
    paths = ["/ogc/", "/ogc/collections", "/ogc/api", "/ogc/conformance"]
    for name in ("appeals", "districts", "streets", "assets", "addresses"):
        here = f"/ogc/collections/{name}"
        paths += [
            here,
            f"{here}/schema",
            f"{here}/queryables",
            f"{here}/items",
            f"{here}/items?bbox=10,50,11,51",
            f"{here}/items?limit=1",
        ]
    paths += [f"{ITEMS}/{one}" for one in (canaries[0].public_id, *unseen)]
    paths += [f"{ITEMS}?{query}" for query in ("bbox=10.06,50,10.08,50.06", "datetime=2020-01-01/..", "limit=1", "state=new")]
    for path in paths:
        for form in ("json", "html"):
            response = client.get(path + ("&" if "?" in path else "?") + f"f={form}")
            content = response.content.decode()
            assert "canary" not in content, path
            if not any(one in path for one in unseen):
                assert not any(one in content for one in unseen), path
            else:
                assert response.status_code == 404
            seen += canaries[0].public_id in content
    assert seen > 5  # the scan looks where something is to be seen


@pytest.mark.django_db
def test_nothing_private_can_be_asked_for(canaries: list[Appeal]) -> None:
    for name in (
        "text",
        "address",
        "email",
        "phone",
        "reporter",
        "visibility",
        "source",
        "source_ref",
        "pk",
        "reporter__email",
        "category__id",
    ):
        assert Client().get(f"{ITEMS}?{name}=canary").status_code == 400, name
    assert ids() == [canaries[0].public_id]
    assert told("collections/appeals/items", limit=1)["numberMatched"] == 1
    (box,) = told("collections/appeals")["extent"]["spatial"]["bbox"]
    assert box[2] < IN_EAST[0]  # the place of what is held does not stretch the extent


@pytest.mark.django_db
def test_the_statement_names_no_column_that_is_not_public(a_city: TinyCity) -> None:
    an_appeal(a_city)
    with connection.execute_wrapper(_only_public):
        assert len(ids()) == 1
        told(f"collections/{APPEALS.name}")


def _only_public(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if '"issues_appeal"' in sql:
        assert """"visibility" = """ in sql
        for column in ("text", "address", "answers", "source_ref", "reporter"):
            assert f'"{column}"' not in sql
    return execute(sql, params, many, context)
