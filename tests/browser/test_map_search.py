"""The search box over all layers: a combobox with a list grouped by layer, and a plain form without script."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from playwright.sync_api import Browser, Page, expect

from gis_data.models import Address
from tests.browser.conftest import MAP_MS, Complaints
from tests.browser.maps import open_map
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal

LABEL = "Find an address, a place or a reference"


@pytest.fixture
def addressed(city: TinyCity) -> TinyCity:
    """Two addresses."""
    Address.objects.create(source_id="1", text="1 West Street", point=Point(*IN_WEST, srid=4326))
    Address.objects.create(source_id="2", text="2 East Street", point=Point(*IN_EAST, srid=4326))
    return city


def test_words_offer_places_and_a_choice_moves_the_map(
    site: str, addressed: TinyCity, page: Page, complaints: Complaints
) -> None:
    open_map(page, site)
    box = page.get_by_role("combobox", name=LABEL)
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("str")
    group = page.get_by_role("group", name="Addresses")
    expect(group.get_by_role("option")).to_have_count(2)
    expect(box).to_have_attribute("aria-expanded", "true")

    box.press_sequentially("eet")
    expect(group.get_by_role("option")).to_have_count(2)
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    box.press("ArrowDown")
    chosen = page.locator('[role="option"][aria-selected="true"]')
    expect(chosen).to_have_count(1)
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    wanted = IN_WEST if "West" in chosen.inner_text() else IN_EAST
    box.press("Enter")

    expect(page).to_have_url(re.compile(rf"#map=17/{wanted[1]:.2f}\d*/{wanted[0]:.2f}\d*$"), timeout=MAP_MS)
    expect(page.locator(".pin-card")).to_contain_text("Street")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_whole_reference_opens_its_page(site: str, city: TinyCity, page: Page, complaints: Complaints) -> None:
    appeal = an_appeal(city, at=IN_WEST)
    page.goto(site)
    box = page.get_by_role("combobox", name=LABEL)
    box.fill(appeal.public_id)
    page.get_by_role("option").first.click()
    expect(page).to_have_url(f"{site}/a/{appeal.public_id}")


def test_too_little_and_nothing_are_said_and_an_old_answer_never_wins(
    site: str, addressed: TinyCity, page: Page, complaints: Complaints
) -> None:
    page.goto(site)
    box = page.get_by_role("combobox", name=LABEL)
    status = page.locator("[data-found-status]")
    box.fill("we")
    expect(status).to_have_text("Write at least three letters.")
    box.fill("zzzz")
    expect(status).to_have_text("Nothing was found.")
    box.fill("wesst")
    expect(status).to_contain_text("Did you mean")
    expect(page.get_by_role("listbox")).to_contain_text("Did you mean")
    expect(page.get_by_role("option")).to_contain_text(["West", "West Street"])
    box.fill("west")
    box.fill("")
    expect(status).to_be_empty()
    expect(page.get_by_role("option")).to_have_count(0)


def test_on_a_phone_a_choice_shows_the_map(site: str, addressed: TinyCity, page: Page, complaints: Complaints) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(site)
    page.get_by_role("combobox", name=LABEL).fill("west str")
    page.get_by_role("option", name="1 West Street").click()
    expect(page.locator(".pin-card")).to_contain_text("1 West Street", timeout=MAP_MS)
    expect(page.locator(".report-list")).to_be_hidden()


def test_without_script_the_search_is_a_plain_form(
    site: str, addressed: TinyCity, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    context = browser.new_context(**{**browser_context_args, "java_script_enabled": False})
    page = context.new_page()
    page.goto(site)
    page.get_by_label(LABEL).fill("west")
    page.get_by_label(LABEL).press("Enter")
    expect(page).to_have_url(f"{site}/search?q=west")
    expect(page.get_by_role("link", name=re.compile("1 West Street"))).to_be_visible()
    context.close()
