"""The sums that the database keeps are those of its rows, to the cent, whoever changes what and in whatever order."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum

from gis_data.models import Boundary, Street
from places.models import MoneyKnock, MoneyShare, MoneyTotal
from tests.factories import IN_EAST, IN_WEST, NOWHERE, TinyCity, box
from tests.places.makers import (
    a_contract,
    a_firm,
    a_line,
    a_point,
    a_project,
    a_repair,
    a_set,
    a_street,
    reckon,
    some_money,
)
from tests.places.reckoned import nothing_changes_when_all_is_reckoned, totals_are_those_of_the_shares
from works.models import Organisation, Repair

pytestmark = pytest.mark.django_db


def by(name: str, **filters: Any) -> dict[Any, Decimal]:
    reckon()
    rows = MoneyShare.objects.filter(**filters).values_list(name).annotate(Sum("amount"))
    return dict(rows)


def test_a_point_gives_all_of_its_money_to_its_district(a_city: TinyCity) -> None:
    some_money("100.01", repair=a_repair(a_point(*IN_WEST)))
    assert by("district") == {"west": Decimal("100.01")}


def test_a_line_across_two_districts_is_split_by_length_and_sums_to_the_whole(a_city: TinyCity) -> None:
    project = a_project(a_line((10.03, 50.04), (10.055, 50.04)))  # 10 of 25 parts west, 5 in the gap, 10 east
    some_money("0.05", project=project)
    some_money("1000.00", project=project, stage="planned")
    assert by("district", stage="paid") == {"west": Decimal("0.02"), "~": Decimal("0.01"), "east": Decimal("0.02")}
    planned = by("district", stage="planned")
    assert sum(planned.values()) == 1000
    assert planned["~"] == Decimal("200.00")
    assert abs(planned["west"] - planned["east"]) <= Decimal("0.01")


def test_areas_count_before_lines_and_lines_before_points(a_city: TinyCity) -> None:
    area = box(10.01, 50.01, 10.02, 50.02)
    some_money("10", project=a_project(area, a_point(*IN_EAST), a_line(IN_EAST, (10.075, 50.04))))
    assert by("district") == {"west": Decimal(10)}


def test_money_that_came_back_is_split_like_money_that_went(a_city: TinyCity) -> None:
    some_money("-0.01", project=a_project(a_point(*IN_WEST), a_point(*IN_EAST)))
    parts = by("district")
    assert sum(parts.values()) == Decimal("-0.01")
    assert len(parts) == 1


def test_a_place_outside_and_no_place_are_not_the_same(a_city: TinyCity) -> None:
    some_money("1", repair=a_repair(a_point(*NOWHERE)))
    some_money("2", repair=a_repair(None))
    some_money("4", project=a_project())
    assert by("district") == {"~": Decimal(1), "": Decimal(6)}


def test_a_contracts_money_is_spread_over_its_repairs(a_city: TinyCity) -> None:
    contract = a_contract(supplier=a_firm(), project=a_project(a_point(*IN_EAST)))
    main, side = a_street("Main", IN_WEST, (10.02, 50.04)), a_street("Side", IN_WEST, (10.01, 50.03))
    a_repair(a_line((10.01, 50.04), (10.02, 50.04)), contract=contract, street=main, kind="resurfacing")
    a_repair(a_line((10.01, 50.04), (10.01, 50.0336)), contract=contract, street=side, kind="pavement")
    a_repair(a_line((10.01, 50.04), (10.01, 50.03)), contract=contract, street=side, status="cancelled")
    some_money("300", contract=contract)
    parts = by("street")
    assert set(parts) == {main.pk, side.pk}
    assert sum(parts.values()) == 300
    assert abs(parts[main.pk] - 150) < 3
    assert by("kind") == {"s:transport.road": Decimal(300)}


def test_repairs_of_several_shapes_share_alike(a_city: TinyCity) -> None:
    contract = a_contract()
    a_repair(a_line((10.01, 50.04), (10.02, 50.04)), contract=contract)
    a_repair(a_point(*IN_EAST), contract=contract)
    some_money("0.03", contract=contract)
    parts = by("district")
    assert sorted(parts.values()) == [Decimal("0.01"), Decimal("0.02")]


def test_a_correction_takes_the_place_of_what_it_corrects(a_city: TinyCity) -> None:
    wrong = some_money("100", repair=a_repair(a_point(*IN_WEST)))
    reckon()
    some_money("70", repair=a_repair(a_point(*IN_EAST)), replaces=wrong, reason="another place")
    assert by("district") == {"east": Decimal(70)}
    totals_are_those_of_the_shares()


def test_merged_firms_are_one_contractor_and_can_be_parted_again(a_city: TinyCity) -> None:
    one, two, three = a_firm("A"), a_firm("B"), a_firm("C")
    for firm in (one, two, three):
        some_money("5", repair=a_repair(a_point(*IN_WEST)), payee=firm)
    assert len(by("contractor")) == 3
    Organisation.objects.filter(pk=one.pk).update(merged_into=two, merge_reason="same")
    Organisation.objects.filter(pk=two.pk).update(merged_into=three, merge_reason="same")
    assert by("contractor") == {three.pk: Decimal(15)}
    Organisation.objects.filter(pk=two.pk).update(merged_into=None, merge_reason="")
    assert by("contractor") == {three.pk: Decimal(5), two.pk: Decimal(10)}


def test_pieces_of_a_street_with_the_same_names_are_one_street(a_city: TinyCity) -> None:
    first, second = a_street("Main", IN_WEST, (10.02, 50.04)), a_street("Main", (10.02, 50.04), (10.03, 50.04))
    nameless = [Street.objects.create(source_id=f"n{i}", names={}, geometry=first.geometry) for i in range(2)]
    for street in (first, second, *nameless):
        a_repair(a_point(*IN_WEST), street=street, cost=Decimal(1))
    assert by("street") == {first.pk: Decimal(2), nameless[0].pk: Decimal(1), nameless[1].pk: Decimal(1)}
    Street.objects.filter(pk=second.pk).update(names={"en": "Other"})
    assert len(by("street")) == 4


def test_unknown_is_a_number_of_works_and_never_zero_money(a_city: TinyCity) -> None:
    a_repair(a_point(*IN_WEST))
    a_repair(a_point(*IN_WEST), cost=Decimal(0))
    a_repair(a_point(*IN_WEST), status="cancelled")
    a_project(a_line((10.03, 50.04), (10.08, 50.04)))  # counted once, where most of it lies
    paid = a_contract()
    a_repair(a_point(*IN_EAST), contract=paid)
    some_money("9", contract=paid)
    reckon()
    assert Counter(MoneyShare.objects.filter(stage="unknown").values_list("district", flat=True)) == {"west": 1, "east": 1}
    assert MoneyShare.objects.get(stage="cost").amount == 0


def test_what_a_contract_paid_for_one_repair_says_nothing_of_its_others(a_city: TinyCity) -> None:
    contract = a_contract()
    mended, other = (a_repair(a_point(*IN_WEST), contract=contract) for _ in range(2))
    some_money("9", contract=contract, repair=mended)
    reckon()
    assert list(MoneyShare.objects.filter(stage="unknown").values_list("line", flat=True)) == [other.pk]
    some_money("1", contract=contract)
    reckon()
    assert not MoneyShare.objects.filter(stage="unknown").exists()
    nothing_changes_when_all_is_reckoned()


def test_a_new_border_moves_the_money(a_city: TinyCity) -> None:
    some_money("8", repair=a_repair(a_point(*IN_WEST)))
    assert by("district") == {"west": Decimal(8)}
    Boundary.objects.filter(code="west").update(geometry=box(10.02, 50.0, 10.04, 50.05))
    assert by("district") == {"~": Decimal(8)}


@pytest.mark.parametrize(
    ("when", "year"),
    [
        ({"fiscal_year": 2023, "on": dt.date(2022, 9, 1)}, 2023),
        ({"on": dt.date(2022, 9, 1)}, 2022),
        ({"starts": dt.date(2021, 1, 1), "ends": dt.date(2021, 12, 31)}, 2021),
        ({"starts": dt.date(2021, 1, 1), "ends": dt.date(2022, 12, 31)}, 0),
        ({"on": None}, 0),
    ],
)
def test_the_year_is_the_citys_own_or_unknown(when: dict[str, Any], year: int, a_city: TinyCity) -> None:
    some_money("1", repair=a_repair(a_point(*IN_WEST)), **when)
    assert by("year") == {year: Decimal(1)}


@pytest.mark.django_db(transaction=True)
def test_a_commit_reckons_by_itself_and_a_rollback_leaves_nothing(a_city: TinyCity) -> None:
    with transaction.atomic():
        some_money("5", repair=a_repair(a_point(*IN_WEST)))
        assert not MoneyShare.objects.exists()
    assert MoneyTotal.objects.get(level=31, stage="paid").amount == 5
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        some_money("7", repair=Repair.objects.get())
        raise ZeroDivisionError
    assert MoneyTotal.objects.get(level=31, stage="paid").amount == 5
    assert a_set().code == "books"
    assert not MoneyKnock.objects.exists()
