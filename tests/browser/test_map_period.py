"""The period under the map: thumbs on months, by keys; what they write into the address; the months as a film from one answer."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.conftest import MAP_MS, Complaints
from tests.browser.maps import CANVAS, at, open_map
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal


@pytest.fixture
def spring(city: TinyCity) -> TinyCity:
    """One report in January 2025, two in February, three in March."""
    for month in (1, 2, 3):
        for day in range(month):
            an_appeal(city, at=IN_WEST if day else IN_EAST, created_at=dt.datetime(2025, month, 10 + day, 12, tzinfo=dt.UTC))
    return city


def listed(page: Page, number: int) -> None:
    expect(page.locator(".report-list > li")).to_have_count(number)


def test_the_thumbs_choose_months_by_keys_for_list_map_and_address(
    site: str, spring: TinyCity, page: Page, complaints: Complaints
) -> None:
    open_map(page, site + at(IN_WEST, 14))
    first, last = page.get_by_label("First month"), page.get_by_label("Last month")
    expect(first).to_have_attribute("aria-valuetext", "January 2025: 1")
    expect(last).to_have_attribute("aria-valuetext", "March 2025: 3")
    expect(page.locator("[data-period-text]")).to_have_text("All time")
    expect(page.locator(".histogram rect")).to_have_count(3)

    first.focus()
    with page.expect_response(re.compile(r"/tiles/appeals/.*[?&]from=2025-02-01")):
        first.press("ArrowRight")

    listed(page, 5)
    expect(page).to_have_url(re.compile(r"/\?from=2025-02-01#map="))
    expect(first).to_have_attribute("aria-valuetext", "February 2025: 2")
    expect(page.locator("[data-period-text]")).to_have_text("February 2025 – March 2025")
    expect(page.locator("[data-whole-months]")).to_be_hidden()
    last.press("ArrowLeft")
    listed(page, 2)
    expect(page).to_have_url(re.compile(r"/\?from=2025-02-01&to=2025-02-28#map="))
    last.press("ArrowLeft")  # a thumb stops at the other one
    expect(last).to_have_attribute("aria-valuetext", "February 2025: 2")
    page.go_back()
    listed(page, 5)
    expect(last).to_have_attribute("aria-valuetext", "March 2025: 3")
    page.get_by_role("button", name="All time").click()
    listed(page, 6)
    expect(page).to_have_url(re.compile(r"/#map="))
    expect(first).to_be_focused()


def test_days_of_the_form_hold_and_the_words_say_what_the_map_counts(
    site: str, spring: TinyCity, page: Page, complaints: Complaints
) -> None:
    open_map(page, f"{site}/?from=2025-03-11")
    listed(page, 2)
    expect(page.locator("[data-period-text]")).to_have_text("11 March 2025 – March 2025")
    expect(page.get_by_text("From afar the map counts whole months.")).to_be_visible()
    expect(page.get_by_label("First month")).to_have_attribute("aria-valuetext", "March 2025: 3")


def test_the_months_play_step_by_step_from_one_answer(site: str, spring: TinyCity, page: Page, complaints: Complaints) -> None:
    asked: list[str] = []
    page.on("request", lambda request: _months(request, asked))
    open_map(page, site + at(IN_WEST, 12))
    play = page.get_by_role("button", name="Play")
    now = page.locator("[data-now]")

    play.click()
    expect(now).to_have_text("January 2025: 1")
    expect(page.get_by_role("button", name="Previous month")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Next month").click()
    expect(now).to_have_text("February 2025: 2")
    page.get_by_role("button", name="Next month").click()
    expect(now).to_have_text("March 2025: 3")
    expect(page.locator(".histogram .is-now")).to_have_count(1)
    assert len(asked) == 1, "a step asks for nothing"

    page.keyboard.press("Escape")
    expect(now).to_be_empty()
    expect(play).to_be_focused()
    expect(page.locator(".histogram .is-now")).to_have_count(0)
    expect(page.get_by_role("button", name="Next month")).to_be_hidden()
    page.locator(CANVAS).press("+")  # the tiles are back
    page.get_by_text("Filters").first.click()


def test_a_filter_ends_the_film(site: str, spring: TinyCity, page: Page, complaints: Complaints) -> None:
    open_map(page, site + at(IN_WEST, 12))
    page.get_by_role("button", name="Play").click()
    expect(page.locator("[data-now]")).to_have_text("January 2025: 1")
    page.locator(".filters summary").click()
    page.get_by_role("checkbox", name="Pothole").check()
    expect(page.locator("[data-now]")).to_be_empty()


def test_the_film_runs_to_its_end_by_itself_and_can_be_paused(
    site: str, spring: TinyCity, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    context = browser.new_context(**{**browser_context_args, "reduced_motion": "no-preference"})
    page = context.new_page()
    heard = Complaints([])
    heard.watch(page)
    open_map(page, site + at(IN_WEST, 12))
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator("[data-now]")).to_have_text("March 2025: 3", timeout=MAP_MS)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert heard.heard == []
    context.close()


def test_months_that_do_not_come_are_said(site: str, spring: TinyCity, page: Page) -> None:
    open_map(page, site + at(IN_WEST, 12))
    page.route("**/months/*.json*", lambda route: route.abort())
    page.get_by_role("button", name="Play").click()
    expect(page.locator("[data-now]")).to_have_text("The months did not come. Please try again.")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def _months(request: Request, asked: list[str]) -> None:
    if "/months/" in request.url:
        asked.append(request.url)
