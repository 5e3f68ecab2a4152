"""The report form's enhancements in a real browser: address search, my location, a list of categories, photos made smaller."""

import io
import os
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from gis_data.models import Address
from tests.browser.conftest import Complaints
from tests.factories import IN_WEST, OUTSIDE, TinyCity

READY = "form[data-pin-ready]"
NO_MAP = "HTMLCanvasElement.prototype.getContext = () => null;"


@pytest.fixture
def address(city: TinyCity) -> Address:
    return Address.objects.create(source_id="1", text="7 Long Meadow Lane", point=Point(*IN_WEST, srid=4326))


def test_a_found_address_fills_the_coordinates(site: str, address: Address, page: Page, complaints: Complaints) -> None:
    page.add_init_script(NO_MAP)  # the search works without a map
    page.goto(f"{site}/report")
    page.wait_for_selector(READY)
    page.get_by_label("Address or street").fill("long meadow")
    page.keyboard.press("Enter")
    choice = page.get_by_role("button", name="7 Long Meadow Lane")
    expect(choice).to_be_focused()
    choice.press("Enter")
    expect(page.locator("#id_lon")).to_have_value(f"{IN_WEST[0]:.6f}")
    expect(page.locator("[data-pin-address]")).to_contain_text("7 Long Meadow Lane")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What is the problem?")


@pytest.mark.parametrize(("place", "says"), [(IN_WEST, "Near 7 Long Meadow Lane"), (OUTSIDE, "outside the city")])
def test_my_location_is_taken_inside_the_city_alone(
    site: str, address: Address, browser: Browser, browser_context_args: dict[str, Any], place: tuple[float, float], says: str
) -> None:
    here = {"longitude": place[0], "latitude": place[1]}
    context = browser.new_context(**{**browser_context_args, "geolocation": here, "permissions": ["geolocation"]})
    page = context.new_page()
    page.add_init_script(NO_MAP)
    page.goto(f"{site}/report")
    page.wait_for_selector(READY)
    page.get_by_role("button", name="My location").first.click()
    expect(page.locator("[data-pin-address]")).to_contain_text(says)
    expect(page.locator("#id_lat")).to_have_value(f"{place[1]:.6f}" if place == IN_WEST else "")
    context.close()


def test_a_big_photo_is_shown_and_made_smaller_before_it_is_sent(
    site: str, city: TinyCity, page: Page, complaints: Complaints
) -> None:
    page.goto(f"{site}/report?lat={IN_WEST[1]}&lon={IN_WEST[0]}&category=lamp")
    title = page.get_by_role("heading", level=1)
    while not (step := title.inner_text()).startswith("Add a photo"):
        page.locator("button.btn-primary").click()
        expect(title).not_to_have_text(step)  # a slow page is waited for, not pressed twice
    noise = io.BytesIO()
    Image.frombytes("RGB", (3000, 1500), os.urandom(3000 * 1500 * 3)).save(noise, "PNG")

    page.locator("input[type=file]").set_input_files({"name": "street.png", "mimeType": "image/png", "buffer": noise.getvalue()})

    expect(page.locator(".previews img")).to_have_count(1)
    name, size = page.locator("input[type=file]").evaluate("(field) => [field.files[0].name, field.files[0].size]")
    assert name == "street.jpg"
    assert size < len(noise.getvalue()) / 2
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Describe it")
    stored = page.evaluate("async () => { const p = document.querySelector('input[name=photo]'); return p ? p.value : ''; }")
    assert stored
