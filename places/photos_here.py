"""Pictures of works before and after: those that staff attached, and those of the appeals that the works answered.

Of appeals only what everybody may see: photos that the category's rule or a clerk made public, of public appeals with a confirmed link.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from issues.models import Photo
from issues.models.photos import PhotoKind
from places import appeals_here
from works.models import WorksPhoto
from works.models.photos import PhotoTime

#: Of each kind.
MOST: Final = 24


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture. ``after``: it shows the place after the works. ``appeal`` is the address of the report it came with, '' for none."""

    src: str
    thumb: str
    width: int
    height: int
    after: bool
    on: dt.date | None
    note: str
    invented: bool
    appeal: str


def of_repair(key: int) -> Sequence[Seen]:
    """Pictures of a repair, before first. Two queries."""
    return _in_order(_attached(Q(repair=key)), _reported(appeals_here.that_led_to(repair=key)))


def of_project(key: int) -> Sequence[Seen]:
    """Pictures of a project and its repairs, before first. Two queries."""
    return _in_order(_attached(Q(project=key) | Q(repair__project=key)), _reported(appeals_here.that_led_to(project=key)))


def _in_order(*found: Iterable[Seen]) -> Sequence[Seen]:
    return sorted((one for some in found for one in some), key=lambda one: (one.after, one.on or dt.date.min))


def _attached(condition: Q) -> Iterable[Seen]:
    for one in WorksPhoto.objects.filter(condition).order_by("-id")[:MOST]:
        address = reverse("works-photo", args=[one.name])
        after = one.time == PhotoTime.AFTER
        yield Seen(address, f"{address}?size=thumb", one.width, one.height, after, one.taken_on, one.note, one.invented, "")


def _reported(appeals: Any) -> Iterable[Seen]:
    found = Photo.objects.filter(public=True, appeal__in=appeals.values("pk")).order_by("-id")
    columns = found.values_list("name", "width", "height", "kind", "created_at", "appeal__public_id")
    for name, width, height, kind, at, reference in columns[:MOST]:
        address = reverse("photo", args=[name])
        after = kind == PhotoKind.AFTER
        page = reverse("appeal", args=[reference])
        yield Seen(
            address, f"{address}?size=thumb", width, height, after, timezone.localdate(at), "", invented=False, appeal=page
        )
