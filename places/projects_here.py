"""Funded projects as lists of a page show them, and which of them lie along a street."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.text import capfirst
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from gis_data.metres import metres_per_degree
from gis_data.names import in_language
from works.codelists import ProjectStatus
from works.models import Project, ProjectPlace
from works.progress import of_project

MOST: Final = 20
#: Works within so many metres of the line of a street are works of the street: half of a wide one, and the errors of two maps.
ALONG_M: Final = 15.0
#: A line that runs beside the street for less than this crosses it, unless that is most of the line or of the street.
_CROSSING_M: Final = 60.0
_SHARE: Final = 0.5
#: More places than these in the surroundings of one street are not looked at.
_LOOKED_AT: Final = 500


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """``budget`` is what was promised at first; None is unknown. ``starts`` and ``ends`` are what is known last."""

    title: str
    href: str
    status: str
    progress: str
    starts: dt.date | None
    ends: dt.date | None
    budget: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class Projects:
    """The latest of them, and how many there are in all."""

    rows: Sequence[ProjectRow]
    number: int

    @property
    def more(self) -> bool:
        """Whether there are more than are listed."""
        return self.number > len(self.rows)


def listed(projects: QuerySet[Project], most: int = MOST) -> Projects:
    """Return those that begin or began last, first. Two queries."""
    starts = Coalesce("actual_start", "planned_start", "promised_start")
    ends = Coalesce("actual_end", "planned_end", "promised_end")
    rows = projects.annotate(starts=starts, ends=ends).order_by(F("starts").desc(nulls_last=True), "-pk")
    found = rows.values("public_id", "title", "status", "starts", "ends", "promised_amount", "promised_currency")[:most]
    return Projects([_row(one) for one in found], projects.count())


def along(lines: Sequence[BaseGeometry]) -> list[int]:
    """Keys of the projects with a place along these lines (degrees, SRID 4326): a point on them, or a line or area that runs with them.

    What only crosses the street is left out, and so is a place of which only the district was named. One query, none for no lines.
    """
    if not lines:
        return []
    whole = shapely.unary_union(lines)
    east, north = metres_per_degree(whole.centroid.y)
    street = affinity.scale(whole, east, north, origin=(0, 0))
    beside = street.buffer(ALONG_M, quad_segs=4, cap_style="flat")
    area = GEOSGeometry(shapely.to_wkb(affinity.scale(beside, 1 / east, 1 / north, origin=(0, 0)), hex=True), srid=4326)
    near = ProjectPlace.objects.exclude(kind="named").filter(geometry__intersects=area).order_by("-project")
    found: dict[int, None] = {}
    for project, wkb in near.values_list("project", AsWKB("geometry"))[:_LOOKED_AT]:
        place = affinity.scale(shapely.make_valid(shapely.from_wkb(bytes(wkb))), east, north, origin=(0, 0))
        if project not in found and _runs_with(place, street, beside):
            found[project] = None
    return list(found)


def _runs_with(place: BaseGeometry, street: BaseGeometry, beside: BaseGeometry) -> bool:
    """Whether a place of works (metres) lies along a street rather than across it."""
    match shapely.get_dimensions(place):
        case 0:
            return True
        case 1:
            shared, whole = shapely.length(place.intersection(beside)), min(place.length, street.length)
        case _:
            shared, whole = shapely.length(street.intersection(place.buffer(ALONG_M))), street.length
    return bool(shared >= _CROSSING_M or shared >= whole * _SHARE)


def _row(one: Mapping[str, Any]) -> ProjectRow:
    words = dict(ProjectStatus.choices)
    return ProjectRow(
        title=in_language(one["title"]) or one["public_id"],
        href=reverse("project", args=[one["public_id"]]),
        status=str(capfirst(str(words[one["status"]]))) if one["status"] in words else "",
        progress=of_project(one["status"]),
        starts=one["starts"],
        ends=one["ends"],
        budget=one["promised_amount"],
        currency=one["promised_currency"],
    )
