"""The outbox page of administrators: what waits, what is late, what was given up, and sending that again."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from notifications import outbox
from notifications.models import OutboxMessage
from notifications.views import PAGE
from tests.factories import TinyCity
from tests.notifications import recorder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def handlers(settings: LazySettings) -> None:
    settings.OUTBOX_HANDLERS = "tests.notifications.recorder.HANDLERS"
    recorder.carried.clear()


@pytest.fixture
def admin(client: Client, a_city: TinyCity) -> Client:
    client.force_login(a_city.people["admin"])
    return client


def dead(key: str) -> int:
    outbox.put("fail", key, {"how": "permanent"})
    outbox.work_off()
    return OutboxMessage.objects.get(key=key).pk


def test_an_empty_outbox_says_so(admin: Client) -> None:
    page = admin.get("/desk/outbox").content.decode()
    assert "Nothing was given up." in page
    assert "Nothing is late." in page


def test_dead_late_and_retried_messages_are_shown(admin: Client) -> None:
    dead("dead-one")
    outbox.put("fail", "tried-one", {"how": "passing"})
    outbox.work_off()
    outbox.put("note", "late-one", {}, available_at=timezone.now() - timedelta(minutes=5))
    response = admin.get("/desk/outbox")
    page = response.content.decode()
    assert [message.key for message in response.context["dead"]] == ["dead-one"]
    assert [message.key for message in response.context["late"]] == ["late-one"]
    assert [message.key for message in response.context["tried"]] == ["tried-one"]
    assert "no such mailbox" in page
    assert "server away" in page


def test_a_dead_letter_is_sent_again_by_its_button(admin: Client) -> None:
    message = dead("a")
    OutboxMessage.objects.filter(pk=message).update(payload={})
    response = admin.post(f"/desk/outbox/{message}/again", follow=True)
    assert "It will be sent again." in response.content.decode()
    assert outbox.work_off().done == 1


@pytest.mark.parametrize("message", ["0", "999999", "99999999999999999999999"])
def test_a_letter_that_is_not_there_is_a_sentence(admin: Client, message: str) -> None:
    response = admin.post(f"/desk/outbox/{message}/again", follow=True)
    assert response.status_code == 200
    assert "no such dead letter" in response.content.decode()


def test_sending_again_is_no_link_and_needs_the_forms_token(admin: Client, a_city: TinyCity) -> None:
    message = dead("a")
    assert admin.get(f"/desk/outbox/{message}/again").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(a_city.people["admin"])
    assert strict.post(f"/desk/outbox/{message}/again").status_code == 403
    assert outbox.lag().dead == 1


def test_only_an_administrator_sends_again(client: Client, a_city: TinyCity) -> None:
    message = dead("a")
    client.force_login(a_city.clerk)
    assert client.post(f"/desk/outbox/{message}/again").status_code == 403
    assert outbox.lag().dead == 1


def test_many_dead_letters_come_in_pages(admin: Client) -> None:
    first = dead("letter-0")
    for number in range(1, PAGE + 1):
        dead(f"letter-{number}")
    response = admin.get("/desk/outbox")
    assert len(response.context["dead"]) == PAGE
    older = admin.get(response.context["older"])
    assert [message.pk for message in older.context["dead"]] == [first]


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=" + "9" * 30, "before=²"])
def test_nonsense_in_the_address_is_no_error(admin: Client, query: str) -> None:
    assert admin.get(f"/desk/outbox?{query}").status_code == 200
