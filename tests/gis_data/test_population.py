"""How many people live in an area: told by the pack with its day and source, or unknown; never guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gis_data.load import load_city
from gis_data.load_boundaries import load_boundary_sets
from gis_data.load_report import LoadReport, no_progress
from gis_data.pack import PackError, read
from gis_data.population import Population
from tests.gis_data.makers import DISTRICTS, collection, district, write_pack

RESIDENTS = '\n[boundary_set.residents]\nfield = "people"\ncounted_on = 2025-01-01\nsource = { en = "Office of counting" }\n'


def a_pack(folder: Path, west: Any, east: Any, words: str = RESIDENTS) -> Path:
    areas = [district("west", 10.0, 10.04), district("east", 10.04, 10.09)]
    for area, people in zip(areas, (west, east), strict=True):
        if people is not None:
            area["properties"]["people"] = people
    return write_pack(folder, DISTRICTS + words, districts=collection(*areas))


def load(folder: Path) -> LoadReport:
    pack, report = read(folder), LoadReport()
    load_city(pack.city, report)
    load_boundary_sets(pack, folder, report, no_progress)
    return report


def told() -> dict[str, int]:
    return dict(Population.objects.values_list("code", "residents"))


@pytest.mark.django_db
def test_the_pack_tells_and_a_second_load_changes_only_what_is_new(tmp_path: Path) -> None:
    load(a_pack(tmp_path / "one", 1200, None))
    assert told() == {"west": 1200}, "an area without a number is unknown, which is not nobody"
    one = Population.objects.get()
    assert (one.counted_on.isoformat(), one.source) == ("2025-01-01", {"en": "Office of counting"})
    report = load(a_pack(tmp_path / "two", 1200, None))
    assert not report.broken
    assert Population.objects.get().pk == one.pk
    load(a_pack(tmp_path / "three", "1300", 0))
    assert told() == {"west": 1300, "east": 0}
    load(a_pack(tmp_path / "four", None, 5))
    assert told() == {"east": 5}


@pytest.mark.django_db
@pytest.mark.parametrize("people", ["many", -1, "1 200", 10**12, "1e3", "٣"])
def test_what_is_no_number_of_people_is_refused_with_its_row(people: Any, tmp_path: Path) -> None:
    report = load(a_pack(tmp_path, people, 5))
    assert report.broken
    assert "no number of people" in str(report.broken[0].refusal)
    assert not told()


@pytest.mark.parametrize(
    "words",
    [
        '\n[boundary_set.residents]\nfield = "people"\n',
        '\n[boundary_set.residents]\nfield = "people"\ncounted_on = 2025-01-01\n',
        '\n[boundary_set.residents]\nfield = "people"\ncounted_on = "2025"\nsource = { en = "x" }\n',
        '\n[boundary_set.residents]\nfield = "people"\ncounted_on = 2025-01-01\nsource = "x"\n',
        '\n[boundary_set.residents]\nfield = "people"\ncounted_on = 2025-01-01\nsource = { en = "x" }\nby = "y"\n',
    ],
)
def test_a_pack_that_tells_half_is_refused(words: str, tmp_path: Path) -> None:
    with pytest.raises(PackError, match="residents"):
        read(a_pack(tmp_path, 1, 2, words))
