"""The reckoning is installed while people read, and everything is reckoned when nothing is locked any more; and it can be taken away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from places.models import MoneyShare
from tests.factories import IN_EAST, IN_WEST, TinyCity
from tests.places.makers import a_point, a_repair, some_money
from tests.places.reckoned import all_shares, totals_are_those_of_the_shares
from tests.places.test_reckoning_files import indexes, installed

_LOCKS = """
SELECT relation::regclass::text, mode, EXISTS (SELECT FROM places_moneyknock) FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def asked(sql: str) -> list[Any]:
    """Beside Django, so that nobody who watches its statements sees this one."""
    with connection.connection.cursor() as cursor:
        return list(cursor.execute(sql).fetchall())


def triggers() -> list[Any]:
    return asked("SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname LIKE 'places\\_%' ORDER BY 2")


def everything() -> tuple[Any, ...]:
    return installed(), triggers(), indexes("places_moneyshare"), indexes("places_moneytotal")


def migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("places", name)])


@contextmanager
def locks_seen() -> Iterator[set[tuple[str, str, bool]]]:
    """Table, mode, and whether something waits to be reckoned: what the migrations hold after each of their statements."""
    seen: set[tuple[str, str, bool]] = set()

    def watch(execute: Any, *call: Any) -> Any:
        answer = execute(*call)
        seen.update(asked(_LOCKS))
        return answer

    with connection.execute_wrapper(watch):
        yield seen


@pytest.mark.django_db(transaction=True)
def test_it_is_installed_beside_readers_and_can_be_taken_away(a_city: TinyCity) -> None:
    some_money("5", repair=a_repair(a_point(*IN_WEST)))
    before = everything()
    try:
        migrate("0002_reckon_before_commit")
        assert "places_turn" not in installed()
        assert {name for name, _text in triggers()} == {name for name, _text in before[1]}
        some_money("7", repair=a_repair(a_point(*IN_EAST)))
        assert set(MoneyShare.objects.values_list("district", "amount")) == {("west", Decimal(5)), ("east", Decimal(7))}
        shares = all_shares()
        with locks_seen() as seen:
            migrate("0005_reckon_all")
    finally:
        migrate("0005_reckon_all")
    assert everything() == before
    assert all_shares() == shares
    totals_are_those_of_the_shares()
    held = {one for one in seen if one[0].startswith(("works_", "gis_data_")) and one[1] != "AccessShareLock"}
    assert {mode for _table, mode, _waits in held} == {"ShareRowExclusiveLock"}, "readers wait for nothing"
    assert not {table for table, _mode, waits in held if waits}, "nobody waits for the reckoning"
    assert ("places_moneyshare", "ShareLock", False) not in seen
