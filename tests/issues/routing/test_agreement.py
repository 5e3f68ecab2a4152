"""Imported appeals held against the rules of today: `compare`, and the command that prints it."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command

from gis_data import city_time
from issues import intake
from issues.models import Appeal, RoutingDecision, RoutingRule
from issues.routing import derive
from issues.routing.agreement import NOBODY, compare
from issues.routing.publish import copy_to_draft, publish_rules
from tests import factories
from tests.factories import TinyCity, a_submission, an_appeal


def imported(
    city: TinyCity, category: str, service: str | None, at: tuple[float, float] | None = factories.IN_WEST, source: str = "old"
) -> Appeal:
    """An appeal that came with ``service``; the factory's decision is an imported one."""
    department = city.departments[service] if service else None
    return an_appeal(city, category, at, source=source, source_ref=f"{source}-{Appeal.objects.count()}", department=department)


def decided_later(city: TinyCity, appeal: Appeal, service: str, how: str) -> None:
    RoutingDecision.objects.create(appeal=appeal, department=city.departments[service], reason={"how": how})


def printed(*args: str) -> str:
    out = io.StringIO()
    call_command("routing_agreement", *args, stdout=out)
    return out.getvalue()


def test_each_imported_appeal_is_held_against_todays_choice(a_city: TinyCity) -> None:
    imported(a_city, "pothole", "roads")
    imported(a_city, "pothole", "parks")
    imported(a_city, "pothole", "parks", factories.IN_RING_WEST)
    imported(a_city, "pothole", "town-hall", None)
    imported(a_city, "tree", "parks", factories.NOWHERE)
    derive.derive_missing()

    found = compare()

    assert dict(found.pairs) == {
        ("pothole", "roads", "roads"): 1,
        ("pothole", "parks", "roads"): 1,
        ("pothole", "parks", "parks"): 1,
        ("pothole", "town-hall", "roads"): 1,
        ("tree", "parks", NOBODY): 1,
    }
    assert (found.compared, found.agreed, found.placed, found.unplaced) == (5, 2, (4, 2), (1, 0))
    assert found.departments() == [("parks", 3, 1, 1), ("roads", 1, 1, 3), ("town-hall", 1, 0, 0), (NOBODY, 0, 0, 1)]
    assert found.disagreements(2) == [("pothole", "parks", "roads", 1), ("pothole", "town-hall", "roads", 1)]


def test_what_cannot_be_compared_is_counted_apart(a_city: TinyCity) -> None:
    imported(a_city, "pothole", None)
    derive.derive_missing()
    imported(a_city, "pothole", "roads")

    found = compare()

    assert (found.compared, found.no_department, found.no_facts, found.agreed) == (0, 1, 1, 0)


def test_the_import_counts_and_not_what_people_here_did_after_it(a_city: TinyCity) -> None:
    appeal = imported(a_city, "pothole", "parks")
    decided_later(a_city, appeal, "town-hall", "imported")
    decided_later(a_city, appeal, "roads", "staff")
    intake.submit(a_submission())
    derive.derive_missing()

    assert dict(compare().pairs) == {("pothole", "town-hall", "roads"): 1}


def test_a_rule_that_looks_at_the_hour_and_the_answers_is_asked_for_each_appeal(a_city: TinyCity) -> None:
    draft = copy_to_draft(a_city.rule_set, "nights")
    RoutingRule.objects.create(
        rule_set=draft, code="deep-at-night", category=a_city.categories["pothole"], department=a_city.departments["town-hall"],
        answers={"depth": ["deep"]}, time_from=dt.time(22), time_to=dt.time(6), weekdays=[1], valid=(factories.FROM, None),
    )  # fmt: skip
    publish_rules(draft, city_time.today(), moves_open=False)
    # 20:30, 21:30 and 19:30 UTC are 22:30, 23:30 and 21:30 in Helsinki; 2 March 2026 is a Monday.
    for day, hour, depth in [(2, 20, "deep"), (2, 21, "deep"), (2, 19, "deep"), (3, 20, "deep"), (2, 20, "flat")]:
        appeal = imported(a_city, "pothole", "town-hall")
        moment = dt.datetime(2026, 3, day, hour, 30, tzinfo=dt.UTC)
        Appeal.objects.filter(pk=appeal.pk).update(created_at=moment, answers={"depth": depth})
    derive.derive_missing()

    assert dict(compare().pairs) == {("pothole", "town-hall", "town-hall"): 2, ("pothole", "town-hall", "roads"): 3}


def test_the_command_reads_the_ground_first_and_prints_a_table(a_city: TinyCity) -> None:
    imported(a_city, "pothole", "roads")
    imported(a_city, "pothole", "parks")
    imported(a_city, "tree", None)

    lines = printed().splitlines()

    assert lines[0] == "the ground was read for 3 reports"
    assert lines[2].split() == ["all", "2", "1", "50.00"]
    assert "came without a service 1" in lines[5]
    assert ["parks", "1", "0", "0.00", "0"] in [line.split() for line in lines]
    assert lines[-1].split() == ["pothole", "parks", "roads", "1"]


def test_the_command_compares_the_sources_it_is_told(a_city: TinyCity) -> None:
    imported(a_city, "pothole", "roads")
    imported(a_city, "pothole", "parks", source="older")

    assert printed("older").splitlines()[2].split() == ["all", "1", "0", "0.00"]
    with pytest.raises(CommandError, match="No imported report comes from oldest"):
        printed("oldest")


def test_where_nothing_was_imported_the_command_says_so(a_city: TinyCity) -> None:
    intake.submit(a_submission())

    with pytest.raises(CommandError, match="There is no imported report"):
        printed()
