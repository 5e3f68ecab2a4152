"""Letters by e-mail against a real SMTP server that is well, rude, slow or gone."""

import time
from collections.abc import Iterator
from dataclasses import replace
from email.header import decode_header, make_header

import pytest
from django.conf import LazySettings

from notifications.channels import email, smtp
from notifications.channels.base import Letter, Passing, Permanent
from notifications.models import DemoLetter
from tests.notifications.smtp_sink import Mood, SmtpSink

LETTER = Letter(
    to="resident@example.org",
    subject="Ваше обращение принято",
    body="Спасибо.\nhttp://testserver/t/abc\n",
    language="ru",
    message_id=email.message_id("opened:1"),
)


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        settings.EMAIL_BACKEND = "notifications.channels.smtp.SmtpBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = sink.port
        settings.EMAIL_TIMEOUT = 0.4
        yield sink


def test_a_letter_arrives_as_it_was_written(sink: SmtpSink) -> None:
    email.send(LETTER)
    (letter,) = sink.letters
    assert str(make_header(decode_header(letter["Subject"]))) == LETTER.subject
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode() == LETTER.body.replace("\n", "\r\n")
    assert letter["To"] == LETTER.to
    assert letter["Message-ID"] == LETTER.message_id
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Content-Language"] == "ru"


def test_the_message_id_is_stable_and_tells_nothing() -> None:
    assert email.message_id("a") == email.message_id("a")
    assert email.message_id("a") != email.message_id("b")
    assert email.message_id("appeal:7").endswith("@testserver>")
    assert "appeal" not in email.message_id("appeal:7")


@pytest.mark.parametrize(
    ("mood", "error"),
    [
        (Mood.REFUSE_ADDRESS, Permanent),
        (Mood.REFUSE_LETTER, Permanent),
        (Mood.GREYLIST, Passing),
        (Mood.BUSY, Passing),
        (Mood.HANG, Passing),
        (Mood.CUT, Passing),
    ],
)
def test_a_failure_is_named_and_quotes_nobody(sink: SmtpSink, mood: Mood, error: type[Exception]) -> None:
    sink.mood = mood
    with pytest.raises(error) as failure:
        email.send(LETTER)
    assert LETTER.to not in str(failure.value)
    assert failure.value.__suppress_context__, "a chained error would bring the address into a traceback"


def test_a_server_that_is_gone_is_a_passing_failure(sink: SmtpSink, settings: LazySettings) -> None:
    with SmtpSink() as other:
        settings.EMAIL_PORT = other.port
    with pytest.raises(Passing, match="ConnectionRefusedError"):
        email.send(LETTER)


def test_a_server_that_hangs_up_rudely_after_accepting_has_the_letter(sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "GOODBYE", 0.1)
    sink.mood = Mood.RUDE
    email.send(LETTER)
    assert len(sink.letters) == 1


def test_a_conversation_ends_however_patient_each_step_is(
    sink: SmtpSink, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_TIMEOUT = 60
    monkeypatch.setattr(smtp, "CONVERSATION", 0.3)
    sink.mood = Mood.HANG
    began = time.monotonic()
    with pytest.raises(Passing):
        email.send(LETTER)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b@c", "a@example.org\nBcc: all@example.org", "a@example.org, b@example.org"]
)
def test_what_is_no_address_is_given_up(sink: SmtpSink, address: str) -> None:
    with pytest.raises(Permanent):
        email.send(replace(LETTER, to=address))
    assert sink.letters == []


def test_a_line_break_in_the_subject_adds_no_header(sink: SmtpSink) -> None:
    email.send(replace(LETTER, subject="Hello\r\nBcc: all@example.org\n\n<b>"))
    (letter,) = sink.letters
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Hello Bcc: all@example.org <b>"


@pytest.mark.parametrize("headers", [{"List-Id": "a\nBcc: all@example.org"}, {"bcc": "all@example.org"}, {"From": "x"}])
def test_headers_cannot_smuggle_anything(sink: SmtpSink, headers: dict[str, str]) -> None:
    with pytest.raises(Permanent):
        email.send(replace(LETTER, headers=headers))
    assert sink.letters == []


@pytest.mark.django_db
def test_in_demo_mode_nothing_leaves_the_machine(sink: SmtpSink, settings: LazySettings) -> None:
    settings.DEMO_MODE = True
    email.send(LETTER)
    email.send(LETTER)
    assert sink.letters == []
    (kept,) = DemoLetter.objects.all()
    assert (kept.recipient, kept.subject, kept.body) == (LETTER.to, LETTER.subject, LETTER.body)
