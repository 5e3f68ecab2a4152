"""Looking for pairs where it takes too long: less is asked, one thing is put off, and whatever else is noted does not wait for it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from issues import links, links_sql, links_sweep
from issues.management.commands import propose_links
from issues.models import Appeal, Category, Link, LinkNote
from tests.factories import IN_WEST, TinyCity, an_appeal
from tests.issues.works_here import a_planned_repair

#: Longer than any limit that a test sets.
_FOR_EVER = 60


@pytest.fixture
def tiny(a_city: TinyCity) -> TinyCity:
    Category.objects.filter(code="pothole").update(repair_kinds=["pothole"])
    return a_city


def many(tiny: TinyCity, number: int) -> list[Appeal]:
    """So many reports on one place, by one statement."""
    row = {"category": tiny.categories["pothole"], "point": f"SRID=4326;POINT({IN_WEST[0]} {IN_WEST[1]})"}
    return Appeal.objects.bulk_create([Appeal(public_id=f"m{one:07}", **row) for one in range(number)])


@contextmanager
def slow(seconds: float, each: str) -> Iterator[None]:
    """Writing links takes so long for each ``STATEMENT`` or ``ROW``, on this connection."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION pg_temp.slow() RETURNS trigger LANGUAGE plpgsql AS"
            f" 'BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END'"
        )
        cursor.execute(f"CREATE TRIGGER slow BEFORE INSERT ON issues_link FOR EACH {each} EXECUTE FUNCTION pg_temp.slow()")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a trigger cannot go while others still wait for their turn
        cursor.execute("DROP TRIGGER slow ON issues_link")


def noted() -> set[tuple[str, int, int, int | None]]:
    return set(LinkNote.objects.values_list("what", "low", "high", "after"))


def test_a_statement_that_takes_too_long_is_asked_for_less(tiny: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no time at all every statement is stopped: a work is cut into steps, a report put off, and nothing is lost."""
    repair, report = a_planned_repair(), an_appeal(tiny)
    monkeypatch.setattr(links_sql, "LONGEST_MS", 200)
    with slow(_FOR_EVER, "STATEMENT"):
        assert links.propose_links() == 0
    assert noted() == {("r", repair.pk, repair.pk, 0), ("a", report.pk, report.pk, 0)}

    monkeypatch.undo()
    assert links.propose_links() == 1
    assert not LinkNote.objects.exists()


def test_whatever_else_is_noted_does_not_wait_for_a_report_that_takes_too_long(
    tiny: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_planned_repair()
    links.propose_links()
    bad = an_appeal(tiny)
    others = many(tiny, 25)
    monkeypatch.setattr(links_sql, "LONGEST_MS", 1_000)

    with slow(_FOR_EVER, f"ROW WHEN (NEW.appeal_id = {bad.pk})"):
        assert links.propose_links() == 25
        assert noted() == {("a", bad.pk, bad.pk, 0)}
        later = an_appeal(tiny)
        with CaptureQueriesContext(connection) as asked:
            assert links.propose_links() == 1

    assert set(Link.objects.values_list("appeal", flat=True)) == {one.pk for one in (*others, later)}
    assert sum("INSERT INTO issues_link AS known" in one["sql"] for one in asked) == 3, (
        "two for the later one, then one is stopped"
    )
    assert links.propose_links() == 1
    assert not LinkNote.objects.exists()


def test_the_report_that_takes_too_long_is_found_in_a_long_note_with_gaps(
    tiny: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_planned_repair()
    links.propose_links()
    bad, *others = many(tiny, 9)
    LinkNote.objects.update(low=0)
    monkeypatch.setattr(links_sweep, "AT_ONCE", 2)
    monkeypatch.setattr(links_sql, "LONGEST_MS", 1_000)

    with slow(_FOR_EVER, f"ROW WHEN (NEW.appeal_id = {bad.pk})"):
        assert links.propose_links() == len(others)

    assert noted() == {("a", bad.pk, bad.pk, 0)}


def test_a_report_that_is_put_off_twice_is_noted_once(tiny: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    a_planned_repair()
    links.propose_links()
    bad = an_appeal(tiny)
    monkeypatch.setattr(links_sql, "LONGEST_MS", 200)

    with slow(_FOR_EVER, "ROW"):
        links.propose_links()
        Appeal.objects.filter(pk=bad.pk).update(category=tiny.categories["tree"])
        Appeal.objects.filter(pk=bad.pk).update(category=tiny.categories["pothole"])
        links.propose_links()

    assert [note.after for note in LinkNote.objects.all()] == [0]


def test_the_command_goes_on_with_less_where_a_step_takes_a_whole_round(tiny: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that is stopped took as long as a round of progress, and as long as the command waits for others."""
    a_planned_repair()
    links.propose_links()
    many(tiny, 40)
    monkeypatch.setattr(links_sql, "LONGEST_MS", 300)
    monkeypatch.setattr(propose_links, "_ROUND", 0.3)
    monkeypatch.setattr(propose_links, "_PATIENCE", 0.3)
    out = io.StringIO()

    with slow(0.02, "ROW"):
        call_command("propose_links", stdout=out)

    *progress, last = out.getvalue().splitlines()
    assert last == "proposed: 40"
    assert progress
    assert all(line.startswith("looked at ") for line in progress)
