"""A proposal that fits no longer goes when its report or its works are looked at: a warranty claim that is wrong blames a firm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.contrib.gis.geos import Point
from django.utils import timezone

from issues import links, links_sweep, triage
from issues.models import Appeal, Category, Link, LinkNote, LinkState
from tests.factories import IN_EAST, TinyCity, an_appeal
from tests.issues.works_here import a_contract, a_planned_repair, a_project, a_repair, away, today
from works.models import Contract, Project, ProjectPlace, Repair


@pytest.fixture
def tiny(a_city: TinyCity) -> TinyCity:
    Category.objects.filter(code="pothole").update(repair_kinds=["pothole"])
    return a_city


def reported(tiny: TinyCity, days: int = -10) -> Appeal:
    return an_appeal(tiny, created_at=timezone.now() + dt.timedelta(days=days))


def meanings() -> list[str]:
    links.propose_links()
    return list(Link.objects.order_by("id").values_list("meaning", flat=True))


@pytest.mark.parametrize(
    "change",
    [
        lambda: Repair.objects.update(warranty_until=today(-50)),
        lambda: Repair.objects.update(warranty_until=None),
        lambda: Repair.objects.update(kind="greenery"),
        lambda: Repair.objects.update(geometry=None),
        lambda: Repair.objects.update(status="cancelled"),
        lambda: Appeal.objects.update(point=Point(*away(north=300), srid=4326)),
        lambda: Appeal.objects.update(category=Category.objects.get(code="tree")),
        lambda: Category.objects.update(repair_kinds=["greenery"]),
        lambda: Category.objects.update(repair_kinds=[]),
    ],
    ids=[
        "warranty ended before the report",
        "no warranty",
        "another kind",
        "no place",
        "cancelled",
        "report moved",
        "another category",
        "mended by other repairs",
        "mended by none",
    ],
)
def test_a_warranty_claim_that_was_corrected_is_withdrawn(tiny: TinyCity, change: Callable[[], object]) -> None:
    reported(tiny)
    a_repair()
    assert meanings() == ["returns"]

    change()

    assert meanings() == []


def test_a_contract_whose_warranty_ended_before_the_report_is_blamed_no_longer(tiny: TinyCity) -> None:
    reported(tiny)
    contract = a_contract(warranty_until=400)
    a_repair(contract=contract, warranty_until=None)
    assert meanings() == ["returns"]

    Contract.objects.filter(pk=contract.pk).update(warranty_until=today(-50))

    assert meanings() == []


def test_a_project_that_ended_before_the_report_answers_it_no_longer(tiny: TinyCity) -> None:
    reported(tiny)
    a_project()
    assert meanings() == ["answers"]

    Project.objects.update(actual_end=today(-20))

    assert meanings() == []


def test_what_hardly_fits_any_more_is_withdrawn(tiny: TinyCity) -> None:
    """It is still within reach and of the right kind, but scores too low to be worth a look."""
    reported(tiny, -300)
    repair = a_repair(away(north=20), finished_on=-290)
    assert meanings() == ["answers"]

    Repair.objects.filter(pk=repair.pk).update(finished_on=today())

    assert meanings() == []


def test_only_what_was_looked_at_is_withdrawn(tiny: TinyCity) -> None:
    """Other reports of the same works, other works of the same report, and pairs with projects when a repair changes."""
    moved, stays = reported(tiny), reported(tiny)
    repair, other, project = a_repair(), a_repair(), a_project()
    links.propose_links()
    assert Link.objects.count() == 6

    Repair.objects.filter(pk=other.pk).update(warranty_until=today(-50))
    links.propose_links()
    assert Link.objects.count() == 4
    Appeal.objects.filter(pk=moved.pk).update(point=Point(*IN_EAST, srid=4326))
    links.propose_links()

    left = set(Link.objects.values_list("appeal", "repair", "project"))
    assert left == {(stays.pk, repair.pk, None), (stays.pk, None, project.pk)}


@pytest.mark.parametrize("verdict", [LinkState.CONFIRMED, LinkState.REFUSED])
def test_what_was_decided_stays_when_it_fits_no_longer(tiny: TinyCity, verdict: LinkState) -> None:
    report, repair = reported(tiny), a_repair()
    links.propose_links()
    links.decide(Link.objects.get(), tiny.clerk, verdict)
    before = Link.objects.values().get()

    Repair.objects.filter(pk=repair.pk).update(warranty_until=today(-50))
    links.propose_links()
    Appeal.objects.filter(pk=report.pk).update(point=Point(*IN_EAST, srid=4326))
    links.propose_links()

    assert Link.objects.values().get() == before


def test_a_withdrawn_proposal_comes_back_when_it_fits_again(tiny: TinyCity) -> None:
    report = reported(tiny)
    a_planned_repair()
    assert meanings() == ["answers"]
    triage.close(report, tiny.clerk, "Nothing to see here.")
    assert links_sweep.note_everything()
    assert meanings() == [], "nothing waits for the repair"

    triage.reopen(report, tiny.clerk, "There is something to see.")

    assert meanings() == ["answers"]


@pytest.mark.parametrize("what", ["r", "p"])
def test_works_among_very_many_reports_lose_in_steps_what_fits_no_longer(
    tiny: TinyCity, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Each step withdraws from the reports it looks at, and from the works it looks at, alone."""
    monkeypatch.setattr(links_sweep, "_OF_ONE", 1)
    monkeypatch.setattr(links_sweep, "AT_ONCE", 2)
    reports = [reported(tiny) for _one in range(5)]
    works, others = (a_repair(), a_project()) if what == "r" else (a_project(), a_repair())
    links.propose_links()
    assert Link.objects.count() == 10
    if what == "r":
        Repair.objects.update(warranty_until=today(-50))
    else:
        ProjectPlace.objects.update(geometry=Point(*IN_EAST, srid=4326))
    LinkNote.objects.all().delete()
    LinkNote.objects.create(what=what, low=works.pk, high=works.pk, after=0)
    column = "repair" if what == "r" else "project"
    left: list[int] = []

    links_sweep.sweep(60.0, lambda _done: left.append(Link.objects.exclude(**{column: None}).count()))

    assert left == [3, 1, 0]
    assert set(Link.objects.values_list("appeal", flat=True)) == {one.pk for one in reports}
    assert {link.repair_id or link.project_id for link in Link.objects.all()} == {others.pk}
