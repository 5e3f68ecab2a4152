"""The demo's log-ins. Everybody knows their password, so they exist in demo mode only."""

from collections.abc import Iterable
from typing import Final, Protocol

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Crew, Department, Role, User
from accounts.staff import Post, appoint, confirm_address

DEMO_PASSWORD: Final = "citymap-demo"  # noqa: S105  # public on purpose
RESIDENT: Final = "resident"


class Person(Protocol):
    """A person of a demo pack; ``role`` is one of `Role` or "resident"; codes may be empty."""

    @property
    def email(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def department(self) -> str: ...
    @property
    def crew(self) -> str: ...


class NotInDemoMode(RuntimeError):
    """Demo accounts were asked for on a server that is no demo."""


@transaction.atomic
def create_demo_accounts(people: Iterable[Person]) -> int:
    """Make the demo's log-ins; again changes nothing. Return how many people there are. Raises `NotInDemoMode`."""
    if not settings.DEMO_MODE:
        raise NotInDemoMode("demo accounts exist in demo mode only")
    count = 0
    for person in people:
        user = _user(person)
        confirm_address(user)
        if person.role != RESIDENT:
            appoint(user, _post(person))
        count += 1
    return count


def _user(person: Person) -> User:
    email = person.email.lower()
    user = User.objects.filter(email=email).first()
    if user is None:
        return User.objects.create_user(email, DEMO_PASSWORD, name=person.name, demo=True)
    if not user.demo:
        raise NotInDemoMode("an account of a demo person exists and is no demo account")
    return user


def _post(person: Person) -> Post:
    department = Department.objects.get(code=person.department) if person.department else None
    crew = Crew.objects.select_related("department").get(code=person.crew) if person.crew else None
    return Post(Role(person.role), department, crew)


def demo_accounts_present() -> bool:
    """Say whether this database holds demo accounts; a database without tables holds none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [User._meta.db_table])
        (migrated,) = cursor.fetchone()
    return bool(migrated) and User.objects.filter(demo=True).exists()
