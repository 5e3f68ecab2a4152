"""The desk's pages of links and of repairs: lists by keyset, a map and a distance each, sentences instead of errors."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.gis.geos import LineString
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from issues import links, states
from issues.models import Category, Link, LinkState
from issues.views import desk_links
from notifications.models import OutboxMessage
from tests.factories import IN_WEST, TinyCity, an_appeal
from tests.issues.works_here import a_planned_repair, a_project, a_repair, away, today
from works.models import Repair


@pytest.fixture
def tiny(a_city: TinyCity) -> TinyCity:
    Category.objects.filter(code="pothole").update(repair_kinds=["pothole"])
    return a_city


@pytest.fixture
def clerk(client: Client, tiny: TinyCity) -> Client:
    client.force_login(tiny.clerk)
    return client


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def proposed(tiny: TinyCity, *works: Any, **changes: Any) -> Link:
    an_appeal(tiny, **changes)
    links.propose_links()
    return Link.objects.order_by("-id")[0]


def test_a_proposal_stands_with_distance_score_and_map(clerk: Client, tiny: TinyCity) -> None:
    a_planned_repair(LineString(away(north=12, east=-30), away(north=12, east=30), srid=4326))
    proposed(tiny)

    text = text_of(clerk.get("/desk/links"))

    assert "12 m from the pin" in text
    assert re.search(r"fits \d+ of 100", text)
    assert 'class="sketch-street"' in text
    assert 'class="sketch-pin"' in text


def test_confirming_moves_it_to_its_list_and_back_again(clerk: Client, tiny: TinyCity) -> None:
    a_repair(finished_on=0)
    link = proposed(tiny)

    answer = clerk.post(f"/desk/links/{link.pk}/confirm", follow=True)

    assert "Confirmed: the link is public now." in text_of(answer)
    assert "No link waits in this list." in text_of(answer)
    assert "Take it back" in text_of(clerk.get("/desk/links?state=confirmed"))
    clerk.post(f"/desk/links/{link.pk}/refuse")
    assert Link.objects.get().state == "refused"


def test_a_click_too_late_is_a_sentence_on_the_same_page(clerk: Client, tiny: TinyCity) -> None:
    a_repair(finished_on=0)
    link = proposed(tiny)
    clerk.post(f"/desk/links/{link.pk}/confirm")

    answer = clerk.post(f"/desk/links/{link.pk}/confirm")

    assert answer.status_code == 409
    assert "This is so already." in text_of(answer)


def test_from_the_page_of_a_report_the_way_leads_back_to_it(clerk: Client, tiny: TinyCity) -> None:
    a_repair(finished_on=0)
    link = proposed(tiny)
    page = f"/desk/{link.appeal.public_id}"
    assert f'action="/desk/links/{link.pk}/confirm"' in text_of(clerk.get(page))

    assert clerk.post(f"/desk/links/{link.pk}/confirm", {"to": "report"})["Location"] == page
    assert clerk.post(f"/desk/links/{link.pk}/refuse", {"to": "https://elsewhere.invalid"})["Location"] == "/desk/links"


def test_links_of_another_service_are_not_there(clerk: Client, tiny: TinyCity) -> None:
    a_repair(finished_on=0)
    link = proposed(tiny, department=tiny.departments["parks"])

    assert "No link waits" in text_of(clerk.get("/desk/links"))
    assert clerk.post(f"/desk/links/{link.pk}/confirm").status_code == 404
    assert Link.objects.get().state == "proposed"


def test_pages_follow_each_other_without_gaps(clerk: Client, tiny: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_links, "PAGE", 2)
    for metres in (1, 1, 1, 9, 20):
        an_appeal(tiny, at=away(north=metres))
    a_planned_repair()
    links.propose_links()
    seen: list[int] = []
    address: str | None = ""
    while address is not None:
        answer = clerk.get(f"/desk/links{address}")
        seen += [row["id"] for row in answer.context["rows"]]
        address = answer.context["next_address"] or None

    assert len(seen) == len(set(seen)) == 5
    scores = [Link.objects.get(pk=one).score for one in seen]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    "query", ["after=x", "after=1_", "after=9999_1", "after=1_99999999999999999999", "state=public", "after=%00", "state="]
)
def test_an_address_that_makes_no_sense_is_refused(clerk: Client, tiny: TinyCity, query: str) -> None:
    assert clerk.get(f"/desk/links?{query}").status_code == 400


@pytest.mark.parametrize(
    "address", ["/desk/links/0/confirm", "/desk/links/99999999999999999999/confirm", "/desk/repairs/0/close"]
)
def test_numbers_of_nothing_are_not_found(clerk: Client, tiny: TinyCity, address: str) -> None:
    assert clerk.post(address).status_code == 404


def test_a_long_list_costs_no_more_statements_than_a_short_one(clerk: Client, tiny: TinyCity) -> None:
    a_planned_repair()
    a_project()
    an_appeal(tiny)
    links.propose_links()
    clerk.get("/desk/links")
    with CaptureQueriesContext(connection) as short:
        clerk.get("/desk/links")
    for _one in range(5):
        an_appeal(tiny)
        a_project()
    links.propose_links()

    with CaptureQueriesContext(connection) as long:
        assert len(clerk.get("/desk/links").context["rows"]) == desk_links.PAGE

    assert len(long) == len(short)


def test_a_project_with_many_places_is_drawn(clerk: Client, tiny: TinyCity) -> None:
    project = a_project(away(north=5))
    project.places.create(number=2, kind="exact", geometry=LineString(IN_WEST, away(north=40), srid=4326))
    proposed(tiny)

    text = text_of(clerk.get("/desk/links"))

    assert 'class="sketch-street"' in text


# The page of a repair


def confirmed(tiny: TinyCity, **repair: Any) -> Link:
    row = a_planned_repair(**{"started_on": -5, **repair})
    appeal = an_appeal(tiny, email="resident@testville.invalid", name="Testville resident")
    return Link.objects.create(appeal=appeal, repair=row, meaning="answers", score=90, distance_m=1, state="confirmed")


def test_finishing_and_closing_on_the_page_of_the_repair(clerk: Client, tiny: TinyCity) -> None:
    link = confirmed(tiny)
    page = f"/desk/repairs/{link.repair_id}"
    assert "It is finished" in text_of(clerk.get(page))

    answer = clerk.post(f"{page}/finish", {"day": today(-1).isoformat()}, follow=True)

    assert "Look now which reports it answered." in text_of(answer)
    assert "Close the reports that it answered" in text_of(answer)
    assert answer.context["text"].startswith("Repaired: Repair")
    answer = clerk.post(f"{page}/close", {"report": link.appeal_id, "text": answer.context["text"]}, follow=True)
    assert "1 report closed; whoever sent it is told." in text_of(answer)
    assert OutboxMessage.objects.filter(kind="mail").count() == 1
    assert "Close the reports" not in text_of(answer)


def test_the_list_offers_finished_repairs_with_open_reports(clerk: Client, tiny: TinyCity) -> None:
    link = confirmed(tiny, status="finished", finished_on=0)

    text = text_of(clerk.get("/desk/links"))

    assert "Finished, with reports still open" in text
    assert f'href="/desk/repairs/{link.repair_id}"' in text


@pytest.mark.parametrize("day", ["", "tomorrow", "2026-13-45", "0001-01-01", "9999-12-31", "2026-05-14\x00"])
def test_a_day_that_cannot_be_is_a_sentence_and_stays_typed(clerk: Client, tiny: TinyCity, day: str) -> None:
    link = confirmed(tiny)

    answer = clerk.post(f"/desk/repairs/{link.repair_id}/finish", {"day": day})

    assert answer.status_code == 422
    assert answer.context["day"] == day


def test_works_done_before_their_planned_day_are_finished_on_the_real_one(clerk: Client, tiny: TinyCity) -> None:
    link = confirmed(tiny, started_on=30)
    page = f"/desk/repairs/{link.repair_id}"
    assert "it may have been earlier" in text_of(clerk.get(page))

    refused = clerk.post(f"{page}/finish", {"day": today(-3).isoformat(), "began": today(-2).isoformat()})
    assert refused.status_code == 422
    assert "cannot end before they began" in text_of(refused)
    assert (refused.context["day"], refused.context["began"]) == (today(-3).isoformat(), today(-2).isoformat())

    assert clerk.post(f"{page}/finish", {"day": today(-3).isoformat(), "began": today(-4).isoformat()}).status_code == 302
    repair = Repair.objects.get()
    assert (repair.status, repair.started_on, repair.finished_on) == ("finished", today(-4), today(-3))


@pytest.mark.parametrize("began", ["yesterday", "0001-01-01", "2026-02-30", "\x00"])
def test_a_first_day_that_cannot_be_is_a_sentence_as_well(clerk: Client, tiny: TinyCity, began: str) -> None:
    link = confirmed(tiny)

    answer = clerk.post(f"/desk/repairs/{link.repair_id}/finish", {"day": today(-1).isoformat(), "began": began})

    assert answer.status_code == 422
    assert answer.context["errors"].keys() == {"began"}


def test_a_click_on_a_proposal_that_was_withdrawn_is_a_sentence(clerk: Client, tiny: TinyCity) -> None:
    a_repair(finished_on=0)
    link = proposed(tiny)
    Repair.objects.update(status="cancelled")
    Link.objects.filter(pk=link.pk).delete()  # between the click and the answer

    with pytest.raises(states.NotAllowed, match="withdrawn"):
        links.decide(link, tiny.clerk, LinkState.CONFIRMED)
    assert clerk.post(f"/desk/links/{link.pk}/confirm").status_code == 404


def test_words_that_name_the_resident_are_refused_and_stay_typed(clerk: Client, tiny: TinyCity) -> None:
    link = confirmed(tiny, status="finished", finished_on=0)

    fields = {"report": [link.appeal_id, "x", "-1", "9" * 30], "text": "Done for Testville resident"}
    answer = clerk.post(f"/desk/repairs/{link.repair_id}/close", fields)

    assert answer.status_code == 422
    assert "it names the resident" in text_of(answer)
    assert "Done for Testville resident" in text_of(answer)


def test_a_repair_without_confirmed_reports_of_mine_is_not_there(clerk: Client, tiny: TinyCity) -> None:
    link = confirmed(tiny)
    Link.objects.update(state="proposed")

    assert clerk.get(f"/desk/repairs/{link.repair_id}").status_code == 404


def test_a_head_may_read_and_not_act(client: Client, tiny: TinyCity) -> None:
    client.force_login(tiny.people["head"])
    link = confirmed(tiny)

    assert "It is finished" not in text_of(client.get(f"/desk/repairs/{link.repair_id}"))
    assert "Take it back" not in text_of(client.get("/desk/links?state=confirmed"))
    assert client.post(f"/desk/repairs/{link.repair_id}/finish", {"day": today().isoformat()}).status_code == 403
