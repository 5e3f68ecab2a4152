"""What is known about a pin when its service is chosen. Typed values without queries; `issues.routing.facts_sql` reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gis_data.ground import AssetFact, BoundaryFact, StreetFact
from gis_data.names import Names
from works.at_place_facts import WarrantyFact

Answers = Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class DepartmentFact:
    """A district service; one that is closed (not ``active``) can be named by a rule but gets nothing."""

    id: int
    code: str
    names: Names
    active: bool = True


@dataclass(frozen=True, slots=True)
class CrewFact:
    id: int
    code: str
    names: Names


@dataclass(frozen=True, slots=True)
class CategoryFact:
    """The kind of problem; ``questions`` as the category keeps them, for the words of a rule that looks at answers."""

    code: str
    names: Names
    group: str = ""
    department: DepartmentFact | None = None
    asset_kind: str = ""
    questions: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything `choose` may look at.

    ``at`` is the moment of the report in the city's time, ``day`` the day whose boundaries and rules are used. ``has_place``
    is false for a report without a pin. ``fallbacks`` are the services (by set code) for what lies in a set and fits no rule.
    ``side`` is the set and the area ("set/code") on which the resident said the problem is, '' where nobody was asked.
    """

    day: dt.date
    at: dt.datetime
    category: CategoryFact
    fallback: DepartmentFact | None = None
    fallbacks: Mapping[str, DepartmentFact] = field(default_factory=dict)
    has_place: bool = True
    has_districts: bool = True
    boundaries: tuple[BoundaryFact, ...] = ()
    street: StreetFact | None = None
    asset: AssetFact | None = None
    warranty: WarrantyFact | None = None
    answers: Answers = field(default_factory=dict)
    side: str = ""

    @property
    def weekday(self) -> int:
        """1 (Monday) to 7 (ISO 8601)."""
        return self.at.isoweekday()

    @property
    def minute(self) -> int:
        """Minutes since midnight, in the city's time."""
        return self.at.hour * 60 + self.at.minute


def department_fact(row: Mapping[str, Any] | None) -> DepartmentFact | None:
    """Read ``{"id", "code", "names", "active"}`` as the database's JSON gives it."""
    return DepartmentFact(**row) if row else None
