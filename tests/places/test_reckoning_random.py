"""Any changes in any order leave sums that are those of the rows."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, MultiLineString

from places.models import MoneyKnock, MoneyNote, MoneyShare
from places.reckoning_sql import reckon_everything
from tests.factories import IN_WEST, TinyCity, box
from tests.places.makers import a_contract, a_firm, a_line, a_point, a_project, a_repair, a_street, reckon, some_money
from tests.places.reckoned import shares_are_those_of_the_ledger, totals_are_those_of_the_shares
from works.models import Money, Project, Repair

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(3))
def test_random_changes_leave_sums_that_are_those_of_the_rows(seed: int, a_city: TinyCity) -> None:
    chance = random.Random(seed)
    firms = [a_firm(f"Firm {i}") for i in range(4)]
    streets = [a_street(name, IN_WEST, (10.02, 50.04)) for name in "AAB"]
    projects = [a_project(*(_somewhere(chance) for _ in range(chance.randrange(3)))) for _ in range(6)]
    contracts = [a_contract(project=chance.choice([*projects, None]), supplier=chance.choice([*firms, None])) for _ in range(6)]
    for step in range(60):
        _change(chance, firms, streets, projects, contracts)
        if not step % 7:
            reckon()
    reckon()
    shares_are_those_of_the_ledger()
    totals_are_those_of_the_shares()
    before = set(_all())
    reckon_everything()
    reckon()
    assert set(_all()) == before
    assert not MoneyNote.objects.exists()
    assert not MoneyKnock.objects.exists()


def _all() -> Any:
    return MoneyShare.objects.values_list(
        "source", "line", "stage", "currency", "year", "district", "street", "kind", "contractor", "project", "repair", "amount"
    )


def _somewhere(chance: random.Random) -> Any:
    def spot() -> tuple[float, float]:
        return chance.uniform(10.0, 10.1), chance.uniform(50.0, 50.06)

    lon, lat = spot()
    return chance.choice([
        a_point(lon, lat), a_line((lon, lat), spot()), a_line((lon, lat), (lon, lat)),
        box(lon, lat, lon + 0.01, lat + 0.01), MultiLineString(LineString((lon, lat), spot()), LineString((lon, lat), spot()), srid=4326),
    ])  # fmt: skip


def _change(chance: random.Random, firms: Any, streets: Any, projects: Any, contracts: Any) -> None:
    repairs, ledger = list(Repair.objects.all()), list(Money.objects.standing())
    match chance.randrange(7):
        case 0 | 1:
            cost = chance.choice([None, Decimal(0), Decimal(chance.randrange(10**6)) / 100])
            a_repair(
                chance.choice([None, _somewhere(chance)]), cost=cost, street=chance.choice([*streets, None]),
                contract=chance.choice([*contracts, None]), contractor=chance.choice([*firms, None]),
                project=chance.choice([*projects, None]),
            )  # fmt: skip
        case 2 | 3:
            targets = chance.choice([{"project": chance.choice(projects)}, {"contract": chance.choice(contracts)}])
            if repairs and chance.random() < 0.4:
                targets["repair"] = chance.choice(repairs)
            amount = f"{chance.randrange(-(10**7), 10**9) / 100:.2f}"
            some_money(
                amount, chance.choice(["planned", "approved", "committed", "paid"]), chance.choice(["EUR", "USD"]),
                fiscal_year=chance.choice([2021, 2022, None]), payee=chance.choice([*firms, None]), **targets,
            )  # fmt: skip
        case 4 if ledger:
            old = chance.choice(ledger)
            some_money("12.34", old.stage, old.currency, project=chance.choice(projects), replaces=old, reason="corrected")
        case 5 if repairs:
            one = chance.choice(repairs)
            Repair.objects.filter(pk=one.pk).update(
                geometry=_somewhere(chance),
                contract=chance.choice([*contracts, None]),
                status=chance.choice(["finished", "cancelled"]),
            )
        case 6:
            Project.objects.filter(pk=chance.choice(projects).pk).update(sectors=[chance.choice(["health", "education"])])
            gone = Repair.objects.filter(money=None).first()
            if gone and chance.random() < 0.5:
                gone.delete()
