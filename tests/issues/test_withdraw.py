"""Rules and boundaries published for a later day are withdrawn in the workshop: others decide, and no report moves by them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, transaction
from django.db.models import F
from pghistory.models import Events

from gis_data import city_time
from gis_data.drafts import withdraw_draft
from gis_data.models import Boundary, BoundaryDraft
from issues import intake, jobs
from issues.errors import Invalid
from issues.models import Appeal, RerouteBatch, RuleSet
from issues.routing.publish import publish_rules, withdraw_rules
from notifications import outbox
from notifications.models import OutboxMessage
from tests.factories import TinyCity, a_submission
from tests.issues.withdrawing import boundaries, deciding, later, rules


def sent(category: str = "pothole") -> Appeal:
    receipt = intake.submit(a_submission(category=category, answers={"depth": "deep"} if category == "pothole" else {}))
    return Appeal.objects.get(public_id=receipt.public_id)


def service_of(appeal: Appeal) -> str:
    return Appeal.objects.values_list("department__code", flat=True).get(pk=appeal.pk)


def days_pass(days: int) -> None:
    """Everything planned comes so many days closer, and what is due by then is carried out."""
    span = dt.timedelta(days=days)
    for kind in (RuleSet, Boundary):
        for row in kind._default_manager.exclude(valid=None).exclude(valid__isempty=True):
            moved = (row.valid.lower and row.valid.lower - span, row.valid.upper and row.valid.upper - span)
            kind._default_manager.filter(pk=row.pk).update(valid=moved)
    BoundaryDraft.objects.update(valid_from=F("valid_from") - span)
    for message in OutboxMessage.objects.filter(kind="routing-move").order_by("available_at"):
        day = message.payload["day"]
        message.payload["day"] = (dt.date.fromisoformat(day) - span).isoformat()
        message.key = message.key.replace(day, message.payload["day"])
        message.available_at -= span
        message.save()
    while outbox.work_off().done:
        pass


# Rules


def test_the_rules_before_decide_again_on_and_after_that_day(a_city: TinyCity) -> None:
    draft = rules(a_city)
    publish_rules(draft, later(3), moves_open=True)
    assert deciding(2, 3) == [a_city.rule_set, draft]

    withdraw_rules(draft)

    assert deciding(0, 2, 3, 500) == [a_city.rule_set] * 4
    a_city.rule_set.refresh_from_db()
    assert a_city.rule_set.valid is not None
    assert a_city.rule_set.valid.upper is None


def test_withdrawn_rules_are_a_draft_that_can_be_edited_and_published_again(a_city: TinyCity) -> None:
    draft = rules(a_city)
    publish_rules(draft, later(3), moves_open=False)
    rule = draft.rules.get(code="potholes")
    with pytest.raises(ProgrammingError, match="published set"), transaction.atomic():
        rule.delete()

    withdraw_rules(draft)

    draft.refresh_from_db()
    assert (draft.state, draft.valid, draft.moves_open) == ("draft", None, True)
    assert (draft.published_at, draft.moved_at, draft.rules.count()) == (None, None, 4)
    rule.delete()
    publish_rules(draft, later(1), moves_open=True)
    assert deciding(0, 1) == [a_city.rule_set, draft]
    assert Events.objects.tracks(draft).filter(pgh_label="update").count() == 3


def test_a_set_in_the_middle_of_a_schedule_leaves_its_days_to_the_one_before(a_city: TinyCity) -> None:
    first, second, third = (rules(a_city, title) for title in ("First", "Second", "Third"))
    for number, one in enumerate((first, second, third), start=1):
        publish_rules(one, later(number), moves_open=True)

    withdraw_rules(second)
    assert deciding(0, 1, 2, 3, 500) == [a_city.rule_set, first, first, third, third]
    withdraw_rules(third)
    assert deciding(1, 2, 3, 500) == [first] * 4
    withdraw_rules(first)
    assert deciding(0, 1, 500) == [a_city.rule_set] * 3


def test_the_first_rules_of_a_city_leave_no_rules(a_city: TinyCity) -> None:
    a_city.rule_set.valid = None
    RuleSet.objects.update(state="draft", valid=None)
    publish_rules(a_city.rule_set, later(3), moves_open=True)
    withdraw_rules(a_city.rule_set)
    assert deciding(2, 3, 500) == [None] * 3


def test_rules_that_replaced_others_of_their_day_leave_it_to_those_before(a_city: TinyCity) -> None:
    first, second = rules(a_city, "First"), rules(a_city, "Second")
    publish_rules(first, later(3), moves_open=True)
    publish_rules(second, later(3), moves_open=True)

    with pytest.raises(Invalid, match="replaced and never decide"):
        withdraw_rules(first)
    withdraw_rules(second)

    assert deciding(2, 3) == [a_city.rule_set] * 2


@pytest.mark.parametrize("days", [0, -1])
def test_rules_that_have_begun_are_not_withdrawn(a_city: TinyCity, days: int) -> None:
    draft = rules(a_city)
    publish_rules(draft, later(days), moves_open=True)
    with pytest.raises(Invalid, match="have begun to decide"):
        withdraw_rules(draft)
    with pytest.raises(Invalid, match="have begun to decide"):
        withdraw_rules(a_city.rule_set)
    assert deciding(-2, 0) == [a_city.rule_set, draft]


def test_a_draft_one_withdrawn_already_and_one_that_is_gone_are_refused(a_city: TinyCity) -> None:
    draft = rules(a_city)
    with pytest.raises(Invalid, match="not published"):
        withdraw_rules(draft)
    publish_rules(draft, later(3), moves_open=True)
    withdraw_rules(draft)
    with pytest.raises(Invalid, match="not published"):
        withdraw_rules(draft)
    gone = RuleSet(pk=draft.pk)
    draft.delete()
    with pytest.raises(Invalid, match="not published"):
        withdraw_rules(gone)
    assert deciding(0, 3) == [a_city.rule_set] * 2


# Open reports


def test_nothing_moves_on_the_day_of_withdrawn_rules_or_boundaries(a_city: TinyCity) -> None:
    hole, tree = sent(), sent("tree")
    draft, borders = rules(a_city), boundaries(a_city)
    jobs.publish_rules(draft, later(3), moves_open=True)
    jobs.publish_boundaries(borders, later(3), moves_open=True)
    withdraw_rules(draft)
    withdraw_draft(borders)

    days_pass(3)

    assert not OutboxMessage.objects.filter(kind="routing-move", done_at=None).exists()
    assert (service_of(hole), service_of(tree)) == ("roads", "parks")
    assert not RerouteBatch.objects.exists()
    borders.refresh_from_db()
    assert borders.moved_at is None


@pytest.mark.parametrize(("first", "second"), [(2, 4), (4, 2), (3, 3)])
def test_what_is_published_again_moves_reports_on_its_new_morning_alone(a_city: TinyCity, first: int, second: int) -> None:
    hole, tree = sent(), sent("tree")
    draft, borders = rules(a_city), boundaries(a_city)
    for day in (first, second):
        if day == second:
            withdraw_or_nothing(draft, borders)
        jobs.publish_rules(draft, later(day), moves_open=True)
        jobs.publish_boundaries(borders, later(day), moves_open=True)

    days_pass(second - 1)
    assert (service_of(hole), service_of(tree)) == ("roads", "parks")
    draft.refresh_from_db()
    borders.refresh_from_db()
    assert (draft.moved_at, borders.moved_at) == (None, None)

    days_pass(1)
    assert (service_of(hole), service_of(tree)) == ("parks", "roads")
    draft.refresh_from_db()
    borders.refresh_from_db()
    assert None not in (draft.moved_at, borders.moved_at)
    days_pass(2)
    assert RerouteBatch.objects.count() == 2
    assert OutboxMessage.objects.filter(kind="routing-move").count() == 2 * len({first, second}), "one for a morning, none again"


def withdraw_or_nothing(draft: RuleSet, borders: BoundaryDraft) -> None:
    if RuleSet.objects.get(pk=draft.pk).state == "published":
        withdraw_rules(draft)
        withdraw_draft(borders)


def test_rules_withdrawn_on_the_day_of_an_earlier_plan_and_published_for_today_move_at_once(a_city: TinyCity) -> None:
    hole, draft = sent(), rules(a_city)
    jobs.publish_rules(draft, later(2), moves_open=True)
    withdraw_rules(draft)
    jobs.publish_rules(draft, later(5), moves_open=True)
    days_pass(2)
    withdraw_rules(draft)
    assert service_of(hole) == "roads"

    jobs.publish_rules(draft, later(0), moves_open=True)
    outbox.work_off()

    assert service_of(hole) == "parks"


def test_a_message_that_comes_before_its_day_is_written_again_for_that_morning(a_city: TinyCity) -> None:
    hole, draft = sent(), rules(a_city)
    jobs.publish_rules(draft, later(1), moves_open=True)
    message = OutboxMessage.objects.get(kind="routing-move")

    jobs.move_open(message.payload)

    assert service_of(hole) == "roads"
    again = OutboxMessage.objects.filter(kind="routing-move").exclude(pk=message.pk).get()
    assert again.payload == message.payload
    assert again.available_at > city_time.morning(later(1))
