"""Feeds: how they travel, what they cost, what is in none of them, and addresses that make no sense."""

from __future__ import annotations

import gzip
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils.http import http_date

from citymap.city import forget_city
from citymap.headlines import HEADLINES
from citymap.layers import LAYERS
from issues.map_layers import APPEALS
from issues.models import Appeal, Category
from layers import feeds, rows_sql
from layers.declaration import Field, MapLayer, listed
from layers.problems import TooMuchWork
from tests.factories import TinyCity, an_appeal
from tests.layers.feeding import ATOM, FEED, MORNING, _obey_the_standard, ask, entries, link, read, updated

pytestmark = pytest.mark.django_db


def test_who_has_it_is_told_304_until_it_changes(a_city: TinyCity) -> None:
    appeal = updated(an_appeal(a_city), 0)
    first = ask()
    assert first["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert first["Last-Modified"] == http_date(MORNING.timestamp())
    later = http_date(MORNING.timestamp() + 5)
    for headers in (
        {"If-None-Match": first["ETag"]},
        {"If-Modified-Since": first["Last-Modified"]},
        {"If-Modified-Since": later},
        {"If-None-Match": first["ETag"], "If-Modified-Since": http_date(0)},
    ):
        again = ask(**headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again["Access-Control-Allow-Origin"] == "*"
        assert again["ETag"] == first["ETag"]
    for headers in ({"If-None-Match": '"other"', "If-Modified-Since": later}, {"If-Modified-Since": "yesterday"}):
        assert ask(**headers).status_code == 200
    updated(appeal, 1)
    for headers in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        assert ask(**headers).status_code == 200


def test_a_change_of_this_very_second_is_not_dated_yet(a_city: TinyCity) -> None:
    an_appeal(a_city)
    assert "Last-Modified" not in ask()
    assert ask(**{"If-Modified-Since": http_date()}).status_code == 200


def test_it_is_compressed_shared_and_answers_head(a_city: TinyCity) -> None:
    for _ in range(5):
        an_appeal(a_city)
    plain, packed = ask(), ask(**{"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert plain["Access-Control-Allow-Origin"] == "*"
    assert "Accept-Encoding" in plain["Vary"]
    assert "Cookie" not in plain["Vary"]
    head = Client().head(FEED)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", plain["ETag"])
    assert Client().post(FEED).status_code == 405


def test_a_page_costs_one_statement_for_the_rows_and_one_for_the_licence(a_city: TinyCity) -> None:
    for number in range(60):
        updated(an_appeal(a_city), number)
    following = link(read(), "next").removeprefix("http://testserver").partition("?")[2]
    for query in ("", "category=lamp&state=new", following):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert ask(query).status_code == 200
        assert len(seen) <= 2


@pytest.mark.parametrize("visibility", ["held", "private", "hidden"])
def test_what_is_not_public_is_in_no_feed(visibility: str, a_city: TinyCity) -> None:
    hidden = an_appeal(a_city, visibility=visibility)
    assert entries(read()) == []
    assert hidden.public_id.encode() not in ask(f"before=2999-01-01T00:00:00Z,{hidden.public_id}").content.split(b"<link")[0]


def test_nothing_a_resident_wrote_is_in_a_feed(a_city: TinyCity) -> None:
    an_appeal(a_city, text="canary-text", address="canary-address", email="canary@example.org", name="canary-name",
              phone="canary-phone", answers={"where": "canary-answer"}, text_public=True, source_ref="canary-ref")  # fmt: skip
    for query in ("", "lang=ru", "category=pothole"):
        response = ask(query)
        assert len(ElementTree.fromstring(response.content).findall(f"{ATOM}entry")) == 1
        assert b"canary" not in response.content


@pytest.mark.parametrize(
    "query",
    [
        "color=red",
        "visibility=held",
        "state=nothing",
        "from=2025-02-30",
        "from=2025-03-02&to=2025-03-01",
        "bbox=1,2,3",
        "bbox=10,51,10,50",
        "bbox=NaN,0,1,1",
        "lang=en&lang=ru",
        "lang=xx1",
        "before=yesterday",
        "before=2025-03-01T00:00:00Z",
        "before=2025-03-01T00:00:00Z,",
        "before=2025-13-01T00:00:00Z,A",
        "before=0000-01-01T00:00:00Z,A",
        "before=2025-03-01T00:00:00Z,A%00",
        "before=2025-03-01T00:00:00Z,A&before=2025-03-01T00:00:00Z,B",
        "before=2025-03-01T00:00:00Z," + "A" * 300,
        "%00=1",
        "category=%27%20OR%201=1--",
    ],
)
def test_an_address_that_makes_no_sense_is_400(query: str, a_city: TinyCity) -> None:
    response = ask(query)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["status"] == 400


@pytest.mark.parametrize(
    "before", ["0001-01-01T00:00:00Z,A", "9999-12-31T23:59:59.999999Z,%27;DROP TABLE x--", "2025-03-01T00:00:00Z,%F0%9F%98%80"]
)
def test_a_strange_place_to_go_on_from_is_only_a_place(before: str, a_city: TinyCity) -> None:
    an_appeal(a_city)
    response = ask(f"before={before}")
    assert response.status_code == 200
    _obey_the_standard(ElementTree.fromstring(response.content))


@pytest.mark.parametrize("name", ["districts", "nothing", "Appeals"])
def test_a_layer_without_moments_has_no_feed(name: str, a_city: TinyCity) -> None:
    assert Client().get(f"/feeds/{name}.atom").status_code == 404


NUMBERED = MapLayer(
    name="numbered",
    title="Things",
    geometry="point",
    queryset=Appeal.objects.public,
    fields=(Field("id", "Number", "id", kind="integer"),),
    geometry_column="point",
    key="id",
    created="created_at",
    updated="updated_at",
)


def test_a_layer_whose_keys_are_numbers_and_that_has_no_page(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)

    def of(query: str) -> Any:
        request = RequestFactory().get("/", query_params=dict([query.split("=", 1)]) if query else {})
        request.user = AnonymousUser()
        return feeds.feed(request, layers=listed(*LAYERS, NUMBERED), headlines=HEADLINES, name="numbered")

    root = ElementTree.fromstring(of("").content)
    _obey_the_standard(root)
    (entry,) = entries(root)
    assert entry.findtext(f"{ATOM}title") == f"Things {appeal.pk}"
    assert link(entry, "alternate") == ""
    assert entries(ElementTree.fromstring(of(f"before=9999-01-01T00:00:00Z,{appeal.pk}").content))
    for wrong in ("A", "-1", "1.5", "9" * 40):
        assert of(f"before=2025-01-01T00:00:00Z,{wrong}").status_code == 400


def test_a_reading_that_takes_too_long_is_stopped_and_said_so(a_city: TinyCity) -> None:
    from django.db.models import Func, IntegerField, Value

    an_appeal(a_city)
    sleeping = Func(Value(5), function="pg_sleep", output_field=IntegerField())
    with pytest.raises(TooMuchWork), transaction.atomic():
        rows_sql.fetch_rows(Category.objects.values(slept=sleeping), longest_ms=50)


def test_every_feed_is_one_of_the_layers(a_city: TinyCity) -> None:
    forget_city()
    assert set(HEADLINES) <= {layer.name for layer in LAYERS}
    assert [layer.name for layer in LAYERS if feeds.has_feed(layer)] == [APPEALS.name, "repairs", "projects"]
