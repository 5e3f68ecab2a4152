"""Events and decisions can only be added; a report sent twice at the same moment is one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from issues import intake, intake_sql, public_id, triage
from issues.models import Appeal, Event, IntakeKey, RoutingDecision
from issues.states import NotAllowed
from notifications.models import OutboxMessage
from tests.factories import TinyCity, a_submission, an_appeal, build_city


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["issues_event", "issues_routingdecision"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_past_cannot_be_edited_by_any_statement(a_city: TinyCity, table: str, statement: str) -> None:
    an_appeal(a_city)
    refused = pytest.raises(DatabaseError, match=r"pgtrigger: Cannot (update|delete|truncate)")

    with refused, transaction.atomic(), connection.cursor() as cursor:
        # As after migrating: the test database has the one against TRUNCATE switched off (see ``tests/conftest.py``).
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute(statement.format(table))
    assert Event.objects.count() == RoutingDecision.objects.count() == 1


def together(count: int, work: Any) -> list[Any]:
    """Run ``work(number)`` at the same moment on ``count`` connections; errors are returned, not raised."""
    gate = threading.Barrier(count)

    def one(number: int) -> Any:
        try:
            connection.ensure_connection()
            gate.wait(timeout=20)
            return work(number)
        except Exception as error:  # noqa: BLE001  # the test judges it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_a_double_submit_at_the_same_moment_is_one_appeal_and_one_answer() -> None:
    build_city()
    sent = a_submission()

    receipts = together(8, lambda _number: intake.submit(sent))

    assert {type(receipt) for receipt in receipts} == {intake.Receipt}, receipts
    assert len({(receipt.public_id, receipt.token, receipt.due_at) for receipt in receipts}) == 1
    assert sorted(receipt.repeated for receipt in receipts) == [False] + [True] * 7
    assert Appeal.objects.count() == Event.objects.count() == RoutingDecision.objects.count() == 1
    assert OutboxMessage.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_loser_of_a_race_writes_nothing_and_gives_the_winners_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    build_city()
    sent = a_submission()
    read = intake_sql.read
    winners: list[intake.Receipt] = []

    def read_then_lose(*args: Any) -> intake_sql.Found:
        found = read(*args)
        if not winners:
            monkeypatch.setattr(intake_sql, "read", read)
            winners.append(intake.submit(sent))
        return found

    monkeypatch.setattr(intake_sql, "read", read_then_lose)
    loser = intake.submit(sent)

    assert (loser.public_id, loser.token, loser.repeated) == (winners[0].public_id, winners[0].token, True)
    assert Appeal.objects.count() == IntakeKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_reference_that_is_taken_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    build_city()
    taken = intake.submit(a_submission()).public_id
    free = public_id.new()
    draws = iter([taken, free])
    monkeypatch.setattr(public_id, "new", lambda: next(draws))

    assert intake.submit(a_submission()).public_id == free


def break_connection() -> None:
    """End our own server process, as a restart of the database would."""
    pid = connection.connection.info.backend_pid
    config = connection.get_connection_params()
    with psycopg.connect(host=config.get("host"), port=config.get("port"), user=config.get("user"), dbname=config["dbname"],
                         password=config.get("password"), autocommit=True) as other:  # fmt: skip
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.mark.django_db(transaction=True)
def test_a_database_that_was_started_anew_costs_no_report() -> None:
    build_city()
    intake.submit(a_submission())
    break_connection()

    assert not intake.submit(a_submission()).repeated
    assert Appeal.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_breaks_after_the_writing_still_gives_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    build_city()
    write = intake_sql.write

    def write_then_break(new: intake_sql.NewAppeal) -> int | None:
        monkeypatch.setattr(intake_sql, "write", write)
        write(new)
        break_connection()
        return write(new)

    monkeypatch.setattr(intake_sql, "write", write_then_break)
    receipt = intake.submit(a_submission())

    assert Appeal.objects.get().public_id == receipt.public_id
    assert OutboxMessage.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_the_same_moment_make_one_change() -> None:
    city = build_city()
    appeal = an_appeal(city)

    answers = together(4, lambda _number: triage.accept(appeal, city.clerk))

    assert sum(isinstance(answer, NotAllowed) for answer in answers) == 3, answers
    assert Event.objects.filter(appeal=appeal, kind="accepted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_joining_each_other_at_the_same_moment_neither_deadlocks_nor_makes_a_ring() -> None:
    city = build_city()
    pair = [an_appeal(city), an_appeal(city)]

    answers = together(2, lambda number: triage.merge(pair[number], pair[1 - number], city.clerk))

    assert sum(isinstance(answer, Exception) for answer in answers) == 1, answers
    assert Appeal.objects.filter(parent__isnull=False).count() == 1
