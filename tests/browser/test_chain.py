"""The whole chain in a real browser, with a real worker behind a real Redis: pin, photo, map, desk, crew, the resident's letter."""

import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.conf import LazySettings
from django.db import connection
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from tests.browser.conftest import IDLE, MAP_MS, Complaints, log_in
from tests.factories import IN_WEST, TinyCity
from tests.faults.processes import Killable, database_url
from tests.notifications.deadline import eventually

RESIDENT: Final = "resident.of.testville@example.org"


@pytest.fixture
def worker(site: str, settings: LazySettings) -> Iterator[Killable]:
    """A Celery worker with its beat on the database of the live server; letters go to the demo inbox."""
    settings.DEMO_MODE, settings.PUBLIC_URL = True, site
    folder = Path(tempfile.mkdtemp(prefix="cm-chain-"))  # short: a socket's path has a limit
    socket = folder / "redis.sock"
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "citymap.settings.demo",
        "DATABASE_URL": database_url(connection.settings_dict),
        "REDIS_URL": f"unix://{socket}",
        "CELERY_BROKER_URL": f"redis+socket://{socket}",
        "SECRET_KEY": settings.SECRET_KEY,
        "PUBLIC_URL": site,
    }
    redis = Killable(
        ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)],
        env,
        folder / "redis.log",
    )
    beat = ["worker", "-B", "-s", str(folder / "beat.db"), "-c", "1", "-l", "INFO", "--without-gossip", "--without-mingle"]
    celery = Killable([sys.executable, "-m", "celery", "-A", "citymap", *beat], env, folder / "celery.log")
    try:
        redis.start()
        eventually(socket.exists)
        celery.start()
        eventually(lambda: celery.said("ready."), seconds=60)
        yield celery
    finally:
        celery.kill()
        redis.kill()
        shutil.rmtree(folder, ignore_errors=True)


def a_photo(colour: str) -> FilePayload:
    held = io.BytesIO()
    Image.new("RGB", (800, 600), colour).save(held, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": held.getvalue()}


def someone(browser: Browser, site: str, email: str) -> Page:
    """Another person's own browser, logged in."""
    context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", base_url=site)
    log_in(context, site, email)
    return context.new_page()


def the_pin_is_dragged_and_the_report_sent(page: Page) -> str:
    """Fill in the form as a resident does, the map included; return the reference."""
    page.wait_for_selector(IDLE, timeout=MAP_MS)
    before = page.locator("input[name=lat]").input_value()
    box = page.locator(".maplibregl-canvas").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y + 20, steps=5)
    page.mouse.up()
    expect(page.locator("input[name=lat]")).not_to_have_value(before)
    page.get_by_role("button", name="Continue").last.click()
    page.get_by_text("Pothole", exact=True).click()
    page.get_by_role("button", name="Continue").last.click()
    page.get_by_text("Deep", exact=True).click()
    page.get_by_role("button", name="Continue").last.click()
    page.set_input_files("input[type=file]", a_photo("teal"))
    page.get_by_role("button", name="Continue").last.click()
    page.get_by_role("textbox").first.fill("A hole as deep as a bucket.")
    page.get_by_role("button", name="Continue").last.click()
    page.get_by_label("E-mail").fill(RESIDENT)
    page.get_by_role("button", name="Send the report").last.click()
    expect(page).to_have_url(re.compile("/t/.+sent=1"))
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", page.locator("main").inner_text())
    assert found
    return found[0]


@pytest.mark.usefixtures("worker")
def test_a_pin_on_the_map_reaches_the_crew_and_the_resident_reads_that_it_is_fixed(
    site: str, city: TinyCity, page: Page, browser: Browser, complaints: Complaints
) -> None:
    lon, lat = IN_WEST
    page.goto(f"{site}/report?lat={lat}&lon={lon}")
    reference = the_pin_is_dragged_and_the_report_sent(page)
    tracking = page.url.split("?")[0]

    page.goto(f"{site}/#map=17/{lat}/{lon}")
    page.wait_for_selector(IDLE, timeout=MAP_MS)
    row = page.locator(f'[data-id="{reference.replace("-", "")}"]')
    expect(row).to_contain_text("Pothole")

    clerk = someone(browser, site, city.clerk.email)
    clerk.goto(f"{site}/desk")
    clerk.locator("tr", has_text=reference).get_by_role("link").click()
    clerk.get_by_role("button", name="Accept", exact=True).click()
    expect(clerk.get_by_role("status")).to_contain_text("Crew roads-west")

    crew = someone(browser, site, city.crew_member.email)
    crew.goto(f"{site}/crew")
    crew.locator("li", has_text=reference).get_by_role("link").click()
    crew.get_by_role("button", name="Start", exact=True).click()
    crew.set_input_files("input[type=file]", a_photo("gold"))
    crew.get_by_label("What was done").fill("Filled and rolled.")
    crew.get_by_role("button", name="Done", exact=True).click()
    expect(crew.get_by_role("status")).to_contain_text("The resident is told")

    inbox = f"{site}/demo/inbox?recipient={RESIDENT}"
    eventually(lambda: "Filled and rolled." in page.request.get(inbox).text(), seconds=60, pause=0.5)
    page.goto(inbox)
    page.locator(f'a[href^="{tracking}"]').first.click()
    expect(page.locator("main")).to_contain_text("Fixed")
    expect(page.locator("main")).to_contain_text("Filled and rolled.")
    expect(page.locator("main img").first).to_be_visible()
    for other in (clerk, crew):
        other.context.close()
