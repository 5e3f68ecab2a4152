"""Money that names only a repair is published with the project and the contract of that repair, whenever it was written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db.models import Sum
from django.test import Client

from opendata import ocds_publish
from opendata.models import Release
from places.models import MoneyShare
from tests.factories import IN_WEST, TinyCity
from tests.opendata import judges
from tests.places.makers import a_contract, a_point, a_project, a_repair, reckon, some_money
from works.models import Project, Repair

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(a_city: TinyCity, settings: LazySettings, tmp_path: Path) -> Repair:
    """A repair of a project. Another one stands under its contract and names no project."""
    settings.VAR = tmp_path / "var"
    project = a_project(actual_end=dt.date(2024, 5, 1))
    contract = a_contract(project=project, status="closed")
    own = a_repair(a_point(*IN_WEST), project=project)
    some_money("70", repair=own)
    some_money("30.50", repair=a_repair(a_point(*IN_WEST), contract=contract))
    some_money("5", project=project)
    some_money("2", project=project, contract=a_contract())  # that contract is of no project
    return own


def amounts(shape: Any) -> list[float]:
    return sorted(one["value"]["amount"] for one in shape["transactions"])


def test_the_project_has_all_of_it_and_the_contract_its_part(own: Repair) -> None:
    (project,) = judges.read("/data/oc4ids.json")["projects"]
    assert amounts(project) == [2, 5, 70]
    told = next(one for one in project["transactions"] if one["value"]["amount"] == 70)
    assert told["relatedImplementationMilestone"] == {"id": own.public_id}
    (process,) = project["contractingProcesses"]
    assert amounts(process["summary"]) == [30.5]
    assert process["summary"]["finalValue"] == {"amount": 30.5, "currency": "EUR"}
    assert project["completion"]["finalValue"] == {"amount": 107.5, "currency": "EUR"}


def test_the_process_has_the_payment_for_its_repair(own: Repair) -> None:
    ocds_publish.publish()
    paid = [amounts(one["implementation"]) for release in Release.objects.all() for one in release.body["contracts"]]
    assert sorted(paid) == [[2], [30.5]]


def test_the_pages_of_money_and_of_the_project_say_the_same(own: Repair, client: Client) -> None:
    reckon()
    assert MoneyShare.objects.filter(project=Project.objects.get().pk).aggregate(sum=Sum("amount"))["sum"] == Decimal("107.5")
    page = client.get(f"/projects/{Project.objects.get().public_id}")
    assert [(code, amount) for _series, code, amount in page.context["totals"]] == [("EUR", Decimal("107.5"))]
