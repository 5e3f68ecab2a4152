"""The pages of open data, features, search and sharing: no violation in any look, whole on a phone and without JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from django.contrib.gis.geos import LineString, MultiLineString, Point
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from gis_data.models import Address, Asset, Street
from tests.browser.conftest import Complaints
from tests.browser.test_axe import LOOKS, judge, violations
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal

PAGES: Final = [
    "/share",
    "/share?category=lamp&bbox=10,50,10.1,50.06",
    "/data/",
    "/data/appeals",
    "/data/districts",
    "/data/streets",
    "/ogc/",
    "/ogc/collections",
    "/ogc/collections/appeals",
    "/ogc/collections/appeals/queryables",
    "/ogc/collections/appeals/items",
    "/ogc/collections/districts/items/west",
    "/ogc/collections/nothing",
    "/ogc/conformance",
    "/ogc/api",
    "/search",
    "/search?q=st",
    "/search?q=street",
    "/search?q=nothing-of-the-kind",
]
#: What stands wider than a phone, but for regions that scroll by themselves.
WIDE: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: Lone links and buttons that a finger would miss: WCAG 2.2 asks for 24 px, the house for 44 of what is no part of a sentence.
SMALL: Final = """() => [...document.querySelectorAll('main a.btn, main button, main summary, main select, main input:not([type=hidden])')]
  .filter((one) => one.checkVisibility() && !one.classList.contains('visually-hidden'))
  .map((one) => [one.textContent.trim() || one.name, one.getBoundingClientRect()])
  .filter(([_, box]) => box.height < 43.5).map(([words, box]) => `${words} ${box.height}`)"""


@pytest.fixture
def full(city: TinyCity) -> TinyCity:
    """Something in every layer."""
    for state in ("new", "accepted", "done", "rejected"):
        an_appeal(city, "lamp", at=IN_EAST, state=state)
    an_appeal(city, "pothole", at=IN_WEST)
    Address.objects.create(source_id="1", text="1 West Street", point=Point(*IN_WEST, srid=4326))
    line = MultiLineString(LineString((10.0, 50.04), (10.09, 50.04)), srid=4326)
    Street.objects.create(source_id="1", names={"en": "West Street", "ru": "Западная улица"}, geometry=line)
    Asset.objects.create(source_id="b1", kind="bench", names={"en": "Bench"}, geometry=Point(*IN_WEST, srid=4326))
    return city


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_no_violation_in_any_look(site: str, full: TinyCity, page: Page, address: str) -> None:
    assert judge(page, site, address) == ""


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_whole_on_a_phone(site: str, full: TinyCity, page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for language in ("en", "ru"):
        page.context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        page.goto(site + address)
        assert page.evaluate(WIDE) <= 0, language
        assert page.evaluate(SMALL) == [], language
    assert violations(page) == []


@pytest.fixture
def without_script(browser: Browser, browser_context_args: dict[str, Any]) -> Page:
    return browser.new_context(**{**browser_context_args, "java_script_enabled": False}).new_page()


def test_open_data_is_read_and_taken_without_script(site: str, full: TinyCity, without_script: Page) -> None:
    page = without_script
    page.goto(f"{site}/data/")
    page.get_by_role("link", name="Reports", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reports")
    expect(page.locator("main svg").first).to_be_visible()
    with page.expect_download() as download:
        page.locator('main a[href^="/data/appeals.csv"]').first.click()
    assert download.value.suggested_filename.endswith(".csv")
    assert len(Path(download.value.path()).read_text().splitlines()) == 6
    page.context.close()


def test_features_are_walked_without_script(site: str, full: TinyCity, without_script: Page) -> None:
    page = without_script
    page.goto(f"{site}/ogc/")
    page.locator('main a[href*="/ogc/collections?"]').first.click()
    page.locator('main a[href*="/collections/districts?"]').first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Districts")
    page.locator('main a[href*="/districts/items"]').first.click()
    page.get_by_role("link", name="west").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("west")
    page.context.close()


def test_searching_and_sharing_work_without_script(site: str, full: TinyCity, without_script: Page) -> None:
    page = without_script
    page.goto(f"{site}/search")
    page.locator("main input[name=q]").fill("west street")
    page.locator("main form").get_by_role("button").first.click()
    expect(page.locator("main")).to_contain_text("1 West Street")
    page.goto(f"{site}/share?state=new")
    for path in ("/map.html", "/feeds/appeals.atom"):
        expect(page.locator(f'main a[href*="{path}"]').first).to_be_visible()
    page.context.close()


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_one_file_has_no_violation(
    full: TinyCity, page: Page, tmp_path: Path, complaints: Complaints, language: str, theme: str
) -> None:
    path = tmp_path / "map.html"
    answer: Any = Client().get(f"/map.html?lang={language}")
    path.write_bytes(b"".join(answer.streaming_content) if answer.streaming else answer.content)
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(path.as_uri())
    page.wait_for_selector(".leaflet-marker-icon")
    assert violations(page) == []
    for summary in page.locator("summary").all():
        summary.click()
    assert violations(page) == []
