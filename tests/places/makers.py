"""Works and money for tests: a data set, firms, projects, contracts, repairs, rows of the ledger in Testville."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, LineString, MultiLineString, Point

from gis_data.models import Street
from tests.places.reckoned import reckon
from works.models import Contract, DataSet, Money, Organisation, Project, ProjectPlace, Repair

_NUMBER = count(1)


def a_set() -> DataSet:
    return DataSet.objects.get_or_create(code="books", defaults={"names": {"en": "Books"}, "invented": True})[0]


def a_firm(name: str = "Stone & Son") -> Organisation:
    return Organisation.objects.create(legal_name=name, key=f"{name.casefold()} {next(_NUMBER)}")


def a_street(name: str, *ends: tuple[float, float]) -> Street:
    line = MultiLineString(LineString(*ends), srid=4326)
    return Street.objects.create(source_id=f"street-{next(_NUMBER)}", names={"en": name, "ru": f"{name} (ru)"}, geometry=line)


def a_line(*ends: tuple[float, float]) -> GEOSGeometry:
    return LineString(*ends, srid=4326)


def a_point(lon: float, lat: float) -> GEOSGeometry:
    return Point(lon, lat, srid=4326)


def a_project(*places: GEOSGeometry, **values: Any) -> Project:
    number = f"p{next(_NUMBER)}"
    values = {"title": {"en": f"Project {number}"}, "sectors": ["transport.road"], "status": "implementation", **values}
    project = Project.objects.create(data_set=a_set(), local_id=number, public_id=f"books-{number}", **values)
    for place, geometry in enumerate(places, 1):
        ProjectPlace.objects.create(project=project, number=place, kind="exact", geometry=geometry)
    return project


def a_contract(**values: Any) -> Contract:
    number = f"c{next(_NUMBER)}"
    return Contract.objects.create(data_set=a_set(), local_id=number, number=number.upper(), **values)


def a_repair(geometry: GEOSGeometry | None = None, **values: Any) -> Repair:
    number = f"r{next(_NUMBER)}"
    values = {"kind": "pothole", "finished_on": dt.date(2024, 5, 6), **values}
    if values.get("cost") is not None:
        values.setdefault("currency", "EUR")
    return Repair.objects.create(data_set=a_set(), local_id=number, public_id=f"books-{number}", geometry=geometry, **values)


def some_money(amount: str, stage: str = "paid", currency: str = "EUR", **values: Any) -> Money:
    if not values.keys() & {"on", "starts", "fiscal_year"}:
        values["fiscal_year"] = 2024
    return Money.objects.create(
        data_set=a_set(), local_id=f"m{next(_NUMBER)}", stage=stage, amount=Decimal(amount), currency=currency, **values
    )


__all__ = ["a_contract", "a_firm", "a_line", "a_point", "a_project", "a_repair", "a_set", "a_street", "reckon", "some_money"]
