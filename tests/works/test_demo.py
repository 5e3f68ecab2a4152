"""The invented works of the demonstration city: enough of them for every page to have a story, the same in every run, and marked."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db.models import F, OuterRef, Q, Subquery

from gis_data.models import City
from tests.works.loading import PACKS, load_pack
from works.models import Contract, ContractChange, DataSet, Money, Organisation, OrganisationName, Project, ProjectPlace, Repair

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(demo_extract: Path, tmp_path: Path, settings: LazySettings) -> Path:
    settings.BASEMAP_DIR = tmp_path / "basemap"
    out = io.StringIO()
    call_command("load_city", str(PACKS / "demo"), data=demo_extract.parent, stdout=out)
    assert "works: invented-works" in out.getvalue()
    return demo_extract.parent


def test_there_is_a_story_for_every_page_and_a_second_load_is_silent(demo: Path) -> None:
    today = DataSet.objects.get().anchor
    assert DataSet.objects.get().invented
    assert Project.objects.count() >= 30
    assert Repair.objects.filter(street__isnull=False).count() >= 300
    assert Repair.objects.count() >= 400
    assert not Repair.objects.filter(geometry__isnull=True).exists()
    assert Repair.objects.filter(warranty_until__gte=today, status="finished").count() > 50
    assert Repair.objects.filter(status="finished", cost__isnull=True).exists(), "some costs are unknown, which is not zero"
    assert not Repair.objects.filter(cost=0).exists()
    assert {"identification", "preparation", "implementation", "completion", "maintenance", "cancelled"} == set(
        Project.objects.values_list("status", flat=True)
    )
    assert set(Money.objects.values_list("stage", flat=True)) == {"planned", "approved", "committed", "paid"}
    assert ContractChange.objects.filter(new_value__gt=F("old_value")).exists()
    assert Project.objects.filter(actual_end__gt=F("promised_end")).exists()
    paid = Money.objects.filter(stage="paid", project=OuterRef("pk")).values("pk")[:1]
    assert Project.objects.filter(actual_start=None).annotate(paid=Subquery(paid)).filter(paid__isnull=False).exists()
    assert _repeated() >= 10
    _inside_the_city()
    _one_firm_each()

    before = _counts()
    again = load_pack("demo", demo)["invented-works"]
    assert (again.tally.loaded, again.tally.unchanged) == (0, again.tally.read)
    assert again.before == again.after
    assert _counts() == before


def _repeated() -> int:
    """Potholes with two more within a few metres."""
    found = 0
    potholes = Repair.objects.filter(kind="pothole", status="finished")
    for one in potholes:
        near = potholes.exclude(pk=one.pk).filter(geometry__dwithin=(one.geometry, 0.00005))
        found += near.count() >= 2
    return found


def _inside_the_city() -> None:
    bounds = City.objects.get().bounds
    assert Repair.objects.filter(geometry__intersects=bounds).count() == Repair.objects.count()
    assert ProjectPlace.objects.filter(geometry__intersects=bounds).count() == ProjectPlace.objects.count()


def _one_firm_each() -> None:
    spelled = OrganisationName.objects.filter(spelling__icontains="Asfaltti").values_list("organisation", flat=True)
    assert len(spelled) >= 3
    assert len(set(spelled)) == 1
    assert not Organisation.objects.filter(Q(key="") | Q(legal_name="")).exists()


def _counts() -> list[int]:
    return [model.objects.count() for model in (Project, Contract, Repair, Money, Organisation, OrganisationName)]
