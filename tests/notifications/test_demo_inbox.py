"""The demo inbox: what would have been sent, and only there where it is a demo."""

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMessage
from django.test import Client

from notifications.autolink import Piece, pieces
from notifications.channels.demo import DemoInbox, erase_letters
from notifications.checks import INBOX, demo_mail_stays_here
from notifications.models import DemoLetter
from notifications.views import PAGE

pytestmark = pytest.mark.django_db
OURS = "http://testserver"


@pytest.fixture(autouse=True)
def demo_mode(settings: LazySettings) -> None:
    settings.DEMO_MODE = True


def letter(to: str, subject: str, body: str = "Hello") -> None:
    DemoInbox().send_messages([EmailMessage(subject, body, to=[to])])


def test_outside_demo_mode_there_is_no_such_page(client: Client, settings: LazySettings) -> None:
    letter("a@demo.invalid", "Secret")
    settings.DEMO_MODE = False
    assert client.get("/demo/inbox").status_code == 404


def test_letters_are_shown_newest_first_and_by_person(client: Client) -> None:
    letter("A@demo.invalid", "First")
    letter("b@demo.invalid", "Second")
    page = client.get("/demo/inbox").content.decode()
    assert page.index("Second") < page.index("First")
    page = client.get("/demo/inbox", {"to": "a@DEMO.invalid"}).content.decode()
    assert "First" in page
    assert "Second" not in page


def test_older_letters_are_on_the_next_page(client: Client) -> None:
    for number in range(PAGE + 1):
        letter("a@demo.invalid", f"Letter no. {number}.")
    response = client.get("/demo/inbox", {"to": "a@demo.invalid"})
    assert "Letter no. 0." not in response.content.decode()
    assert "Letter no. 0." in client.get(response.context["older"]).content.decode()


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "before=99999999999999999999", "before=²", "to=%00", "to=" + "x" * 4000]
)
def test_nonsense_in_the_address_is_no_error(client: Client, query: str) -> None:
    assert client.get(f"/demo/inbox?{query}").status_code == 200


def test_what_a_letter_says_is_text_and_never_markup(client: Client) -> None:
    letter("a@demo.invalid", "<script>x</script>", "<img src=x onerror=alert(1)> http://testserver/<b>")
    page = client.get("/demo/inbox").content.decode()
    assert "<script>x" not in page
    assert "<img src=x" not in page


def test_our_own_addresses_become_links(client: Client) -> None:
    letter("a@demo.invalid", "S", "Follow it: http://testserver/t/abc. Not http://evil.test/t")
    page = client.get("/demo/inbox").content.decode()
    assert '<a href="http://testserver/t/abc">http://testserver/t/abc</a>.' in page
    assert 'href="http://evil.test' not in page


@pytest.mark.parametrize(
    "text",
    [
        "http://testserver.evil.test/t",
        "http://testserver@evil.test/t",
        "http://testserver:80@evil.test/",
        "nothttp://testserver/t",
        "//testserver/t",
        "javascript:alert('http://testserver')x",
        "https://testserver/t",
    ],
)
def test_what_only_looks_like_ours_is_no_link(text: str) -> None:
    assert not any("evil" in piece.href or not piece.href.startswith(OURS) for piece in pieces(text, OURS) if piece.href)
    assert "".join(piece.text for piece in pieces(text, OURS)) == text


def test_the_text_around_links_stays_whole() -> None:
    text = "A http://testserver/a, (http://testserver/b?c=d&e=f) http://testserver"
    assert [piece for piece in pieces(text, OURS) if piece.href] == [
        Piece(href, href) for href in ("http://testserver/a", "http://testserver/b?c=d&e=f", "http://testserver")
    ]
    assert "".join(piece.text for piece in pieces(text, OURS)) == text


def test_a_persons_letters_can_be_erased() -> None:
    letter("a@demo.invalid", "First")
    letter("b@demo.invalid", "Second")
    assert erase_letters(" A@demo.invalid") == 1
    assert list(DemoLetter.objects.values_list("recipient", flat=True)) == ["b@demo.invalid"]


def test_a_demo_whose_mail_would_leave_does_not_start(settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "notifications.channels.smtp.SmtpBackend"
    assert [error.id for error in demo_mail_stays_here(None)] == ["notifications.E001"]
    settings.EMAIL_BACKEND = INBOX
    assert demo_mail_stays_here(None) == []
    settings.DEMO_MODE, settings.EMAIL_BACKEND = False, "notifications.channels.smtp.SmtpBackend"
    assert demo_mail_stays_here(None) == []
