"""Money that is split over districts sums to the whole, and no split is fairer: reckoned again in Python by largest remainders."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from django.contrib.gis.geos import GEOSGeometry

from gis_data.models import Boundary
from places.models import MoneyShare, WorkPart
from tests.factories import FROM, TinyCity, box
from tests.places.makers import a_contract, a_line, a_point, a_project, a_repair, reckon, some_money
from works.models import Money

pytestmark = pytest.mark.django_db

#: One cent, odd cents, what no number of districts divides, the largest a row can hold; and money that came back.
AMOUNTS = [
    "0.01",
    "0.02",
    "0.05",
    "1",
    "99.99",
    "100",
    "1000000.01",
    "333333333333.33",
    "0",
    "-0.01",
    "-0.07",
    "-100",
    "-99999.97",
]
CURRENCIES = ["EUR", "USD", "KZT"]


def thirds(city: TinyCity) -> list[GEOSGeometry]:
    """Seven more districts, and shapes whose shares of them are no round numbers."""
    for number in range(7):
        Boundary.objects.create(
            boundary_set=city.sets["districts"], code=f"n{number}", names={}, valid=(FROM, None),
            geometry=box(10.0 + number * 0.0137, 50.05, 10.0137 + number * 0.0137, 50.06),
        )  # fmt: skip
    return [
        a_line((10.001, 50.051), (10.0977, 50.0593)), box(10.0031, 50.051, 10.0803, 50.0577), a_line((10.03, 50.01), (10.08, 50.055)),
        a_line((10.0136, 50.055), (10.0138, 50.055)),
    ]  # fmt: skip


def fair(amount: Decimal, weights: dict[tuple[str, int, str], int]) -> dict[tuple[str, int, str], Decimal]:
    cents, total = int(abs(amount) * 100), sum(weights.values())
    exact = {key: Fraction(cents * weight, total) for key, weight in weights.items()}
    given = {key: int(share) for key, share in exact.items()}
    order = sorted(exact, key=lambda key: (-(exact[key] - given[key]), -weights[key], key))
    for key in order[: cents - sum(given.values())]:
        given[key] += 1
    sign = -1 if amount < 0 else 1
    return {key: Decimal(sign * value) / 100 for key, value in given.items() if value}


def parts(line: Money) -> dict[tuple[str, int, str], Decimal]:
    rows = MoneyShare.objects.filter(source="m", line=line.pk).exclude(amount=0)
    return {(one.district, one.street, one.kind): one.amount for one in rows}


def weights(what: str, work: int, kind: str = "") -> dict[tuple[str, int, str], int]:
    return {(one.district, one.street, kind or one.kind): one.weight for one in WorkPart.objects.filter(what=what, work=work)}


@pytest.mark.parametrize("currency", CURRENCIES)
def test_awkward_amounts_are_split_to_the_last_cent(currency: str, a_city: TinyCity) -> None:
    for shape in thirds(a_city):
        project, repair = a_project(shape), a_repair(shape)
        of_project = [some_money(amount, currency=currency, project=project) for amount in AMOUNTS]
        of_repair = [some_money(amount, currency=currency, repair=repair) for amount in AMOUNTS]
        reckon()
        over = weights("p", project.pk)
        assert len(over) > 1
        for line in (*of_project, *of_repair):
            found = parts(line)
            assert sum(found.values()) == line.amount
            assert found == fair(line.amount, over if line.project_id else weights("r", repair.pk))
    assert MoneyShare.objects.filter(stage="paid", currency=currency, amount=0).count() == 8  # nothing was paid, once each


def test_money_of_a_contract_is_split_over_all_repairs_to_the_last_cent(a_city: TinyCity) -> None:
    contract = a_contract()
    shapes = [shape for shape in thirds(a_city) if shape.geom_type == "LineString"]
    repairs = [a_repair(shape, contract=contract) for shape in shapes]
    lines = [some_money(amount, currency=code, contract=contract) for amount in AMOUNTS for code in CURRENCIES]
    reckon()
    over: dict[tuple[str, int, str], int] = {}
    for repair in repairs:
        for key, weight in weights("r", repair.pk).items():
            over[key] = over.get(key, 0) + weight
    for line in lines:
        assert parts(line) == fair(line.amount, over)


def test_shapes_of_several_dimensions_under_one_contract_still_sum_to_the_whole(a_city: TinyCity) -> None:
    contract = a_contract()
    for shape in (*thirds(a_city), a_point(10.02, 50.02), None):
        a_repair(shape, contract=contract)
    lines = [some_money(amount, currency=code, contract=contract) for amount in AMOUNTS for code in CURRENCIES]
    reckon()
    for line in lines:
        assert sum(parts(line).values()) == line.amount
