"""Testville with works: a street with repairs, a project with a contract and a ledger, firms."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.utils import timezone

from gis_data.models import Street
from tests.factories import IN_EAST, IN_WEST, TinyCity
from tests.places.makers import (
    a_contract,
    a_firm,
    a_line,
    a_point,
    a_project,
    a_repair,
    a_street,
    reckon,
    some_money,
)
from works.models import Contract, ContractChange, Organisation, OrganisationName, Project, Repair


@dataclass(slots=True)
class Town:
    city: TinyCity
    main: Street
    firm: Organisation
    project: Project
    contract: Contract
    held: Repair
    over: Repair
    unknown: Repair


def build_town(city: TinyCity) -> Town:
    """A main street in the west with three repairs, and a project across both districts with 1,600.00 paid of 1,500.00 promised."""
    today = timezone.localdate()
    main = a_street("Main Street", (10.01, 50.04), (10.02, 50.04))
    firm = a_firm("Stone & Son")
    OrganisationName.objects.create(organisation=firm, spelling="STONE AND SON LTD", key="stone and son")
    project = a_project(
        a_line((10.03, 50.04), (10.055, 50.04)),
        title={"en": "New kerbs", "ru": "Новые бордюры"},
        promised_end=dt.date(2024, 3, 1),
        actual_end=dt.date(2024, 5, 1),
        promised_amount=Decimal(1500),
        promised_currency="EUR",
    )
    contract = a_contract(
        project=project, supplier=firm, value=Decimal(1400), currency="EUR", warranty_until=today + dt.timedelta(days=400)
    )
    ContractChange.objects.create(
        contract=contract,
        local_id="1",
        kind="value",
        old_value=1400,
        new_value=1550,
        currency="EUR",
        rationale="Rock under the road",
    )
    some_money("1500", stage="planned", project=project)
    some_money("1000.05", contract=contract, on=dt.date(2024, 2, 1))
    some_money("599.95", contract=contract, on=dt.date(2023, 12, 1))
    some_money("70", stage="planned", project=project, currency="USD")
    held = a_repair(
        a_point(*IN_WEST), street=main, contractor=firm, cost=Decimal("250.50"), warranty_until=today + dt.timedelta(days=10)
    )
    over = a_repair(
        a_line((10.01, 50.04), (10.02, 50.04)), street=main, kind="resurfacing", cost=Decimal(8000), contractor=a_firm("Other"),
        warranty_until=today - dt.timedelta(days=1),
    )  # fmt: skip
    unknown = a_repair(a_point(*IN_EAST), street=main)
    reckon()
    return Town(city, main, firm, project, contract, held, over, unknown)


@pytest.fixture
def town(a_city: TinyCity) -> Town:
    return build_town(a_city)
