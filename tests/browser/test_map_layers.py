"""The layers of the map: switched by boxes that are a legend and an address, drawn by their declaration alone; numbers beside the filters."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, MultiLineString, Point
from playwright.sync_api import Browser, Locator, Page, expect

from gis_data.models import Asset, Street
from tests.browser.conftest import Complaints
from tests.browser.maps import CANVAS, at, middle, open_map
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal, names


@pytest.fixture
def ground(city: TinyCity) -> TinyCity:
    """A street through the middle of the west, and a lamp in the east."""
    line = MultiLineString(LineString((10.0, 50.04), (10.02, 50.04)), srid=4326)
    Street.objects.create(source_id="1", names=names("West Street", "Западная улица"), road_class="minor", geometry=line)
    Asset.objects.create(source_id="lamp-7", kind="lamp", names=names("Lamp 7", "Фонарь 7"), geometry=Point(*IN_EAST, srid=4326))
    return city


def open_layers(page: Page) -> None:
    page.locator(".map-layers summary").click()


def choice(page: Page, words: str, number: int) -> Locator:
    """A box of the filters as it is read out, with its number."""
    return page.get_by_role("checkbox", name=re.compile(f"^{words} ?, {number}$"))


def test_a_layer_is_switched_by_its_box_and_stands_in_the_address(
    site: str, ground: TinyCity, page: Page, complaints: Complaints
) -> None:
    open_map(page, site + at(IN_WEST, 16))
    open_layers(page)
    streets = page.get_by_role("checkbox", name="Streets", exact=True)
    expect(page.get_by_role("checkbox", name="Reports", exact=True)).to_be_checked()
    expect(page.get_by_role("checkbox", name="Districts", exact=True)).to_be_checked()
    expect(streets).not_to_be_checked()

    with page.expect_response(re.compile(r"/tiles/streets/\d+/\d+/\d+\.mvt\?lang=en&v=[0-9a-f]+$")) as tile:
        streets.check()

    assert "immutable" in tile.value.headers["cache-control"]
    expect(page).to_have_url(re.compile(r"/\?layers=appeals,districts,streets#map="))
    page.go_back()
    expect(streets).not_to_be_checked()
    page.go_forward()
    expect(streets).to_be_checked()
    page.reload()
    open_layers(page)
    expect(streets).to_be_checked()
    streets.press("Escape")
    expect(streets).to_be_hidden()
    expect(page.locator(".map-layers summary")).to_be_focused()


def test_things_of_any_layer_tell_what_their_declaration_says(
    site: str, ground: TinyCity, page: Page, complaints: Complaints
) -> None:
    open_map(page, site + at(IN_WEST, 17, "?layers=streets,assets"))
    page.mouse.click(*middle(page))
    card = page.locator(".pin-card")
    expect(card).to_contain_text("Streets")
    expect(card.locator(".title")).to_have_text("West Street")
    expect(card).to_contain_text("Class of road")
    expect(card).to_contain_text("minor")

    page.goto("about:blank")
    open_map(page, site + at(IN_EAST, 17, "?layers=streets,assets"))
    page.mouse.click(*middle(page))
    expect(page.locator(".pin-card .title")).to_have_text("Lamp 7")


def test_a_layer_that_is_off_is_not_there(site: str, ground: TinyCity, page: Page, complaints: Complaints) -> None:
    an_appeal(ground, at=IN_WEST)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_map(page, site + at(IN_WEST, 17, "?layers=none"))
    page.mouse.click(*middle(page))
    expect(page.locator(".report-list > li")).to_have_count(1)  # the list is about reports whatever the map shows
    assert not [url for url in asked if "/tiles/" in url]
    open_layers(page)
    with page.expect_response(re.compile(r"/tiles/appeals/")):
        page.get_by_role("checkbox", name="Reports", exact=True).check()
    expect(page).to_have_url(re.compile(r"/\?layers=appeals#map="))


def test_a_layer_that_begins_further_in_says_so(site: str, ground: TinyCity, page: Page, complaints: Complaints) -> None:
    open_map(page, site + at(IN_EAST, 13.5))
    open_layers(page)
    expect(page.get_by_role("checkbox", name="Objects: zoom in to see", exact=True)).to_be_visible()
    expect(page.get_by_role("checkbox", name="Streets", exact=True)).to_be_visible()
    page.locator(CANVAS).press("+")
    expect(page.get_by_role("checkbox", name="Objects", exact=True)).to_be_visible()


def test_without_script_the_layers_are_a_plain_form(
    site: str, ground: TinyCity, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    context = browser.new_context(**{**browser_context_args, "java_script_enabled": False})
    page = context.new_page()
    page.goto(f"{site}/?category=lamp&layers=appeals")
    open_layers(page)
    expect(page.get_by_role("checkbox", name="Districts", exact=True)).not_to_be_checked()
    page.get_by_role("checkbox", name="Reports", exact=True).uncheck()
    page.get_by_role("checkbox", name="Streets", exact=True).check()
    page.get_by_role("button", name="Show these layers").click()
    expect(page).to_have_url(f"{site}/?category=lamp&layers=none&layers=streets")
    open_layers(page)
    expect(page.get_by_role("checkbox", name="Streets", exact=True)).to_be_checked()
    expect(page.get_by_role("checkbox", name="Reports", exact=True)).not_to_be_checked()
    page.locator(".filters summary").click()
    page.get_by_role("button", name="Show reports").click()
    expect(page).to_have_url(re.compile(r"&layers=streets$"))
    context.close()


def test_numbers_stand_beside_the_choices_and_follow_the_filters(
    site: str, city: TinyCity, page: Page, complaints: Complaints
) -> None:
    for state in ("new", "new", "done"):
        an_appeal(city, "lamp", at=IN_WEST, state=state)
    an_appeal(city, "pothole", at=IN_EAST)
    page.goto(site)
    expect(page.locator("[data-total]")).to_have_text("Found: 4")
    page.locator(".filters summary").click()
    expect(choice(page, "Broken lamp", 3)).to_be_visible()
    expect(choice(page, "New", 3)).to_be_visible()

    choice(page, "Broken lamp", 3).check()

    expect(page.locator("[data-total]")).to_have_text("Found: 3")
    expect(choice(page, "New", 2)).to_be_visible()
    expect(choice(page, "In progress", 0)).to_be_visible()
    expect(choice(page, "Pothole", 1)).to_be_visible()  # with all filters but its own
    page.locator(".chip").click()
    expect(page.locator("[data-total]")).to_have_text("Found: 4")


def test_the_page_does_without_numbers_when_they_do_not_come(site: str, city: TinyCity, page: Page) -> None:
    an_appeal(city, "lamp", at=IN_WEST)
    page.route("**/counts/*.json*", lambda route: route.abort())
    page.goto(site)
    page.locator(".filters summary").click()
    page.get_by_role("checkbox", name="Broken lamp", exact=True).check()
    expect(page.locator(".report-list > li")).to_have_count(1)
    expect(page.locator("[data-total]")).to_be_hidden()
    expect(page.locator("[data-period]")).to_be_hidden()
