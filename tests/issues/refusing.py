"""A report that a service may refuse."""

from __future__ import annotations

from typing import Any

from accounts.models import Membership, Role, User
from issues import intake
from issues.models import Appeal
from tests.factories import IN_RING_WEST, TinyCity, a_submission


def reported(at: tuple[float, float] = IN_RING_WEST, **changes: Any) -> Appeal:
    """A pothole in the ring: parks have it by rule, the road service and the town hall are next in line."""
    receipt = intake.submit(a_submission(lon=at[0], lat=at[1], **changes))
    return Appeal.objects.get(public_id=receipt.public_id)


def again(appeal: Appeal) -> Appeal:
    return Appeal.objects.select_related("department").get(pk=appeal.pk)


def who_has(appeal: Appeal) -> str | None:
    department = again(appeal).department
    return department.code if department else None


def clerk_of(city: TinyCity, service: str) -> User:
    """A clerk of the service."""
    person, made = User.objects.get_or_create(email=f"of-{service}@testville.invalid", defaults={"name": service})
    if made:
        Membership.objects.create(user=person, role=Role.CLERK, department=city.departments[service])
    return person
