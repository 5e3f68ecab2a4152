"""The home page: the list by key, the same filters as the map, no personal data, nothing that an odd address can break."""

import datetime as dt
import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from issues.models import Appeal
from issues.views.home_list import ROWS
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


def listed(response: Any) -> list[str]:
    """Public ids of the rows, in order."""
    assert response.status_code == 200
    return re.findall(r'<li class="is-\w+" data-id="(\w+)"', response.content.decode())


def link(response: Any, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]*)"', response.content.decode())
    return unescape(found.group(1)) if found else ""


def config(response: Any) -> dict[str, Any]:
    found = re.search(r'data-config="([^"]*)"', response.content.decode())
    assert found
    parsed: dict[str, Any] = json.loads(unescape(found.group(1)))
    return parsed


def test_newest_reports_stand_first_and_pages_go_on_by_key(a_city: TinyCity, client: Client) -> None:
    made = [an_appeal(a_city, created_at=NOON + dt.timedelta(minutes=n // 2)).public_id for n in range(ROWS * 2 + 5)]
    newest_first = [a.public_id for a in Appeal.objects.order_by("-created_at", "-id")]
    assert sorted(made) == sorted(newest_first)

    pages, address, backward = [], "/", ""
    while address:
        response = client.get(address)
        pages.append(listed(response))
        backward = address if not link(response, "next") else backward
        address = "/" + link(response, "next") if link(response, "next") else ""
    assert [row for page in pages for row in page] == newest_first
    assert [len(page) for page in pages] == [ROWS, ROWS, 5]

    third = client.get(backward)
    second = client.get("/" + link(third, "prev"))
    assert listed(second) == pages[1]
    assert listed(client.get("/" + link(second, "prev"))) == pages[0]


def test_the_list_is_read_with_few_queries_however_long_it_is(
    a_city: TinyCity, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(ROWS):
        an_appeal(a_city)
    client.get("/")
    with django_assert_max_num_queries(3):  # names of categories, which reports, and their rows
        assert len(listed(client.get("/"))) == ROWS


def test_filters_narrow_the_list_and_go_to_the_tiles_in_the_same_words(a_city: TinyCity, client: Client) -> None:
    lamp = an_appeal(a_city, "lamp", state="planned", created_at=NOON).public_id
    an_appeal(a_city, "lamp", state="new", created_at=NOON)
    an_appeal(a_city, "pothole", state="planned", created_at=NOON)
    an_appeal(a_city, "lamp", state="planned", created_at=NOON - dt.timedelta(days=9))

    response = client.get("/?category=lamp&category=tree&state=in_progress&from=2026-03-10&to=2026-03-10")

    assert listed(response) == [lamp]
    assert config(response)["query"] == "category=lamp,tree&state=in_progress&from=2026-03-10&to=2026-03-10"
    assert listed(client.get("/?category=lamp,tree&state=in_progress&from=2026-03-10&to=2026-03-10")) == [lamp]


def test_a_day_of_the_period_is_a_day_of_the_city(a_city: TinyCity, client: Client) -> None:
    late_evening = dt.datetime(2026, 3, 10, 22, 30, tzinfo=dt.UTC)  # half past midnight of the 11th in Testville
    made = an_appeal(a_city, created_at=late_evening).public_id

    assert listed(client.get("/?from=2026-03-11&to=2026-03-11")) == [made]
    assert listed(client.get("/?to=2026-03-10")) == []


def test_an_area_of_the_map_narrows_the_list_but_not_the_tiles(a_city: TinyCity, client: Client) -> None:
    west = an_appeal(a_city, at=IN_WEST).public_id
    an_appeal(a_city, at=IN_EAST)
    an_appeal(a_city, at=None)

    response = client.get("/?bbox=10.0,50.0,10.04,50.05")

    assert listed(response) == [west]
    assert config(response)["query"] == ""
    assert config(response)["area"] == [10.0, 50.0, 10.04, 50.05]


def test_each_filter_can_be_taken_away_alone(a_city: TinyCity, client: Client) -> None:
    response = client.get("/?category=lamp,pothole&state=new&from=2026-01-01&bbox=10,50,10.1,50.1")

    chips = [unescape(href) for href in re.findall(r'class="chip" data-soft href="([^"]*)"', response.content.decode())]

    box = "bbox=10.00000,50.00000,10.10000,50.10000"
    assert chips == [
        f"?category=lamp,pothole&from=2026-01-01&{box}",
        f"?category=pothole&state=new&from=2026-01-01&{box}",
        f"?category=lamp&state=new&from=2026-01-01&{box}",
        f"?category=lamp,pothole&state=new&{box}",
        "?category=lamp,pothole&state=new&from=2026-01-01",
    ]


def test_held_private_and_hidden_reports_are_not_listed(a_city: TinyCity, client: Client) -> None:
    for visibility in ("held", "private", "hidden"):
        an_appeal(a_city, visibility=visibility)
    shown = an_appeal(a_city).public_id
    assert listed(client.get("/")) == [shown]


def test_a_report_that_left_the_public_does_not_tell_its_time_through_the_page_key(a_city: TinyCity, client: Client) -> None:
    held = an_appeal(a_city, visibility="held", created_at=NOON).public_id
    shown = an_appeal(a_city, created_at=NOON - dt.timedelta(days=1)).public_id
    newer = an_appeal(a_city, created_at=NOON + dt.timedelta(days=1)).public_id
    assert listed(client.get(f"/?before={held}")) == [newer, shown]


def test_nothing_personal_is_on_the_page(a_city: TinyCity, client: Client) -> None:
    an_appeal(a_city, text="My secret words", name="Testville resident", email="who@testville.invalid", phone="+358 40 1234567")
    page = client.get("/").content.decode()
    for secret in ("My secret words", "Testville resident", "who@testville.invalid", "1234567"):
        assert secret not in page


def test_a_report_without_a_place_is_listed_but_carries_no_coordinates(a_city: TinyCity, client: Client) -> None:
    placeless = an_appeal(a_city, at=None).public_id
    page = client.get("/").content.decode()
    row = page[page.index(f'data-id="{placeless}"') :].split("</li>")[0]
    assert "data-lon" not in row
    assert "no place given" in row


def test_coordinates_keep_their_point_in_russian(a_city: TinyCity, client: Client) -> None:
    an_appeal(a_city, at=IN_WEST)
    page = client.get("/?bbox=10,50,10.1,50.1", headers={"accept-language": "ru"}).content.decode()
    assert f'data-lon="{IN_WEST[0]}" data-lat="{IN_WEST[1]}"' in page
    assert 'value="10.00000,50.00000,10.10000,50.10000"' in page
    assert "Яма" in page


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2026-02-30",
        "from=0001-01-01&to=9999-12-31",
        "to=%00",
        "bbox=1,2,3",
        "bbox=nan,nan,nan,nan",
        "bbox=inf,0,1,1",
        "bbox=10,50,9,49",
        "bbox=1e400,1,2,3",
        "bbox=1_0,50,11,51",
        "bbox=10, 50,11,51",
        "from=2025-W05-5",
        "from=２０２５-01-01",
    ],
)
def test_what_makes_no_sense_is_left_out_with_a_sentence(a_city: TinyCity, client: Client, query: str) -> None:
    made = an_appeal(a_city).public_id
    response = client.get(f"/?{query}")
    assert listed(response) == [made]
    assert "left out" in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "category=%27%3B--&state=held",
        "category=&state=,,,",
        "before=%00&after=%F0%9F%92%A9",
        "before=ZZZZZZZZ",
        "before=" + "A" * 4000,
        "category=" + "x," * 2000,
        "state=new&state=new&state=new",
    ],
)
def test_unknown_values_are_as_if_they_were_not_there(a_city: TinyCity, client: Client, query: str) -> None:
    made = an_appeal(a_city).public_id
    assert listed(client.get(f"/?{query}")) == [made]


