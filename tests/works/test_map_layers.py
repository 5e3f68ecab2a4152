"""Projects and repairs in the doors: where they lie, what may be asked, and that what was only named is told as such."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, Point
from django.test import Client

from tests.factories import IN_EAST, IN_WEST, TinyCity
from works.models import DataSet, Project, ProjectPlace, Repair

pytestmark = pytest.mark.django_db


@pytest.fixture
def works(a_city: TinyCity) -> DataSet:
    source = DataSet.objects.create(code="w", names={"en": "Works"})
    for number, status in enumerate(("preparation", "implementation", "completion")):
        project = Project.objects.create(
            data_set=source, local_id=str(number), public_id=f"w-{number}", title={"en": f"Bridge {number}", "ru": f"Мост {number}"},
            status=status, planned_end=dt.date(2025, 1, 31),
        )  # fmt: skip
        if number == 0:
            ProjectPlace.objects.create(project=project, kind="named", name="West", geometry=a_city.boundaries["west"].geometry)
        if number == 1:
            ProjectPlace.objects.create(project=project, number=1, kind="exact", geometry=Point(*IN_WEST, srid=4326))
            ProjectPlace.objects.create(project=project, number=2, kind="exact", geometry=LineString(IN_WEST, IN_EAST, srid=4326))
            ProjectPlace.objects.create(project=project, number=3, kind="named", geometry=a_city.boundaries["east"].geometry)
        if number == 2:
            ProjectPlace.objects.create(project=project, kind="named", name="Citywide")
    for number, day in enumerate((dt.date(2025, 1, 31), dt.date(2025, 2, 1))):
        Repair.objects.create(
            data_set=source, local_id=str(number), public_id=f"w-r{number}", kind="pothole", finished_on=day,
            geometry=Point(*IN_WEST, srid=4326),
        )  # fmt: skip
    return source


def items(layer: str, **asked: str) -> list[dict[str, Any]]:
    response = Client().get(f"/ogc/collections/{layer}/items", {"f": "json", **asked})
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = json.loads(response.content)["features"]
    return found


def test_a_project_lies_where_its_known_places_lie_and_a_named_one_says_so(works: DataSet) -> None:
    found = {one["id"]: one for one in items("projects")}
    assert set(found) == {"w-0", "w-1"}, "a project of the whole city has no place on a map"
    assert found["w-0"]["properties"]["place"] == "named"
    assert "Polygon" in found["w-0"]["geometry"]["type"]
    assert found["w-1"]["properties"]["place"] == "exact"
    assert "LineString" in found["w-1"]["geometry"]["type"]


def test_places_that_change_move_the_project(works: DataSet) -> None:
    project = Project.objects.get(local_id="1")
    project.places.all().delete()
    project.refresh_from_db()
    assert (project.geometry, project.place_kind) == (None, "")
    ProjectPlace.objects.bulk_create(
        [
            ProjectPlace(project_id=one, number=9, kind="exact", geometry=Point(*IN_EAST, srid=4326))
            for one in (project.pk, project.pk + 1)
        ]
    )
    assert {one["id"]: one["geometry"]["type"] for one in items("projects", status="implementation,completion")} == {
        "w-1": "Point", "w-2": "Point",
    }  # fmt: skip


def test_days_are_days_in_every_zone(works: DataSet) -> None:
    period = {"from": "2025-01-31", "to": "2025-01-31"}
    for layer, wanted in (("repairs", {"w-r0"}), ("projects", {"w-0", "w-1"})):
        response: Any = Client().get(f"/data/{layer}.geojson", period)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert {one["id"] for one in json.loads(body)["features"]} == wanted


@pytest.mark.parametrize("layer", ["projects", "repairs"])
def test_every_door_opens(works: DataSet, layer: str) -> None:
    for address in (f"/tiles/{layer}.json", f"/tiles/{layer}/14/8647/5544.mvt", f"/data/{layer}.csv", f"/data/{layer}", f"/feeds/{layer}.atom",
                    f"/data/{layer}.gpkg", f"/data/{layer}.fgb", f"/data/{layer}.columns.json"):  # fmt: skip
        response: Any = Client().get(address)
        assert response.status_code in {200, 204}, address
        if response.streaming:
            b"".join(response.streaming_content)
