"""What may make a pair is noted with the change, and looked at in small steps that may end at any moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from issues import links, links_sweep, triage
from issues.models import Appeal, Category, Link, LinkNote, LinkState
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.issues.works_here import a_contract, a_planned_repair, a_project, a_repair, away, today
from works.models import Contract, Project, ProjectPlace, Repair


@pytest.fixture
def tiny(a_city: TinyCity) -> TinyCity:
    Category.objects.filter(code="pothole").update(repair_kinds=["pothole"])
    return a_city


def reported(tiny: TinyCity, days: int = -10, **changes: Any) -> Appeal:
    return an_appeal(tiny, created_at=timezone.now() + dt.timedelta(days=days), **changes)


def many(tiny: TinyCity, number: int, **changes: Any) -> list[Appeal]:
    """So many reports on one place, by one statement."""
    row = {"category": tiny.categories["pothole"], "point": f"SRID=4326;POINT({IN_WEST[0]} {IN_WEST[1]})", **changes}
    return Appeal.objects.bulk_create([Appeal(public_id=f"m{one:07}", **row) for one in range(number)])


def test_new_reports_and_new_works_are_found_by_the_clock(tiny: TinyCity) -> None:
    reported(tiny)
    assert links.propose_links() == 0
    a_repair()
    assert links.propose_links() == 1
    reported(tiny, -9)
    assert links.propose_links() == 1
    a_project()
    assert links.propose_links() == 2
    assert links.propose_links() == 0
    assert not LinkNote.objects.exists()


# What is noted


def test_one_statement_leaves_one_note_whatever_it_writes(tiny: TinyCity) -> None:
    appeals = many(tiny, 50)

    assert [(note.what, note.low, note.high) for note in LinkNote.objects.all()] == [("a", appeals[0].pk, appeals[-1].pk)]


@pytest.mark.parametrize("changes", [{"visibility": "held"}, {"at": None}], ids=["held", "no place"])
def test_reports_that_no_works_can_concern_are_not_noted(tiny: TinyCity, changes: dict[str, Any]) -> None:
    reported(tiny, **changes)
    a_repair(None)
    a_repair(status="cancelled")

    assert not LinkNote.objects.exists()


def test_a_change_that_makes_no_pair_is_not_noted(tiny: TinyCity) -> None:
    appeal, repair, project = reported(tiny), a_repair(), a_project()
    links.propose_links()

    triage.reply(appeal, tiny.clerk, "We look at it.")
    triage.close(appeal, tiny.clerk, "It is mended.")
    Repair.objects.filter(pk=repair.pk).update(cost=5, currency="EUR", address="West 1")
    Project.objects.filter(pk=project.pk).update(planned_end=today(5))

    assert not LinkNote.objects.exists()


def test_a_released_report_is_paired(tiny: TinyCity) -> None:
    held = reported(tiny, visibility="held")
    a_repair()
    links.propose_links()
    assert not Link.objects.exists()

    triage.release(held, tiny.people["dispatcher"])

    assert links.propose_links() == 1


def test_a_reopened_report_is_paired_with_works_that_came_meanwhile(tiny: TinyCity) -> None:
    appeal = reported(tiny)
    triage.close(appeal, tiny.clerk, "Nothing to see here.")
    a_planned_repair()
    assert links.propose_links() == 0

    triage.reopen(appeal, tiny.clerk, "There is something to see.")

    assert links.propose_links() == 1


def _own_warranty(repair: Repair, contract: Contract) -> None:
    Repair.objects.filter(pk=repair.pk).update(warranty_until=today(30))


def _of_the_contract(repair: Repair, contract: Contract) -> None:
    Contract.objects.filter(pk=contract.pk).update(warranty_until=today(30))


def _other_contract(repair: Repair, contract: Contract) -> None:
    Repair.objects.filter(pk=repair.pk).update(contract=a_contract(warranty_until=30))


def _moved(repair: Repair, contract: Contract) -> None:
    Repair.objects.filter(pk=repair.pk).update(finished_on=today(-1))


@pytest.mark.parametrize("change", [_own_warranty, _of_the_contract, _other_contract, _moved])
def test_a_warranty_or_a_day_that_is_heard_of_later_makes_pairs(
    tiny: TinyCity, change: Callable[[Repair, Contract], None]
) -> None:
    reported(tiny)
    contract = a_contract()
    repair = a_repair(finished_on=-60, warranty_until=None, contract=contract)
    assert links.propose_links() == 0

    change(repair, contract)

    assert links.propose_links() == 1


def test_a_category_that_learns_what_mends_it_has_all_reports_looked_at(tiny: TinyCity) -> None:
    an_appeal(tiny, "tree")
    a_repair(kind="greenery")
    assert links.propose_links() == 0

    Category.objects.filter(code="tree").update(repair_kinds=["greenery"])

    assert links.propose_links() == 1


def test_works_that_move_lose_what_was_proposed_and_find_others(tiny: TinyCity) -> None:
    west, east = reported(tiny), reported(tiny, at=IN_EAST)
    repair, project = a_repair(), a_project()
    links.propose_links()
    assert {link.appeal_id for link in Link.objects.all()} == {west.pk}

    Repair.objects.filter(pk=repair.pk).update(geometry=east.point)
    ProjectPlace.objects.filter(project=project).update(geometry=east.point)

    assert links.propose_links() == 2
    assert {link.appeal_id for link in Link.objects.all()} == {east.pk}


def test_works_that_are_cancelled_lose_what_nobody_decided_on(tiny: TinyCity) -> None:
    kept, _other = reported(tiny), reported(tiny)
    repair = a_repair()
    links.propose_links()
    links.decide(Link.objects.get(appeal=kept), tiny.clerk, LinkState.CONFIRMED)

    Repair.objects.filter(pk=repair.pk).update(status="cancelled")
    links.propose_links()

    assert [(link.appeal_id, link.state) for link in Link.objects.all()] == [(kept.pk, "confirmed")]


@pytest.mark.parametrize("verdict", [LinkState.CONFIRMED, LinkState.REFUSED])
def test_what_was_decided_stays_however_the_works_change(tiny: TinyCity, verdict: LinkState) -> None:
    appeal, repair = reported(tiny), a_planned_repair()
    links.propose_links()
    links.decide(Link.objects.get(), tiny.clerk, verdict)
    before = Link.objects.values().get()

    triage.close(appeal, tiny.clerk, "Done.")
    triage.reopen(appeal, tiny.clerk, "Not done.")
    Repair.objects.filter(pk=repair.pk).update(geometry=f"SRID=4326;POINT({away(5)[0]} {away(5)[1]})", status="running")

    assert links.propose_links() == 0
    assert Link.objects.values().get() == before


def test_a_proposal_follows_what_is_known_of_its_works(tiny: TinyCity) -> None:
    reported(tiny)
    repair = a_planned_repair()
    links.propose_links()
    link = Link.objects.get()

    Repair.objects.filter(pk=repair.pk).update(
        status="finished", finished_on=today(-60), started_on=None, warranty_until=today(9)
    )

    assert links.propose_links() == 0, "it is the same pair"
    link.refresh_from_db()
    assert (link.meaning, link.score) == ("returns", 100)


# In steps


def test_a_long_note_is_looked_at_in_steps_that_save_how_far_they_came(tiny: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_sweep, "AT_ONCE", 10)
    a_planned_repair()
    links.propose_links()
    appeals = many(tiny, 25)
    told: list[links_sweep.Done] = []

    links_sweep.sweep(0.0)
    assert LinkNote.objects.get().low == appeals[0].pk
    links_sweep.sweep(60.0, told.append)

    assert told == [links_sweep.Done(10, 10), links_sweep.Done(20, 20), links_sweep.Done(25, 25)]
    assert not LinkNote.objects.exists()


def test_what_a_person_does_is_not_kept_waiting_by_a_load(tiny: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_sweep, "AT_ONCE", 10)
    a_planned_repair()
    links.propose_links()
    many(tiny, 25)
    last = reported(tiny)
    found: list[bool] = []

    links_sweep.sweep(60.0, lambda _done: found.append(Link.objects.filter(appeal=last).exists()))

    assert found[0]


def test_works_among_very_many_reports_are_looked_at_in_steps(tiny: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_sweep, "_OF_ONE", 1)
    monkeypatch.setattr(links_sweep, "AT_ONCE", 10)
    many(tiny, 25)
    links.propose_links()
    repair, project = a_planned_repair(), a_project()
    for what, works in (("r", repair.pk), ("p", project.pk)):
        LinkNote.objects.filter(what=what).delete()
        LinkNote.objects.create(what=what, low=works, high=works, after=0)

    assert links.propose_links() == 50
    assert not LinkNote.objects.exists()


def test_the_limits_end_with_the_step(tiny: TinyCity) -> None:
    reported(tiny)
    links.propose_links()

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        assert cursor.fetchone() == ("0", "0")
