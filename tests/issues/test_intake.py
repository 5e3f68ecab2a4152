"""Taking a report in: two statements, whole or not at all, the same answer to the same form."""

from __future__ import annotations

import uuid
from typing import Any

import pghistory
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from issues import duplicates, intake, tracking
from issues.errors import Invalid, KeyConflict
from issues.models import Appeal, Event, IntakeKey, Photo, Reporter, RoutingDecision
from notifications.models import OutboxMessage
from tests import factories
from tests.factories import TinyCity, a_submission

pytestmark = pytest.mark.django_db


def rows_written() -> dict[str, int]:
    tables: tuple[Any, ...] = (Appeal, Reporter, Event, RoutingDecision, OutboxMessage, IntakeKey)
    return {table.__name__: table.objects.count() for table in tables}


def test_a_report_takes_two_statements(a_city: TinyCity) -> None:
    with CaptureQueriesContext(connection) as queries:
        receipt = intake.submit(a_submission())

    assert len(queries) == 2, [query["sql"][:80] for query in queries]
    assert queries[1]["sql"].lstrip().startswith("WITH key AS")
    assert rows_written() == {
        "Appeal": 1, "Reporter": 1, "Event": 1, "RoutingDecision": 1, "OutboxMessage": 2, "IntakeKey": 1,
    }  # fmt: skip
    assert not receipt.repeated
    assert not receipt.held


def test_everything_a_report_says_is_kept(a_city: TinyCity) -> None:
    sent = a_submission(phone="+1 555 0100", language="ru")

    receipt = intake.submit(sent)

    appeal = Appeal.objects.get(public_id=receipt.public_id)
    assert (appeal.point.x, appeal.point.y) == factories.IN_WEST
    assert (appeal.text, appeal.address, appeal.answers) == (sent.text, sent.address, {"depth": "deep"})
    assert (appeal.state, appeal.visibility, appeal.source) == ("new", "public", "web")
    assert appeal.category == a_city.categories["pothole"]
    assert appeal.district == a_city.boundaries["west"]
    assert appeal.department == a_city.departments["roads"]
    assert appeal.due_at == receipt.due_at
    assert appeal.due_at is not None
    assert appeal.due_at - appeal.created_at == a_city.categories["pothole"].due
    assert not appeal.text_public, "this category waits for a clerk's look"
    person = appeal.reporter
    assert (person.name, person.email, person.phone, person.language) == (sent.name, sent.email, sent.phone, "ru")
    assert bytes(person.tracking_hash) == tracking.hash_of(receipt.token)
    assert [event.kind for event in appeal.events.all()] == ["opened"]
    decision = appeal.decisions.get()
    assert decision.department == appeal.department
    assert decision.reason["how"] == "category"


def test_the_outbox_names_ids_and_no_person(a_city: TinyCity) -> None:
    intake.submit(a_submission())

    event = Event.objects.get()
    for to in ("reporter", "department"):
        message = OutboxMessage.objects.get(key=f"mail:{event.pk}:{event.appeal_id}:{to}")
        assert message.payload == {"appeal": event.appeal_id, "event": event.pk, "to": to}


def test_without_an_address_only_the_service_gets_a_letter(a_city: TinyCity) -> None:
    intake.submit(a_submission(email=""))

    assert [message.payload["to"] for message in OutboxMessage.objects.all()] == ["department"]


def test_the_same_form_again_is_one_appeal_and_the_same_answer(a_city: TinyCity) -> None:
    sent = a_submission()
    first = intake.submit(sent)

    with CaptureQueriesContext(connection) as queries:
        second = intake.submit(sent)

    assert len(queries) == 1
    assert (second.public_id, second.token, second.due_at, second.department) == (
        first.public_id, first.token, first.due_at, first.department,
    )  # fmt: skip
    assert second.repeated
    assert Appeal.objects.count() == 1


def test_the_same_form_from_another_network_is_still_the_same(a_city: TinyCity) -> None:
    key = uuid.uuid4()
    intake.submit(a_submission(key=key))

    assert intake.submit(a_submission(key=key, address_block="198.51.100.0/24")).repeated


@pytest.mark.parametrize("change", [{"text": "Something else."}, {"lon": 10.011}, {"email": "b@testville.invalid"}])
def test_the_same_key_with_another_body_is_refused(a_city: TinyCity, change: dict[str, Any]) -> None:
    sent = a_submission()
    intake.submit(sent)

    with pytest.raises(KeyConflict):
        intake.submit(a_submission(key=sent.key, **change))
    assert Appeal.objects.count() == 1


