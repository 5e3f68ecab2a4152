"""axe-core on the drawn map page with all that opens over it, in both themes; on a phone everything is in reach and nothing overlaps."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.gis.geos import Point
from playwright.sync_api import Locator, Page, expect

from gis_data.models import Address
from tests.browser.conftest import IDLE, MAP_MS, Complaints
from tests.browser.maps import at, open_map
from tests.browser.test_axe import violations
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal

#: CSS pixels; WCAG asks for 24, the house for 44.
TARGET = 44


@pytest.fixture
def busy(city: TinyCity) -> TinyCity:
    """Reports of three months, and an address."""
    for month in (1, 2, 3):
        an_appeal(city, at=IN_WEST, created_at=dt.datetime(2025, month, 10, 12, tzinfo=dt.UTC))
    an_appeal(city, "lamp", at=IN_EAST, created_at=dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC))
    Address.objects.create(source_id="1", text="1 West Street", point=Point(*IN_WEST, srid=4326))
    return city


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_map_with_everything_open_has_no_violation(site: str, busy: TinyCity, page: Page, theme: str) -> None:
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site}])
    open_map(page, site + at(IN_WEST, 12, "?from=2025-02-10"))
    page.locator(".map-layers summary").click()
    page.locator(".filters summary").click()
    expect(page.locator("[data-facet]").first).not_to_be_empty()
    page.get_by_role("button", name="Play").click()
    expect(page.locator("[data-now]")).not_to_be_empty()
    box = page.get_by_role("combobox")
    box.fill("west")
    expect(page.get_by_role("option").first).to_be_visible()
    box.press("ArrowDown")
    assert violations(page) == []


def test_on_a_phone_everything_over_the_map_is_in_reach(site: str, busy: TinyCity, page: Page, complaints: Complaints) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(site)
    page.locator("[data-show=map]").click()
    page.wait_for_selector(IDLE, timeout=MAP_MS)
    period, layers = page.locator(".map-period summary"), page.locator(".map-layers summary")
    zoom, switch = page.get_by_role("button", name="Zoom in"), page.locator(".view-switch")
    apart(period, layers, zoom, switch)
    layers.click()
    apart(page.locator(".map-layers > form"), zoom, switch)
    layers.click()
    period.click()
    apart(page.locator(".map-period"), layers, zoom, switch)
    for control in page.locator(".map-pane :is(summary, button, input[type=range])").all():
        if control.is_visible():
            size = control.bounding_box()
            assert size
            assert min(size["width"], size["height"]) >= TARGET or "maplibregl-ctrl-attrib" in (
                control.get_attribute("class") or ""
            ), control.evaluate("(one) => one.outerHTML")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def apart(*parts: Locator) -> None:
    """No two of these lie over each other."""
    boxes = [part.bounding_box() for part in parts]
    for number, one in enumerate(boxes):
        for other in boxes[:number]:
            assert one
            assert other
            beside = one["x"] >= other["x"] + other["width"] or other["x"] >= one["x"] + one["width"]
            above = one["y"] >= other["y"] + other["height"] or other["y"] >= one["y"] + one["height"]
            assert beside or above, (one, other)
