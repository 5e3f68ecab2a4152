"""What a project was to make, what was agreed to be changed, and how much of it is seen: the third promise beside time and money.

No source of ours states a final scope; what can be told is where the works were to lie, which modifications of contracts changed
the scope, and how many repairs of the project are finished.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from django.db.models import Count, Q
from django.utils.text import capfirst
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from gis_data.metres import metres_per_degree
from works.codelists import ChangeKind, ProjectType
from works.models import Contract, Repair


@dataclass(frozen=True, slots=True)
class ScopeChange:
    """A modification that changed what is made: when, in which contract, why."""

    on: dt.date | None
    contract: str
    rationale: str


@dataclass(frozen=True, slots=True)
class Scope:
    """``kilometres`` and ``hectares`` are those of the places that are known exactly; ``places`` counts all, ``named`` those only named."""

    type: str
    places: int
    named: int
    kilometres: float
    hectares: float
    changes: Sequence[ScopeChange]
    repairs: int
    finished: int


def scope_of(project: Any, shapes: Iterable[BaseGeometry], places: int, named: int, contracts: Iterable[Contract]) -> Scope:
    """Return the scope of a project with the shapes of its exact places (SRID 4326) and its contracts with their changes. One query."""
    seen = Repair.objects.filter(project=project).aggregate(all=Count("pk"), finished=Count("pk", filter=Q(status="finished")))
    flat = [_in_metres(shape) for shape in shapes]
    return Scope(
        type=str(capfirst(str(dict(ProjectType.choices).get(project.type, "")))),
        places=places,
        named=named,
        kilometres=sum(one.length for one in flat if shapely.get_dimensions(one) == 1) / 1000,
        hectares=sum(one.area for one in flat if shapely.get_dimensions(one) == 2) / 10_000,
        changes=[
            ScopeChange(change.on, one.number or one.local_id, change.rationale)
            for one in contracts
            for change in one.changes.all()
            if change.kind == ChangeKind.SCOPE
        ],
        repairs=seen["all"],
        finished=seen["finished"],
    )


def _in_metres(shape: BaseGeometry) -> BaseGeometry:
    east, north = metres_per_degree(shape.centroid.y)
    return affinity.scale(shape, east, north, origin=(0, 0))
