"""Where crews and staff work: an area is one dated version of a boundary, and follows when its code gets a newer one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Crew, Membership
from gis_data.models import Boundary
from gis_data.names import Names

T = TypeVar("T", Crew, Membership)


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A crew or a person whose area has ended while nothing of its code is in force; they keep it until another one is set."""

    whose: Crew | Membership
    area: Boundary

    @property
    def who(self) -> str:
        """The crew, or the person with their role, in the active language. No query."""
        if isinstance(self.whose, Crew):
            return str(self.whose)
        return f"{self.whose.user} ({self.whose.get_role_display()})"


@dataclass(slots=True)
class AreaUse:
    """Who works in an area: names of active crews, and how many memberships are narrowed to it."""

    crews: list[Names] = field(default_factory=list)
    memberships: int = 0


def follow_versions(today: dt.date) -> list[LeftBehind]:
    """Give crews and memberships the version of their area that is in force ``today``; return those that could not follow.

    Again changes nothing.
    """
    with transaction.atomic():
        outdated: list[Crew | Membership] = [*_outdated(Crew.objects.all(), today), *_outdated(Membership.objects.all(), today)]
        for one in outdated:
            area = one.area
            assert area is not None  # outdated ones have one
            successor = Boundary.objects.on(today).filter(boundary_set=area.boundary_set_id, code=area.code).only("pk").first()
            if successor is None:
                continue
            if isinstance(one, Crew):
                Crew.objects.filter(pk=one.pk).update(area=successor)
            else:
                _move(one, successor)
        return left_behind(today)


def left_behind(today: dt.date) -> list[LeftBehind]:
    """Active crews and people whose area has ended by ``today`` without a newer version, crews first. Two queries.

    An area that is still to come has not ended; one that was withdrawn has.
    """
    successor = Boundary.objects.on(today).filter(boundary_set=OuterRef("area__boundary_set"), code=OuterRef("area__code"))
    crews = _outdated(Crew.objects.filter(~Exists(successor), active=True), today)
    people = _outdated(Membership.objects.filter(~Exists(successor), user__is_active=True), today)
    rows: Iterator[Crew | Membership] = chain(crews, people.select_related("user"))
    return [LeftBehind(one, one.area) for one in rows if one.area and not _is_to_come(one.area, today)]


def _is_to_come(area: Boundary, today: dt.date) -> bool:
    return area.valid.lower is not None and area.valid.lower > today


def use_of_areas(set_code: str) -> dict[str, AreaUse]:
    """Who works in the areas of a boundary set, by code, whatever version they name. Two queries."""
    found: dict[str, AreaUse] = {}
    for code, names in Crew.objects.filter(active=True, area__boundary_set__code=set_code).values_list("area__code", "names"):
        found.setdefault(code, AreaUse()).crews.append(names)
    for code in Membership.objects.filter(area__boundary_set__code=set_code).values_list("area__code", flat=True):
        found.setdefault(code, AreaUse()).memberships += 1
    return found


def _outdated(rows: QuerySet[T], today: dt.date) -> QuerySet[T]:
    """Those whose area is not in force today, with the area but without its shape."""
    found = rows.filter(area__isnull=False).exclude(area__valid__contains=today)
    return found.select_related("area__boundary_set").defer("area__geometry").order_by("pk")


def _move(membership: Membership, area: Boundary) -> None:
    """Somebody may hold the same right for the newer version already; then the older one says nothing more."""
    same = Membership.objects.filter(
        user=membership.user_id, role=membership.role, department=membership.department_id, crew=membership.crew_id, area=area
    )
    if same.exists():
        Membership.objects.filter(pk=membership.pk).delete()
    else:
        Membership.objects.filter(pk=membership.pk).update(area=area)
