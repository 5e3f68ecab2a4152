"""Desk and crew in a real browser: keys that can be switched off, rows and pins that find each other."""

import re

from django.utils import timezone
from playwright.sync_api import Page, expect

from issues.models import Task
from tests.browser.conftest import IDLE, MAP_MS, Complaints, log_in
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal


def test_the_desk_is_worked_by_keys_which_can_be_switched_off(
    site: str, city: TinyCity, page: Page, complaints: Complaints
) -> None:
    first = an_appeal(city, at=IN_WEST, due_at=timezone.now())
    an_appeal(city, at=IN_EAST)
    log_in(page.context, site, city.clerk.email)
    page.goto(f"{site}/desk")
    links = page.locator("tr[data-row] a")

    page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("/")
    field = page.get_by_label("Reference number")
    expect(field).to_be_focused()
    page.keyboard.type("jk")
    expect(field).to_have_value("jk")

    toggle = page.locator("button[data-keys]")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "false")
    page.reload()
    page.keyboard.press("j")
    expect(links.nth(0)).not_to_be_focused()
    toggle.click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/desk/{first.public_id}")


def test_a_visit_on_the_map_of_the_crew_finds_its_row(site: str, city: TinyCity, page: Page, complaints: Complaints) -> None:
    for place, category in ((IN_WEST, "lamp"), (IN_EAST, "pothole")):
        appeal = an_appeal(city, category, at=place, state="planned")
        Task.objects.create(appeal=appeal, crew=city.crews["roads-west"], day=timezone.localdate())
    log_in(page.context, site, city.crew_member.email)
    page.goto(f"{site}/crew")
    page.wait_for_selector(IDLE, timeout=MAP_MS)
    rows = page.locator("li[data-row]")
    expect(rows).to_have_count(2)

    box = page.locator(".maplibregl-canvas").bounding_box()
    assert box
    # Both visits lie on one parallel, fitted with 84 px round them: the western one is 84 px from the left edge.
    page.mouse.click(box["x"] + 84, box["y"] + box["height"] / 2)
    western = rows.filter(has_text="Broken lamp")
    expect(western.locator("a")).to_be_focused()
    expect(western).to_have_class(re.compile("is-lit"))
