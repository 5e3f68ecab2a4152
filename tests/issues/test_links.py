"""Links between reports and works: proposed by distance, kind and time, decided by staff, never public before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.gis.geos import LineString
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from issues import links, links_sweep, states
from issues.models import Appeal, Category, Link, LinkDecision, LinkState
from places import appeals_here
from tests.factories import IN_WEST, TinyCity, an_appeal, box
from tests.issues.works_here import a_contract, a_planned_repair, a_project, a_repair, away


@pytest.fixture
def tiny(a_city: TinyCity) -> TinyCity:
    Category.objects.filter(code="pothole").update(repair_kinds=["pothole", "resurfacing"])
    Category.objects.filter(code="noise").update(repair_kinds=["pothole"])
    return a_city


def reported(tiny: TinyCity, days: int = 0, **changes: Any) -> Appeal:
    """An appeal reported so many days from today."""
    return an_appeal(tiny, created_at=timezone.now() + dt.timedelta(days=days), **changes)


def look_at_everything() -> int:
    """How many pairs are new."""
    assert links_sweep.note_everything()
    return links_sweep.sweep(60.0).found


def pairs() -> list[tuple[int, str, str]]:
    look_at_everything()
    rows = Link.objects.select_related("repair", "project").order_by("id")
    return [(row.appeal_id, (row.repair or row.project).public_id, row.meaning) for row in rows]


def test_works_after_a_report_answer_it_and_warranties_before_it_are_returns(tiny: TinyCity) -> None:
    appeal = reported(tiny, -10)
    after, before = a_repair(finished_on=-2), a_repair(finished_on=-60)
    planned = a_planned_repair()

    assert set(pairs()) == {
        (appeal.pk, after.public_id, "answers"),
        (appeal.pk, before.public_id, "returns"),
        (appeal.pk, planned.public_id, "answers"),
    }


def test_projects_that_go_on_or_ended_after_the_report_answer_it(tiny: TinyCity) -> None:
    appeal = reported(tiny, -10)
    running, ended = a_project(), a_project(status="completion", actual_end=-3)
    a_project(status="completion", actual_end=-11)
    a_project(status="cancelled")
    a_project(box(10.0, 50.0, 10.04, 50.05), place="named")

    assert set(pairs()) == {(appeal.pk, one.public_id, "answers") for one in (running, ended)}


@pytest.mark.parametrize(
    "works",
    [
        {"kind": "greenery"},
        {"status": "cancelled"},
        {"geometry": None},
        {"at": away(north=51)},
        {"finished_on": -60, "warranty_until": -11},
        {"finished_on": None, "warranty_until": None},
    ],
    ids=["another kind", "cancelled", "no place", "too far", "warranty over when it was reported", "no date"],
)  # fmt: skip
def test_what_does_not_fit_is_not_proposed(tiny: TinyCity, works: dict[str, Any]) -> None:
    reported(tiny, -10)
    a_repair(**works)

    assert pairs() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"visibility": "held"},
        {"at": None},
        {"category": "tree"},
        {"state": "closed", "closed_at": timezone.now() - dt.timedelta(days=90)},
    ],
    ids=["held", "no place", "a kind no repair mends", "closed long before the repair"],
)
def test_such_reports_are_linked_with_nothing(tiny: TinyCity, changes: dict[str, Any]) -> None:
    reported(tiny, -100, **changes)
    a_repair(finished_on=-1)
    a_project()

    assert pairs() == []


def test_a_report_joined_with_another_leaves_the_link_to_that_one(tiny: TinyCity) -> None:
    parent = reported(tiny, -9)
    reported(tiny, -8, parent=parent, state="closed")
    a_repair(finished_on=0)

    assert [appeal for appeal, _works, _meaning in pairs()] == [parent.pk]


def test_the_last_day_of_the_warranty_still_counts(tiny: TinyCity) -> None:
    reported(tiny)
    a_repair(warranty_until=0)
    a_repair(warranty_until=-1)
    a_repair(warranty_until=None, contract=a_contract(warranty_until=0))

    assert [meaning for _appeal, _works, meaning in pairs()] == ["returns", "returns"]


def test_nearer_and_sooner_scores_higher_and_metres_are_those_on_the_spheroid(tiny: TinyCity) -> None:
    reported(tiny, -100)
    near = a_repair(LineString((10.0095, IN_WEST[1]), (10.0105, IN_WEST[1]), srid=4326), finished_on=-99)
    later = a_repair(away(east=2), finished_on=0)
    far = a_repair(away(north=25), finished_on=-99)
    pairs()

    found = {row.repair_id: row for row in Link.objects.all()}

    assert found[near.pk].score > found[later.pk].score > found[far.pk].score
    assert found[near.pk].score == 100
    assert found[far.pk].distance_m == pytest.approx(25.0, abs=0.2)


def test_a_pair_is_proposed_once_however_often_it_is_looked_for(tiny: TinyCity) -> None:
    reported(tiny, -10)
    project = a_project()
    project.places.create(number=2, kind="exact", geometry=box(10.009, 50.039, 10.011, 50.041))
    a_repair()

    assert look_at_everything() == 2
    assert look_at_everything() == 0
    assert Link.objects.get(project=project).distance_m == 0


def test_a_refused_pair_is_not_proposed_again(tiny: TinyCity) -> None:
    reported(tiny, -10)
    a_repair()
    pairs()
    links.decide(Link.objects.get(), tiny.clerk, LinkState.REFUSED)

    assert look_at_everything() == 0
    assert Link.objects.get().state == "refused"


# Decisions


def a_link(tiny: TinyCity, **changes: Any) -> Link:
    reported(tiny, -10, **changes)
    a_repair()
    pairs()
    return Link.objects.get()


def test_each_decision_is_kept_with_who_and_when(tiny: TinyCity) -> None:
    link = a_link(tiny)

    links.decide(link, tiny.clerk, LinkState.CONFIRMED)
    links.decide(link, tiny.people["head"], LinkState.REFUSED)

    assert list(link.decisions.order_by("id").values_list("verdict", "actor")) == [
        ("confirmed", tiny.clerk.pk),
        ("refused", tiny.people["head"].pk),
    ]
    link.refresh_from_db()
    assert link.state == "refused"


def test_the_second_of_two_clicks_is_told_so(tiny: TinyCity) -> None:
    link = a_link(tiny)
    links.decide(link, tiny.clerk, LinkState.CONFIRMED)

    with pytest.raises(states.NotAllowed, match="so already"):
        links.decide(link, tiny.clerk, LinkState.CONFIRMED)
    assert link.decisions.count() == 1


@pytest.mark.parametrize("change", ["UPDATE issues_linkdecision SET verdict = 'refused'", "DELETE FROM issues_linkdecision"])
def test_decisions_cannot_be_edited_past_the_code(tiny: TinyCity, change: str) -> None:
    links.decide(a_link(tiny), tiny.clerk, LinkState.CONFIRMED)

    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert LinkDecision.objects.count() == 1


def test_pages_of_works_read_confirmed_links_of_public_reports_alone(tiny: TinyCity) -> None:
    project = a_project()
    repair = a_repair(project=project, finished_on=0)
    shown, private = reported(tiny, -10), reported(tiny, -9, category="noise")
    other, hidden = reported(tiny, -8), reported(tiny, -7, visibility="hidden")
    pairs()
    for link in Link.objects.filter(repair=repair).exclude(appeal=other):
        links.decide(link, tiny.clerk, LinkState.CONFIRMED)

    assert {link.appeal_id for link in Link.objects.confirmed()} == {shown.pk, private.pk, hidden.pk}
    assert [row.pk for row in appeals_here.that_led_to(repair=repair)] == [shown.pk]
    assert [row.pk for row in appeals_here.that_led_to(project=project)] == [shown.pk]


def test_staff_see_links_of_the_reports_they_may_see(tiny: TinyCity) -> None:
    link = a_link(tiny, department=tiny.departments["parks"])

    assert list(links.of_staff(tiny.people["clerk-parks"])) == [link]
    assert list(links.of_staff(tiny.people["dispatcher"])) == [link]
    assert not links.of_staff(tiny.clerk).exists()
    assert not links.of_staff(tiny.people["resident"]).exists()
