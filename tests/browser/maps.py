"""How tests of the map page open it and read what it shows."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page

from tests.browser.conftest import IDLE, MAP_MS

CANVAS: Final = ".maplibregl-canvas"


def at(place: tuple[float, float], zoom: float = 17, query: str = "") -> str:
    """The address that shows the map with this place in the middle."""
    return f"/{query}#map={zoom}/{place[1]}/{place[0]}"


def middle(page: Page, selector: str = CANVAS) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def open_map(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(IDLE, timeout=MAP_MS)
