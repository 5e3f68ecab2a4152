"""Who reads what: every letter of the table, in the reader's language, with the secret link and nothing personal."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone

from issues import intake, notices, tasks, triage
from issues.models import Appeal, Event, EventKind, Reporter
from issues.notices import NOTICES
from notifications import outbox
from notifications.channels.base import Permanent
from notifications.models import OutboxMessage
from tests.factories import TinyCity, a_submission, an_appeal

pytestmark = pytest.mark.django_db


def send_all() -> list[Any]:
    outbox.work_off()
    assert not OutboxMessage.objects.filter(done_at__isnull=True).exists(), list(OutboxMessage.objects.values())
    return list(mail.outbox)


def test_the_first_letters_tell_who_has_it_why_and_by_when(a_city: TinyCity, settings: Any) -> None:
    receipt = intake.submit(a_submission())

    letters = {letter.to[0]: letter for letter in send_all()}

    mine = letters["resident@testville.invalid"]
    assert "has arrived: Pothole" in mine.subject
    assert f"{settings.PUBLIC_URL}{reverse('tracking', args=[receipt.token])}" in mine.body
    for part in ("Road service", "1 West Street", "no rule says otherwise", "It is due by"):
        assert part in mine.body
    theirs = letters["roads@testville.invalid"]
    assert reverse("desk-appeal", args=[receipt.public_id]) in theirs.body
    for letter in letters.values():
        assert "bucket" not in letter.body, "the resident's words travel in no letter"
        assert "Testville resident" not in letter.body
        assert "\n\n\n" not in letter.body
    assert mine.extra_headers["Message-ID"] != theirs.extra_headers["Message-ID"]


def test_due_times_are_the_citys_local_time(a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission())
    Appeal.objects.filter(public_id=receipt.public_id).update(due_at=dt.datetime(2026, 1, 15, 22, 30, tzinfo=dt.UTC))

    (mine,) = [letter for letter in send_all() if letter.to == ["resident@testville.invalid"]]

    assert "00:30, 16 January 2026" in mine.body


def test_a_letter_speaks_the_residents_language(a_city: TinyCity) -> None:
    intake.submit(a_submission(language="ru"))

    (mine,) = [letter for letter in send_all() if letter.to == ["resident@testville.invalid"]]

    assert "Яма" in mine.subject
    assert "Дорожная служба" in mine.body
    assert mine.extra_headers["Content-Language"] == "ru"


def test_a_repeat_is_the_same_letter_to_a_mail_server(a_city: TinyCity) -> None:
    intake.submit(a_submission())
    payload = OutboxMessage.objects.get(payload__to="reporter").payload

    notices.deliver_mail(payload)
    notices.deliver_mail(payload)

    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_a_person_erased_meanwhile_gets_nothing(a_city: TinyCity) -> None:
    intake.submit(a_submission())
    Reporter.objects.all().delete()

    assert [letter.to for letter in send_all()] == [["roads@testville.invalid"]]


def test_a_service_without_an_address_gets_nothing(a_city: TinyCity) -> None:
    type(a_city.clerk.memberships.get().department).objects.update(email="")
    intake.submit(a_submission(email=""))

    assert send_all() == []


@pytest.mark.parametrize("payload", [{"appeal": 1, "event": 0, "to": "reporter"}, {"appeal": 1, "event": None, "to": "mayor"}])
def test_a_letter_about_nothing_is_given_up_at_once(a_city: TinyCity, payload: dict[str, Any]) -> None:
    if payload["event"] is None:
        payload["event"] = Event.objects.create(appeal=an_appeal(a_city), kind="opened", state="new").pk

    with pytest.raises(Permanent):
        notices.deliver_mail(payload)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_letter_of_the_table_can_be_written(a_city: TinyCity, language: str) -> None:
    into = an_appeal(a_city)
    appeal = an_appeal(a_city, email="robin@testville.invalid", language=language, due_at=timezone.now())
    data = {"crew": "roads-west", "day": "2026-05-14", "into": into.public_id}
    for kind in NOTICES:
        event = Event.objects.create(appeal=appeal, kind=kind, state=appeal.state, words="Said <b> & 'so'.", data=data)
        notices.put(appeal, event)

    letters = send_all()

    assert len(letters) == sum(len(rows) for rows in NOTICES.values())
    for letter in letters:
        assert letter.subject
        assert "{{" not in letter.body
        assert "&lt;" not in letter.body
        assert "http://testserver/" in letter.body
    assert any("Said <b> & 'so'." in letter.body for letter in letters)


def test_every_template_of_the_table_exists_and_every_change_was_thought_of() -> None:
    for rows in NOTICES.values():
        for row in rows:
            get_template(f"mail/{row.template}.txt")
    assert set(EventKind) - set(NOTICES) == {EventKind.SHOWN, EventKind.HIDDEN, EventKind.ERASED, EventKind.CHECKED}


def test_who_was_joined_hears_that_it_is_fixed_under_their_own_reference(a_city: TinyCity) -> None:
    first = an_appeal(a_city)
    receipt = intake.submit(a_submission())
    triage.merge(Appeal.objects.get(public_id=receipt.public_id), first, a_city.clerk)
    task = triage.accept(first, a_city.clerk)
    assert task is not None
    tasks.done(task, a_city.crew_member, "Filled.", [])

    done = [letter for letter in send_all() if letter.subject.startswith("Fixed")]

    assert [letter.to for letter in done] == [["resident@testville.invalid"]]
    assert receipt.token in done[0].body
    assert receipt.public_id[:4] in done[0].subject
    assert "joined" in done[0].body
