"""The pages of money in a real browser: three taps to the answer on a phone, charts under the strict policy, no barrier."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Complaints
from tests.browser.test_axe import violations
from tests.factories import TinyCity
from tests.places.conftest import Town, build_town

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def town(city: TinyCity) -> Town:
    return build_town(city)


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def phone(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, locale="en-GB", java_script_enabled=request.param  # type: ignore[arg-type]  # a size is a plain dictionary here
    )  # fmt: skip
    yield context
    context.close()


def test_three_taps_on_a_phone_from_home_to_the_answer(site: str, town: Town, phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto(site)
    box = page.locator("#place-search")
    box.tap()  # one
    box.fill("Main Str")
    page.get_by_role("button", name="Search", exact=True).tap()  # two
    page.get_by_role("main").get_by_role("link", name="Main Street").first.tap()  # three
    expect(page.get_by_role("heading", level=1)).to_have_text("Main Street")
    main = page.get_by_role("main")
    expect(main).to_contain_text(re.compile(r"Cost of repairs\s*8,250\.50\sEUR"))
    expect(main).to_contain_text("Stone & Son")
    expect(main).to_contain_text("10 days left")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("width", [390, 1280])
def test_charts_are_drawn_under_the_policy_and_nothing_overflows(
    width: int, site: str, town: Town, page: Page, complaints: Complaints
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for address in ("/money", f"/contractors/{town.firm.pk}", "/districts/west"):
        page.goto(site + address)
        for chart in page.locator("[data-chart]").all():
            chart.scroll_into_view_if_needed()
            expect(chart).to_have_attribute("data-drawn", "1")
            expect(chart.locator("svg.plot")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
    page.goto(f"{site}/money")
    assert page.locator("[data-chart]").count() >= 2
    assert page.locator("style").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_money_have_no_barrier(theme: str, site: str, town: Town, page: Page) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # a str where two words are taken
    found = {}
    for address in (
        "/money", "/money?year=2024&district=west", "/money?year=x", "/money/rows", f"/contractors/{town.firm.pk}", "/districts/west",
        f"/streets/{town.main.source_id}", f"/projects/{town.project.public_id}", f"/repairs/{town.held.public_id}",
    ):  # fmt: skip
        page.goto(site + address)
        for chart in page.locator("[data-chart]").all():
            chart.scroll_into_view_if_needed()
            expect(chart).to_have_attribute("data-drawn", "1")
        if wrong := violations(page):
            found[address] = wrong
    assert not found
