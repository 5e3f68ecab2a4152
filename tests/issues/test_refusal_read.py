"""Who reads that a service refused: everybody, the resident, the desk."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Department
from issues import notices, triage
from notifications.models import OutboxMessage
from tests.factories import IN_EAST, TinyCity
from tests.issues.refusing import clerk_of, reported, who_has

pytestmark = pytest.mark.django_db


# Who reads it


def test_everybody_sees_on_the_public_page_who_refused_and_why(client: Client, a_city: TinyCity) -> None:
    appeal = reported()
    triage.refuse(appeal, a_city.people["clerk-parks"], "This is a carriageway.")
    text = client.get(f"/a/{appeal.public_id}").content.decode()
    assert "Park service: not ours" in text
    assert "This is a carriageway." in text
    assert "it went to the next service in line, Road service" in text
    assert "clerk-parks" not in text


def test_the_letters_read_well_with_and_without_a_next_service(a_city: TinyCity) -> None:
    appeal = reported()
    OutboxMessage.objects.all().delete()
    triage.refuse(appeal, a_city.people["clerk-parks"], "This is a carriageway.")
    to_resident, to_service = letters()
    assert "Road service" in to_resident.body
    assert "This is a carriageway." in to_resident.body
    assert to_service.to == ["roads@testville.invalid"]
    assert "Park service said that it is not theirs" in to_service.body
    assert "This is a carriageway." in to_service.body

    Department.objects.filter(code="town-hall").update(active=False)
    triage.refuse(appeal, a_city.clerk, "Not ours.")
    (alone,) = letters()
    assert alone.to == ["resident@testville.invalid"]
    assert "waits for a dispatcher" in alone.subject
    assert "a dispatcher decides who gets it" in alone.body
    assert "now with:" not in alone.body


def letters() -> list[Any]:
    """What is in the outbox, delivered: the resident's first."""
    mail.outbox.clear()
    for message in OutboxMessage.objects.order_by("id"):
        notices.deliver_mail(message.payload)
    OutboxMessage.objects.all().delete()
    return sorted(mail.outbox, key=lambda letter: letter.to)


def test_the_desk_offers_not_ours_and_names_who_comes_next(client: Client, a_city: TinyCity) -> None:
    appeal = reported()
    client.force_login(a_city.people["clerk-parks"])
    page = client.get(f"/desk/{appeal.public_id}").content.decode()
    assert f'action="/desk/{appeal.public_id}/refuse"' in page
    assert "next service in line: Road service" in page
    assert 'class="sketch-pin"' in page

    answer = client.post(f"/desk/{appeal.public_id}/refuse", {"text": "A carriageway."})
    assert (answer.status_code, answer["Location"]) == (302, "/desk")
    assert "Sent to “Road service”" in client.get("/desk").content.decode()


def test_a_refusal_without_words_stays_on_the_page_with_a_sentence(client: Client, a_city: TinyCity) -> None:
    appeal = reported()
    client.force_login(a_city.people["clerk-parks"])
    answer = client.post(f"/desk/{appeal.public_id}/refuse", {"text": ""})
    assert answer.status_code == 422
    assert "Write a sentence" in answer.content.decode()


def test_a_service_cannot_refuse_what_is_not_its_own(client: Client, a_city: TinyCity) -> None:
    appeal = reported(IN_EAST)
    client.force_login(a_city.people["clerk-parks"])
    assert client.post(f"/desk/{appeal.public_id}/refuse", {"text": "No."}).status_code == 404
    assert who_has(appeal) == "roads"


def test_the_clerk_hears_that_a_dispatcher_decides_now(client: Client, a_city: TinyCity) -> None:
    appeal = reported()
    triage.refuse(appeal, a_city.people["clerk-parks"], "Not ours.")
    triage.refuse(appeal, a_city.clerk, "Not ours.")
    client.force_login(clerk_of(a_city, "town-hall"))
    client.post(f"/desk/{appeal.public_id}/reroute", {"text": "Theirs.", "department": "parks"})
    assert "Services passed this report on too often" in client.get("/desk").content.decode()


def test_the_desk_tells_a_dispatcher_what_was_decided_at_first(client: Client, a_city: TinyCity) -> None:
    appeal = reported()
    triage.refuse(appeal, a_city.people["clerk-parks"], "A carriageway.")
    client.force_login(a_city.people["dispatcher"])
    page = client.get(f"/desk/{appeal.public_id}").content.decode()
    assert "Park service: not ours" in page
    assert "Decided at first" in page
    assert "(rule ring)" in page