def test_an_unknown_or_expired_category_is_refused(a_city: TinyCity) -> None:
    with pytest.raises(Invalid) as refused:
        intake.submit(a_submission(category="unicorn"))
    assert list(refused.value.errors) == ["category"]

    a_city.categories["pothole"].valid = (factories.FROM, factories.FROM.replace(year=2021))
    a_city.categories["pothole"].save()
    with pytest.raises(Invalid):
        intake.submit(a_submission())


def test_an_emergency_is_not_taken_as_a_report(a_city: TinyCity) -> None:
    type(a_city.categories["lamp"]).objects.filter(code="lamp").update(emergency={"phone": "112"})

    with pytest.raises(Invalid) as refused:
        intake.submit(a_submission(category="lamp"))
    assert "emergency" in refused.value.errors["category"]


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [({}, "q-depth"), ({"depth": "bottomless"}, "q-depth"), ({"depth": ["flat", "deep"]}, "q-depth"),
     ({"depth": "deep", "wet": "perhaps"}, "q-wet"), ({"depth": "deep", "where": "x" * 501}, "q-where")],
)  # fmt: skip
def test_answers_are_checked_against_the_questions(a_city: TinyCity, answers: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        intake.submit(a_submission(answers=answers))

    assert list(refused.value.errors) == [wrong]
    assert Appeal.objects.count() == 0


def test_answers_nobody_asked_for_are_left_out(a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission(answers={"depth": "flat", "iban": "x"}))

    assert Appeal.objects.get(public_id=receipt.public_id).answers == {"depth": "flat"}


def test_words_of_an_open_category_are_public_at_once(a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission(category="lamp"))

    assert Appeal.objects.get(public_id=receipt.public_id).text_public


def test_a_private_category_is_never_public(a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission(category="noise"))

    assert Appeal.objects.get(public_id=receipt.public_id).visibility == "private"
    assert not Appeal.objects.public().exists()


def test_a_flood_is_held_and_told_to_nobody(a_city: TinyCity, settings: Any) -> None:
    settings.FLOOD_LIMIT = 2
    receipts = [intake.submit(a_submission(category="lamp")) for _ in range(3)]

    assert [receipt.held for receipt in receipts] == [False, False, True]
    held = Appeal.objects.get(public_id=receipts[2].public_id)
    assert (held.visibility, held.text_public, held.flags) == ("held", False, ["flood"])
    assert held.events.get().data == {"held": "flood"}
    assert not OutboxMessage.objects.filter(payload__appeal=held.pk).exists()
    assert not Appeal.objects.public().filter(pk=held.pk).exists()
    assert not intake.submit(a_submission(category="lamp", address_block="198.51.100.0/24")).held


def test_the_address_block_is_kept_as_a_hash_alone(a_city: TinyCity) -> None:
    intake.submit(a_submission())

    kept = bytes(IntakeKey.objects.get().address_block or b"")
    assert len(kept) == 16
    assert b"203.0.113" not in kept


def test_photos_that_belong_to_nobody_are_joined(a_city: TinyCity) -> None:
    theirs = factories.an_appeal(a_city)
    mine = Photo.objects.create(name="a" * 32, width=1, height=1, size=1)
    other = Photo.objects.create(name="b" * 32, width=1, height=1, size=1, appeal=theirs)

    receipt = intake.submit(a_submission(category="lamp", photos=(mine.name, other.name, "c" * 32)))

    mine.refresh_from_db()
    other.refresh_from_db()
    assert mine.appeal is not None
    assert (mine.appeal.public_id, mine.public) == (receipt.public_id, True)
    assert (other.appeal, other.public) == (theirs, False)


def test_a_report_without_a_place_goes_by_its_category(a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission(lon=None, lat=None, source="phone"))

    appeal = Appeal.objects.get(public_id=receipt.public_id)
    assert appeal.point is None
    assert appeal.department == a_city.departments["roads"]
    assert "no_location" in appeal.flags


def test_staff_may_report_too_although_what_they_do_is_audited(a_city: TinyCity) -> None:
    with pghistory.context(user=a_city.clerk.pk):
        receipt = intake.submit(a_submission())
        found = duplicates.near(*factories.IN_WEST, "pothole")

    assert [one.public_id for one in found] == [receipt.public_id]


def test_an_empty_database_refuses_a_report_without_falling_over(db: None) -> None:
    with pytest.raises(Invalid):
        intake.submit(a_submission())
