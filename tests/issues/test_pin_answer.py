"""The answer at the pin: while reporting, on each report's page, and to whoever asks who is responsible."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from issues import intake, links, tracking
from issues.models import Category, Link, LinkState
from issues.views import pin_works
from places import appeals_here
from tests.factories import IN_EAST, IN_WEST, TinyCity, a_submission, an_appeal
from tests.issues.forms import Form, form
from tests.issues.works_here import a_contract, a_firm, a_planned_repair, a_project, a_repair, away, money, today
from works.at_place_facts import AtPlace, PlannedWorks


@pytest.fixture
def tiny(a_city: TinyCity) -> TinyCity:
    Category.objects.filter(code__in=["pothole", "noise"]).update(repair_kinds=["pothole"])
    return a_city


def under_warranty(**changes: Any) -> None:
    a_repair(away(north=8), contract=a_contract("12/34"), contractor=a_firm(), **changes)


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


# While reporting


def after_category(client: Client, category: str = "pothole", at: tuple[float, float] = IN_WEST) -> Any:
    place = form(client.get(f"/report?{urlencode({'lon': at[0], 'lat': at[1]})}")).send(client)
    return form(place).send(client, category=category)


def test_works_at_the_pin_are_shown_before_the_questions_and_the_report_goes_on(client: Client, tiny: TinyCity) -> None:
    repair = a_planned_repair(away(north=30), cost=Decimal("1500.00"), currency="EUR", contractor=a_firm())

    answer = after_category(client)
    text = text_of(answer)

    assert form(answer).value("step") == "nearby"
    assert "The city knows this place" in text
    assert f'href="/repairs/{repair.public_id}"' in text
    for part in ("planned", "30 m away", "Smooth Roads Ltd", "1,500.00 EUR", "Still report it"):
        assert part in text
    assert form(form(answer).send(client)).value("step") == "questions"


def test_planned_works_can_be_followed_by_their_pages_and_by_feeds(client: Client, tiny: TinyCity) -> None:
    a_planned_repair()
    appeal = an_appeal(tiny, created_at=timezone.now())
    pages = (after_category(client), client.get(f"/a/{appeal.public_id}"), client.get(f"/who?{asked()}"))
    for text in map(text_of, pages):
        assert "Follow the works" in text
        assert "Feed: Repairs" in text
        assert "Feed: Funded projects" not in text
        (address,) = re.findall(r'href="(/feeds/repairs\.atom\?bbox=[^"]+)"', text)
        feed = client.get(address.replace("&amp;", "&"))
        assert feed.status_code == 200
        assert b"Repair" in feed.content


@pytest.mark.parametrize(("lon", "lat"), [(180.0, 0.0), (-180.0, -45.0), (10.0, 89.9999), (0.0, -90.0)])
def test_feeds_at_the_ends_of_the_world_have_a_box_that_makes_sense(
    client: Client, tiny: TinyCity, lon: float, lat: float
) -> None:
    here = PlannedWorks("repair", "r", {}, "pothole", "planned", False, None, None, "", None, "", 1.0)

    (feed,) = pin_works.in_words(AtPlace((here,)), today(), lon, lat)["feeds"]

    assert client.get(feed["href"]).status_code == 200


def test_works_stand_beside_reports_of_others(client: Client, tiny: TinyCity) -> None:
    an_appeal(tiny)
    under_warranty()

    text = text_of(after_category(client))

    assert "Is it one of these?" in text
    assert "Contract 12/34" in text
    assert "No, mine is another one" in text


def test_where_works_have_nothing_to_say_no_step_is_added(client: Client, tiny: TinyCity) -> None:
    a_repair(IN_EAST)
    a_repair(kind="greenery")

    assert form(after_category(client)).value("step") == "questions"


def test_a_kind_that_no_repair_mends_is_not_asked_about(client: Client, tiny: TinyCity) -> None:
    under_warranty()
    a_project()

    assert form(after_category(client, "tree")).value("step") != "nearby"


def test_a_repeat_is_told_with_its_cost_so_far_and_what_is_unknown(client: Client, tiny: TinyCity) -> None:
    for cost in ("10.50", "1000.00", None):
        a_repair(warranty_until=None, cost=cost and Decimal(cost), currency="EUR" if cost else "")

    text = text_of(after_category(client))

    assert "Repaired 3 times in 4 months." in text
    assert "Cost so far: 1,010.50 EUR." in text
    assert "the cost of 1 repair is unknown" in text


def test_an_unknown_cost_is_said_and_is_not_zero(client: Client, tiny: TinyCity) -> None:
    a_planned_repair()
    money(a_project(), "approved", "0.00")

    text = text_of(after_category(client))

    assert "cost unknown" in text
    assert "0.00 EUR" in text


def test_works_that_should_have_ended_say_so(client: Client, tiny: TinyCity) -> None:
    a_project(planned_end=-3)

    assert "was to end on" in text_of(after_category(client))


def test_names_of_works_cannot_break_the_page(client: Client, tiny: TinyCity) -> None:
    a_planned_repair(title={"en": "<script>alert(1)</script>"}, public_id='set/a b?c#d"e<f', contractor=a_firm("<b>Ltd</b>"))

    text = text_of(after_category(client))

    assert "<script>alert(1)" not in text
    assert "<b>Ltd" not in text
    assert 'href="/repairs/set/a%20b%3Fc%23d%22e%3Cf"' in text


# On the page of a report


def test_the_page_of_a_report_tells_what_the_works_say(client: Client, tiny: TinyCity) -> None:
    under_warranty()
    appeal = an_appeal(tiny)

    text = text_of(client.get(f"/a/{appeal.public_id}"))

    assert "Under warranty" in text
    assert "Contractor: Smooth Roads Ltd. Contract 12/34." in text


def test_only_confirmed_links_are_public(client: Client, tiny: TinyCity) -> None:
    appeal = an_appeal(tiny)
    repair, other = a_repair(finished_on=0, warranty_until=None), a_repair(finished_on=0, warranty_until=None)
    links.propose_links()
    page = f"/a/{appeal.public_id}"
    assert "Linked to this report" not in text_of(client.get(page))

    links.decide(Link.objects.get(repair=repair), tiny.clerk, LinkState.CONFIRMED)
    links.decide(Link.objects.get(repair=other), tiny.clerk, LinkState.REFUSED)

    text = text_of(client.get(page))
    assert "Linked to this report" in text
    assert repair.public_id in text
    assert other.public_id not in text


def test_the_reporters_own_page_tells_the_same(client: Client, tiny: TinyCity) -> None:
    under_warranty()
    token = intake.submit(a_submission()).token

    assert "Contract 12/34" in text_of(client.get(f"/t/{token}"))
    assert tracking.hash_of(token)


def test_a_report_without_a_place_and_one_no_works_concern_ask_nothing(client: Client, tiny: TinyCity) -> None:
    under_warranty()
    for appeal in (an_appeal(tiny, at=None), an_appeal(tiny, "tree")):
        with CaptureQueriesContext(connection) as queries:
            text = text_of(client.get(f"/a/{appeal.public_id}"))
        assert "Under warranty" not in text
        assert not any("works_repair" in query["sql"] and "ST_Expand" in query["sql"] for query in queries)


def test_the_page_asks_two_statements_more_whatever_there_is(client: Client, tiny: TinyCity) -> None:
    appeal = an_appeal(tiny)
    client.get(f"/a/{appeal.public_id}")
    with CaptureQueriesContext(connection) as before:
        client.get(f"/a/{appeal.public_id}")
    for _one in range(4):
        under_warranty()
        money(a_project(), "committed", "10.00")
    links.propose_links()
    for link in Link.objects.all():
        links.decide(link, tiny.clerk, LinkState.CONFIRMED)

    with CaptureQueriesContext(connection) as after:
        client.get(f"/a/{appeal.public_id}")

    assert len(after) <= len(before) + 1  # the city's day, for what is late
    assert sum("issues_link" in query["sql"] for query in after) == 1


# Who is responsible


def asked(category: str = "pothole") -> str:
    return urlencode({"lat": IN_WEST[1], "lon": IN_WEST[0], "category": category})


def test_who_is_told_with_the_works_of_the_place(client: Client, tiny: TinyCity) -> None:
    under_warranty()
    a_project()

    text = text_of(client.get(f"/who?{asked()}"))

    assert "Contract 12/34" in text
    assert "under way" in text


def test_programs_get_days_and_amounts_as_texts(client: Client, tiny: TinyCity, settings: Any) -> None:
    repair = a_repair(cost=Decimal("10.10"), currency="EUR", contract=a_contract("7"), finished_on=-40)
    a_repair(away(north=9), finished_on=-10, warranty_until=None)
    project = a_project()
    money(project, "committed", "1234567890123456.78")

    works = client.get(f"/who.json?{asked()}").json()["works"]

    assert works["warranty"]["contract"] == "7"
    assert works["warranty"]["until"] == repair.warranty_until.isoformat()
    assert works["warranty"]["href"] == f"{settings.PUBLIC_URL}/repairs/{repair.public_id}"
    assert works["recurring"] | {"first": "", "last": ""} == {
        "times": 2, "months": 2, "first": "", "last": "", "costs": {"EUR": "10.10"}, "cost_unknown": 1,
    }  # fmt: skip
    (planned,) = works["planned"]
    assert (planned["what"], planned["amount"], planned["currency"]) == ("project", "1234567890123456.78", "EUR")


def test_where_there_are_no_works_programs_get_nothing_and_not_an_error(client: Client, tiny: TinyCity) -> None:
    assert client.get(f"/who.json?{asked()}").json()["works"] == {"planned": [], "warranty": None, "recurring": None}
    assert client.get(f"/who.json?{asked('tree')}").json()["works"] == {"planned": [], "warranty": None, "recurring": None}


# What is private


def test_a_private_report_stays_out_of_every_answer(client: Client, tiny: TinyCity) -> None:
    secret = an_appeal(tiny, "noise", text="Neighbours at night")
    repair = a_repair(finished_on=0)
    links.propose_links()
    links.decide(Link.objects.get(appeal=secret), tiny.people["dispatcher"], LinkState.CONFIRMED)

    pages = [f"/who?{asked()}", f"/who?{asked('noise')}", f"/who.json?{asked('noise')}"]
    for text in [text_of(client.get(page)) for page in pages] + [
        text_of(after_category(client)),
        text_of(after_category(client, "noise")),
    ]:
        assert secret.public_id not in text
        assert "Neighbours" not in text
    assert client.get(f"/a/{secret.public_id}").status_code == 404
    assert not appeals_here.that_led_to(repair=repair).exists()


def test_the_form_of_a_browser_without_script_is_whole(client: Client, tiny: TinyCity) -> None:
    a_planned_repair()
    answer = after_category(client)

    asked_for = Form(answer.content.decode())

    assert ("go", "next") in asked_for.buttons
    assert ("go", "back") in asked_for.buttons
