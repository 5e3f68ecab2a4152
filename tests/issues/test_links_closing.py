"""A repair is finished: its reports are offered, closed with public words, and their reporters told, all in one transaction."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.utils.formats import date_format

from issues import links, links_closing, states
from issues.errors import Invalid
from issues.models import Appeal, Category, Event, Link, LinkState
from notifications import outbox
from notifications.models import OutboxMessage
from tests.factories import TinyCity, an_appeal
from tests.issues.works_here import a_planned_repair, a_repair, today
from works.models import Repair

WORDS = "The hole is filled for good."


@pytest.fixture
def tiny(a_city: TinyCity) -> TinyCity:
    Category.objects.filter(code__in=["pothole", "noise"]).update(repair_kinds=["pothole"])
    return a_city


def linked(tiny: TinyCity, repair: Repair, **changes: Any) -> Appeal:
    """A report whose link to the repair is confirmed, with a reporter."""
    row = {"email": "resident@testville.invalid", "name": "Testville resident", **changes}
    appeal = an_appeal(tiny, **row)
    Link.objects.create(appeal=appeal, repair=repair, meaning="answers", score=90, distance_m=1, state="confirmed")
    return appeal


def test_finishing_a_repair_offers_its_open_reports(tiny: TinyCity) -> None:
    repair = a_planned_repair(started_on=-5)
    appeal = linked(tiny, repair)
    assert not links_closing.waiting(tiny.clerk).exists()

    links_closing.finish(repair, today(-1))

    repair.refresh_from_db()
    assert (repair.status, repair.finished_on) == ("finished", today(-1))
    assert list(links_closing.waiting(tiny.clerk)) == [repair]
    assert list(links_closing.appeals_for_staff(tiny.clerk, repair)) == [appeal]


def test_a_load_that_finishes_a_repair_offers_them_as_well(tiny: TinyCity) -> None:
    repair = a_planned_repair(started_on=-3)
    linked(tiny, repair)
    Repair.objects.filter(pk=repair.pk).update(status="finished", finished_on=today())

    assert list(links_closing.waiting(tiny.clerk)) == [repair]
    assert not links_closing.waiting(tiny.people["clerk-parks"]).exists()


@pytest.mark.parametrize(
    ("state", "changes"),
    [("proposed", {}), ("refused", {}), ("confirmed", {"state": "done"}), ("confirmed", {"meaning": "returns"})],
    ids=["only proposed", "refused", "closed already", "reported after the repair"],
)
def test_others_are_not_offered(tiny: TinyCity, state: str, changes: dict[str, str]) -> None:
    repair = a_repair(finished_on=0)
    linked(tiny, repair, state=changes.get("state", "new"))
    Link.objects.update(state=state, meaning=changes.get("meaning", "answers"))

    assert not links_closing.waiting(tiny.clerk).exists()


@pytest.mark.parametrize(
    ("changes", "day", "words"),
    [
        ({}, 1, "still to come"),
        ({"status": "running", "started_on": -5}, -6, "cannot end before they began"),
        ({"started_on": -9, "warranty_until": -3}, -2, "warranty ends before"),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_a_sentence(tiny: TinyCity, changes: dict[str, Any], day: int, words: str) -> None:
    repair = a_planned_repair(**changes)

    with pytest.raises(Invalid, match=words):
        links_closing.finish(repair, today(day))
    repair.refresh_from_db()
    assert repair.status == changes.get("status", "planned")


@pytest.mark.parametrize(
    ("planned", "began", "kept"),
    [(20, None, None), (20, -3, -3), (-1, None, None), (-9, None, -9), (-9, -4, -4), (None, None, None)],
    ids=["earlier than planned", "with the real day", "begun before the plan", "as planned", "later than planned", "no plan"],
)
def test_a_plan_binds_no_real_day(tiny: TinyCity, planned: int | None, began: int | None, kept: int | None) -> None:
    repair = a_planned_repair(started_on=planned)

    links_closing.finish(repair, today(-2), None if began is None else today(began))

    repair.refresh_from_db()
    assert (repair.status, repair.finished_on) == ("finished", today(-2))
    assert repair.started_on == (None if kept is None else today(kept))


def test_an_end_before_the_start_is_refused_and_the_start_is_named(tiny: TinyCity) -> None:
    repair = a_planned_repair(started_on=20)

    with pytest.raises(Invalid, match="cannot end before they began"):
        links_closing.finish(repair, today(-2), today(-1))
    with pytest.raises(Invalid, match=date_format(today(-1), "DATE_FORMAT")):
        links_closing.finish(repair, today(-2), today(-1))
    repair.refresh_from_db()
    assert repair.status == "planned"


@pytest.mark.parametrize("status", ["finished", "cancelled"])
def test_what_is_over_cannot_be_finished(tiny: TinyCity, status: str) -> None:
    with pytest.raises(states.NotAllowed, match="already"):
        links_closing.finish(a_repair(status=status), today())


def test_closing_tells_each_reporter_in_the_same_transaction(tiny: TinyCity) -> None:
    repair = a_repair(finished_on=0)
    first, second = linked(tiny, repair), linked(tiny, repair, email="other@testville.invalid")
    follower = linked(tiny, repair, email="third@testville.invalid", parent=first, state="closed")

    done = links_closing.close(tiny.clerk, repair, [first.pk, second.pk], WORDS)

    assert (done.count, done.left) == (2, ())
    for appeal in (first, second):
        appeal.refresh_from_db()
        assert appeal.state == "done"
        event = Event.objects.get(appeal=appeal, kind="done")
        assert (event.words, event.data, event.actor) == (WORDS, {"repair": repair.public_id}, tiny.clerk)
    assert OutboxMessage.objects.filter(kind="mail").count() == 3
    outbox.work_off()
    told = {letter.to[0]: letter.body for letter in mail.outbox}
    assert set(told) == {"resident@testville.invalid", "other@testville.invalid", "third@testville.invalid"}
    assert all(WORDS in body for body in told.values())
    assert follower.state == "closed"
    assert not links_closing.waiting(tiny.clerk).exists()


def test_only_the_chosen_ones_are_closed(tiny: TinyCity) -> None:
    repair = a_repair(finished_on=0)
    chosen, other = linked(tiny, repair), linked(tiny, repair)

    links_closing.close(tiny.clerk, repair, [chosen.pk], WORDS)

    other.refresh_from_db()
    assert other.state == "new"


def test_one_that_a_crew_has_begun_is_left_and_named(tiny: TinyCity) -> None:
    repair = a_repair(finished_on=0)
    begun, new = linked(tiny, repair, state="started"), linked(tiny, repair)

    done = links_closing.close(tiny.clerk, repair, [begun.pk, new.pk], WORDS)

    assert done.count == 1
    assert done.left == (f"{begun.public_id[:4]}-{begun.public_id[4:]}",)
    begun.refresh_from_db()
    assert begun.state == "started"


@pytest.mark.parametrize(
    "words", ["", "   ", "Thank you, Testville resident", "x" * 5000], ids=["none", "blank", "a name", "endless"]
)
def test_words_that_cannot_be_public_close_none(tiny: TinyCity, words: str) -> None:
    repair = a_repair(finished_on=0)
    appeals = [linked(tiny, repair, name=""), linked(tiny, repair)]

    with pytest.raises(Invalid):
        links_closing.close(tiny.clerk, repair, [one.pk for one in appeals], words)

    assert set(Appeal.objects.values_list("state", flat=True)) == {"new"}
    assert not OutboxMessage.objects.exists()


def test_nothing_is_closed_before_the_repair_is_finished(tiny: TinyCity) -> None:
    repair = a_planned_repair()
    appeal = linked(tiny, repair)

    with pytest.raises(states.NotAllowed, match="not finished yet"):
        links_closing.close(tiny.clerk, repair, [appeal.pk], WORDS)


def test_reports_of_others_and_of_other_repairs_cannot_be_closed(tiny: TinyCity) -> None:
    repair, other = a_repair(finished_on=0), a_repair(finished_on=0)
    theirs = linked(tiny, repair, department=tiny.departments["parks"])
    elsewhere = linked(tiny, other)
    unlinked = an_appeal(tiny)

    with pytest.raises(Invalid, match="at least one"):
        links_closing.close(tiny.clerk, repair, [theirs.pk, elsewhere.pk, unlinked.pk], WORDS)


def test_a_second_click_finds_nothing_left(tiny: TinyCity) -> None:
    repair = a_repair(finished_on=0)
    appeal = linked(tiny, repair)
    links_closing.close(tiny.clerk, repair, [appeal.pk], WORDS)

    with pytest.raises(Invalid, match="still open"):
        links_closing.close(tiny.clerk, repair, [appeal.pk], WORDS)
    assert Event.objects.filter(appeal=appeal, kind="done").count() == 1


def test_nobody_is_told_of_a_held_report(tiny: TinyCity) -> None:
    repair = a_repair(finished_on=0)
    held = linked(tiny, repair, visibility="held")

    done = links_closing.close(tiny.people["dispatcher"], repair, [held.pk], WORDS)

    assert done.count == 0
    assert not OutboxMessage.objects.exists()


def test_the_clock_proposes_what_staff_then_confirm_and_close(tiny: TinyCity) -> None:
    appeal = an_appeal(tiny, email="resident@testville.invalid")
    repair = a_planned_repair(started_on=0)
    assert links.propose_links() == 1
    links.decide(Link.objects.get(), tiny.clerk, LinkState.CONFIRMED)
    links_closing.finish(repair, today())

    links_closing.close(tiny.clerk, repair, [appeal.pk], WORDS)

    assert Appeal.objects.get().state == "done"
