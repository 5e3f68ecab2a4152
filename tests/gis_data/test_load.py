"""The ground goes in whole, once, and by its dates."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.db import IntegrityError, transaction

from gis_data.load import MissingFiles, OtherCity, load, require_files
from gis_data.load_report import FileTally, LoadReport, no_progress
from gis_data.models import Address, Asset, Boundary, BoundarySet, City, Street
from gis_data.pack import read
from tests.gis_data.makers import (
    ADDRESSES,
    DISTRICTS,
    STREETS,
    Nodes,
    a_pack,
    box,
    collection,
    district,
    feature,
    street,
    write_pack,
    write_pbf,
)

pytestmark = pytest.mark.django_db


def loaded(folder: Path, data: Path | None = None) -> LoadReport:
    report = LoadReport()
    load(read(folder), data, report, no_progress)
    return report


def numbers(report: LoadReport) -> dict[str, tuple[int, int, int, int]]:
    """File → read, loaded, unchanged, skipped."""
    return {name.split(":")[0]: (one.read, one.loaded, one.unchanged, one.skips.total()) for name, one in report.files.items()}


def test_a_pack_is_loaded_and_a_second_time_nothing_changes(tmp_path: Path) -> None:
    first = loaded(a_pack(tmp_path))
    assert numbers(first) == {"city": (1, 1, 0, 0), "districts": (2, 2, 0, 0), "streets": (2, 2, 0, 0), "addresses": (3, 3, 0, 0)}
    before = [list(model.objects.order_by("pk").values()) for model in (City, Boundary, Street, Address)]
    second = loaded(tmp_path)
    assert not second.changed
    assert numbers(second)["addresses"] == (3, 0, 3, 0)
    assert [list(model.objects.order_by("pk").values()) for model in (City, Boundary, Street, Address)] == before
    assert Address.objects.get(source_id="2").text == "Long Street 12"
    assert Street.objects.get(names__en="Long Street").road_class == "residential"


def test_what_changed_in_a_file_is_updated_and_what_left_it_goes(tmp_path: Path) -> None:
    loaded(a_pack(tmp_path))
    kept = Address.objects.get(source_id="1").pk
    (tmp_path / "addresses.csv").write_text("id,street,number,zip,lon,lat\n1,Long Street,1a,00100,10.01,50.0101\n")
    report = loaded(tmp_path)
    assert numbers(report)["addresses"] == (1, 1, 0, 0)
    assert list(Address.objects.values_list("pk", "text")) == [(kept, "Long Street 1a")]


def test_another_city_is_refused_and_the_first_stays(tmp_path: Path) -> None:
    loaded(a_pack(tmp_path))
    manifest = tmp_path / "pack.toml"
    manifest.write_text(manifest.read_text().replace('"tinytown"', '"bigtown"'))
    with pytest.raises(OtherCity, match="holds the city 'tinytown'"):
        loaded(tmp_path)
    assert City.objects.get().pack == "tinytown"


def test_a_broken_file_leaves_nothing_and_the_others_are_loaded(tmp_path: Path) -> None:
    loaded(a_pack(tmp_path))
    (tmp_path / "streets.geojson").write_text(
        collection(street("New Street", (10.01, 50.01), (10.02, 50.01)), feature("LineString", [], name="Empty"))
    )
    (tmp_path / "addresses.csv").write_text("id,street,number,zip,lon,lat\n9,Long Street,99,00100,10.01,50.0101\n")
    report = loaded(tmp_path)
    (broken,) = report.broken
    assert "streets.geojson, row 2: coordinates are missing or empty" in broken.refusal
    assert (broken.loaded, broken.unchanged) == (0, 0)
    assert set(Street.objects.values_list("names__en", flat=True)) == {"Long Street", "Short Street"}
    assert set(Address.objects.values_list("text", flat=True)) == {"Long Street 99"}
    assert any("REFUSED streets: streets.geojson" in line for line in report.lines())


def test_rows_that_cannot_be_kept_are_counted_with_their_reason(tmp_path: Path) -> None:
    write_pack(
        tmp_path, STREETS, ADDRESSES,
        streets=collection(street("", (10.01, 50.01), (10.02, 50.01)), street("Far Road", (20.0, 60.0), (20.1, 60.0))),
        addresses="id,street,number,zip,lon,lat\n1,A,1,,10.01,50.01\n1,B,2,,10.01,50.01\n2,,,,10.01,50.01\n"
        f"3,C,3,,,\n,D,4,,10.01,50.01\n5,{'E' * 300},5,,10.01,50.01\n",
    )  # fmt: skip
    report = loaded(tmp_path)
    addresses = report.file("addresses: addresses.csv")
    assert dict(addresses.skips) == {
        "the same number in the source again": 1,
        "no text": 1,
        "no place": 1,
        "no number in the source": 1,
        "text is longer than 240 characters": 1,
    }
    assert (addresses.read, addresses.loaded) == (6, 1)
    streets = report.file("streets: streets.geojson")
    assert dict(streets.skips) == {"no name": 1}
    assert dict(streets.notes) == {"outside the city's bounds": 1}


def test_an_invalid_polygon_is_repaired_and_counted(tmp_path: Path) -> None:
    bow_tie = [[[10.0, 50.0], [10.04, 50.04], [10.04, 50.0], [10.0, 50.04], [10.0, 50.0]]]
    bad = feature("Polygon", bow_tie, code="tie", name="Tie")
    write_pack(tmp_path, DISTRICTS, districts=collection(bad, district("east", 10.05, 10.09)))
    report = loaded(tmp_path)
    assert dict(report.file("districts: districts.geojson").repairs) == {"invalid polygon tie: Self-intersection": 1}
    tie = Boundary.objects.get(code="tie")
    assert tie.geometry.valid
    assert tie.geometry.geom_type == "MultiPolygon"
    assert tie.repaired == "Self-intersection"
    assert not loaded(tmp_path).changed


@pytest.mark.parametrize(
    ("areas", "reason"),
    [
        ([], "holds no areas"),
        ([district("west", 10.0, 10.04), district("west", 10.04, 10.09)], "row 2: the code 'west' stands there twice"),
        ([district("", 10.0, 10.04)], "row 1: code is '', no code"),
        ([district("a/b", 10.0, 10.04)], "no code"),
        ([{"type": "Feature", "properties": {"code": "x", "name": "X"}, "geometry": None}], "row 1: has no geometry"),
        ([feature("Polygon", [[[10, 50], [10.01, 50], [10.02, 50], [10, 50]]], code="x", name="X")], "no area is left"),
        ([feature("Polygon", box(10, 50, 10.01, 50.01), code="x")], "row 1: has no name"),
    ],
)
def test_a_broken_set_of_districts_is_refused(tmp_path: Path, areas: list[dict[str, object]], reason: str) -> None:
    write_pack(tmp_path, DISTRICTS, districts=collection(*areas))
    assert reason in loaded(tmp_path).file("districts: districts.geojson").refusal
    assert not Boundary.objects.exists()


def _version(folder: Path, day: str, *areas: dict[str, object]) -> LoadReport:
    write_pack(folder, DISTRICTS.replace("2024-01-01", day), districts=collection(*areas))
    return loaded(folder)


def test_a_new_day_makes_new_versions_of_what_looks_different_and_ends_what_is_gone(tmp_path: Path) -> None:
    _version(tmp_path, "2024-01-01", district("west", 10.0, 10.03), district("mid", 10.03, 10.05), district("east", 10.05, 10.09))
    report = _version(tmp_path, "2025-01-01", district("west", 10.0, 10.05), district("east", 10.05, 10.09))
    assert numbers(report)["districts"] == (2, 1, 1, 0)
    spans = {
        (one.code, one.valid.lower.isoformat()): one.valid.upper and one.valid.upper.isoformat() for one in Boundary.objects.all()
    }
    assert spans == {
        ("west", "2024-01-01"): "2025-01-01",
        ("west", "2025-01-01"): None,
        ("mid", "2024-01-01"): "2025-01-01",
        ("east", "2024-01-01"): None,
    }
    there = Point(10.04, 50.01, srid=4326)
    assert Boundary.objects.covering(there, on=dt.date(2024, 12, 31)).get().code == "mid"
    assert Boundary.objects.covering(there, on=dt.date(2025, 1, 1)).get().code == "west"
    assert not _version(tmp_path, "2025-01-01", district("west", 10.0, 10.05), district("east", 10.05, 10.09)).changed


def test_a_correction_under_the_same_day_replaces_that_version(tmp_path: Path) -> None:
    _version(tmp_path, "2024-01-01", district("west", 10.0, 10.03))
    before = Boundary.objects.get()
    _version(tmp_path, "2024-01-01", district("west", 10.0, 10.04, name="Far West"))
    after = Boundary.objects.get()
    assert (after.pk, after.valid, after.names) == (before.pk, before.valid, {"en": "Far West"})


def test_two_versions_of_one_code_at_a_time_are_refused_by_the_database() -> None:
    group = BoundarySet.objects.create(code="districts", names={"en": "D"})
    shape = MultiPolygon(Polygon.from_bbox((10, 50, 11, 51)), srid=4326)
    row = {"boundary_set": group, "names": {"en": "West"}, "geometry": shape}
    day, next_day = dt.date(2024, 1, 1), dt.date(2024, 6, 1)
    Boundary.objects.create(code="west", valid=(day, next_day), **row)
    Boundary.objects.create(code="west", valid=(next_day, None), **row)
    with pytest.raises(IntegrityError, match="one_boundary_version_at_a_time"), transaction.atomic():
        Boundary.objects.create(code="west", valid=(dt.date(2030, 1, 1), None), **row)


def test_another_coordinate_system_is_turned_into_degrees_and_an_unknown_one_refused(tmp_path: Path) -> None:
    metres = collection(feature("LineString", [[385600, 6671500], [385700, 6671500]], name="Metre Street"))
    write_pack(tmp_path, STREETS.replace('"geojson"', '"geojson"\nsrid = 3067'), streets=metres)
    loaded(tmp_path)
    point = Street.objects.get().geometry[0][0]
    assert point == pytest.approx((24.94, 60.16), abs=0.02)
    write_pack(tmp_path, STREETS.replace('"geojson"', '"geojson"\nsrid = 998999'), streets=metres)
    assert "SRID 998999 cannot be turned into degrees" in loaded(tmp_path).broken[0].refusal


def test_addresses_and_assets_of_an_extract_are_points_and_each_address_comes_once(tmp_path: Path) -> None:
    house = {"addr:street": "Katu", "addr:housenumber": "5"}
    corners: Nodes = {n: (10.01 + (n in (2, 3)) * 0.001, 50.01 + (n in (3, 4)) * 0.001, {}) for n in (1, 2, 3, 4)}
    extract = write_pbf(
        tmp_path / "x.osm.pbf",
        {**corners, 5: (10.02, 50.02, {**house, "shop": "shoes"}), 6: (10.02, 50.02, house), 7: (10.03, 50.03, {"amenity": "bench"})},
        {1: ([1, 2, 3, 4, 1], {"building": "yes", "addr:street": "Katu", "addr:housenumber": "7"})},
    )  # fmt: skip
    osm = f'file = "{extract.name}"\nformat = "osm-pbf"\nid_field = "@id"\n'
    write_pack(
        tmp_path,
        f'[[addresses]]\n{osm}tags = {{ "addr:housenumber" = "*" }}\ntext_fields = ["addr:street", "addr:housenumber"]\n',
        f'[[assets]]\nkind = "bench"\nnames = {{ en = "Bench" }}\n{osm}tags = {{ amenity = "bench" }}\n',
    )
    report = loaded(tmp_path)
    assert dict(report.file("addresses: x.osm.pbf").skips) == {"the same address again": 1}
    assert set(Address.objects.values_list("source_id", "text")) == {("node/5", "Katu 5"), ("way/1", "Katu 7")}
    assert Asset.objects.get(kind="bench").source_id == "bench:node/7"


def test_missing_files_are_all_named_before_anything_is_loaded(tmp_path: Path) -> None:
    a_pack(tmp_path)
    (tmp_path / "streets.geojson").unlink()
    (tmp_path / "addresses.csv").unlink()
    with pytest.raises(MissingFiles, match=r"addresses\.csv, streets\.geojson"):
        require_files(read(tmp_path), None)
    assert not City.objects.exists()


def a_set_that_says(folder: Path, *lines: str) -> FileTally:
    """Load one set of two areas with these settings in its section; its tally."""
    write_pack(
        folder,
        "\n".join([DISTRICTS, *lines]),
        districts=collection(district("west", 10.0, 10.04), district("east", 10.05, 10.09)),
    )
    return loaded(folder).file("districts: districts.geojson")


def settings_of_the_set() -> tuple[int, int | None, str]:
    group = BoundarySet.objects.get()
    return group.border_m, group.gap_m, group.fallback_department


def test_what_staff_set_for_a_boundary_set_stays_when_the_pack_is_loaded_again(tmp_path: Path) -> None:
    a_set_that_says(tmp_path, "border_m = 20", "gap_m = 100")
    assert settings_of_the_set() == (20, 100, "")
    BoundarySet.objects.update(border_m=50, gap_m=None, fallback_department="parks")

    tally = a_set_that_says(tmp_path, "border_m = 20", "gap_m = 100")

    assert settings_of_the_set() == (50, None, "parks")
    assert dict(tally.notes) == {
        "border_m is 50 here by now: 20 of the pack was left alone": 1,
        "gap_m is None here by now: 100 of the pack was left alone": 1,
        "fallback_department is 'parks' here by now: '' of the pack was left alone": 1,
    }
    assert a_set_that_says(tmp_path, "border_m = 20", "gap_m = 100").notes == tally.notes


def test_a_pack_that_says_something_new_is_followed_where_staff_changed_nothing(tmp_path: Path) -> None:
    a_set_that_says(tmp_path, "border_m = 20", "gap_m = 100")
    BoundarySet.objects.update(gap_m=150)

    tally = a_set_that_says(tmp_path, "border_m = 30", "gap_m = 200")

    assert settings_of_the_set() == (30, 150, "")
    assert dict(tally.notes) == {"gap_m is 150 here by now: 200 of the pack was left alone": 1}


def test_staff_who_come_back_to_what_the_pack_says_follow_it_again(tmp_path: Path) -> None:
    a_set_that_says(tmp_path, "border_m = 20")
    BoundarySet.objects.update(border_m=50)
    a_set_that_says(tmp_path, "border_m = 30")
    BoundarySet.objects.update(border_m=30)
    assert not a_set_that_says(tmp_path, "border_m = 40").notes
    assert BoundarySet.objects.get().border_m == 40


def test_a_set_that_was_made_here_keeps_its_settings_when_a_pack_names_it(tmp_path: Path) -> None:
    BoundarySet.objects.create(code="districts", names={"en": "Ours"}, border_m=70, gap_m=300)
    tally = a_set_that_says(tmp_path, "gap_m = 300")
    assert settings_of_the_set() == (70, 300, "")
    assert dict(tally.notes) == {"border_m is 70 here by now: 15 of the pack was left alone": 1}
    assert BoundarySet.objects.get().names != {"en": "Ours"}


def test_a_file_that_is_refused_leaves_what_its_pack_said_as_it_was(tmp_path: Path) -> None:
    a_set_that_says(tmp_path, "border_m = 20")
    write_pack(tmp_path, DISTRICTS + "\nborder_m = 30", districts=collection())
    assert loaded(tmp_path).broken
    group = BoundarySet.objects.get()
    assert (group.border_m, group.pack_said["border_m"]) == (20, 20)
