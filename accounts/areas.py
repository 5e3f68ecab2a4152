"""Where crews and staff work: an area is one dated version of a boundary, and follows when its code gets a newer one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction

from accounts.models import Crew, Membership
from gis_data.models import Boundary
from gis_data.names import Names


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Somebody whose area has ended while nothing of its code is in force; they keep the old area until it is set by hand."""

    whose: Crew | Membership
    boundary_set: str
    code: str


@dataclass(slots=True)
class AreaUse:
    """Who works in an area: names of active crews, and how many memberships are narrowed to it."""

    crews: list[Names] = field(default_factory=list)
    memberships: int = 0


def follow_versions(today: dt.date) -> list[LeftBehind]:
    """Give crews and memberships the version of their area that is in force ``today``; return those that could not follow.

    Again changes nothing.
    """
    left = []
    with transaction.atomic():
        outdated: list[Crew | Membership] = [*_outdated_crews(today), *_outdated_memberships(today)]
        for one in outdated:
            area = one.area
            assert area is not None  # outdated ones have one
            successor = Boundary.objects.on(today).filter(boundary_set=area.boundary_set_id, code=area.code).only("pk").first()
            if successor is None:
                left.append(LeftBehind(one, area.boundary_set.code, area.code))
            elif isinstance(one, Crew):
                Crew.objects.filter(pk=one.pk).update(area=successor)
            else:
                _move(one, successor)
    return left


def use_of_areas(set_code: str) -> dict[str, AreaUse]:
    """Who works in the areas of a boundary set, by code, whatever version they name. Two queries."""
    found: dict[str, AreaUse] = {}
    for code, names in Crew.objects.filter(active=True, area__boundary_set__code=set_code).values_list("area__code", "names"):
        found.setdefault(code, AreaUse()).crews.append(names)
    for code in Membership.objects.filter(area__boundary_set__code=set_code).values_list("area__code", flat=True):
        found.setdefault(code, AreaUse()).memberships += 1
    return found


def _outdated_crews(today: dt.date) -> Iterator[Crew]:
    rows = Crew.objects.filter(area__isnull=False).exclude(area__valid__contains=today)
    yield from rows.select_related("area__boundary_set").defer("area__geometry").order_by("pk")


def _outdated_memberships(today: dt.date) -> Iterator[Membership]:
    rows = Membership.objects.filter(area__isnull=False).exclude(area__valid__contains=today)
    yield from rows.select_related("area__boundary_set").defer("area__geometry").order_by("pk")


def _move(membership: Membership, area: Boundary) -> None:
    """Somebody may hold the same right for the newer version already; then the older one says nothing more."""
    same = Membership.objects.filter(
        user=membership.user_id, role=membership.role, department=membership.department_id, crew=membership.crew_id, area=area
    )
    if same.exists():
        Membership.objects.filter(pk=membership.pk).delete()
    else:
        Membership.objects.filter(pk=membership.pk).update(area=area)
