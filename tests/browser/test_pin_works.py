"""The answer at the pin on a phone: works and a warranty before the report, the supervisor after it, the desk's confirmation."""

import os
import re
from decimal import Decimal

from playwright.sync_api import Page, expect

from gis_data import city_time
from issues import links
from issues.models import Appeal, Category, Link, RoutingRule, RuleSet
from tests.browser.conftest import Complaints, log_in
from tests.factories import IN_WEST, TinyCity, an_appeal
from tests.issues.works_here import a_contract, a_firm, a_planned_repair, a_repair, away

PHONE = {"width": 390, "height": 844}


def _works(city: TinyCity) -> None:
    Category.objects.filter(code="lamp").update(repair_kinds=["lighting"])
    firm = a_firm("Bright Streets Ltd")
    for days in (-500, -300, -40):
        a_repair(
            away(north=6), kind="lighting", finished_on=days, warranty_until=days + 400 if days > -100 else None,
            contract=a_contract("12/34"), contractor=firm, cost=Decimal("250.00"), currency="EUR",
        )  # fmt: skip
    a_planned_repair(
        away(north=25),
        status="running",
        started_on=-1,
        kind="lighting",
        contractor=firm,
        cost=Decimal("18000.00"),
        currency="EUR",
    )
    RuleSet.objects.filter(pk=city.rule_set.pk).update(valid=(None, city_time.today()))
    new = RuleSet.objects.create(source="pack")
    RoutingRule.objects.create(
        rule_set=new, code="lamps-under-warranty", warranty_kinds=["lighting"], department=city.departments["town-hall"],
        valid=(None, None),
    )  # fmt: skip
    RuleSet.objects.filter(pk=new.pk).update(state="published", valid=(city_time.today(), None))


def _shot(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    if folder := os.environ.get("CITYMAP_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/pin-{name}.png", full_page=True)


def test_a_resident_sees_the_works_reports_all_the_same_and_learns_who_puts_it_right(
    site: str, city: TinyCity, page: Page, complaints: Complaints
) -> None:
    _works(city)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # the stubs want their own dictionary
    page.goto(f"{site}/report?lat={IN_WEST[1]}&lon={IN_WEST[0]}&category=lamp")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("The city knows this place")
    works = page.get_by_role("region", name="The city's works here")
    expect(works).to_contain_text("Under warranty")
    expect(works).to_contain_text("Contract 12/34")
    expect(works).to_contain_text("18,000.00 EUR")
    expect(works).to_contain_text("Repaired 3 times in")
    expect(works).to_contain_text("Cost so far: 750.00 EUR")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    _shot(page, "step")

    page.get_by_role("button", name="Still report it").click()
    while not page.get_by_role("button", name="Send the report").is_visible():
        page.get_by_role("button", name=re.compile("Continue|Skip|Next")).first.click()
    expect(page.locator("main")).to_contain_text("Town hall")
    expect(page.locator("main")).to_contain_text("contract 12/34, Bright Streets Ltd")
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("main")).to_contain_text("Town hall")
    page.goto(f"{site}/a/{Appeal.objects.get().public_id}")
    expect(page.get_by_role("region", name="The city's works here")).to_contain_text("Bright Streets Ltd")
    _shot(page, "appeal")


def test_a_clerk_confirms_a_link_and_closes_the_report_with_the_repair(
    site: str, city: TinyCity, page: Page, complaints: Complaints
) -> None:
    _works(city)
    appeal = an_appeal(city, "lamp", email="resident@testville.invalid")
    links.propose_links()
    log_in(page.context, site, city.clerk.email)
    page.goto(f"{site}/desk/links")
    expect(page.get_by_role("heading", level=1)).to_have_text("Links to works")
    expect(page.locator("main")).to_contain_text("25 m from the pin")
    _shot(page, "links")

    running = Link.objects.get(repair__status="running")
    page.locator(f'form[action="/desk/links/{running.pk}/confirm"]').get_by_role("button", name="Confirm").click()
    expect(page.locator("main")).to_contain_text("Confirmed: the link is public now.")
    page.goto(f"{site}/desk/repairs/{running.repair_id}")
    page.get_by_role("button", name="Save as finished").click()
    _shot(page, "repair")
    page.get_by_role("button", name="Close them as fixed").click()

    expect(page.locator("main")).to_contain_text("1 report closed; whoever sent it is told.")
    appeal.refresh_from_db()
    assert appeal.state == "done"
