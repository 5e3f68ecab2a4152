"""What the city's works say about a place: typed values without queries. ``works/at_place.py`` reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from gis_data.names import Names

What = Literal["repair", "project"]


@dataclass(frozen=True, slots=True)
class WarrantyFact:
    """The finished repair at a pin that is under warranty today: ``ref`` its public id, ``m`` metres to it.

    ``until`` is the last day of the warranty. ``supervisor`` is the administrator of its contract as a rule names it: the register's scheme
    and number, else the name in its normal form; '' where the contract names none. ``finished_on`` may be unknown.
    """

    ref: str
    kind: str
    supervisor: str
    contract: str
    contractor: str
    until: dt.date
    finished_on: dt.date | None
    m: float


@dataclass(frozen=True, slots=True)
class PlannedWorks:
    """A repair or a funded project that is planned or running ``m`` metres from a pin.

    ``amount`` None is unknown, which zero is not; ``by`` is the contractor ('' unknown); days may be unknown. ``status`` is a code of
    `works.codelists.RepairStatus` or `works.codelists.ProjectStatus`, ``kind`` that of a repair ('' for a project).
    """

    what: What
    ref: str
    title: Names
    kind: str
    status: str
    running: bool
    starts: dt.date | None
    ends: dt.date | None
    by: str
    amount: Decimal | None
    currency: str
    m: float


@dataclass(frozen=True, slots=True)
class Recurring:
    """``times`` repairs at one place since ``first``; ``costs`` by currency, ``unknown`` of them without a cost."""

    times: int
    first: dt.date
    last: dt.date
    costs: Mapping[str, Decimal]
    unknown: int

    def months(self, today: dt.date) -> int:
        """Whole months from the first repair to today, the begun one counted."""
        whole = (today.year - self.first.year) * 12 + today.month - self.first.month
        return max(1, whole + (today.day > self.first.day))


@dataclass(frozen=True, slots=True)
class AtPlace:
    """Everything works have to say about a pin; false when that is nothing."""

    planned: tuple[PlannedWorks, ...] = ()
    warranty: WarrantyFact | None = None
    recurring: Recurring | None = None

    def __bool__(self) -> bool:
        return bool(self.planned or self.warranty or self.recurring)


def warranty_fact(row: Mapping[str, Any] | None) -> WarrantyFact | None:
    """Read a row of ``at_place_sql.WARRANTY`` as JSON."""
    if not row:
        return None
    return WarrantyFact(**{**row, "until": _day(row["until"]), "finished_on": _day(row["finished_on"])})


def planned_works(row: Mapping[str, Any]) -> PlannedWorks:
    """Read a row of ``at_place_sql.AT_PLACE``'s works as JSON."""
    amount = None if row["amount"] is None else Decimal(row["amount"])
    return PlannedWorks(**{**row, "starts": _day(row["starts"]), "ends": _day(row["ends"]), "amount": amount})


def recurring(row: Mapping[str, Any] | None) -> Recurring | None:
    """Read the repeats of ``at_place_sql.AT_PLACE`` as JSON; one repair repeats nothing."""
    if not row or row["times"] < 2:
        return None
    costs = {currency: Decimal(amount) for currency, amount in (row["costs"] or {}).items()}
    return Recurring(row["times"], dt.date.fromisoformat(row["first"]), dt.date.fromisoformat(row["last"]), costs, row["unknown"])


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
