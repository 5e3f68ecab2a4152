"""The workshop of boundaries in a real browser: a file with one moved border is looked at, tried, and published for tomorrow."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gis_data import city_time
from gis_data.models import Boundary, BoundaryDraft, DraftArea
from gis_data.nightly import check_boundary_sets
from issues.models import Replay
from tests.browser.conftest import Complaints, log_in
from tests.browser.test_axe import judge
from tests.factories import FROM, TinyCity, box


def a_file(folder: Path, border: float) -> Path:
    """Testville's two districts as GeoJSON, side by side with the border at a longitude."""

    def feature(code: str, west: float, east: float) -> dict[str, Any]:
        ring = [[west, 50.0], [east, 50.0], [east, 50.05], [west, 50.05], [west, 50.0]]
        properties = {"code": code, "name": code.title()}
        return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    path = folder / "districts.geojson"
    features = [feature("west", 10.0, border), feature("east", border, 10.09)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_a_border_is_moved_from_tomorrow_on(
    site: str, city: TinyCity, page: Page, complaints: Complaints, tmp_path: Path
) -> None:
    log_in(page.context, site, city.people["dispatcher"].email)
    page.goto(f"{site}/desk/routing")
    page.get_by_role("link", name="Districts").first.click()
    page.get_by_label("File").set_input_files(a_file(tmp_path, 10.03))
    page.get_by_label("Title").fill("Along the park")
    page.get_by_role("button", name="Send the file").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Along the park")
    changed = page.get_by_role("region", name="Changes area by area")
    expect(changed.get_by_role("row", name="East")).to_contain_text("5.98 km²")
    expect(page.get_by_role("img", name="What would change in the city").locator(".sketch-gained").first).to_be_visible()
    draft_page = page.url

    page.get_by_role("button", name="Try it").click()
    expect(page).to_have_url(f"{site}/desk/routing/replays/{Replay.objects.get().pk}")

    tomorrow = city_time.today() + dt.timedelta(days=1)
    page.goto(draft_page)
    page.get_by_label("In force from").fill(tomorrow.isoformat())
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published: these boundaries are in force from")).to_be_visible()
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)

    page.get_by_role("link", name="Districts").click()
    expect(page.get_by_role("region", name="Versions").get_by_role("row").nth(1)).to_contain_text("to come")
    assert Boundary.objects.on(city_time.today()).get(code="west").geometry.extent[2] == 10.04
    assert Boundary.objects.on(tomorrow).get(code="west").geometry.extent[2] == 10.03


def test_a_file_that_is_none_is_said_beside_the_field(site: str, city: TinyCity, page: Page, tmp_path: Path) -> None:
    log_in(page.context, site, city.people["dispatcher"].email)
    page.goto(f"{site}/desk/routing/sets/districts")
    (tmp_path / "areas.zip").write_bytes(b"PK\x03\x04 no zip at all")
    page.get_by_label("File").set_input_files(tmp_path / "areas.zip")
    page.get_by_label("Title").fill("Broken")
    page.get_by_role("button", name="Send the file").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("Title")).to_have_value("Broken")
    page.locator(".error-summary a").click()
    expect(page.get_by_label("File")).to_be_focused()
    assert not BoundaryDraft.objects.exists()


@pytest.fixture
def flawed(city: TinyCity) -> dict[str, str]:
    """A set with an overlap, a draft with a gap, an overlap, a repaired shape and a change, and one without a code column."""
    districts = city.sets["districts"]
    row = {"boundary_set": districts, "names": {"en": "Third"}, "geometry": box(10.085, 50.0, 10.095, 50.05)}
    Boundary.objects.create(code="third", valid=(FROM, None), **row)
    check_boundary_sets()
    columns = {"columns": ["code", "name"], "name_columns": {"en": "name"}}
    draft = BoundaryDraft.objects.create(boundary_set=districts, title="Draft", code_column="code", **columns)
    unread = BoundaryDraft.objects.create(boundary_set=districts, title="Unread", **columns)
    shapes = {"west": (10.0, 10.0394), "mid": (10.04, 10.06), "east": (10.055, 10.09)}
    for number, (code, (west, east)) in enumerate(shapes.items(), start=1):
        for one in (draft, unread):
            area = {"row": number, "properties": {"code": code, "name": code.title()}, "geometry": box(west, 50.0, east, 50.05)}
            DraftArea.objects.create(draft=one, repaired="Self-intersection" if code == "mid" else "", **area)
    return {"draft": str(draft.pk), "unread": str(unread.pk)}


@pytest.mark.parametrize(
    "address",
    ["/desk/routing/sets/districts", "/desk/routing/sets/new", "/desk/routing/drafts/{draft}", "/desk/routing/drafts/{unread}"],
)
def test_a_page_of_boundaries_has_no_violation(
    site: str, city: TinyCity, page: Page, flawed: dict[str, str], address: str
) -> None:
    log_in(page.context, site, city.people["dispatcher"].email)
    assert judge(page, site, address.format(**flawed)) == ""


@pytest.mark.parametrize("address", ["/desk/routing/sets/districts", "/desk/routing/drafts/{draft}"])
def test_nothing_is_cut_off_on_a_phone_with_everything_open(
    site: str, city: TinyCity, page: Page, flawed: dict[str, str], address: str
) -> None:
    log_in(page.context, site, city.people["dispatcher"].email)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(site + address.format(**flawed))
    for summary in page.locator("main summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = "[...document.querySelectorAll('main button, main select, main input:not([type=checkbox]), main summary')]"
    assert page.evaluate(f"{small}.filter((e) => e.offsetHeight && e.offsetHeight < 44 && e.type !== 'hidden').length") == 0
