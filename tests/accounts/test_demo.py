"""The demo's log-ins: there in demo mode, nowhere else."""

from dataclasses import dataclass

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.demo import DEMO_PASSWORD, NotInDemoMode, create_demo_accounts, demo_accounts_present
from accounts.models import Membership, User
from tests.factories import TinyCity

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """As a demo pack names them."""

    email: str
    name: str
    role: str
    department: str = ""
    crew: str = ""


CAST = (
    DemoPerson("resident@demo.invalid", "Demo resident", "resident"),
    DemoPerson("Clerk@demo.invalid", "Demo clerk", "clerk", "roads"),
    DemoPerson("crew@demo.invalid", "Demo crew", "crew", "", "roads-west"),
    DemoPerson("admin@demo.invalid", "Demo administrator", "admin"),
)


@pytest.fixture(autouse=True)
def demo_mode(settings: LazySettings) -> None:
    settings.DEMO_MODE = True


def log_in(client: Client) -> bool:
    client.post("/accounts/login/", {"login": "clerk@demo.invalid", "password": DEMO_PASSWORD})
    return "_auth_user_id" in client.session


def test_everybody_of_the_cast_can_log_in_with_their_role(client: Client, a_city: TinyCity) -> None:
    assert create_demo_accounts(CAST) == 4
    assert demo_accounts_present()
    assert log_in(client)
    crew = Membership.objects.get(user__email="crew@demo.invalid")
    assert (crew.role, crew.crew, crew.department) == ("crew", a_city.crews["roads-west"], a_city.departments["roads"])
    assert not User.objects.get(email="resident@demo.invalid").memberships.exists()


def test_a_second_time_changes_nothing(a_city: TinyCity) -> None:
    create_demo_accounts(CAST)
    before = list(User.objects.order_by("id").values()), list(Membership.objects.order_by("id").values())
    create_demo_accounts(CAST)
    assert (list(User.objects.order_by("id").values()), list(Membership.objects.order_by("id").values())) == before


def test_they_are_not_made_outside_demo_mode(a_city: TinyCity, settings: LazySettings) -> None:
    settings.DEMO_MODE = False
    with pytest.raises(NotInDemoMode):
        create_demo_accounts(CAST)
    assert not demo_accounts_present()


def test_an_account_of_a_real_person_never_gets_the_demo_password(a_city: TinyCity) -> None:
    User.objects.create_user("clerk@demo.invalid", "a real password")
    with pytest.raises(NotInDemoMode):
        create_demo_accounts(CAST)
    assert not demo_accounts_present()


def test_outside_demo_mode_they_cannot_log_in_and_old_sessions_end(
    client: Client, a_city: TinyCity, settings: LazySettings
) -> None:
    create_demo_accounts(CAST)
    assert log_in(client)
    settings.DEMO_MODE = False
    assert client.get("/desk/outbox").status_code == 302
    stranger = Client()
    assert not log_in(stranger)
