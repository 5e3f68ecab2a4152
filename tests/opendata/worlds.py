"""Testville with works in which everything is odd that a city's own database lets be odd."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.gis.geos import GeometryCollection, GEOSGeometry, LineString, Point, Polygon
from django.utils import timezone

from tests.factories import IN_EAST, IN_WEST, TinyCity
from tests.places.makers import a_contract, a_firm, a_line, a_point, a_project, a_repair, a_set, some_money
from works.models import (
    Contract,
    ContractChange,
    ContractParty,
    DataSet,
    Document,
    Money,
    Organisation,
    Project,
    ProjectParty,
    ProjectPlace,
    Repair,
    WorksPhoto,
)

FORMULA = '=HYPERLINK("http://evil.invalid";"x")'
#: A polygon whose outer ring goes with the clock.
CLOCKWISE = Polygon(((10.01, 50.01), (10.01, 50.02), (10.02, 50.02), (10.02, 50.01), (10.01, 50.01)), srid=4326)


@dataclass(slots=True)
class Odd:
    city: TinyCity
    project: Project
    bare: Project
    contract: Contract
    yearly: Contract
    firm: Organisation
    gone: Organisation
    repair: Repair


def build(city: TinyCity) -> Odd:
    """A project with every kind of place, party, money and document; a bare one; a contract of repairs; two contracts of one process."""
    DataSet.objects.filter(pk=a_set().pk).update(
        licence={"title": "CC0", "url": "https://creativecommons.org/publicdomain/zero/1.0/"}
    )
    office, firm, gone, other = (a_firm(name) for name in ("Road service", "Stone & Son", "STONE AND SON", "@Other =Ltd"))
    Organisation.objects.filter(pk=gone.pk).update(merged_into=firm, merge_reason="one firm")
    Organisation.objects.filter(pk=office.pk).update(scheme="XX-REG", identifier="=12")
    project = _project(city, office, firm)
    contract = _contract(project, office, firm, gone, other)
    yearly = a_contract(
        title={"en": "Potholes, 2024", "ru": "Ямы, 2024"}, supplier=firm, status="active",
        start=dt.date(2024, 1, 1), end=dt.date(2024, 12, 31),
    )  # fmt: skip
    repair = a_repair(a_point(*IN_WEST), contract=yearly, contractor=gone, cost=Decimal("99.99"), address="+1 West Street",
                      title={"en": FORMULA}, warranty_until=dt.date(2026, 5, 6))  # fmt: skip
    a_repair(_everything(), contract=yearly, status="cancelled", finished_on=None)
    a_repair(None, project=project, status="planned", finished_on=dt.date(2031, 1, 1))
    some_money("99.99", contract=yearly, repair=repair, payer=office, payee=firm, on=dt.date(2024, 6, 1), title=FORMULA)
    photo: dict[str, Any] = {"time": "after", "width": 8, "height": 8, "size": 99, "invented": True}
    WorksPhoto.objects.create(project=project, name=f"{0:032x}", **photo)
    WorksPhoto.objects.create(repair=repair, name=f"{1:032x}", **photo)
    bare = a_project(title={"ru": "'Голый"}, sectors=[], status="")
    Project.objects.filter(pk=bare.pk).update(local_id="П/1 «а»")
    a_contract(project=bare, ocid="ocds-abc123-7/2", title={"en": "One of two"})
    a_contract(project=bare, ocid="ocds-abc123-7/2", title={"en": "Two of two"}, status="pre-award")
    a_contract(ocid="no ocid at all", status="closed")
    some_money("10", contract=Contract.objects.get(ocid="no ocid at all"), currency="ZZZ")
    return Odd(city, project, bare, contract, yearly, firm, gone, repair)


def _project(city: TinyCity, office: Organisation, firm: Organisation) -> Project:
    project = a_project(
        CLOCKWISE,
        _everything(),
        a_line((10.03, 50.04), (10.055, 50.04)),
        title={"en": "New kerbs", "ru": "Новые бордюры"},
        description={"en": "  "},
        status="completion",
        type="rehabilitation",
        category="Kerbs & more",
        promised_start=dt.date(2024, 1, 1),
        promised_end=dt.date(2024, 3, 1),
        planned_start=dt.date(2024, 1, 10),
        planned_end=dt.date(2024, 4, 1),
        actual_start=dt.date(2024, 1, 12),
        actual_end=dt.date(2024, 5, 1),
        warranty_until=dt.date(2027, 5, 1),
        promised_amount=Decimal(1500),
        promised_currency="EUR",
        delay_reason="Rock under the road",
    )
    ProjectPlace.objects.create(
        project=project,
        number=9,
        kind="named",
        name="West",
        boundary=city.boundaries["west"],
        geometry=city.boundaries["west"].geometry,
    )
    ProjectPlace.objects.create(project=project, number=10, kind="named", name="Citywide")
    for role, one in (("publicAuthority", office), ("funder", office), ("supplier", firm)):
        ProjectParty.objects.create(project=project, organisation=one, role=role)
    Document.objects.create(
        project=project, kind="projectPlan", title="Plan", url="https://files.invalid/План [1].pdf?a=%zz#x#y".replace(" ", "")
    )
    Document.objects.create(project=project, kind="photo-after", url="https://files.invalid/a.jpg")
    Document.objects.create(project=project, kind="other", url="https://us:er@files.invalid/secret")
    some_money("1500", stage="approved", project=project, on=dt.date(2023, 11, 1), payer=office, fund="-fund")
    some_money("1400.50", stage="planned", project=project, starts=dt.date(2024, 1, 1), ends=dt.date(2024, 12, 31))
    some_money("70", project=project, on=dt.date(2024, 2, 2), payee=firm)
    return project


def _contract(project: Project, office: Organisation, firm: Organisation, gone: Organisation, other: Organisation) -> Contract:
    contract = a_contract(
        project=project, supplier=gone, title={"en": "Works"}, value=Decimal(1400), currency="EUR", status="closed", method="open",
        tenderers=3, signed_on=dt.date(2023, 12, 1), start=dt.date(2024, 1, 1), end=dt.date(2024, 3, 1),
        warranty_until=timezone.localdate() + dt.timedelta(days=400),
    )  # fmt: skip
    Contract.objects.filter(pk=contract.pk).update(number=FORMULA)
    for role, one in (("supplier", firm), ("tenderer", firm), ("tenderer", gone), ("tenderer", other), ("buyer", office),
                      ("procuringEntity", office), ("administrativeEntity", office)):  # fmt: skip
        ContractParty.objects.create(contract=contract, organisation=one, role=role)
    ContractChange.objects.create(contract=contract, local_id="1", kind="value", on=dt.date(2024, 2, 1), old_value=1400,
                                  new_value=Decimal("1550.25"), currency="EUR", rationale="Rock")  # fmt: skip
    ContractChange.objects.create(contract=contract, local_id="2", kind="duration", new_end=dt.date(2024, 5, 1))
    first = some_money("1000.05", contract=contract, project=project, on=dt.date(2024, 2, 1), payer=office, payee=gone)
    Money.objects.create(
        data_set=first.data_set, local_id=first.local_id, stage="paid", amount=Decimal("1000.06"), currency="EUR", on=first.on,
        contract=contract, project=project, payer=office, payee=gone, replaces=first, reason="a cent was missing",
    )  # fmt: skip
    some_money("-20.5", contract=contract, project=project, on=dt.date(2024, 3, 1))
    some_money("1400", stage="committed", contract=contract, project=project)
    a_repair(a_point(*IN_EAST), contract=contract, project=project, contractor=gone)
    Document.objects.create(contract=contract, kind="contractSigned", url="https://files.invalid/c.pdf", title="'Contract")
    return contract


def _everything() -> GEOSGeometry:
    return GeometryCollection(Point(*IN_WEST), LineString((10.01, 50.04), (10.02, 50.04)), CLOCKWISE.clone(), srid=4326)
