"""The workshop: trying and publishing a draft of rules, and what moved."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from issues.models import Appeal, Replay, RerouteBatch, RerouteMove, RuleSet
from issues.routing.publish import copy_to_draft
from issues.views.workshop_rules import months_before
from notifications import outbox
from tests.factories import IN_EAST, IN_RING_WEST, TinyCity, a_submission, an_appeal
from tests.issues.workshop import at, page_of, today


@pytest.fixture
def draft(a_city: TinyCity) -> RuleSet:
    return copy_to_draft(a_city.rule_set, "Spring")


def test_trying_a_draft_queues_it_and_shows_the_result_when_there_is_one(
    dispatcher: Client, a_city: TinyCity, draft: RuleSet
) -> None:
    from issues.intake import submit

    submit(a_submission(lon=IN_RING_WEST[0], lat=IN_RING_WEST[1]))
    draft.rules.filter(code="ring").delete()

    address = dispatcher.post(at(draft, "try"), {"span": "3"})["Location"]

    replay = Replay.objects.get()
    assert address == f"/desk/routing/replays/{replay.pk}"
    assert (replay.rule_set, replay.since, replay.created_by) == (
        draft, months_before(today(), 3), a_city.people["dispatcher"],
    )  # fmt: skip
    waiting = dispatcher.get(address)
    assert waiting["Refresh"] == "2"
    assert "This page looks again by itself" in page_of(waiting)
    outbox.work_off()
    done = dispatcher.get(address)
    assert "Refresh" not in done
    words = page_of(done)
    assert "Of 1 report, 1 would move; 1 of them is open." in words
    assert "Park service Road service 1 1" in words
    assert Appeal.objects.get().public_id in done.content.decode()


@pytest.mark.parametrize("span", ["", "2", "-1", "all; DROP", "9" * 50, "\x00"])
def test_a_span_that_is_not_offered_is_refused(dispatcher: Client, draft: RuleSet, span: str) -> None:
    assert dispatcher.post(at(draft, "try"), {"span": span}).status_code == 422
    assert not Replay.objects.exists()


def test_publishing_asks_for_a_day_and_says_whether_it_was_tried(dispatcher: Client, a_city: TinyCity, draft: RuleSet) -> None:
    first = page_of(dispatcher.get(at(draft, "publish")))
    assert "This draft was not tried on the past" in first
    Replay.objects.create(rule_set=draft, state="done", result={"looked_at": 12, "moved": 3, "open_moved": 0})
    assert "Of 12 reports, 3 would move; none of them is open." in page_of(dispatcher.get(at(draft, "publish")))
    tomorrow = today() + dt.timedelta(days=1)

    answer = dispatcher.post(at(draft, "publish"), {"day": tomorrow.isoformat(), "moves_open": "yes"})

    assert answer["Location"] == at(draft)
    draft.refresh_from_db()
    a_city.rule_set.refresh_from_db()
    assert (draft.state, draft.valid.lower, draft.moves_open) == ("published", tomorrow, True)
    assert a_city.rule_set.valid.upper == tomorrow
    assert dispatcher.get(at(draft, "publish")).status_code == 409
    assert dispatcher.post(at(draft, "publish"), {"day": tomorrow.isoformat()}).status_code == 409


@pytest.mark.parametrize("day", ["", "yesterday", "2020-01-01", "9999-12-31", "0001-01-01", "\x00", "2026-02-30"])
def test_a_day_that_cannot_be_the_first_is_refused(dispatcher: Client, draft: RuleSet, day: str) -> None:
    answer = dispatcher.post(at(draft, "publish"), {"day": day, "moves_open": "yes"})
    assert answer.status_code == 422
    assert "Choose" in page_of(answer)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_rules_that_are_errors_are_not_published(dispatcher: Client, a_city: TinyCity, draft: RuleSet) -> None:
    a_city.departments["parks"].active = False
    a_city.departments["parks"].save()
    answer = dispatcher.post(at(draft, "publish"), {"day": today().isoformat()})
    assert answer.status_code == 422
    assert "Some of these rules can never do their work" in page_of(answer)
    draft.refresh_from_db()
    assert draft.state == "draft"


@pytest.mark.parametrize("action", ["title", "drop", "try"])
def test_what_is_done_to_a_draft_that_was_published_meanwhile_gets_a_sentence(
    dispatcher: Client, a_city: TinyCity, action: str
) -> None:
    answer = dispatcher.post(at(a_city.rule_set, action), {"title": "New", "span": "all"})
    assert answer.status_code == 409
    assert "These rules were published meanwhile" in page_of(answer)
    assert a_city.rule_set.rules.count() == 3


@pytest.mark.parametrize("number", [0, 10**9, 2**63 - 1, 10**30])
def test_numbers_of_nothing_are_not_there(dispatcher: Client, draft: RuleSet, number: int) -> None:
    for address in (
        f"rules/{number}",
        f"rules/{number}/new",
        f"rules/{number}/publish",
        f"replays/{number}",
        f"batches/{number}",
    ):
        assert dispatcher.get(f"/desk/routing/{address}").status_code == 404
    assert dispatcher.post(f"/desk/routing/rules/{number}/drop").status_code == 404
    assert dispatcher.get(at(draft, number)).status_code == 409
    assert dispatcher.get(f"{at(draft, 'new')}?like={number}").status_code == 200


def test_a_batch_says_what_moved_and_is_undone_once(dispatcher: Client, a_city: TinyCity) -> None:
    roads, parks = a_city.departments["roads"], a_city.departments["parks"]
    appeal = an_appeal(a_city, "lamp", at=IN_EAST, department=parks, address="2 East Street")
    appeal.decisions.create(department=parks, reason={"how": "rule", "batch": 0})
    batch = RerouteBatch.objects.create(rule_set=a_city.rule_set, actor=a_city.people["admin"])
    RerouteMove.objects.create(batch=batch, appeal=appeal, before=roads, after=parks, event=appeal.events.get())
    address = f"/desk/routing/batches/{batch.pk}"

    words = page_of(dispatcher.get(address))
    for expected in (
        "1 report moved",
        "Rules of the city pack",
        "Road service Park service 1",
        "by Testville admin",
        "2 East Street",
    ):
        assert expected in words

    assert dispatcher.post(address).status_code == 302
    words = page_of(dispatcher.get(address))
    assert "by Testville dispatcher" in words
    again = dispatcher.post(address)
    assert again.status_code == 409
    assert "undone already" in page_of(again)


def test_a_result_with_services_that_have_no_names_and_a_dispatcher_is_shown(dispatcher: Client, draft: RuleSet) -> None:
    one = {"code": "roads", "names": {}}
    result = {
        "looked_at": 5, "moved": 2, "open_moved": 1, "unknown": 4,
        "pairs": [{"from": None, "to": one, "count": 2, "open": 1}],
        "categories": [{"category": {"code": "lamp", "names": {"en": "Lamp"}}, "from": None, "to": one, "count": 2}] * 150,
        "load": [{"department": None, "before": 2, "after": 0}, {"department": one, "before": 0, "after": 2}],
        "points": [[10.01, 50.02], [10.02, 50.03]], "sample": [{"reference": one, "from": None, "to": None} for one in ("ZZZZZZZZ", "ÿ")],
    }  # fmt: skip
    replay = Replay.objects.create(rule_set=draft, state="done", result=result)
    answer = dispatcher.get(f"/desk/routing/replays/{replay.pk}")
    words = page_of(answer)
    for expected in ("a dispatcher decides roads 2 1", "4 reports were left out", "and 50 more rows", "−2", "+2"):
        assert expected in words
    assert 'class="sketch-map"' in answer.content.decode()


def test_a_try_that_failed_says_so(dispatcher: Client, draft: RuleSet) -> None:
    replay = Replay.objects.create(rule_set=draft, state="failed", error="The areas overlap.")
    assert "It could not be tried: The areas overlap." in page_of(dispatcher.get(f"/desk/routing/replays/{replay.pk}"))
