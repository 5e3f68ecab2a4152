"""The map beside the list, in a real browser: pins, card, filters, area, phone, theme, and life without WebGL or script."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import IDLE, MAP_MS, Complaints
from tests.browser.maps import CANVAS, at, middle, open_map
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal

NO_WEBGL = """
const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) { return kind.startsWith('webgl') ? null : real.call(this, kind, ...rest); };
"""

#: The box of a state, with or without the number of reports beside its word.
NEW = re.compile(r"^\s*New\b")


def colour(page: Page, dx: int = 0, dy: int = 0) -> tuple[int, int, int]:
    """The colour on the screen beside the middle of the map."""
    import io

    from PIL import Image

    x, y = middle(page)
    shot = page.screenshot(clip={"x": x + dx, "y": y + dy, "width": 1, "height": 1})
    red, green, blue = Image.open(io.BytesIO(shot)).convert("RGB").getpixel((0, 0))  # type: ignore[misc]  # an RGB picture has three numbers for each dot
    return red, green, blue


def test_a_pin_opens_a_card_that_leads_to_the_report(site: str, city: TinyCity, page: Page, complaints: Complaints) -> None:
    lamp = an_appeal(city, "lamp", at=IN_WEST, state="done")
    an_appeal(city, "pothole", at=IN_EAST)
    open_map(page, site + at(IN_WEST))

    page.mouse.click(*middle(page))

    card = page.locator(".pin-card")
    expect(card).to_contain_text("Fixed")
    expect(card).to_contain_text("Broken lamp")
    expect(card.get_by_role("link", name="Open the report")).to_be_focused()
    card.get_by_role("link").click()
    expect(page).to_have_url(f"{site}/a/{lamp.public_id}")


def test_filters_change_list_pins_and_address_without_leaving_the_page(
    site: str, city: TinyCity, page: Page, complaints: Complaints
) -> None:
    an_appeal(city, "lamp", at=IN_WEST, state="done")
    fresh = an_appeal(city, "pothole", at=IN_WEST)
    open_map(page, site + at(IN_WEST))
    page.evaluate("window.stayed = true")

    page.get_by_text("Filters").first.click()
    with page.expect_response(re.compile(r"/tiles/appeals/.*[?&]state=new")):
        page.get_by_label(NEW).check()

    expect(page.locator(".report-list > li")).to_have_count(1)
    expect(page.locator(f'[data-id="{fresh.public_id}"]')).to_be_visible()
    expect(page.locator("#filter-count")).to_contain_text("1")
    expect(page).to_have_url(re.compile(r"/\?state=new#map="))
    page.locator(".chip").click()
    expect(page.locator(".report-list > li")).to_have_count(2)
    expect(page.get_by_label(NEW)).not_to_be_checked()
    page.go_back()
    expect(page.locator(".report-list > li")).to_have_count(1)
    assert page.evaluate("window.stayed") is True


def test_the_list_can_be_narrowed_to_the_area_on_the_map(site: str, city: TinyCity, page: Page, complaints: Complaints) -> None:
    west = an_appeal(city, at=IN_WEST)
    an_appeal(city, at=IN_EAST)
    open_map(page, site + at(IN_WEST, 15))
    expect(page.locator(".report-list > li")).to_have_count(2)
    button = page.get_by_role("button", name="Search in this area")
    expect(button).to_be_hidden()

    x, y = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 30, steps=5)
    page.mouse.up()
    button.click()

    expect(page.locator(".report-list > li")).to_have_count(1)
    expect(page.locator(f'[data-id="{west.public_id}"]')).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]bbox=[\d.]+,[\d.]+,[\d.]+,[\d.]+"))


def test_a_row_lights_its_pin_and_the_theme_redraws_the_map(
    site: str, city: TinyCity, page: Page, complaints: Complaints
) -> None:
    an_appeal(city, at=IN_WEST)
    open_map(page, site + at(IN_WEST))
    dark_before = sum(colour(page, 60, 60)) < 200
    unlit = colour(page, 16, 0)

    page.locator(".report-list > li a").focus()
    page.wait_for_timeout(500)
    assert colour(page, 16, 0) != unlit, "the ring round the pin is not drawn"

    page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.get_by_role("button", name="Light colours")).to_be_focused()
    for _ in range(40):
        if sum(colour(page, 60, 60)) < 200:
            break
        page.wait_for_timeout(250)
    assert not dark_before
    assert sum(colour(page, 60, 60)) < 200, "the ground is still light"
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_on_a_phone_the_list_comes_first_and_the_map_is_fetched_when_asked_for(
    site: str, city: TinyCity, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    an_appeal(city, at=IN_WEST)
    context = browser.new_context(**{**browser_context_args, "viewport": {"width": 390, "height": 844}, "has_touch": True})
    page = context.new_page()
    heard = Complaints([])
    heard.watch(page)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))

    page.goto(site, wait_until="networkidle")
    expect(page.locator(".report-list > li")).to_be_visible()
    assert not [url for url in fetched if "maplibre" in url or "/tiles/" in url], "the map came before it was asked for"
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    page.get_by_role("button", name="Map", exact=True).click()
    page.wait_for_selector(IDLE, timeout=MAP_MS)
    expect(page.locator(CANVAS)).to_be_visible()
    expect(page.locator(".report-list")).to_be_hidden()
    page.get_by_role("button", name="List", exact=True).click()
    expect(page.locator(".report-list > li")).to_be_visible()
    assert heard.heard == []
    context.close()


def test_on_a_phone_filters_set_before_the_map_is_opened_hold_on_the_map(
    site: str, city: TinyCity, page: Page, complaints: Complaints
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    an_appeal(city, "lamp", at=IN_WEST, state="done")
    an_appeal(city, "pothole", at=IN_WEST)
    page.goto(site + "/")
    page.get_by_text("Filters").first.click()
    page.get_by_label(NEW).check()
    expect(page.locator(".report-list > li")).to_have_count(1)
    with page.expect_request(re.compile(r"/tiles/appeals/.*[?&]state=new")):
        page.locator("[data-show=map]").click()
    page.wait_for_selector(IDLE, timeout=MAP_MS)


def test_without_webgl_a_sentence_stands_in_for_the_map_and_the_list_works(site: str, city: TinyCity, page: Page) -> None:
    an_appeal(city, "lamp", at=IN_WEST)
    an_appeal(city, "pothole", at=IN_EAST)
    page.add_init_script(NO_WEBGL)
    page.goto(site)

    expect(page.get_by_text("This browser cannot draw the map")).to_be_visible()
    page.get_by_text("Filters").first.click()
    page.get_by_label("Broken lamp").check()
    expect(page.locator(".report-list > li")).to_have_count(1)


def test_without_script_the_filters_are_a_plain_form(
    site: str, city: TinyCity, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    an_appeal(city, "lamp", at=IN_WEST)
    an_appeal(city, "pothole", at=IN_EAST)
    context = browser.new_context(**{**browser_context_args, "java_script_enabled": False})
    page = context.new_page()
    page.goto(site)
    expect(page.get_by_text("The map needs JavaScript")).to_be_visible()
    page.get_by_text("Filters").first.click()
    page.get_by_label("Broken lamp").check()
    page.get_by_role("button", name="Show reports").click()
    expect(page.locator(".report-list > li")).to_have_count(1)
    expect(page).to_have_url(f"{site}/?from=&to=&category=lamp")
    page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page).to_have_url(f"{site}/?from=&to=&category=lamp")
    context.close()


@pytest.mark.parametrize("press", ["keys", "click"])
def test_the_pin_of_a_new_report_is_placed_by_keys_or_by_a_click(
    site: str, city: TinyCity, page: Page, complaints: Complaints, press: str
) -> None:
    open_map(page, f"{site}/report")
    page.get_by_text("Write coordinates instead").click()
    expect(page.locator("#id_lat")).to_have_value("")
    if press == "keys":
        page.locator(CANVAS).focus()
        page.keyboard.press("ArrowUp")
    else:
        page.locator(CANVAS).scroll_into_view_if_needed()
        page.mouse.click(*middle(page))
    expect(page.locator("#id_lat")).to_have_value(re.compile(r"^50\.0\d{5}$"))
    expect(page.locator("#id_lon")).to_have_value(re.compile(r"^10\.0\d{5}$"))
    expect(page.locator("[data-pin-address]")).not_to_be_empty()
