"""Works of Testville: a repair, a contract, a project, each written with one call. A whole number for a day counts from today."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, Point

from gis_data import city_time
from tests.factories import IN_WEST, names
from works.models import Contract, ContractParty, DataSet, Money, Organisation, Project, ProjectPlace, Repair

_NUMBERS = itertools.count(1)
#: Degrees that are about one metre, north and east, in Testville.
NORTH, EAST = 1 / 111_230, 1 / 71_600


def away(north: float = 0.0, east: float = 0.0) -> tuple[float, float]:
    """A place so many metres from `IN_WEST`."""
    return IN_WEST[0] + east * EAST, IN_WEST[1] + north * NORTH


def today(days: int = 0) -> dt.date:
    return city_time.today() + dt.timedelta(days=days)


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its whole numbers of days from today as days."""
    ends = ("_on", "_until", "_start", "_end")
    return {name: today(value) if name.endswith(ends) and isinstance(value, int) else value for name, value in row.items()}


def a_data_set() -> DataSet:
    row, _new = DataSet.objects.get_or_create(code="testville-works", defaults={"names": names("Works", "Работы")})
    return row


def a_firm(name: str = "Smooth Roads Ltd", **changes: Any) -> Organisation:
    row, _new = Organisation.objects.get_or_create(key=name.casefold(), defaults={"legal_name": name, **changes})
    return row


def a_contract(number: str = "12/34", supervisor: Organisation | None = None, **changes: Any) -> Contract:
    dated = _dated(changes)
    row = Contract.objects.create(data_set=a_data_set(), local_id=f"c{next(_NUMBERS)}", number=number, **dated)
    if supervisor:
        ContractParty.objects.create(contract=row, organisation=supervisor, role="administrativeEntity")
    return row


def a_repair(at: tuple[float, float] | GEOSGeometry | None = IN_WEST, **changes: Any) -> Repair:
    """A pothole filled a hundred days ago, under warranty for a year to come."""
    number = next(_NUMBERS)
    row: dict[str, Any] = {
        "public_id": f"testville/r{number}",
        "kind": "pothole",
        "status": "finished",
        "title": names(f"Repair {number}", f"Ремонт {number}"),
        "geometry": Point(*at, srid=4326) if isinstance(at, tuple) else at,
        "finished_on": -100,
        "warranty_until": 265,
    }
    return Repair.objects.create(data_set=a_data_set(), local_id=f"r{number}", **_dated({**row, **changes}))


def a_planned_repair(at: tuple[float, float] | GEOSGeometry | None = IN_WEST, **changes: Any) -> Repair:
    return a_repair(at, **{"status": "planned", "started_on": 20, "finished_on": None, "warranty_until": None, **changes})


def a_project(at: tuple[float, float] | GEOSGeometry | None = IN_WEST, place: str = "exact", **changes: Any) -> Project:
    """A project that is under way, with one place."""
    number = next(_NUMBERS)
    row: dict[str, Any] = {
        "public_id": f"testville/p{number}",
        "title": names(f"Project {number}", f"Проект {number}"),
        "status": "implementation",
        "planned_start": -30,
        "planned_end": 60,
    }
    project = Project.objects.create(data_set=a_data_set(), local_id=f"p{number}", **_dated({**row, **changes}))
    shape = Point(*at, srid=4326) if isinstance(at, tuple) else at
    if shape is not None:
        ProjectPlace.objects.create(project=project, kind=place, geometry=shape)
    return project


def money(project: Project, stage: str, amount: str, currency: str = "EUR", **changes: Any) -> Money:
    row: dict[str, Any] = {"local_id": f"m{next(_NUMBERS)}", "stage": stage, "amount": Decimal(amount), "currency": currency}
    return Money.objects.create(data_set=a_data_set(), project=project, **{**row, **changes})
