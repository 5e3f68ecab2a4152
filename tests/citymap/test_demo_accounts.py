"""A server outside demo mode does not start on a database whose passwords everybody knows."""

import pytest
from django.conf import LazySettings

from accounts.models import User
from citymap.checks import no_demo_accounts, refuse_demo_accounts

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo_account() -> User:
    return User.objects.create_user("clerk@demo.invalid", "citymap-demo", demo=True)


@pytest.mark.usefixtures("demo_account")
def test_with_demo_accounts_the_start_ends_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citymap.checks.connection.close", lambda: None)  # the test's own transaction lives in it
    with pytest.raises(SystemExit) as refused:
        refuse_demo_accounts()
    assert "demo accounts" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.usefixtures("demo_account")
def test_the_deploy_check_carries_its_id() -> None:
    assert [found.id for found in no_demo_accounts(None, databases=["default"])] == ["citymap.E001"]


@pytest.mark.usefixtures("demo_account")
def test_in_demo_mode_they_are_welcome(settings: LazySettings) -> None:
    settings.DEMO_MODE = True
    assert no_demo_accounts(None, databases=["default"]) == []


def test_without_them_any_server_may_start() -> None:
    User.objects.create_user("clerk@city.invalid", "x")
    assert no_demo_accounts(None, databases=["default"]) == []
