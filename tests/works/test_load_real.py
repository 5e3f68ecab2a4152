"""The loaders against real data sets. Each needs its folder of ``CITYMAP_DATA``; sums are compared with ones made here, from the file itself."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import Polygon
from django.db.models import Count, Exists, OuterRef, Sum

import gis_data.load
from gis_data.load_boundaries import load_boundary_sets
from gis_data.load_report import LoadReport, no_progress
from gis_data.models import Boundary
from gis_data.pack import read
from tests.works.loading import PACKS, load_pack
from works.models import Money, Organisation, Project, ProjectParty, ProjectPlace, Repair, StreetCondition

pytestmark = pytest.mark.django_db


def folder_of(real_data: Path, name: str) -> Path:
    if not (real_data / name).is_dir():
        pytest.skip(f"CITYMAP_DATA holds no folder {name}")
    return real_data / name


def with_ground(name: str, data: Path) -> None:
    report = LoadReport()
    gis_data.load.load(read(PACKS / name), data, report, no_progress)
    assert not report.broken


@pytest.fixture
def boston(real_data: Path) -> Path:
    data = folder_of(real_data, "boston")
    pack, report = read(PACKS / "boston"), LoadReport()
    gis_data.load.load_city(pack.city, report)
    load_boundary_sets(pack, data, report, no_progress)
    assert not report.broken
    return data


@pytest.fixture
def nyc(real_data: Path) -> Path:
    data = folder_of(real_data, "nyc")
    with_ground("nyc", data)
    return data


def test_bostons_budget_is_there_to_the_dollar_and_no_project_has_a_false_point(boston: Path) -> None:
    report = load_pack("boston", boston)["capital-budget"]
    assert not report.tally.refusal
    assert (report.tally.read, report.tally.loaded) == (427, 427)
    assert report.before == {}
    assert report.after["planned", "USD"] == Decimal(4_693_921_799)
    with (boston / "capital_budget_fy25.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    approved = sum(
        Decimal(row[column])
        for row in rows
        for column in ("Authorization_Existing", "Authorization_FY", "Grant_Existing", "Grant_FY")
    )
    assert report.after["approved", "USD"] == approved
    assert report.after["paid", "USD"] == sum(Decimal(row["GO_Expended"]) + Decimal(row["Grant_Expended"]) for row in rows)
    places = ProjectPlace.objects.values_list("kind", "geometry", "name")
    assert {kind for kind, _shape, _name in places} == {"named"}
    assert {shape.geom_type for _kind, shape, _name in places if shape} == {"MultiPolygon"}
    nowhere = Counter(name for _kind, shape, name in places if not shape)
    assert nowhere == {"Citywide": 128, "Multiple Neighborhoods": 36}
    both = Project.objects.get(local_id=next(row["_id"] for row in rows if row["Neighborhood"] == "Allston/Brighton"))
    assert {place.boundary.names["en"] for place in both.places.all()} == {"Allston", "Brighton"}
    assert {row["Department"] for row in rows} <= set(Organisation.objects.values_list("legal_name", flat=True))
    assert Organisation.objects.filter(legal_name__startswith="Office of Arts").count() == 1, "& and 'and' are one word"


def test_new_yorks_projects_have_their_points_and_each_years_money(nyc: Path) -> None:
    report = load_pack("nyc", nyc)["capital-projects"]
    assert not report.tally.refusal
    assert (report.tally.read, Project.objects.count()) == (2_010, 2_010)
    rows = _features(nyc)
    for year in range(2021, 2026):
        here = Money.objects.standing().filter(stage="planned", fiscal_year=year).aggregate(total=Sum("amount"))["total"]
        assert here == 1000 * sum(row[f"combined{year}"] for row in rows)
    assert report.after["planned", "USD"] == 1000 * sum(row["combined_total"] for row in rows)
    assert report.after["paid", "USD"] == 1000 * sum(row["combined_prior_actuals"] for row in rows)
    assert Project.objects.filter(local_id__startswith="P-213CNTR/").count() == 2
    assert Project.objects.filter(status="").count() == 2_010, "the source gives no state: unknown, not 'planned'"
    assert set(ProjectPlace.objects.values_list("kind", flat=True)) == {"exact"}
    districts = Boundary.objects.filter(boundary_set__is_district=True, geometry__covers=OuterRef("geometry"))
    assert ProjectPlace.objects.filter(Exists(districts)).count() == pytest.approx(0.982 * 2_010, abs=2)
    assert ProjectParty.objects.values("organisation").distinct().count() == 24
    promised = Project.objects.aggregate(total=Sum("promised_amount"))["total"]
    assert promised == 1000 * sum(row["original_budget"] for row in rows)


def test_a_second_load_of_new_york_writes_nothing(nyc: Path) -> None:
    load_pack("nyc", nyc)
    before = (Project.objects.count(), Money.objects.count(), list(Project.objects.order_by("pk").values("updated_at", "digest")))
    again = load_pack("nyc", nyc)["capital-projects"]
    assert (again.tally.read, again.tally.loaded, again.tally.unchanged) == (2_010, 0, 2_010)
    assert again.before == again.after
    after = (Project.objects.count(), Money.objects.count(), list(Project.objects.order_by("pk").values("updated_at", "digest")))
    assert after == before


def _features(nyc: Path) -> list[dict[str, Any]]:
    with gzip.open(nyc / "capital_projects.geojson.gz") as file:
        return [feature["properties"] for feature in json.load(file)["features"]]


def test_syracuses_two_files_are_one_list_of_fills_without_any_cost(real_data: Path) -> None:
    data = folder_of(real_data, "syracuse")
    with_ground("syracuse", data)
    report = load_pack("syracuse", data, "pothole-fills")["pothole-fills"]
    assert not report.tally.refusal
    first, second = (_rows(data / f"potholes_{name}.csv.gz") for name in "ab")
    assert (report.tally.read, len(first), len(second)) == (len(first) + len(second), 7_392, 7_538)
    swapped = {key: count for key, count in report.remarks.counts.items() if "stand swapped" in key[2]}
    assert swapped == {("potholes_b.csv.gz", "put right", "Longitude: longitude and latitude stand swapped: put right"): 7_538}
    # Counted here from the file alone: the second holds all of the first's fills and those of the week after.
    distinct = {(row["dtTime"], row["Latitude"][:10], row["Longitude"][:9]) for row in second}
    assert Repair.objects.count() == report.tally.loaded == pytest.approx(len(distinct), abs=3)
    assert report.tally.skips["the same thing again"] == 7_392 + 7_538 - Repair.objects.count()
    assert not Repair.objects.filter(cost__isnull=False).exists(), "unknown, which is not zero"
    assert not Money.objects.exists()
    assert Repair.objects.filter(street__isnull=True).count() <= 1
    assert (
        Repair.objects.filter(geometry__within=Polygon.from_bbox((-76.22, 42.97, -76.06, 43.1))).count() == Repair.objects.count()
    )
    told = sum(count for key, count in report.remarks.counts.items() if "told otherwise" in key[2])
    assert told == 1, "one fill stands on two streets"
    again = load_pack("syracuse", data, "pothole-fills")["pothole-fills"]
    assert (again.tally.loaded, again.tally.unchanged) == (0, Repair.objects.count())


@pytest.mark.parametrize(
    "years", [range(2014, 2016), pytest.param(range(2000, 2016), marks=pytest.mark.full)], ids=["two", "all"]
)
def test_syracuses_marks_of_streets_join_the_streets(real_data: Path, years: range) -> None:
    data = folder_of(real_data, "syracuse")
    with_ground("syracuse", data)
    files = {f"RoadRatings{year}.csv.gz" for year in years}
    report = load_pack("syracuse", data, "road-ratings", files=files)["road-ratings"]
    assert not report.tally.refusal
    rows = {
        (year, row["streetID"], row["block"]): row
        for year in years
        for row in reversed(_rows(data / f"road_ratings/RoadRatings{year}.csv.gz"))
    }
    assert StreetCondition.objects.count() == len(rows)
    assert StreetCondition.objects.filter(street__isnull=True).count() < 0.02 * len(rows)
    wanted = Counter(
        int(row["overall"]) for row in rows.values() if row["overall"].strip().isdigit() and 1 <= int(row["overall"]) <= 10
    )
    assert dict(StreetCondition.objects.exclude(overall=None).values_list("overall").annotate(Count("pk"))) == wanted


def test_almatys_projects_come_in_russian_with_outlines_some_with_none(real_data: Path) -> None:
    data = folder_of(real_data, "almaty")
    with_ground("almaty", data)
    report = load_pack("almaty", data)["public-space"]
    assert not report.tally.refusal
    rows = json.loads((data / "projects.json").read_text())
    assert (report.tally.read, Project.objects.count()) == (69, 69)
    assert dict(Project.objects.values_list("status").annotate(Count("pk"))) == {
        "preparation": 38, "completion": 21, "implementation": 9, "cancelled": 1,
    }  # fmt: skip
    assert dict(ProjectPlace.objects.values_list("kind").annotate(Count("pk"))) == {"area": 54, "exact": 3}
    assert Project.objects.filter(places__isnull=True).count() == 12
    assert all(place.geometry.valid for place in ProjectPlace.objects.all())
    assert report.remarks.count("put right") == 2, "two polygons are not valid"
    assert not Project.objects.filter(promised_amount__isnull=False).exists()
    assert Project.objects.get(local_id="5428").title == {"ru": "сквер Кемель"}
    ends = {row["endDate"] for row in rows if row["id"] == 5428}
    assert {f"{Project.objects.get(local_id='5428').planned_end:%d.%m.%Y}"} == ends


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
