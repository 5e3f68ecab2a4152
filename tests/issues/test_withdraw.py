"""Rules and boundaries published for a later day are withdrawn in the workshop: others decide, and no report moves by them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.db.models import F
from django.test import Client
from pghistory.models import Events

from gis_data import city_time
from gis_data.drafts import withdraw_draft
from gis_data.models import Boundary, BoundaryDraft, DraftArea
from issues import intake, jobs
from issues.errors import Invalid
from issues.models import Appeal, RerouteBatch, RoutingRule, RuleSet
from issues.routing.publish import copy_to_draft, in_force, publish_rules, withdraw_rules
from notifications import outbox
from notifications.models import OutboxMessage
from tests.factories import FROM, TinyCity, a_submission, box


def later(days: int) -> dt.date:
    return city_time.today() + dt.timedelta(days=days)


def rules(city: TinyCity, title: str = "Spring") -> RuleSet:
    """A draft by which potholes go to the parks."""
    draft = copy_to_draft(city.rule_set, title)
    RoutingRule.objects.create(
        rule_set=draft,
        code="potholes",
        department=city.departments["parks"],
        category=city.categories["pothole"],
        valid=(FROM, None),
    )
    return draft


def boundaries(city: TinyCity) -> BoundaryDraft:
    """A draft by which nearly all of the west is east."""
    draft = BoundaryDraft.objects.create(
        boundary_set=city.sets["districts"], title="East grows", columns=["code"], code_column="code", name_columns={}
    )
    shapes = {"west": box(10.0, 50.0, 10.005, 50.05), "east": box(10.005, 50.0, 10.09, 50.05)}
    for row, (code, shape) in enumerate(shapes.items(), start=1):
        DraftArea.objects.create(draft=draft, row=row, properties={"code": code}, geometry=shape)
    return draft


def sent(category: str = "pothole") -> Appeal:
    receipt = intake.submit(a_submission(category=category, answers={"depth": "deep"} if category == "pothole" else {}))
    return Appeal.objects.get(public_id=receipt.public_id)


def service_of(appeal: Appeal) -> str:
    return Appeal.objects.values_list("department__code", flat=True).get(pk=appeal.pk)


def deciding(*days: int) -> list[RuleSet | None]:
    return [in_force(later(number)) for number in days]


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


def page_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def dispatcher(client: Client, a_city: TinyCity) -> Client:
    client.force_login(a_city.people["dispatcher"])
    return client


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


# Pages


def test_the_page_of_scheduled_rules_says_what_withdrawing_does_and_does_it(dispatcher: Client, a_city: TinyCity) -> None:
    draft = rules(a_city)
    publish_rules(draft, later(3), moves_open=True)
    address = f"/desk/routing/rules/{draft.pk}"
    assert "on their days “Rules of the city pack” keeps deciding" in page_of(dispatcher.get(address))

    answer = dispatcher.post(f"{address}/withdraw")

    assert (answer.status_code, answer["Location"]) == (302, address)
    page = page_of(dispatcher.get(address))
    assert "Withdrawn: these rules are a draft again." in page
    assert "Publish…" in page
    assert "Withdraw…" not in page
    assert deciding(3) == [a_city.rule_set]


def test_the_page_says_that_no_rules_are_left_where_none_are_in_force_before(dispatcher: Client, a_city: TinyCity) -> None:
    RuleSet.objects.update(valid="empty")
    draft = rules(a_city)
    publish_rules(draft, later(3), moves_open=True)
    assert "each report goes to the service of its category." in page_of(dispatcher.get(f"/desk/routing/rules/{draft.pk}"))


def test_rules_that_decide_show_no_way_to_withdraw_and_a_late_press_gets_a_sentence(dispatcher: Client, a_city: TinyCity) -> None:
    address = f"/desk/routing/rules/{a_city.rule_set.pk}"
    assert "Withdraw…" not in page_of(dispatcher.get(address))
    answer = dispatcher.post(f"{address}/withdraw")
    assert answer.status_code == 409
    assert "These rules have begun to decide" in page_of(answer)
    assert deciding(0) == [a_city.rule_set]


def test_the_page_of_scheduled_boundaries_says_what_withdrawing_does_and_does_it(dispatcher: Client, a_city: TinyCity) -> None:
    draft = boundaries(a_city)
    jobs.publish_boundaries(draft, later(3), moves_open=True)
    address = f"/desk/routing/drafts/{draft.pk}"
    assert "nothing changes: the areas of the day before stay" in page_of(dispatcher.get(address))

    answer = dispatcher.post(f"{address}/withdraw")

    assert (answer.status_code, answer["Location"]) == (302, address)
    page = page_of(dispatcher.get(address))
    assert "Withdrawn: these boundaries are a draft again." in page
    assert "Throw the draft away" in page
    assert "Withdraw…" not in page
    on_that_day = Boundary.objects.on(later(3)).filter(boundary_set=draft.boundary_set)
    assert {one.code: one.pk for one in on_that_day} == {code: a_city.boundaries[code].pk for code in ("west", "east")}


def test_boundaries_in_force_show_no_way_to_withdraw_and_a_late_press_gets_a_sentence(
    dispatcher: Client, a_city: TinyCity
) -> None:
    draft = boundaries(a_city)
    jobs.publish_boundaries(draft, later(0), moves_open=True)
    address = f"/desk/routing/drafts/{draft.pk}"
    assert "Withdraw…" not in page_of(dispatcher.get(address))
    answer = dispatcher.post(f"{address}/withdraw")
    assert answer.status_code == 409
    assert "These boundaries are in force and can no longer be withdrawn" in page_of(answer)


@pytest.mark.parametrize("who", ["clerk", "crew", "head", "resident"])
def test_others_do_not_withdraw(client: Client, a_city: TinyCity, who: str) -> None:
    draft, borders = rules(a_city), boundaries(a_city)
    publish_rules(draft, later(3), moves_open=True)
    jobs.publish_boundaries(borders, later(3), moves_open=True)
    client.force_login(a_city.people[who])
    assert client.post(f"/desk/routing/rules/{draft.pk}/withdraw").status_code == 403
    assert client.post(f"/desk/routing/drafts/{borders.pk}/withdraw").status_code == 403
    borders.refresh_from_db()
    assert (deciding(3), borders.state) == ([draft], "published")


@pytest.mark.parametrize("kind", ["rules", "drafts"])
def test_a_draft_a_second_press_a_look_and_what_is_not_there(dispatcher: Client, a_city: TinyCity, kind: str) -> None:
    found = rules(a_city) if kind == "rules" else boundaries(a_city)
    address = f"/desk/routing/{kind}/{found.pk}/withdraw"
    for _press in range(2):
        answer = dispatcher.post(address)
        assert answer.status_code == 409
        assert "not published: there is nothing to withdraw" in page_of(answer)
    assert dispatcher.get(address).status_code == 405
    assert dispatcher.post(f"/desk/routing/{kind}/999999/withdraw").status_code == 404
    assert dispatcher.post(f"/desk/routing/{kind}/west/withdraw").status_code == 404
