"""axe-core on every page, in English and Russian, light and dark, with an empty list of violations."""

from pathlib import Path
from typing import Final

import pytest
from django.conf import LazySettings
from django.contrib.gis.geos import Point
from django.utils import timezone
from playwright.sync_api import Page, expect

from gis_data.models import Address
from issues import intake, links
from issues.models import Appeal, Category, Link, LinkState, Task
from notifications.models import DemoLetter
from tests.browser.conftest import IDLE, MAP_MS, log_in
from tests.factories import IN_EAST, IN_WEST, TinyCity, a_submission, an_appeal
from tests.issues.borders import JUST_INSIDE, a_border
from tests.issues.works_here import a_planned_repair, a_repair
from tests.works.sending import as_admin, do, send
from tests.works.small_sets import row

AXE: Final = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"
LOOKS: Final = [(language, theme) for language in ("en", "ru") for theme in ("light", "dark")]
# The map's picture is software-drawn for seconds and is the same in every look; it is judged once, below.
NO_MAP: Final = "HTMLCanvasElement.prototype.getContext = () => null;"
RUN: Final = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(
  (v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | ')})`)"""

PUBLIC: Final = [
    "/",
    "/?category=lamp&state=new,fixed&from=2025-01-01&bbox=10,50,10.1,50.06",
    "/?category=tree&to=never",
    "/report",
    "/about/data",
    "/api/docs/",
    "/who",
    "/who?q=street&category=",
    "/who?lat=50.02&lon=10.0201&category=pothole",
    "/who?lat=north&lon=10.01&category=",
    "/who?lat=10.01&lon=50.04&category=pothole",
    "/a/{appeal}",
    "/a/{decided}",
    "/nowhere",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/confirm-email/",
    "/accounts/inactive/",
]
STAFF: Final = [
    ("admin", "/desk"),
    ("admin", "/desk/{appeal}"),
    ("dispatcher", "/desk?tab=check"),
    ("clerk-parks", "/desk/{decided}"),
    ("admin", "/desk/outbox"),
    ("admin", "/desk/works"),
    ("admin", "/desk/works/{upload}"),
    ("clerk", "/desk/links"),
    ("clerk", "/desk/repairs/{repair}"),
    ("crew", "/crew"),
    ("crew", "/crew/{task}"),
    ("clerk", "/desk/outbox"),  # the page that says no
    ("clerk", "/desk?tab=nothing"),  # a list that cannot be shown
    ("clerk", "/accounts/logout/"),
    ("clerk", "/accounts/password/change/"),
    ("clerk", "/accounts/email/"),
]


def a_busy_city(city: TinyCity) -> dict[str, str]:
    """One appeal of every public state, a task of today, a report near a border; returns what addresses are filled with."""
    a_border(city)
    Address.objects.create(source_id="1", text="1 West Street", point=Point(*IN_WEST, srid=4326))
    decided = intake.submit(a_submission(lon=JUST_INSIDE[0], lat=JUST_INSIDE[1]))
    for state in ("new", "accepted", "done", "rejected"):
        an_appeal(city, "lamp", at=IN_EAST, state=state, address="2 East Street")
    appeal = an_appeal(city, "pothole", at=IN_WEST, state="planned", text="A hole.", email="who@testville.invalid")
    task = Task.objects.create(appeal=appeal, crew=city.crews["roads-west"], day=timezone.localdate())
    an_appeal(city, "pothole", at=None)
    repair = _works(city, appeal)
    return {
        "appeal": Appeal.objects.get(pk=appeal.pk).public_id,
        "decided": decided.public_id,
        "task": str(task.pk),
        "repair": str(repair),
        "upload": str(_upload(city)),
    }


def _upload(city: TinyCity) -> int:
    """A table of works that was sent: one row says something else than before, one has its coordinates swapped; its number."""
    client = as_admin(city)
    good = send(client, row(), row(id="2"))
    do(client, good, "publish")
    return send(client, row(title="Bridge 2", lon="50.04", lat="10.01"), row(id="3")).pk


def _works(city: TinyCity, appeal: Appeal) -> int:
    """A repair under way that is linked with the appeal, one under warranty, and a proposed link; returns the number of the first."""
    Category.objects.filter(code="pothole").update(repair_kinds=["pothole"])
    a_repair(at=IN_WEST)
    repair = a_planned_repair(at=IN_WEST, status="running", started_on=-3)
    links.propose_links()
    links.decide(Link.objects.get(appeal=appeal, repair=repair), city.people["dispatcher"], LinkState.CONFIRMED)
    return repair.pk


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands."""
    page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(RUN)
    return found


def judge(page: Page, site: str, address: str) -> str:
    """Violations of one address in every look, one a line; '' when there is none."""
    found = []
    for language, theme in LOOKS:
        page.context.add_cookies(
            [{"name": "django_language", "value": language, "url": site}, {"name": "theme", "value": theme, "url": site}]
        )
        page.goto(site + address)
        assert page.locator("html").get_attribute("lang") == language
        found += [f"{language} {theme}: {wrong}" for wrong in violations(page)]
    return "\n".join(found)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_page_has_no_violation(site: str, city: TinyCity, page: Page, address: str) -> None:
    page.add_init_script(NO_MAP)
    assert judge(page, site, address.format(**a_busy_city(city))) == ""


@pytest.mark.parametrize(("who", "address"), STAFF)
def test_a_staff_page_has_no_violation(site: str, city: TinyCity, page: Page, who: str, address: str) -> None:
    page.add_init_script(NO_MAP)
    log_in(page.context, site, city.people[who].email)
    assert judge(page, site, address.format(**a_busy_city(city))) == ""


@pytest.mark.parametrize("address", ["/", "/report", "/accounts/login/"])
def test_a_page_has_no_violation_on_a_phone_with_everything_open(site: str, city: TinyCity, page: Page, address: str) -> None:
    page.add_init_script(NO_MAP)
    page.set_viewport_size({"width": 390, "height": 844})
    a_busy_city(city)
    page.goto(site + address)
    for summary in page.locator("summary:visible").all():
        summary.click()
    page.locator(".menu-button:not(.menu-close)").click()
    assert violations(page) == []


def test_the_drawn_map_with_an_open_card_has_no_violation(site: str, city: TinyCity, page: Page) -> None:
    a_busy_city(city)
    page.goto(f"{site}/#map=17/{IN_WEST[1]}/{IN_WEST[0]}")
    page.wait_for_selector(IDLE, timeout=MAP_MS)
    box = page.locator(".maplibregl-canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(".pin-card")
    assert violations(page) == []


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_question_about_the_side_of_a_border_has_no_violation(
    site: str, city: TinyCity, page: Page, language: str, theme: str
) -> None:
    page.add_init_script(NO_MAP)
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": site}, {"name": "theme", "value": theme, "url": site}]
    )
    a_border(city)
    page.goto(f"{site}/report?lat={JUST_INSIDE[1]}&lon={JUST_INSIDE[0]}&category=lamp")
    for _step in range(2):
        page.locator("button.btn-primary").click()
        page.wait_for_load_state()
    page.locator("input[name=side]").first.wait_for()
    assert violations(page) == []
    page.locator("button.btn-primary").click()
    page.wait_for_selector(".error-summary")
    assert violations(page) == []
    page.locator("input[name=side]").first.check()
    for _step in range(3):
        page.locator("button.btn-primary").click()
        page.wait_for_load_state()
    page.locator(".sketch").wait_for()
    assert violations(page) == [], "the last page, with the map of what decides"


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_steps_of_a_report_have_no_violation(site: str, city: TinyCity, page: Page, language: str, theme: str) -> None:
    page.add_init_script(NO_MAP)
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": site}, {"name": "theme", "value": theme, "url": site}]
    )
    page.goto(f"{site}/report?lat={IN_WEST[1]}&lon={IN_WEST[0]}&category=pothole")
    seen = set()
    for _ in range(9):
        heading = page.locator("h1").inner_text()
        assert violations(page) == [], heading
        if heading in seen or page.locator("button[value=send]").count():
            break
        seen.add(heading)
        if page.locator("input[type=radio][name='q-depth']").count():
            page.locator("input[type=radio][name='q-depth']").first.check()
        page.locator("button.btn-primary").click()
        page.wait_for_load_state()
    page.locator("#id_email").fill("not an address")
    page.locator("button.btn-primary[value=send]").click()
    page.wait_for_selector(".error-summary")
    assert violations(page) == []
    page.locator("#id_email").fill("")
    page.locator("button.btn-primary[value=send]").click()
    page.wait_for_url("**/t/**")
    assert violations(page) == []


def test_the_demo_inbox_has_no_violation(site: str, city: TinyCity, page: Page, settings: LazySettings) -> None:
    settings.DEMO_MODE = True
    DemoLetter.objects.create(
        message_id="1", recipient="a@demo.invalid", subject="Fixed", body=f"Look: {settings.PUBLIC_URL}/t/x"
    )
    assert judge(page, site, "/demo/inbox") == ""


def test_a_held_report_on_the_desk_has_no_violation(site: str, city: TinyCity, page: Page) -> None:
    page.add_init_script(NO_MAP)
    held = an_appeal(city, "pothole", at=IN_WEST, visibility="held")
    log_in(page.context, site, city.people["dispatcher"].email)
    assert judge(page, site, f"/desk/{held.public_id}") == ""


def test_the_emergency_stop_of_a_report_has_no_violation(site: str, city: TinyCity, page: Page) -> None:
    page.add_init_script(NO_MAP)
    lamp = city.categories["lamp"]
    lamp.emergency = {"phone": "112", "words": {"en": "Keep away.", "ru": "Не подходите."}}
    lamp.save()
    for language, theme in LOOKS:
        page.context.add_cookies(
            [{"name": "django_language", "value": language, "url": site}, {"name": "theme", "value": theme, "url": site}]
        )
        page.goto(f"{site}/report?lat={IN_WEST[1]}&lon={IN_WEST[0]}")
        page.locator("button.btn-primary").click()
        page.locator("input[name=category][value=lamp]").check()
        page.locator("button.btn-primary").click()
        expect(page.locator("main")).to_contain_text("112")
        assert violations(page) == [], (language, theme)


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_page_of_a_form_that_is_too_old_has_no_violation(
    site: str, city: TinyCity, page: Page, language: str, theme: str
) -> None:
    page.goto(f"{site}/accounts/login/")
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": site}, {"name": "theme", "value": theme, "url": site}]
    )
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.locator("main button.btn-primary").click()
    assert answered.value.status == 403
    page.wait_for_load_state()
    assert violations(page) == []
