"""What leaves the house, in a real browser: the one file with the network cut, the frame in another site, the share page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.contrib.gis.geos import LineString, MultiLineString
from playwright.sync_api import Browser, Page, Request, expect

from gis_data.models import Boundary, Street
from issues.models import Category
from tests.browser.conftest import IDLE, MAP_MS, Complaints
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal

PINS = ".leaflet-marker-icon"
AREA, STREET = (255, 255, 255), (207, 201, 187)
#: The opaque and nearly opaque colours of the ground, which Leaflet paints on a canvas.
COLOURS = """() => {
  const canvas = document.querySelector('.leaflet-overlay-pane canvas');
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
  return [...seen].map((colour) => colour.split(',').map(Number));
}"""
HOSTILE = "</script><img src=x onerror=\"document.title='hurt'\">{{ 7*7 }}\u2028"


@pytest.fixture
def saved(site: str, city: TinyCity, page: Page, tmp_path: Path) -> Path:
    """The file as a person saves it: by the button of the share page."""
    line = MultiLineString(LineString((10.0, 50.04), (10.09, 50.04)), srid=4326)
    Street.objects.create(source_id="1", names={"en": HOSTILE}, geometry=line)
    Category.objects.filter(code="tree").update(names={"en": HOSTILE})
    Boundary.objects.filter(code="west").update(names={"en": HOSTILE})
    an_appeal(city, "lamp", state="done")
    an_appeal(city, "pothole", at=IN_EAST)
    an_appeal(city, "tree", at=(IN_EAST[0], IN_EAST[1] - 0.02))
    page.goto(site)
    page.get_by_role("link", name="Share this view").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save this view as one file").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.fixture
def alone(browser: Browser, saved: Path) -> Iterator[Page]:
    """The file in a browser whose network is cut; every request but that for the file itself is written down."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 800}, locale="en-GB")
    page = context.new_page()
    heard: list[str] = []
    page.on("request", lambda request: _note(request, heard))
    page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto(saved.as_uri())
    page.wait_for_selector(PINS)
    yield page
    assert heard == []
    context.close()


def _note(request: Request, heard: list[str]) -> None:
    if request.resource_type != "document" and not request.url.startswith("data:"):
        heard.append(request.url)


def test_the_file_draws_everything_without_a_single_request(alone: Page) -> None:
    expect(alone.locator(PINS)).to_have_count(3)
    seen = alone.evaluate(COLOURS)
    for wanted in (AREA, STREET):  # a thin line is never quite its own colour
        assert any(max(abs(one - other) for one, other in zip(wanted, colour, strict=True)) < 20 for colour in seen)
    expect(alone.get_by_text("East", exact=True)).to_be_visible()
    alone.get_by_role("button", name="Zoom in").click()
    alone.mouse.move(900, 400)
    alone.mouse.wheel(0, -300)
    alone.wait_for_timeout(400)
    assert alone.title() == "Reports"


def test_hostile_names_are_words_on_the_map(alone: Page) -> None:
    expect(alone.get_by_label(HOSTILE.strip())).to_be_visible()
    expect(alone.locator(".leaflet-tooltip.place").filter(has_text="</script>")).to_have_count(1)
    assert alone.locator("img").count() == 0
    assert alone.title() == "Reports"


def test_a_pin_tells_and_the_legend_hides(alone: Page) -> None:
    alone.locator(PINS).filter(has=alone.locator("path.sign")).first.click()
    card = alone.locator(".leaflet-popup .card")
    expect(card).to_contain_text("Broken lamp · Fixed")
    expect(card.get_by_role("link")).to_have_attribute("href", alone.locator("[data-thing] a").last.get_attribute("href") or "")
    alone.get_by_label("Fixed").uncheck()
    expect(alone.locator(PINS)).to_have_count(2)
    alone.get_by_label("Pothole").uncheck()
    expect(alone.locator(PINS)).to_have_count(1)
    alone.get_by_text("As a list").click()
    expect(alone.locator("[data-thing]:visible")).to_have_count(1)
    alone.get_by_label("Fixed").check()
    expect(alone.locator(PINS)).to_have_count(2)


def test_the_file_is_a_list_without_script_and_fits_a_phone(browser: Browser, saved: Path) -> None:
    context = browser.new_context(offline=True, java_script_enabled=False, viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.goto(saved.as_uri())
    expect(page.get_by_text("The map needs JavaScript.")).to_be_visible()
    page.get_by_text("As a list").click()
    expect(page.get_by_role("link", name="Broken lamp · Fixed")).to_be_visible()
    context.close()
    phone = browser.new_context(offline=True, viewport={"width": 360, "height": 640}).new_page()
    phone.goto(saved.as_uri())
    phone.wait_for_selector(PINS)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.context.close()


@pytest.fixture
def newspaper() -> Iterator[Callable[[str], str]]:
    """Another site, on this machine as well: a browser lets no page from elsewhere look into it."""
    pages: list[bytes] = []

    class Printer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name the library looks for
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(pages[-1])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Printer) as server:
        Thread(target=server.serve_forever, daemon=True).start()

        def printed(text: str) -> str:
            pages.append(text.encode())
            return f"http://127.0.0.1:{server.server_port}/"

        yield printed
        server.shutdown()


def test_the_frame_shows_the_map_in_another_site(
    site: str, city: TinyCity, page: Page, complaints: Complaints, newspaper: Callable[[str], str]
) -> None:
    lamp = an_appeal(city, "lamp", at=IN_WEST, state="done")
    page.goto(f"{site}/share?bbox=10.009,50.039,10.011,50.041")
    snippet = page.get_by_label("Put this into a page.").input_value().replace("http://testserver", site)
    page.context.clear_cookies()
    page.goto(
        newspaper(f'<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>News</title><h1>Lamps</h1>{snippet}')
    )
    frame = page.frame_locator("iframe")
    frame.locator(IDLE).wait_for(timeout=MAP_MS)
    expect(frame.get_by_role("list", name="Legend")).to_be_visible()
    frame.locator("canvas").click()
    link = frame.get_by_role("link", name="Open the report")
    assert page.context.cookies() == []
    expect(link).to_have_attribute("href", f"/a/{lamp.public_id}")
    with page.context.expect_page() as opened:
        link.click()
    expect(opened.value).to_have_url(f"{site}/a/{lamp.public_id}")


def test_the_links_follow_the_filters_without_leaving_the_page(
    site: str, city: TinyCity, page: Page, complaints: Complaints
) -> None:
    an_appeal(city, "lamp", state="done")
    page.goto(site)
    page.get_by_text("Filters").first.click()
    page.get_by_role("checkbox", name=re.compile(r"^New\b")).check()
    expect(page.get_by_role("link", name="Share this view")).to_have_attribute("href", "/share?state=new")
    feed = page.get_by_role("link", name="Follow by feed").get_attribute("href") or ""
    assert "state=new" in feed
    assert page.locator("link[rel=alternate][type='application/atom+xml']").count() == 1
