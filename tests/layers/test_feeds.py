"""Feeds, read back by a real parser: what changed last, for any filter, page by page, and never what is not public."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
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
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal

ATOM, GEORSS = "{http://www.w3.org/2005/Atom}", "{http://www.georss.org/georss}"
FEED = "/feeds/appeals.atom"
MORNING = dt.datetime(2025, 3, 1, 8, 0, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


def ask(query: str = "", **headers: str) -> Any:
    return Client().get(FEED + (f"?{query}" if query else ""), headers=headers)


def read(query: str = "") -> ElementTree.Element:
    response = ask(query)
    assert response.status_code == 200, response.content
    root = ElementTree.fromstring(response.content)
    _obey_the_standard(root)
    return root


def _obey_the_standard(root: ElementTree.Element) -> None:
    """RFC 4287 §4.1: what must be there, once, and in which form."""
    assert root.tag == f"{ATOM}feed"
    people = len(root.findall(f"{ATOM}author/{ATOM}name"))
    assert people == 1
    names = [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]
    assert len(set(names)) == len(names)
    for element in (root, *root.findall(f"{ATOM}entry")):
        for tag in ("id", "title", "updated"):
            assert len(element.findall(ATOM + tag)) == 1, tag
            assert element.findtext(ATOM + tag)
        assert re.match(r"tag:testserver,\d{4}:[!-~]+\Z", element.findtext(f"{ATOM}id") or "")
        assert dt.datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "").tzinfo
    for link in root.iter(f"{ATOM}link"):
        assert link.get("href", "").startswith("http"), "a reader does not know where a feed came from"
    for entry in root.findall(f"{ATOM}entry"):
        assert len(entry.findall(f"{ATOM}content")) == 1
        assert len(entry.findall(f"{ATOM}published")) == 1
        assert all(element.get("term") for element in entry.findall(f"{ATOM}category"))


def entries(root: ElementTree.Element) -> list[ElementTree.Element]:
    return root.findall(f"{ATOM}entry")


def ids(root: ElementTree.Element) -> list[str]:
    return [(entry.findtext(f"{ATOM}id") or "").rsplit("/", 1)[1] for entry in entries(root)]


def link(element: ElementTree.Element, rel: str) -> str:
    return next((one.get("href", "") for one in element.findall(f"{ATOM}link") if one.get("rel") == rel), "")


def updated(appeal: Appeal, minutes: int) -> Appeal:
    Appeal.objects.filter(pk=appeal.pk).update(updated_at=MORNING + dt.timedelta(minutes=minutes))
    return appeal


def test_an_entry_says_what_it_is_where_and_where_to_read_on(a_city: TinyCity) -> None:
    appeal = updated(an_appeal(a_city, "lamp", state="planned", created_at=MORNING), 5)
    (entry,) = entries(read())
    assert entry.findtext(f"{ATOM}title") == "Broken lamp · In progress"
    assert entry.findtext(f"{ATOM}updated") == "2025-03-01T08:05:00.000000Z"
    assert entry.findtext(f"{ATOM}published") == "2025-03-01T08:00:00.000000Z"
    assert entry.findtext(f"{GEORSS}point") == f"{IN_WEST[1]} {IN_WEST[0]}"  # latitude first
    assert link(entry, "alternate") == f"http://testserver/a/{appeal.public_id}"
    assert [(one.get("term"), one.get("label")) for one in entry.findall(f"{ATOM}category")] == [
        ("lamp", "Broken lamp"),
        ("in_progress", "In progress"),
    ]
    content = entry.findtext(f"{ATOM}content") or ""
    assert "Category: Broken lamp" in content
    assert appeal.public_id in content
    assert Client().get(link(entry, "alternate")).status_code == 200


def test_words_follow_the_language_of_the_address_and_not_a_cookie(a_city: TinyCity) -> None:
    an_appeal(a_city, "lamp")
    russian = read("lang=ru")
    assert (entries(russian)[0].findtext(f"{ATOM}title") or "").startswith("Не горит фонарь · ")
    assert russian.get("{http://www.w3.org/XML/1998/namespace}lang") == "ru"
    client = Client(headers={"Accept-Language": "ru"})
    client.cookies["django_language"] = "ru"
    assert "Broken lamp" in client.get(FEED).content.decode()
    assert "Broken lamp" in ask("lang=fr").content.decode()


def test_what_changed_last_comes_first(a_city: TinyCity) -> None:
    old, new, middle = (updated(an_appeal(a_city), minutes) for minutes in (1, 9, 5))
    root = read()
    assert ids(root) == [new.public_id, middle.public_id, old.public_id]
    assert root.findtext(f"{ATOM}updated") == "2025-03-01T08:09:00.000000Z"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("category=lamp", {"lamp"}),
        ("category=lamp,tree", {"lamp", "tree"}),
        ("state=fixed", {"tree"}),
        ("state=new&category=pothole", {"pothole"}),
        ("from=2025-03-02", {"tree"}),
        ("to=2025-03-01", {"lamp", "pothole"}),
        ("bbox=10.0,50.0,10.04,50.05", {"lamp", "pothole"}),
        ("bbox=10.05,50.0,10.09,50.05&state=fixed", {"tree"}),
        ("category=nothing", set()),
    ],
)
def test_filters_are_those_of_the_layer(query: str, expected: set[str], a_city: TinyCity) -> None:
    an_appeal(a_city, "lamp", created_at=MORNING, state="planned")
    an_appeal(a_city, "pothole", created_at=MORNING)
    an_appeal(a_city, "tree", at=IN_EAST, state="done", created_at=MORNING + dt.timedelta(days=2))
    root = read(query)
    assert {entry.findall(f"{ATOM}category")[0].get("term") for entry in entries(root)} == expected
    assert ids(read(link(root, "self").partition("?")[2])) == ids(root)


def test_a_filtered_feed_says_so_in_its_title_and_has_a_name_of_its_own(a_city: TinyCity) -> None:
    an_appeal(a_city, "lamp")
    root = read("category=lamp&state=new&from=2025-03-01&bbox=10,50,10.1,50.1")
    title = root.findtext(f"{ATOM}title") or ""
    assert title.startswith("Reports · Broken lamp · New · from ")
    assert title.endswith(" · Chosen area of the map")
    assert root.findtext(f"{ATOM}id") != read().findtext(f"{ATOM}id")


def test_names_do_not_depend_on_the_host_that_was_asked(a_city: TinyCity) -> None:
    an_appeal(a_city)
    assert Client().get(FEED, headers={"Host": "localhost:9000"}).content == ask().content


def test_an_empty_feed_is_a_feed(a_city: TinyCity) -> None:
    root = read()
    assert entries(root) == []
    assert root.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"
    assert "Last-Modified" not in ask()


def test_an_appeal_without_a_place_has_no_point(a_city: TinyCity) -> None:
    an_appeal(a_city, at=None)
    (entry,) = entries(read())
    assert entry.find(f"{GEORSS}point") is None


@pytest.mark.parametrize("same_moment", [False, True])
def test_pages_together_hold_each_thing_once(same_moment: bool, a_city: TinyCity) -> None:
    rows = [an_appeal(a_city, "lamp") for _ in range(117)]
    for number, row in enumerate(rows):
        updated(row, 0 if same_moment else number)
    seen: list[str] = []
    address = FEED + "?category=lamp"
    for _ in range(3):
        root = ElementTree.fromstring(Client().get(address).content)
        _obey_the_standard(root)
        assert link(root, "self") == f"http://testserver{address}"
        assert link(root, "first") == (f"http://testserver{FEED}?category=lamp" if seen else "")
        seen += ids(root)
        address = link(root, "next").removeprefix("http://testserver")
    assert address == ""
    assert seen == [row.public_id for row in reversed(rows)]


def test_a_page_goes_on_when_the_thing_before_it_is_gone(a_city: TinyCity) -> None:
    rows = [updated(an_appeal(a_city), number) for number in range(60)]
    address = link(read(), "next").removeprefix("http://testserver")
    Appeal.objects.filter(pk=rows[10].pk).update(visibility="hidden")
    again = ElementTree.fromstring(Client().get(address).content)
    assert ids(again) == [row.public_id for row in reversed(rows[:10])]


HOSTILE = "]]><script>alert(1)</script>&amp;\"'\x0b\x1b\ufffe\u202e<!--"


def test_hostile_words_stay_words(a_city: TinyCity) -> None:
    Category.objects.filter(code="lamp").update(names={"en": HOSTILE, "ru": "Фонарь"})
    an_appeal(a_city, "lamp")
    response = ask("category=lamp")
    for byte in (b"\x0b", b"\x1b", b"\xef\xbf\xbe", b"<script"):
        assert byte not in response.content
    (entry,) = entries(read("category=lamp"))
    expected = HOSTILE.replace("\x0b", "").replace("\x1b", "").replace("\ufffe", "")
    assert entry.findtext(f"{ATOM}title") == f"{expected} · New"
    assert entry.findall(f"{ATOM}category")[0].get("label") == expected


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
    assert [layer.name for layer in LAYERS if feeds.has_feed(layer)] == [APPEALS.name]