def test_markup_in_names_stays_text(a_city: TinyCity, client: Client) -> None:
    lamp = a_city.categories["lamp"]
    lamp.names = {"en": '"><script>alert(1)</script>'}
    lamp.save()
    an_appeal(a_city, "lamp", address="<img src=x onerror=alert(2)>")
    page = client.get("/?category=lamp").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_an_empty_city_invites_and_an_empty_result_offers_the_way_out(a_city: TinyCity, client: Client) -> None:
    assert "Nothing reported yet" in client.get("/").content.decode()
    an_appeal(a_city)
    assert "No reports match these filters" in client.get("/?category=tree").content.decode()


def test_without_a_city_the_page_still_stands(db: None, client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert "CityMap" in response.content.decode()


def test_only_reading_is_allowed(a_city: TinyCity, client: Client) -> None:
    assert client.post("/").status_code == 405
    assert client.head("/").status_code == 200


def test_an_invented_city_says_so_on_the_page_and_a_real_one_does_not(a_city: TinyCity, client: Client) -> None:
    assert "Demonstration." in client.get("/").content.decode()
    assert "What is invented" in client.get("/about/data").content.decode()
    a_city.city.invented = False
    a_city.city.save()
    from citymap.city import forget_city

    forget_city()
    assert "Demonstration." not in client.get("/").content.decode()
    assert "What is invented" not in client.get("/about/data").content.decode()


def test_today_is_the_last_day_of_an_open_period(a_city: TinyCity, client: Client) -> None:
    made = an_appeal(a_city).public_id
    today = timezone.localdate(timezone=dt.timezone(dt.timedelta(hours=2)))
    assert listed(client.get(f"/?from={today - dt.timedelta(days=1)}")) == [made]
