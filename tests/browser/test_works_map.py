"""The map on pages of works: drawn over the server's drawing, by colour and form, with a card that leads on; the drawing stays without it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import MAP_MS, Complaints
from tests.browser.maps import at, middle, open_map
from tests.factories import IN_WEST, TinyCity
from tests.places.conftest import Town, build_town
from tests.places.makers import a_point, a_repair, a_street

FRAME = ".works-picture .map-frame[data-works-drawn]"


@pytest.fixture
def town(city: TinyCity) -> Town:
    return build_town(city)


def addresses(town: Town) -> list[str]:
    return [
        f"/repairs/{town.held.public_id}", f"/projects/{town.project.public_id}", f"/contractors/{town.firm.pk}",
        f"/streets/{town.main.source_id}", "/districts/west",
    ]  # fmt: skip


def drawn(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".works-picture").scroll_into_view_if_needed()
    page.wait_for_selector(FRAME, timeout=MAP_MS)


def test_every_page_of_works_draws_its_map_and_loads_no_map_elsewhere(
    site: str, town: Town, page: Page, complaints: Complaints
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/money")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "maplibre" in url or "pmtiles" in url or "/works-" in url]
    for address in addresses(town):
        drawn(page, site + address)
        expect(page.locator(".works-picture .sketch-map")).to_be_hidden()
        expect(page.locator(".works-picture .maplibregl-canvas")).to_have_attribute(
            "aria-label", page.locator("[data-canvas]").get_attribute("data-label") or ""
        )
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address


def test_a_work_opens_a_card_that_leads_to_its_page(site: str, town: Town, page: Page, complaints: Complaints) -> None:
    lane = a_street("Short Lane", (IN_WEST[0] - 0.001, IN_WEST[1] + 0.01), (IN_WEST[0] + 0.001, IN_WEST[1] + 0.01))
    repair = a_repair(a_point(IN_WEST[0], IN_WEST[1] + 0.01), street=lane, status="planned", title={"en": "New lamps <b>"})
    drawn(page, f"{site}/streets/{lane.source_id}")
    page.wait_for_selector("html[data-map-idle]", timeout=MAP_MS)
    page.mouse.click(*middle(page))
    card = page.locator(".pin-card")
    expect(card).to_contain_text("New lamps <b>")
    expect(card).to_contain_text("planned")
    card.get_by_role("link").click()
    expect(page).to_have_url(f"{site}/repairs/{repair.public_id}")


def test_the_map_page_draws_works_by_how_far_they_are_and_leads_to_their_pages(site: str, town: Town, page: Page) -> None:
    repair = a_repair(a_point(10.03, 50.06), status="planned", title={"en": "New lamps"})
    open_map(page, site + at((10.03, 50.06), query="?layers=repairs"))
    legend = page.get_by_role("list", name="Repairs: symbols", include_hidden=True)
    expect(legend.locator("li")).to_have_count(4)
    page.mouse.click(*middle(page))
    card = page.locator(".pin-card")
    expect(card).to_contain_text("New lamps")
    expect(card.get_by_role("link")).to_have_attribute("href", f"/repairs/{repair.public_id}")


def test_the_map_follows_the_theme(site: str, town: Town, page: Page, complaints: Complaints) -> None:
    drawn(page, site + addresses(town)[3])
    light = page.locator(FRAME).get_attribute("data-works-drawn")
    page.emulate_media(color_scheme="dark")
    expect(page.locator(FRAME)).not_to_have_attribute("data-works-drawn", light or "", timeout=MAP_MS)


def test_without_script_the_drawing_stands_with_its_words(site: str, town: Town, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    for address in addresses(town):
        page.goto(site + address)
        expect(page.locator(".works-picture .sketch-map")).to_be_visible()
        expect(page.locator(".works-picture figcaption")).to_be_visible()
        expect(page.locator(".works-picture .map-frame")).to_be_hidden()
        expect(page.locator(".works-legend")).to_be_visible()
    context.close()
