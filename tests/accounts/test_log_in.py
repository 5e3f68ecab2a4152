"""Logging in by e-mail: who may, what a stranger can learn, and how often one may try."""

import re

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.accounts.hashers import CountingHasher
from tests.factories import TinyCity
from tests.notifications.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
LOGIN, SIGNUP, RESET = "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"
PASSWORD = "four plain words here"


@pytest.fixture
def user() -> User:
    return User.objects.create_user("jo@example.org", PASSWORD, name="Jo")


def log_in(client: Client, email: str, password: str = PASSWORD, **extra: str) -> int:
    return client.post(LOGIN, {"login": email, "password": password, **extra}).status_code


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("email", ["jo@example.org", "JO@Example.org", " jo@example.org "])
def test_log_in_is_by_e_mail_in_any_case(client: Client, user: User, email: str) -> None:
    assert log_in(client, email) == 302
    assert is_in(client)


def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(client: Client, user: User) -> None:
    pages = []
    for email in ("jo@example.org", "xx@example.org"):
        response = client.post(LOGIN, {"login": email, "password": "not that one at all"})
        page = response.content.decode().replace(email, "…")
        pages.append((response.status_code, re.sub(r'value="[\w-]{64}"', "", page)))
    assert pages[0] == pages[1]
    assert pages[0][0] == 200


def test_an_unknown_person_costs_as_much_hashing_as_a_known_one(client: Client, settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.hashers.CountingHasher"]
    User.objects.create_user("jo@example.org", PASSWORD)
    work = []
    for email in ("jo@example.org", "xx@example.org"):
        CountingHasher.work = 0
        log_in(client, email, "not that one at all")
        work.append(CountingHasher.work)
    assert work[0] == work[1] > 0


def test_the_session_changes_its_name_at_log_in(client: Client, user: User) -> None:
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    assert planted is not None
    client.cookies["sessionid"] = planted
    assert log_in(client, user.email) == 302
    assert client.cookies["sessionid"].value != planted


def test_guessing_is_stopped_for_the_address_guessed_and_for_no_other(client: Client, user: User, settings: LazySettings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {}
    User.objects.create_user("other@example.org", PASSWORD)
    for number in range(5):
        log_in(client, user.email, f"guess no. {number}")
    log_in(client, user.email)
    assert not is_in(client), "the limit held not even for the right password"
    log_in(client, "other@example.org")
    assert is_in(client)


@pytest.mark.parametrize(
    "where", ["https://evil.test/", "//evil.test", "javascript:alert(1)", "https:evil.test", "\\\\evil.test"]
)
def test_log_in_never_leads_elsewhere(client: Client, user: User, where: str) -> None:
    response = client.post(LOGIN, {"login": user.email, "password": PASSWORD, "next": where})
    assert response.status_code == 302
    assert "evil" not in response["Location"]
    assert "javascript" not in response["Location"]


@pytest.mark.parametrize("path", [LOGIN, SIGNUP, RESET])
@pytest.mark.parametrize("text", ["", "\x00", "a\x00@example.org", "ё" * 5000, "a@b" * 2000, "<script>", "' OR 1=1 --", "\ud800"])
def test_nonsense_is_refused_on_the_same_page(client: Client, path: str, text: str) -> None:
    fields = ("login", "password", "email", "password1", "password2", "next")
    raw = "&".join(f"{name}={text}" for name in fields).encode("utf-8", "surrogatepass")
    response = client.post(path, raw, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200
    assert not User.objects.exists()


def test_logging_out_needs_more_than_a_link(client: Client, user: User) -> None:
    log_in(client, user.email)
    client.get("/accounts/logout/")
    assert is_in(client)
    client.post("/accounts/logout/")
    assert not is_in(client)


def sign_up(client: Client, email: str) -> tuple[int, str]:
    response = client.post(SIGNUP, {"email": email, "password1": PASSWORD, "password2": PASSWORD})
    return response.status_code, response.headers.get("Location", "")


def test_sign_up_does_not_tell_who_has_an_account(client: Client, user: User, settings: LazySettings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    assert sign_up(client, "new@example.org") == sign_up(Client(), user.email)
    assert sorted(letter.to[0] for letter in mail.outbox) == ["jo@example.org", "new@example.org"]
    assert User.objects.filter(email=user.email).count() == 1


def test_a_new_account_has_no_right_and_no_session_before_its_address_is_confirmed(
    client: Client, settings: LazySettings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    response = client.post(
        SIGNUP,
        {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD, "is_staff": "1", "demo": "1", "role": "admin"},
    )
    assert response.status_code == 302
    new = User.objects.get(email="new@example.org")
    assert not any([new.is_staff, new.is_superuser, new.demo, new.memberships.exists()])
    assert not is_in(client)
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+/)", str(mail.outbox[0].body))
    assert link is not None
    client.get(link[1])
    assert log_in(client, new.email) == 302
    assert not is_in(client), "a mail scanner that follows links must not confirm"
    client.post(link[1])
    log_in(client, new.email)
    assert is_in(client)


def test_a_password_reset_link_leads_to_the_public_address_whatever_host_was_claimed(
    client: Client, user: User, settings: LazySettings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client.post(RESET, {"email": user.email}, headers={"host": "evil.test"})
    (letter,) = mail.outbox
    assert "evil" not in letter.body
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+/)", str(letter.body))
    assert link is not None
    form = client.get(link[1], follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "another four plain words", "password2": "another four plain words"})
    log_in(client, user.email, "another four plain words")
    assert is_in(client)


def test_a_password_reset_does_not_tell_who_has_an_account(client: Client, user: User) -> None:
    answers = [client.post(RESET, {"email": email}) for email in (user.email, "xx@example.org")]
    assert answers[0].status_code == answers[1].status_code == 302
    assert answers[0]["Location"] == answers[1]["Location"]
    assert [letter.to[0] for letter in mail.outbox] == [user.email, "xx@example.org"]


def test_a_mail_server_that_is_away_breaks_no_page(client: Client, user: User, settings: LazySettings) -> None:
    with SmtpSink() as gone:
        settings.EMAIL_BACKEND, settings.EMAIL_PORT = "notifications.channels.smtp.SmtpBackend", gone.port
        settings.EMAIL_HOST = "127.0.0.1"
    for email in (user.email, "xx@example.org"):
        response = client.post(RESET, {"email": email}, follow=True)
        assert response.status_code == 200
        assert "could not be sent" in response.content.decode()


def test_letters_name_the_city(client: Client, a_city: TinyCity) -> None:
    client.post(RESET, {"email": "clerk@testville.invalid"})
    assert "Testville" in mail.outbox[0].body


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "where"), [("clerk", "/desk"), ("dispatcher", "/desk"), ("crew", "/crew"), ("resident", "/")])
def test_everybody_arrives_where_they_work(client: Client, a_city: TinyCity, who: str, where: str) -> None:
    answer = client.post("/accounts/login/", {"login": a_city.people[who].email, "password": "testville"})
    assert answer["Location"] == where
