"""A city pack that is loaded again with one more boundary set: the facts of earlier reports learn it, what was decided stays."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

import gis_data.load
import issues.load
from gis_data.load_report import LoadReport, no_progress
from gis_data.models import BoundarySet
from gis_data.pack import read
from issues import intake
from issues.models import Appeal, AppealFacts, Event, RoutingDecision
from issues.routing import derive
from notifications.models import OutboxMessage
from tests.factories import IN_EAST, TinyCity, a_submission, an_appeal
from tests.gis_data.makers import collection, district
from tests.issues.request_pack import CITY

PARISHES: Final = """
[[boundary_set]]
code = "parishes"
names = { en = "Parishes" }
file = "parishes.geojson"
format = "geojson"
code_field = "code"
name_fields = { en = "name" }
valid_from = 2020-01-01
"""


def loaded(folder: Path, *areas: dict[str, object]) -> LoadReport:
    """Load the pack of Testville with these parishes."""
    (folder / "pack.toml").write_text(f"{CITY}\n{PARISHES}", encoding="utf-8")
    (folder / "parishes.geojson").write_text(collection(*areas), encoding="utf-8")
    pack, report = read(folder), LoadReport()
    for load in (gis_data.load.load, issues.load.load):
        load(pack, None, report, no_progress)
    return report


def parish_of(appeal: Appeal) -> str | None:
    found: str | None = AppealFacts.objects.select_related("key").get(pk=appeal.pk).key.key["at"].get("parishes")
    return found


def reported(**changes: float) -> Appeal:
    return Appeal.objects.get(public_id=intake.submit(a_submission(**changes)).public_id)


def test_earlier_reports_know_the_new_set_after_the_load_and_nobody_is_told(tmp_path: Path, a_city: TinyCity) -> None:
    here, elsewhere, taken_over = reported(), reported(lon=IN_EAST[0]), an_appeal(a_city, state="done")
    derive.derive_missing()
    OutboxMessage.objects.all().delete()
    before = [list(model.objects.order_by("pk").values()) for model in (Appeal, Event, RoutingDecision)]

    report = loaded(tmp_path, district("north", 10.0, 10.04))

    assert [parish_of(one) for one in (here, elsewhere, taken_over)] == ["north", None, "north"]
    assert report.file("facts of earlier reports: parishes").loaded == 2
    assert [list(model.objects.order_by("pk").values()) for model in (Appeal, Event, RoutingDecision)] == before
    assert not OutboxMessage.objects.exists()


def test_the_same_pack_again_changes_nothing_and_a_larger_parish_is_learned_by_those_who_had_none(
    tmp_path: Path, a_city: TinyCity
) -> None:
    here, elsewhere = reported(), reported(lon=IN_EAST[0])
    loaded(tmp_path, district("north", 10.0, 10.04))
    keys = list(AppealFacts.objects.order_by("pk").values())

    again = loaded(tmp_path, district("north", 10.0, 10.04))

    assert list(AppealFacts.objects.order_by("pk").values()) == keys
    assert not [name for name in again.files if name.startswith("facts")]
    loaded(tmp_path, district("north", 10.0, 10.04), district("south", 10.05, 10.09))
    assert [parish_of(one) for one in (here, elsewhere)] == ["north", "south"]


def test_facts_that_lack_a_set_loaded_long_ago_learn_it_with_the_next_load(tmp_path: Path, a_city: TinyCity) -> None:
    loaded(tmp_path, district("north", 10.0, 10.04))
    here = reported()
    group = BoundarySet.objects.get(code="parishes")
    BoundarySet.objects.filter(pk=group.pk).update(code="asleep")
    derive.derive([here.pk])
    BoundarySet.objects.filter(pk=group.pk).update(code="parishes")
    assert parish_of(here) is None

    loaded(tmp_path, district("north", 10.0, 10.04))

    assert parish_of(here) == "north"


def test_a_parish_that_is_refused_leaves_facts_as_they_are(tmp_path: Path, a_city: TinyCity) -> None:
    here = reported()
    assert loaded(tmp_path).broken
    assert parish_of(here) is None


@pytest.mark.parametrize("state", ["new", "closed"])
def test_a_report_without_facts_gets_none_by_a_new_set(tmp_path: Path, a_city: TinyCity, state: str) -> None:
    unread = an_appeal(a_city, state=state)
    loaded(tmp_path, district("north", 10.0, 10.04))
    assert not AppealFacts.objects.filter(appeal=unread).exists()
