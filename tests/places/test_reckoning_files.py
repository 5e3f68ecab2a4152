"""The functions that reckon stand in files, and the database holds the newest of them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection

from places import sql_files
from places.models import MoneyShare, WorkPart
from places.reckoning_sql import knock
from tests.factories import IN_WEST, TinyCity
from tests.places.makers import a_point, a_repair, reckon, some_money
from tests.places.reckoned import totals_are_those_of_the_shares

pytestmark = pytest.mark.django_db


def installed() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE 'places\\_%%' AND prokind = 'f'", []
        )
        return dict(cursor.fetchall())


def test_the_database_holds_the_newest_file_of_each_function_and_no_other() -> None:
    before, files = installed(), sql_files.newest()
    assert set(before) == set(files)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL check_function_bodies = off")
        for text in files.values():
            cursor.execute(text)
    assert installed() == before


def test_a_file_that_a_migration_has_installed_cannot_change() -> None:
    name, told = next(iter(sql_files.newest().items()))
    number = max(int(path.name.split(".")[1]) for path in sql_files.FOLDER.glob(f"{name}.*.sql"))
    assert sql_files.text(name, number, sql_files.digest_of(told)) == told
    with pytest.raises(sql_files.Changed):
        sql_files.text(name, number, sql_files.digest_of(f"{told} "))


def indexes(table: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [table])
        return dict(cursor.fetchall())


@pytest.mark.parametrize("table", ["places_moneyshare", "places_moneytotal"])
def test_a_first_load_builds_the_same_indexes_when_its_rows_are_there(table: str, a_city: TinyCity) -> None:
    before = indexes(table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT places_bare(%s)", [table])
        (made,) = cursor.fetchone()
        assert len(made) == len(before) - len(indexes(table)) > 4
        some_money("1", repair=a_repair(a_point(*IN_WEST)))
        reckon()
        cursor.execute("SELECT places_bare(%s)", [table])
        assert cursor.fetchone() == (None,)  # it is not empty any more
        cursor.execute("SELECT places_dress(NULL)")
        cursor.execute("SELECT places_dress(%s)", [made])
    assert indexes(table) == before


def test_a_ledger_that_is_reckoned_as_a_whole_forgets_works_that_are_gone(a_city: TinyCity) -> None:
    some_money("1", repair=a_repair(a_point(*IN_WEST)))
    gone = a_repair(a_point(*IN_WEST), cost=Decimal(5))
    reckon()
    with connection.cursor() as cursor:  # without a note
        cursor.execute("SET LOCAL session_replication_role = 'replica'")
        cursor.execute("DELETE FROM works_repair WHERE id = %s", [gone.pk])
        cursor.execute("SET LOCAL session_replication_role = 'origin'")
        cursor.execute("INSERT INTO places_moneynote (what, thing) VALUES ('a', 0)")
    knock()
    reckon()
    assert list(MoneyShare.objects.values_list("stage", "amount")) == [("paid", Decimal(1))]
    assert not WorkPart.objects.filter(work=gone.pk, what="r").exists()
    totals_are_those_of_the_shares()
