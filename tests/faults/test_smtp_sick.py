"""A sick mail server: no letter is lost, none sent twice without a cut, and what is refused for good is shown."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from notifications import outbox
from notifications.channels.email import message_id
from notifications.models import OutboxMessage
from tests.notifications.smtp_sink import Mood, SmtpSink

pytestmark = [pytest.mark.django_db, pytest.mark.faults]
LETTERS = 60


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        settings.OUTBOX_HANDLERS = "tests.faults.handlers.HANDLERS"
        settings.EMAIL_BACKEND = "notifications.channels.smtp.SmtpBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 0.3
        yield sink


def all_due() -> None:
    OutboxMessage.objects.filter(done_at=None).update(available_at=timezone.now() - timedelta(seconds=1))


def test_every_letter_arrives_once_the_server_is_well(sink: SmtpSink, settings: LazySettings) -> None:
    for number in range(LETTERS):
        outbox.put("mail", f"letter-{number}", {})
    unanswered = 0
    for mood in (Mood.GREYLIST, Mood.BUSY, Mood.CUT, Mood.HANG, Mood.CUT):
        sink.mood = mood
        before = sum(sink.ids.values())
        tally = outbox.work_off()
        assert tally == outbox.Tally(again=outbox.SICK_AFTER)
        unanswered += sum(sink.ids.values()) - before
        all_due()
    settings.EMAIL_PORT, well = 9, settings.EMAIL_PORT  # nobody listens there
    assert outbox.work_off() == outbox.Tally(again=outbox.SICK_AFTER)
    settings.EMAIL_PORT = well
    all_due()
    sink.mood = Mood.REFUSE_ADDRESS
    assert outbox.work_off(limit=5) == outbox.Tally(dead=5)
    sink.mood = Mood.RUDE
    outbox.work_off(limit=1)
    sink.mood = Mood.WELL
    outbox.work_off()
    refused = {message_id(key) for key in OutboxMessage.objects.exclude(dead_at=None).values_list("key", flat=True)}
    wanted = {message_id(f"letter-{number}") for number in range(LETTERS)}
    lost, repeats = wanted - refused - set(sink.ids), sum(sink.ids.values()) - len(sink.ids)
    figures = {"letters": LETTERS, "lost": len(lost), "repeats": repeats, "cuts": unanswered, "dead_shown": len(refused)}
    print(json.dumps({"case": "smtp-sick", **figures}))
    assert not lost
    assert repeats <= unanswered
    assert len(refused) == outbox.lag().dead == 5
