"""What a change of the ground or of firms reckons anew: the money of the works that lie there, and no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import psycopg
import pytest
from django.contrib.gis.geos import LineString, MultiLineString
from django.db import connection, transaction

from gis_data.models import Boundary, BoundarySet, City, Street
from places.models import MoneyDay, MoneyKnock, MoneyNote, MoneyShare
from places.nightly import reckon_new_day
from tests.factories import FROM, IN_EAST, IN_WEST, NOWHERE, TinyCity, box
from tests.places.makers import a_contract, a_firm, a_line, a_point, a_project, a_repair, a_street, reckon, some_money
from tests.places.reckoned import nothing_changes_when_all_is_reckoned
from works.models import Organisation, Repair

pytestmark = pytest.mark.django_db
#: Between them it is never the same day: the clock cannot be moved, but the city can.
EASTMOST, WESTMOST = "Pacific/Kiritimati", "Etc/GMT+12"


def shares() -> dict[tuple[int, str], int]:
    """The key of each part by its line and district. One that is reckoned anew gets a new key."""
    reckon()
    return {(line, district): key for key, line, district in MoneyShare.objects.values_list("pk", "line", "district")}


@contextmanager
def only(*lines: int) -> Iterator[None]:
    """Whatever happens inside reckons these lines of the ledger, and no other."""
    before = shares()
    yield
    after = shares()
    kept = {line for (line, district), key in after.items() if before.get((line, district)) == key}
    assert {line for line, _district in after} - kept == set(lines)
    nothing_changes_when_all_is_reckoned()


@contextmanager
def nothing() -> Iterator[None]:
    reckon()
    yield
    assert not MoneyNote.objects.exists()
    assert not MoneyKnock.objects.exists()


def test_borders_that_money_is_not_counted_by_are_not_noticed(a_city: TinyCity) -> None:
    some_money("8", repair=a_repair(a_point(*IN_WEST)))
    districts, zones = a_city.sets["districts"], a_city.sets["zones"]
    with nothing():
        Boundary.objects.filter(boundary_set=zones).update(geometry=box(10.0, 50.0, 10.1, 50.06))
        Boundary.objects.filter(code="west").update(names={"en": "Far West"}, repaired="by hand")
        Boundary.objects.filter(code="west").update(valid=(FROM, dt.date(2999, 1, 1)))
        old = Boundary.objects.create(
            boundary_set=districts,
            code="west",
            names={},
            geometry=box(10.0, 50.0, 10.1, 50.06),
            valid=(dt.date(2000, 1, 1), FROM),
        )
        Boundary.objects.filter(pk=old.pk).update(geometry=box(10.0, 50.0, 10.02, 50.05))
        Boundary.objects.create(
            boundary_set=districts,
            code="later",
            names={},
            geometry=box(10.0, 50.0, 10.1, 50.06),
            valid=(dt.date(2999, 1, 1), None),
        )
        old.delete()
        BoundarySet.objects.update(border_m=20)
    nothing_changes_when_all_is_reckoned()


def test_a_border_that_moves_reckons_the_works_of_its_old_and_its_new_shape(a_city: TinyCity) -> None:
    west = some_money("1", repair=a_repair(a_point(*IN_WEST)))
    some_money("2", repair=a_repair(a_point(*IN_EAST)))
    nowhere = some_money("4", project=a_project(a_point(*NOWHERE)))
    some_money("8", project=a_project())
    with only(west.pk, nowhere.pk):
        Boundary.objects.filter(code="west").update(geometry=box(10.095, 50.05, 10.1, 50.06))
    assert set(shares()) >= {(west.pk, "~"), (nowhere.pk, "west")}
    with only(nowhere.pk):
        Boundary.objects.filter(code="west").update(code="far")
    with only(nowhere.pk):
        new = Boundary.objects.create(
            boundary_set=a_city.sets["districts"],
            code="a",
            names={},
            geometry=box(10.095, 50.05, 10.1, 50.06),
            valid=(FROM, None),
        )
    with only(nowhere.pk):
        new.delete()


def test_other_work_of_the_contract_and_the_project_is_spread_anew(a_city: TinyCity) -> None:
    project = a_project(a_point(*IN_EAST))
    contract = a_contract(project=project)
    a_repair(a_point(*IN_WEST), contract=contract)
    east = some_money("1", repair=a_repair(a_point(*IN_EAST), contract=contract))
    spread = some_money("2", contract=contract)
    bare = some_money("4", project=project)
    with only(spread.pk):
        Boundary.objects.filter(code="west").update(geometry=box(10.02, 50.0, 10.04, 50.05))
    assert east.pk != bare.pk


def test_another_set_of_districts_reckons_everything(a_city: TinyCity) -> None:
    ring = some_money("1", repair=a_repair(a_point(10.03, 50.02)))
    west = some_money("2", repair=a_repair(a_point(*IN_WEST)))
    with only(ring.pk, west.pk):
        BoundarySet.objects.filter(code="districts").update(is_district=False)
        BoundarySet.objects.filter(code="zones").update(is_district=True)
    assert set(shares()) == {(ring.pk, "ring"), (west.pk, "~")}


def test_firms_that_merge_reckon_their_own_money(a_city: TinyCity) -> None:
    one, two, three = a_firm("A"), a_firm("B"), a_firm("C")
    paid = some_money("1", repair=a_repair(a_point(*IN_WEST)), payee=one)
    by_contract = some_money("2", contract=a_contract(supplier=one))
    by_repair = some_money("4", repair=a_repair(a_point(*IN_WEST), contractor=one))
    some_money("8", repair=a_repair(a_point(*IN_WEST), contractor=three))
    mine = (paid.pk, by_contract.pk, by_repair.pk)
    with only(*mine):
        Organisation.objects.filter(pk=one.pk).update(merged_into=two, merge_reason="the same")
    with only(*mine):  # those below it move with it
        Organisation.objects.filter(pk=two.pk).update(merged_into=three, merge_reason="the same")
    assert set(MoneyShare.objects.values_list("contractor", flat=True)) == {three.pk}
    with nothing():
        Organisation.objects.filter(pk=one.pk).update(legal_name="A & Sons")


def test_streets_that_count_as_another_one_reckon_their_own_repairs(a_city: TinyCity) -> None:
    first, second, side = (
        a_street("Main", IN_WEST, (10.02, 50.04)),
        a_street("Main", IN_WEST, (10.01, 50.03)),
        a_street("Side", IN_WEST, IN_EAST),
    )
    on_first, on_second, on_side = (
        some_money("1", repair=a_repair(a_point(*IN_WEST), street=one)) for one in (first, second, side)
    )
    with only(on_second.pk):
        Street.objects.filter(pk=first.pk).update(names={"en": "Other"})
    with only(on_second.pk):
        Street.objects.filter(pk=second.pk).update(names={"en": "Other"})
    with only():
        Street.objects.filter(pk=second.pk).update(geometry=MultiLineString(LineString(IN_WEST, IN_EAST), srid=4326))
        a_street("Other", IN_WEST, IN_EAST)
    lower = first.pk - 1
    with only(on_first.pk, on_second.pk):
        first.delete()
    lowest = Street(pk=lower, source_id="low", names={"en": "Side", "ru": "Side (ru)"}, geometry=side.geometry)
    with only(on_side.pk):
        lowest.save(force_insert=True)


def in_the_morning(zone: str) -> dt.date:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (now() AT TIME ZONE %s)::date", [zone])
        (day,) = cursor.fetchone()
    return dt.date.fromisoformat(str(day))


def test_the_turn_of_the_day_reckons_what_lies_where_districts_change_and_once(a_city: TinyCity) -> None:
    City.objects.update(time_zone=WESTMOST)
    reckon_new_day()
    reckon()
    before, after = in_the_morning(WESTMOST), in_the_morning(EASTMOST)
    assert MoneyDay.objects.get().day == before
    west, east = (some_money("1", repair=a_repair(a_point(*spot))) for spot in (IN_WEST, IN_EAST))
    Boundary.objects.filter(code="west").update(valid=(FROM, after))
    Boundary.objects.create(
        boundary_set=a_city.sets["districts"],
        code="new",
        names={},
        geometry=a_city.boundaries["west"].geometry,
        valid=(after, None),
    )
    assert set(shares()) == {(west.pk, "west"), (east.pk, "east")}
    assert not reckon_new_day()
    City.objects.update(time_zone=EASTMOST)
    with only(west.pk):
        reckon_new_day()
    assert set(shares()) == {(west.pk, "new"), (east.pk, "east")}
    assert MoneyDay.objects.get().day == after
    with nothing():
        assert not reckon_new_day()


def test_payments_turn_the_day_as_well_and_days_without_a_worker_are_made_up_for(a_city: TinyCity) -> None:
    some_money("1", repair=a_repair(a_point(*IN_WEST)))
    today = in_the_morning("Europe/Helsinki")
    reckon()
    with connection.cursor() as cursor:  # as it was forty days ago, and nobody has looked since
        cursor.execute("SET LOCAL session_replication_role = 'replica'")
        cursor.execute("UPDATE places_moneyday SET day = %s", [today - dt.timedelta(days=40)])
        cursor.execute(
            "UPDATE gis_data_boundary SET valid = daterange('2020-01-01', %s) WHERE code = 'west'",
            [today - dt.timedelta(days=20)],
        )
        cursor.execute("SET LOCAL session_replication_role = 'origin'")
    some_money("2", repair=a_repair(a_point(*IN_EAST)))
    assert {district for _line, district in shares()} == {"~", "east"}
    assert MoneyDay.objects.get().day == today


@pytest.mark.django_db(transaction=True)
def test_works_written_while_a_border_moves_are_not_forgotten(a_city: TinyCity) -> None:
    some_money("1", repair=a_repair(a_point(*IN_WEST)))
    with transaction.atomic():
        Boundary.objects.filter(code="west").update(geometry=box(10.0, 50.0, 10.005, 50.05))
        other = psycopg.connect(**connection.get_connection_params())
        with other:  # somebody else writes and commits a repair there, and knows nothing of the border yet
            columns = [str(one.column) for one in Repair._meta.concrete_fields if one.column not in {"id", "geometry_3857"}]
            listed = ", ".join(columns)
            renamed = listed.replace("local_id", "'other'").replace("public_id", "'other'")
            other.execute(f"INSERT INTO works_repair ({listed}) SELECT {renamed} FROM works_repair LIMIT 1")
    assert set(MoneyShare.objects.values_list("district", flat=True)) == {"~"}
    assert MoneyShare.objects.filter(stage="unknown").count() == 1
    nothing_changes_when_all_is_reckoned()


def test_the_cost_of_a_line_across_a_border_follows_it(a_city: TinyCity) -> None:
    a_repair(a_line((10.03, 50.04), (10.05, 50.04)), cost=Decimal(100))
    reckon()
    assert MoneyShare.objects.count() == 3
    Boundary.objects.filter(code="west").update(geometry=box(10.0, 50.0, 10.0405, 50.05))
    reckon()
    nothing_changes_when_all_is_reckoned()
    Boundary.objects.filter(code="east").update(geometry=box(10.0405, 50.0, 10.09, 50.05))
    reckon()
    assert set(MoneyShare.objects.values_list("district", flat=True)) == {"west", "east"}
    nothing_changes_when_all_is_reckoned()
