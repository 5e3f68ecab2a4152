"""Staff are made by administrators, by a command."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Membership, User
from tests.factories import TinyCity

pytestmark = pytest.mark.django_db
NEW = "new@example.org"


def create(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    call_command("create_staff", *args)
    return capsys.readouterr().out


def link_in(text: str) -> str:
    found = re.search(r"http://testserver(/accounts/password/reset/key/\S+/)", text)
    assert found is not None
    return found[1]


def test_a_new_clerk_gets_a_link_sets_a_password_and_is_in(
    client: Client, a_city: TinyCity, capsys: pytest.CaptureFixture[str], settings: LazySettings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    said = create(capsys, "New@Example.org", "--role", "clerk", "--department", "roads", "--area", "districts/west")
    clerk = Membership.objects.get(user__email=NEW)
    assert (clerk.department, clerk.area) == (a_city.departments["roads"], a_city.boundaries["west"])
    form = client.get(link_in(said), follow=True)
    password = {"password1": "four plain words here", "password2": "four plain words here"}
    client.post(form.request["PATH_INFO"], password)
    client.post("/accounts/login/", {"login": NEW, "password": "four plain words here"})
    assert client.session["_auth_user_id"] == str(clerk.user_id)
    assert client.get(link_in(said), follow=True).context["token_fail"], "the link works once"


def test_the_same_again_changes_nothing(a_city: TinyCity, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        create(capsys, NEW, "--role", "crew", "--crew", "roads-west")
    assert Membership.objects.filter(user__email=NEW).count() == 1


def test_a_confirmed_person_keeps_their_password(a_city: TinyCity, capsys: pytest.CaptureFixture[str]) -> None:
    user = User.objects.create_user(NEW, "their own password")
    EmailAddress.objects.create(user=user, email=NEW, verified=True, primary=True)
    assert "To set a password" not in create(capsys, NEW, "--role", "admin")
    user.refresh_from_db()
    assert user.check_password("their own password")


def test_whoever_took_a_clerks_address_before_them_loses_the_account(
    client: Client, a_city: TinyCity, capsys: pytest.CaptureFixture[str]
) -> None:
    squatter = User.objects.create_user(NEW, "the squatter's password")
    client.force_login(squatter)
    create(capsys, NEW, "--role", "admin")
    assert client.get("/desk/outbox").status_code == 302
    client.post("/accounts/login/", {"login": NEW, "password": "the squatter's password"})
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nobody", "--role", "admin"], "no e-mail address"),
        ([NEW, "--role", "king"], "invalid choice"),
        ([NEW, "--role", "clerk"], "needs a department"),
        ([NEW, "--role", "head"], "needs a department"),
        ([NEW, "--role", "crew"], "needs a crew"),
        ([NEW, "--role", "crew", "--crew", "roads-west", "--department", "parks"], "another department"),
        ([NEW, "--role", "clerk", "--department", "nowhere"], "no department with the code nowhere"),
        ([NEW, "--role", "crew", "--crew", "nobody"], "no crew with the code nobody"),
        ([NEW, "--role", "clerk", "--department", "roads", "--area", "districts/nowhere"], "no boundary districts/nowhere"),
        ([NEW, "--role", "clerk", "--department", "roads", "--area", "west"], "write SET/CODE"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_made(
    a_city: TinyCity, capsys: pytest.CaptureFixture[str], args: list[str], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        create(capsys, *args)
    assert not User.objects.filter(email=NEW).exists()
