"""What all doors for programs share: they are only read, speak the language of the address, and refuse in words that programs read."""

import json
from typing import Any, Final

import pytest
from django.test import Client

from accounts.models import Membership
from tests.factories import TinyCity, an_appeal

pytestmark = pytest.mark.django_db

#: One address of each door that caches may keep, and whether there are texts in its answer.
DOORS: Final = {
    "/tiles/appeals.json": True,
    "/tiles/appeals/14/8647/5553.mvt": False,
    "/counts/appeals.json": False,
    "/months/appeals.json": False,
    "/search.json?q=west": True,
    "/feeds/appeals.atom": True,
    "/map.html": True,
    "/preview.png": True,
    "/embed": True,
    "/data/catalog.ttl": False,
    "/data/districts.columns.json": True,
    "/data/districts.csv": False,
    "/data/districts.geojson": False,
    "/api/": True,
    "/api/districts/": True,
    "/api/schema/": True,
    "/ogc/": True,
    "/ogc/collections": True,
    "/ogc/collections/districts/items": True,
}


def parts(header: str) -> set[str]:
    return {part.strip() for part in header.split(",") if part.strip()}


def body(response: Any) -> bytes:
    """What was said, without the moment at which an answer was given."""
    data = b"".join(response.streaming_content) if response.streaming else response.content
    if b'"timeStamp"' in data:
        data = json.dumps({name: value for name, value in json.loads(data).items() if name != "timeStamp"}).encode()
    return b"" if response["Content-Type"].startswith("text/turtle") else data  # its nodes have other names each time


@pytest.mark.parametrize("address", DOORS)
def test_what_caches_keep_depends_on_the_address_alone(address: str, a_city: TinyCity) -> None:
    an_appeal(a_city, "lamp")
    plain = Client().get(address)
    somebody = Client(headers={"Accept-Language": "ru"})
    somebody.force_login(Membership.objects.filter(user__isnull=False)[0].user)
    somebody.cookies["django_language"] = "ru"
    theirs = somebody.get(address)
    assert plain.status_code == theirs.status_code == 200
    assert plain["Cache-Control"].startswith("public")
    assert body(plain) == body(theirs)
    for response in (plain, theirs):
        assert not parts(response.get("Vary", "")) & {"Cookie", "Accept-Language"}
        assert response.get("Content-Language") == ("en" if DOORS[address] else None)
        assert not response.cookies
    if DOORS[address]:
        assert Client().get(address, query_params={**_query(address), "lang": "ru"})["Content-Language"] == "ru"


def _query(address: str) -> dict[str, str]:
    return dict(part.split("=") for part in address.partition("?")[2].split("&") if part)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "address", [*DOORS, "/data/districts.gpkg", "/who.json", "/search/address", "/money/rows.csv", "/tiles/x"]
)
def test_what_can_only_be_read_says_so_to_who_has_no_token(method: str, address: str, a_city: TinyCity) -> None:
    response = Client(enforce_csrf_checks=True).generic(method, address)
    assert response.status_code == 405
    assert {"GET", "HEAD"} <= parts(response["Allow"])
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 405


@pytest.mark.parametrize(
    "address",
    [
        "/counts/x.y.json", "/counts/appeals", "/counts/a/b.json", "/feeds/a b.atom", "/feeds/appeals.rss", "/feeds/é.atom",
        "/months/a'b.json", "/months/appeals", "/tiles/x.y.json", "/tiles/appeals", "/tiles/a b/1/2/3.mvt", "/tiles/appeals/1/2.mvt",
        "/tiles/appeals/1/2/3/4.mvt", "/tiles/%00.json", "/data/a b.csv", "/data/x.y.csv", "/data/appeals.tar.gz",
        "/data/a b.columns.json",
    ],
)  # fmt: skip
def test_a_name_that_is_none_is_not_found_in_words_for_programs(address: str, a_city: TinyCity) -> None:
    response = Client(raise_request_exception=False).get(address)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"]


@pytest.mark.parametrize(
    "address",
    ["/data/catalog.ttl?x=1", "/data/catalog.rdf?lang=ru", "/search/address?q=street&color=red", "/search/address?q=a&q=b"],
)
def test_a_parameter_that_is_not_known_is_refused(address: str, a_city: TinyCity) -> None:
    response = Client().get(address)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_what_is_wrong_is_told_in_the_language_that_the_answer_names(a_city: TinyCity) -> None:
    told = {
        language: Client(headers={"Accept-Language": reader}).get(f"/feeds/appeals.atom?before=x{asked}")
        for language, reader, asked in (("en", "ru", "&lang=en"), ("ru", "ru", ""))
    }
    for language, response in told.items():
        assert response["Content-Language"] == language
        assert response["Cache-Control"] == "no-store"
    assert told["en"].json()["detail"] != told["ru"].json()["detail"]
