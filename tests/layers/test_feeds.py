"""Feeds, read back by a real parser: what changed last, for any filter, page by page, and never what is not public."""

from __future__ import annotations

import datetime as dt
from xml.etree import ElementTree

import pytest
from django.test import Client

from issues.models import Appeal, Category
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.layers.feeding import ATOM, FEED, GEORSS, MORNING, _obey_the_standard, ask, entries, link, read, updated

pytestmark = pytest.mark.django_db


def ids(root: ElementTree.Element) -> list[str]:
    return [(entry.findtext(f"{ATOM}id") or "").rsplit("/", 1)[1] for entry in entries(root)]


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
    newest = [row.public_id for row in reversed(rows)]
    assert seen == (sorted(newest, reverse=True) if same_moment else newest)


@pytest.mark.parametrize("same_moment", [False, True])
def test_a_page_goes_on_when_the_thing_before_it_is_gone(same_moment: bool, a_city: TinyCity) -> None:
    rows = [updated(an_appeal(a_city), 0 if same_moment else number) for number in range(60)]
    first = read()
    address = link(first, "next").removeprefix("http://testserver")
    Appeal.objects.filter(public_id=ids(first)[-1]).update(visibility="hidden")
    again = ElementTree.fromstring(Client().get(address).content)
    assert set(ids(again)) == {row.public_id for row in rows} - set(ids(first))


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
