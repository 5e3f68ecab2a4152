"""What is known about a place on a day: typed values without queries. ``gis_data/ground_sql.py`` reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gis_data.names import Names


@dataclass(frozen=True, slots=True)
class BoundaryFact:
    """The boundary of one set at the pin: covering it, or (``gap_m`` metres away) the nearest one of a pin in a gap.

    ``version`` is the first day on which this version is in force ('' for ever). ``border_m`` is how far its border is,
    ``next_…`` the nearest other boundary of the set; None beyond 500 m. Closer than ``ask_m`` the side is to be asked.
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
    ask_m: float = 15.0
    border_m: float | None = None
    next_id: int | None = None
    next_code: str = ""
    next_names: Names | None = None
    next_version: str = ""
    next_m: float | None = None


@dataclass(frozen=True, slots=True)
class StreetFact:
    """The nearest street piece within 100 m: ``ref`` its number in the source, ``m`` metres to it."""

    ref: str
    names: Names
    road_class: str
    owner: str
    m: float


@dataclass(frozen=True, slots=True)
class AssetFact:
    """The nearest asset of the category's kind within 40 m: ``ref`` its number in the source, ``m`` metres to it."""

    ref: str
    kind: str
    names: Names
    owner: str
    m: float


def boundary_facts(rows: Iterable[Mapping[str, Any]] | None) -> tuple[BoundaryFact, ...]:
    """Read what ``ground_sql.BOUNDARIES_JSON`` gives, in the order of the sets' codes."""
    facts = [BoundaryFact(**{name: _known(name, value) for name, value in row.items()}) for row in rows or ()]
    return tuple(sorted(facts, key=lambda one: one.set_code))


def _known(name: str, value: Any) -> Any:
    return "" if value is None and name in {"version", "next_code", "next_version"} else value


def street_fact(row: Mapping[str, Any] | None) -> StreetFact | None:
    """Read a row of ``ground_sql.STREET`` as JSON."""
    return StreetFact(**row) if row else None


def asset_fact(row: Mapping[str, Any] | None) -> AssetFact | None:
    """Read a row of ``ground_sql.ASSET`` as JSON."""
    return AssetFact(**row) if row else None
