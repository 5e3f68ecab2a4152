"""The rules' half of the routing workshop in a real browser: a draft, a rule in the shadow of another, a try, and a day."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from issues.intake import submit
from issues.models import Replay, RerouteBatch, RerouteMove, RoutingRule, RuleSet
from issues.routing.publish import copy_to_draft
from notifications import outbox
from tests.browser.conftest import Complaints, log_in
from tests.browser.test_axe import judge
from tests.factories import FROM, IN_RING_WEST, TinyCity, a_submission, an_appeal


def test_a_draft_is_made_checked_tried_and_published(site: str, city: TinyCity, page: Page, complaints: Complaints) -> None:
    submit(a_submission(lon=IN_RING_WEST[0], lat=IN_RING_WEST[1]))
    log_in(page.context, site, city.people["dispatcher"].email)
    page.goto(f"{site}/desk")
    page.get_by_role("link", name="Routing workshop").click()
    page.get_by_role("button", name="Make a draft of the rules in force").click()
    expect(page.locator("h1")).to_contain_text("Draft of")

    page.get_by_role("link", name="Add a rule").click()
    page.get_by_label("Short name").fill("lamps-again")
    page.get_by_label("Category").select_option("pothole")
    page.get_by_role("button", name="Show the questions").click()
    expect(page.get_by_role("group", name="How deep?")).to_be_visible()
    page.get_by_label("Category").select_option("lamp")
    page.get_by_label("District service").select_option("parks")
    page.get_by_role("button", name="Save the rule").click()
    warning = page.get_by_role("alert")
    expect(warning).to_be_focused()
    expect(warning).to_contain_text("the rule “all-lamps” goes before it and fits wherever this one fits")
    page.get_by_label("Save it all the same").check()
    # What the browser says of an answer with the status 422 is no fault of the page.
    complaints.heard.clear()
    page.get_by_role("button", name="Save the rule").click()
    shadowed = page.get_by_role("row", name=re.compile("lamps-again"))
    expect(shadowed).to_contain_text("It never gets its turn")

    page.get_by_role("button", name="Delete: ring").click()
    page.get_by_label("Reports of").select_option("all")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("main")).to_contain_text("This page looks again by itself.")
    outbox.work_off()
    expect(page.locator(".replay-headline")).to_have_text("Of 1 report, 1 would move; 1 of them is open.", timeout=10_000)
    expect(page.get_by_role("region", name="From whom to whom")).to_contain_text("Road service")
    expect(page.locator(".sketch-map")).to_be_visible()

    page.get_by_role("link", name="Publish…").click()
    expect(page.locator("main")).to_contain_text("Of 1 report, 1 would move")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Published: these rules decide from")
    expect(page.get_by_role("link", name="Add a rule")).to_have_count(0)
    published = RuleSet.objects.get(state="published", based_on=city.rule_set)
    assert published.valid is not None
    assert published.valid.lower > timezone.localdate()


def a_busy_workshop(city: TinyCity) -> dict[str, int]:
    """A draft with everything that a row can say, a try of it, one that waits, and a batch."""
    draft = copy_to_draft(city.rule_set, "Spring")
    rule = RoutingRule.objects.create(
        rule_set=draft, code="everything", category=city.categories["pothole"], boundary_set=city.sets["zones"],
        boundary_code="ring", road_classes=["primary"], street_owners=["roads"], answers={"depth": ["deep"]}, weekdays=[6, 7],
        time_from=dt.time(22), time_to=dt.time(6), department=city.departments["parks"], urgent=True, due=dt.timedelta(hours=3),
        priority=5, valid=(FROM, dt.date(2031, 1, 1)),
    )  # fmt: skip
    RoutingRule.objects.create(
        rule_set=draft, code="broken", department=city.departments["roads"], boundary_set=city.sets["zones"], boundary_code="gone",
        valid=(FROM, None),
    )  # fmt: skip
    appeal = an_appeal(city, at=IN_RING_WEST, address="1 Ring Street")
    roads, parks = ({"code": code, "names": city.departments[code].names} for code in ("roads", "parks"))
    result = {
        "looked_at": 5, "moved": 2, "open_moved": 1, "unknown": 4, "points": [list(IN_RING_WEST)],
        "sample": [{"reference": appeal.public_id, "from": roads, "to": parks}],
        "pairs": [{"from": roads, "to": parks, "count": 1, "open": 1}, {"from": None, "to": roads, "count": 1, "open": 0}],
        "categories": [{"category": {"code": "pothole", "names": {"en": "Pothole"}}, "from": roads, "to": parks, "count": 2}],
        "load": [{"department": roads, "before": 4, "after": 3}, {"department": None, "before": 1, "after": 0}],
    }  # fmt: skip
    done = Replay.objects.create(rule_set=draft, state="done", result=result)
    waiting = Replay.objects.create(rule_set=draft)
    batch = RerouteBatch.objects.create(rule_set=city.rule_set)
    RerouteMove.objects.create(
        batch=batch, appeal=appeal, before=city.departments["roads"], after=city.departments["parks"], event=appeal.events.get()
    )
    return {"draft": draft.pk, "rule": rule.pk, "done": done.pk, "waiting": waiting.pk, "batch": batch.pk}


ADDRESSES = (
    "", "/rules/{draft}", "/rules/{draft}?problems=yes", "/rules/{draft}/new", "/rules/{draft}/{rule}", "/rules/{draft}/publish",
    "/replays/{done}", "/replays/{waiting}", "/batches/{batch}", "/rules/{draft}/999999",
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_of_the_workshop_has_no_violation(site: str, city: TinyCity, page: Page, address: str) -> None:
    log_in(page.context, site, city.people["dispatcher"].email)
    assert judge(page, site, "/desk/routing" + address.format(**a_busy_workshop(city))) == ""


@pytest.mark.parametrize("address", ["/rules/{draft}", "/rules/{draft}/{rule}", "/replays/{done}", ""])
def test_a_page_of_the_workshop_fits_a_phone(site: str, city: TinyCity, page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(page.context, site, city.people["dispatcher"].email)
    page.goto(f"{site}/desk/routing{address.format(**a_busy_workshop(city))}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
