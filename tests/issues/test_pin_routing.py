"""A pin on a finished repair under warranty: a rule, not code, sends the report to whoever supervises it, and says why."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gis_data import city_time
from issues import intake
from issues.models import Appeal, Category, RoutingRule, RuleSet
from issues.routing.fact_key import FactKey, from_json
from tests.factories import IN_EAST, TinyCity, a_submission
from tests.issues.works_here import a_contract, a_firm, a_repair, away


@pytest.fixture
def tiny(a_city: TinyCity) -> TinyCity:
    Category.objects.filter(code="pothole").update(repair_kinds=["pothole"])
    return a_city


def under_warranty(**changes: Any) -> None:
    a_repair(away(north=8), contract=a_contract("12/34"), contractor=a_firm(), **changes)


def a_warranty_rule(tiny: TinyCity, **states: Any) -> None:
    """A published rule: potholes filled under warranty go to the town hall."""
    RuleSet.objects.filter(pk=tiny.rule_set.pk).update(valid=(None, city_time.today()))
    new = RuleSet.objects.create(source="pack")
    row = {"warranty_kinds": ["pothole"], **states}
    RoutingRule.objects.create(rule_set=new, code="warranty", department=tiny.departments["town-hall"], valid=(None, None), **row)
    RuleSet.objects.filter(pk=new.pk).update(state="published", valid=(city_time.today(), None), moved_at=timezone.now())


def test_a_pin_on_a_repair_under_warranty_goes_to_its_supervisor_with_the_contract_in_the_public_reason(
    client: Client, tiny: TinyCity
) -> None:
    a_warranty_rule(tiny)
    under_warranty()

    receipt = intake.submit(a_submission())

    assert receipt.department == {"en": "Town hall", "ru": "Ратуша"}
    text = " ".join(client.get(f"/a/{receipt.public_id}").content.decode().split())
    assert "under warranty until" in text
    assert "contract 12/34, Smooth Roads Ltd (rule warranty)" in text
    facts = Appeal.objects.get(public_id=receipt.public_id).facts
    assert facts.key.key["warranty"] == ["pothole", ""]


@pytest.mark.parametrize(("days", "department"), [(0, "Town hall"), (-1, "Road service")])
def test_on_the_day_after_the_warranty_it_goes_where_it_always_went(tiny: TinyCity, days: int, department: str) -> None:
    a_warranty_rule(tiny)
    under_warranty(warranty_until=days)

    receipt = intake.submit(a_submission())

    assert receipt.department
    assert receipt.department["en"] == department


def test_without_a_rule_about_warranties_nothing_changes(tiny: TinyCity) -> None:
    under_warranty()

    assert intake.submit(a_submission()).department == {"en": "Road service", "ru": "Дорожная служба"}


def test_a_warranty_on_another_kind_of_repair_decides_nothing(tiny: TinyCity) -> None:
    a_warranty_rule(tiny)
    a_repair(kind="lighting")

    assert intake.submit(a_submission()).department == {"en": "Road service", "ru": "Дорожная служба"}


def test_the_supervisor_that_the_contract_names_can_decide(tiny: TinyCity) -> None:
    a_warranty_rule(tiny, warranty_kinds=[], warranty_supervisors=["FI-PRH-77"])
    office, other = a_firm("Roads Office", scheme="FI-PRH", identifier="77"), a_firm("Other Office")
    a_repair(contract=a_contract("1", office))
    a_repair(IN_EAST, contract=a_contract("2", other))

    assert intake.submit(a_submission()).department == {"en": "Town hall", "ru": "Ратуша"}
    there = a_submission(lon=IN_EAST[0], lat=IN_EAST[1])
    assert intake.submit(there).department == {"en": "Road service", "ru": "Дорожная служба"}


def test_keys_kept_before_there_were_warranties_stay_the_same() -> None:
    kept = {"category": "pothole", "at": {"districts": "west"}, "street": None, "asset": None, "place": True}
    key = FactKey("pothole", (("districts", "west"),))

    assert key.json == kept
    assert from_json(kept) == key
    repaired = FactKey("pothole", (("districts", "west"),), warranty=("pothole", "roads office"))
    assert from_json(repaired.json) == repaired
    assert repaired.id != key.id
