"""Looking for pairs beside others: whoever commits late, whoever else is at it, whoever is killed."""

from __future__ import annotations

import io
import os
import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from issues import links, links_sweep
from issues.models import Appeal, Category, Link, LinkNote
from tests.factories import TinyCity, an_appeal
from tests.faults.processes import Killable, database_url
from tests.issues.works_here import a_data_set, a_planned_repair, away
from tests.notifications.deadline import eventually
from works.models import Repair

pytestmark = pytest.mark.django_db(transaction=True)
_SWEEP = "import django; django.setup(); from issues import links_sweep as l; l.AT_ONCE = 7; l.sweep(600.0)"

_STRIKE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%WITH given AS MATERIALIZED%'"""


@pytest.fixture
def tiny(a_city: TinyCity) -> TinyCity:
    Category.objects.filter(code="pothole").update(repair_kinds=["pothole"])
    LinkNote.objects.all().delete()
    return a_city


def elsewhere(work: Callable[[], None]) -> threading.Thread:
    """Do it on another connection."""

    def run() -> None:
        work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_what_is_committed_late_is_not_missed(tiny: TinyCity) -> None:
    """Its number and its time are older than those of what was looked at before it was seen."""
    a_planned_repair()
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            an_appeal(tiny)
            written.set()
            go_on.wait(60)

    late = elsewhere(slow)
    assert written.wait(60)
    an_appeal(tiny)
    assert links.propose_links() == 1
    assert not LinkNote.objects.exists()
    go_on.set()
    late.join(60)

    assert links.propose_links() == 1


def test_two_workers_do_not_look_at_the_same_time(tiny: TinyCity) -> None:
    an_appeal(tiny)
    a_planned_repair()
    others: list[links_sweep.Done | None] = []

    with transaction.atomic():
        assert links_sweep._step(500) == links_sweep.Done(2, 1)
        elsewhere(lambda: others.append(links_sweep._step(500))).join(60)
        transaction.set_rollback(True)

    assert others == [None]
    assert links.propose_links() == 1


def test_a_step_that_is_undone_leaves_its_notes(tiny: TinyCity) -> None:
    an_appeal(tiny)
    a_planned_repair()
    with transaction.atomic():
        links.propose_links()
        transaction.set_rollback(True)

    assert LinkNote.objects.count() == 2
    assert not Link.objects.exists()


def a_crowd(tiny: TinyCity) -> None:
    """Four hundred reports and a hundred repairs among them."""
    draw = random.Random(16)
    places = [Point(*away(draw.uniform(0, 400), draw.uniform(0, 400)), srid=4326) for _one in range(500)]
    pothole, works = tiny.categories["pothole"], a_data_set()
    Appeal.objects.bulk_create([Appeal(public_id=f"k{n:07}", category=pothole, point=at) for n, at in enumerate(places[:400])])
    Repair.objects.bulk_create(
        [
            Repair(data_set=works, local_id=f"k{n}", public_id=f"k/{n}", kind="pothole", status="running", geometry=at)
            for n, at in enumerate(places[400:])
        ]
    )


def all_pairs() -> set[tuple[Any, ...]]:
    return set(Link.objects.values_list("appeal", "repair", "meaning", "score"))


def struck() -> bool:
    """End the server's side of whoever writes pairs at this moment; false when nobody does."""
    with connection.cursor() as cursor:
        cursor.execute(_STRIKE)
        return bool(cursor.fetchall())


def test_killed_again_and_again_it_loses_nothing_and_doubles_nothing(tiny: TinyCity, tmp_path: Path) -> None:
    a_crowd(tiny)
    LinkNote.objects.exclude(what="a").delete()  # what the reports lose, the repairs must not find
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "citymap.settings.test",
        "DATABASE_URL": database_url(connection.settings_dict),
    }
    sweeper = Killable([sys.executable, "-c", _SWEEP], env, tmp_path / "sweep.log")
    draw = random.Random(5)
    for _kill in range(3):
        until = links_sweep.left() - draw.randrange(30, 110)
        sweeper.start()
        eventually(lambda until=until: links_sweep.left() <= until and struck(), 60, 0.0)  # type: ignore[misc]  # mypy does not infer a lambda with a default
        sweeper.kill()
    assert links_sweep.left(), "it is to be killed on the way"
    links.propose_links()
    found = all_pairs()

    assert not LinkNote.objects.exists()
    Link.objects.all().delete()
    assert links_sweep.note_everything()
    links.propose_links()
    assert found == all_pairs()
    assert len(found) == Link.objects.count() > 300


# The command


def told(*arguments: str) -> str:
    out = io.StringIO()
    call_command("propose_links", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_looks_at_what_changed_or_at_everything(tiny: TinyCity) -> None:
    an_appeal(tiny)
    a_planned_repair()
    assert told() == "proposed: 1\n"
    Link.objects.all().delete()
    assert told() == "proposed: 0\n"
    assert told("--all") == "proposed: 1\n"


def test_the_command_that_is_stopped_says_that_the_rest_is_kept(tiny: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    an_appeal(tiny)

    def interrupted(*_limits: Any) -> links_sweep.Done:
        raise KeyboardInterrupt

    monkeypatch.setattr(links_sweep, "sweep", interrupted)
    with pytest.raises(CommandError, match="Nothing is lost"):
        told("--all")
    assert LinkNote.objects.exists()


def test_the_command_for_everything_does_not_start_while_somebody_else_is_at_it(tiny: TinyCity) -> None:
    an_appeal(tiny)
    refused: list[str] = []

    def ask() -> None:
        try:
            told("--all")
        except CommandError as error:
            refused.append(str(error))

    with transaction.atomic():
        links_sweep._step(500)
        elsewhere(ask).join(60)

    assert len(refused) == 1
    assert "Try again" in refused[0]
