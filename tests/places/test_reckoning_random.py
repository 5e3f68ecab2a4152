"""Any changes in any order, of money, works, firms, streets and borders, leave sums that are those of the rows."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pytest
from django.contrib.gis.geos import LineString, MultiLineString
from django.db import connection

from gis_data.models import Boundary, BoundarySet, City, Street
from places.nightly import reckon_new_day
from tests.factories import FROM, IN_WEST, TinyCity, box
from tests.places.makers import a_contract, a_firm, a_line, a_point, a_project, a_repair, a_street, reckon, some_money
from tests.places.reckoned import (
    nothing_changes_when_all_is_reckoned,
    shares_are_those_of_the_ledger,
    totals_are_those_of_the_shares,
)
from works.models import Contract, Money, Organisation, Project, ProjectPlace, Repair

pytestmark = pytest.mark.django_db

#: Between them it is never the same day.
EASTMOST, WESTMOST = "Pacific/Kiritimati", "Etc/GMT+12"


@dataclass(slots=True)
class World:
    city: TinyCity
    chance: random.Random
    firms: list[Organisation]
    projects: list[Project]
    contracts: list[Contract]

    def one(self, many: Any) -> Any:
        return self.chance.choice([*many, None])

    def streets(self) -> list[Street]:
        return list(Street.objects.order_by("pk"))

    def spot(self) -> tuple[float, float]:
        return self.chance.uniform(10.0, 10.1), self.chance.uniform(50.0, 50.06)

    def somewhere(self) -> Any:
        lon, lat = self.spot()
        lines = MultiLineString(LineString((lon, lat), self.spot()), LineString((lon, lat), self.spot()), srid=4326)
        return self.chance.choice([
            a_point(lon, lat), a_line((lon, lat), self.spot()), a_line((lon, lat), (lon, lat)), box(lon, lat, lon + 0.01, lat + 0.01),
            lines,
        ])  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_random_changes_leave_sums_that_are_those_of_the_rows(seed: int, a_city: TinyCity) -> None:
    chance = random.Random(seed)
    world = World(a_city, chance, [a_firm(f"Firm {i}") for i in range(5)], [], [])
    for name in "AAB":
        a_street(name, IN_WEST, (10.02, 50.04))
    world.projects = [a_project(*(world.somewhere() for _ in range(chance.randrange(3)))) for _ in range(6)]
    world.contracts = [a_contract(project=world.one(world.projects), supplier=world.one(world.firms)) for _ in range(6)]
    for step in range(110):
        chance.choice(CHANGES)(world)
        if not step % 3:
            reckon()
        if not step % 21:
            nothing_changes_when_all_is_reckoned()
    reckon()
    shares_are_those_of_the_ledger()
    totals_are_those_of_the_shares()
    nothing_changes_when_all_is_reckoned()


def _repair_comes(world: World) -> None:
    chance = world.chance
    a_repair(
        world.one([world.somewhere()]), cost=chance.choice([None, Decimal(0), Decimal(chance.randrange(10**6)) / 100]),
        street=world.one(world.streets()), contract=world.one(world.contracts), contractor=world.one(world.firms),
        project=world.one(world.projects),
    )  # fmt: skip


def _money_comes(world: World) -> None:
    chance, repairs = world.chance, list(Repair.objects.all())
    targets: dict[str, Any] = chance.choice(
        [{"project": chance.choice(world.projects)}, {"contract": chance.choice(world.contracts)}]
    )
    if repairs and chance.random() < 0.4:
        targets["repair"] = chance.choice(repairs)
    some_money(
        f"{chance.randrange(-(10**7), 10**9) / 100:.2f}", chance.choice(["planned", "approved", "committed", "paid"]),
        chance.choice(["EUR", "USD", "KZT"]), fiscal_year=chance.choice([2021, 2022, None]), payee=world.one(world.firms), **targets,
    )  # fmt: skip


def _money_is_corrected(world: World) -> None:
    old = world.one(Money.objects.standing())
    if old:
        target = world.chance.choice(world.projects)
        some_money("12.34", old.stage, old.currency, project=target, replaces=old, reason="corrected")


def _repair_moves(world: World) -> None:
    one = world.one(Repair.objects.all())
    if one:
        Repair.objects.filter(pk=one.pk).update(
            geometry=world.somewhere(), contract=world.one(world.contracts), project=world.one(world.projects),
            contractor=world.one(world.firms), street=world.one(world.streets()), status=world.chance.choice(["finished", "cancelled"]),
        )  # fmt: skip


def _repair_goes(world: World) -> None:
    gone = Repair.objects.filter(money=None).first()
    if gone:
        gone.delete()


def _project_moves(world: World) -> None:
    project, place = world.chance.choice(world.projects), world.one(ProjectPlace.objects.all())
    Project.objects.filter(pk=project.pk).update(sectors=[world.chance.choice(["health", "education"])])
    if place and world.chance.random() < 0.3:
        place.delete()
    elif place:
        ProjectPlace.objects.filter(pk=place.pk).update(geometry=world.somewhere(), project=place.project)


def _contract_moves(world: World) -> None:
    one = world.chance.choice(world.contracts)
    Contract.objects.filter(pk=one.pk).update(supplier=world.one(world.firms), project=world.one(world.projects))


def _firms_merge(world: World) -> None:
    one, other = world.chance.sample(world.firms, 2)
    into = world.chance.choice([other, None])
    Organisation.objects.filter(pk=one.pk).update(merged_into=into, merge_reason="the same" if into else "")


def _street_is_renamed(world: World) -> None:
    if one := world.one(world.streets()):
        Street.objects.filter(pk=one.pk).update(names=world.chance.choice([{}, {"en": "A"}, {"en": "B"}, {"en": "C"}]))


def _street_goes_or_comes(world: World) -> None:
    streets = world.streets()
    if len(streets) > 3:
        world.chance.choice(streets).delete()
    elif world.chance.random() < 0.5:
        a_street("A", IN_WEST, (10.02, 50.04))
    else:  # a key that is lower than all others: it stands for its street from now on
        line = MultiLineString(LineString(IN_WEST, (10.02, 50.04)), srid=4326)
        Street.objects.create(
            pk=streets[0].pk - 1, source_id=f"low-{streets[0].pk}", names={"en": "A", "ru": "A (ru)"}, geometry=line
        )


def _border_moves(world: World) -> None:
    lon, lat = world.spot()
    area = box(lon, lat, lon + 0.03, lat + 0.03)
    match world.chance.randrange(4):
        case 0:
            Boundary.objects.filter(code=world.chance.choice(["west", "ring"])).update(geometry=area)
        case 1:
            _extra_goes(world)
        case 2:
            groups = [world.city.sets["districts"], world.city.sets["zones"]]
            Boundary.objects.create(
                boundary_set=world.chance.choice(groups), code=f"extra-{world.chance.randrange(10**9)}", names={}, geometry=area,
                valid=(FROM, None),
            )  # fmt: skip
        case _:
            Boundary.objects.filter(code="east").update(valid=world.chance.choice([(FROM, None), (FROM, "2021-01-01")]))


def _extra_goes(world: World) -> None:
    extra = world.one(Boundary.objects.filter(code__startswith="extra").order_by("pk"))
    if not extra:
        return
    if world.chance.random() < 0.5:
        extra.delete()
    else:
        Boundary.objects.filter(pk=extra.pk).update(code=f"extra-{world.chance.randrange(10**9)}")


def _other_districts(world: World) -> None:
    was, will = world.chance.sample(["districts", "zones"], 2)
    BoundarySet.objects.filter(code=was).update(is_district=False)
    BoundarySet.objects.filter(code=will).update(is_district=True)


def _day_turns(world: World) -> None:
    """The clock cannot be moved, but the city can: to where it is another day."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (now() AT TIME ZONE %s)::date", [EASTMOST])
        (late,) = cursor.fetchone()
    Boundary.objects.filter(code="west").update(valid=world.chance.choice([(FROM, None), (late, None), (FROM, late)]))
    City.objects.update(time_zone=world.chance.choice([EASTMOST, WESTMOST]))
    reckon_new_day()


CHANGES: Final[list[Callable[[World], None]]] = [
    _repair_comes, _repair_comes, _repair_comes, _money_comes, _money_comes, _money_comes, _money_is_corrected, _repair_moves,
    _repair_goes, _project_moves, _contract_moves, _firms_merge, _street_is_renamed, _street_goes_or_comes, _border_moves,
    _border_moves, _other_districts, _day_turns,
]  # fmt: skip
