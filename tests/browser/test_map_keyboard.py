"""The map by keys alone: a cross in the middle, arrows and plus and minus, Enter opens what is nearest the cross, Escape closes it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints
from tests.browser.maps import CANVAS, at, open_map
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal


def test_keys_open_what_is_nearest_the_cross_and_close_it(site: str, city: TinyCity, page: Page, complaints: Complaints) -> None:
    lamp = an_appeal(city, "lamp", at=IN_WEST)
    an_appeal(city, "pothole", at=(IN_WEST[0] + 0.0002, IN_WEST[1]))
    open_map(page, site + at((IN_WEST[0] + 0.00005, IN_WEST[1])))
    canvas = page.locator(CANVAS)
    expect(page.locator(".map-cross")).to_be_hidden()

    page.get_by_role("button", name="Zoom in").focus()
    canvas.focus()
    page.keyboard.press("Shift")
    expect(page.locator(".map-cross")).to_be_visible()
    expect(canvas).to_have_accessible_description(re.compile("Enter opens"))
    page.keyboard.press("Enter")

    card = page.locator(".pin-card")
    expect(card).to_contain_text("Broken lamp")
    expect(card.get_by_role("link", name="Open the report")).to_be_focused()
    expect(page.locator(f'[data-id="{lamp.public_id}"]')).to_have_class(re.compile("is-lit"))
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(canvas).to_be_focused()


def test_arrows_move_and_enter_goes_into_a_counted_cell(site: str, city: TinyCity, page: Page, complaints: Complaints) -> None:
    for _ in range(3):
        an_appeal(city, at=IN_WEST)
    open_map(page, site + at(IN_WEST, 12))
    canvas = page.locator(CANVAS)
    canvas.focus()
    canvas.press("Enter")
    expect(page).to_have_url(re.compile(r"#map=14/"))
    before = page.url
    canvas.press("ArrowRight")
    page.wait_for_url(lambda url: url != before)
    assert float(page.url.split("/")[-1]) > float(before.split("/")[-1])


def test_where_nothing_is_near_the_page_says_so(site: str, city: TinyCity, page: Page, complaints: Complaints) -> None:
    an_appeal(city, at=IN_WEST)
    open_map(page, site + at(IN_EAST, 18))
    page.locator(CANVAS).press("Enter")
    expect(page.get_by_role("status").filter(has_text="Nothing on the map is near the cross.")).to_be_visible()
