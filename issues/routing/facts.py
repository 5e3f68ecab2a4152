"""What is known about a pin when its service is chosen. Typed values without queries; `issues.intake_sql` reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gis_data.names import Names


@dataclass(frozen=True, slots=True)
class DepartmentFact:
    """A district service that is at work."""

    id: int
    code: str
    names: Names


@dataclass(frozen=True, slots=True)
class BoundaryFact:
    """A boundary at the pin: covering it, or (``gap_m`` metres away) the nearest district of a pin in a gap.

    ``version`` is the first day on which this version is in force. ``next_code``, ``next_names`` and ``next_m`` name the
    neighbour across the nearest border when that border is close.
    """

    id: int
    set_id: int
    set_code: str
    set_names: Names
    is_district: bool
    code: str
    names: Names
    version: str
    gap_m: float | None = None
    next_code: str = ""
    next_names: Names | None = None
    next_m: float | None = None


@dataclass(frozen=True, slots=True)
class RuleFact:
    """A rule in force today that fits the category; whether it fits the place is for `choose` to say."""

    id: int
    code: str
    of_category: bool
    set_id: int | None
    boundary_code: str
    priority: int
    department: DepartmentFact


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything `choose` may look at. ``has_place`` is false for a report without a pin."""

    day: dt.date
    category_code: str
    category_names: Names
    category_department: DepartmentFact | None
    fallback: DepartmentFact | None
    has_place: bool
    has_districts: bool
    boundaries: tuple[BoundaryFact, ...]
    rules: tuple[RuleFact, ...]


def department_fact(row: Mapping[str, Any] | None) -> DepartmentFact | None:
    """Read ``{"id", "code", "names"}`` as the database's JSON gives it."""
    return DepartmentFact(row["id"], row["code"], row["names"]) if row else None
