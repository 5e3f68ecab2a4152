"""The import against real records: Boston, 2011 to 2019. Needs the folder ``boston`` of ``CITYMAP_DATA``."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import accounts.load
import gis_data.load
import issues.load
from accounts.models import Department
from gis_data.load_report import LoadReport, no_progress
from gis_data.models import Address, Boundary
from gis_data.pack import read
from issues.models import Appeal, Category, Event, RoutingDecision
from notifications.models import OutboxMessage

PACK = Path(__file__).resolve().parents[2] / "gis_data/packs/boston"
REQUESTS = {
    "requests_2011.csv.gz": 58_251,
    "requests_2015.csv.gz": 121_145,
    "requests_animals_2013_2018.csv.gz": 37_710,
    "requests_animals_2019.csv.gz": 8_928,
}
#: As people in North America write them. Dates and the source's own case numbers do not look so.
PHONE = re.compile(r"\(?\b[2-9]\d{2}\)?[ .-]?[2-9]\d{2}[ .-]?\d{4}\b|\b[2-9]\d{2}[.-]\d{4}\b")
EMAIL = re.compile(r"\w@\w+\.\w")


@pytest.fixture(scope="session")
def boston(real_data: Path) -> Path:
    folder = real_data / "boston"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing")
    return folder


@pytest.fixture(scope="session")
def sample(boston: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The districts, 1,200 rows of each request file, and every case of 2015 that these tell of a second time."""
    folder = tmp_path_factory.mktemp("boston")
    for file in boston.iterdir():
        if file.name not in REQUESTS:
            (folder / file.name).symlink_to(file)
    animals = _cut(boston, folder, "requests_animals_2013_2018.csv.gz", lambda number, _row: 13_984 <= number < 15_184)
    _cut(boston, folder, "requests_animals_2019.csv.gz", lambda number, _row: number < 1_200)
    _cut(boston, folder, "requests_2011.csv.gz", lambda number, _row: 20_000 <= number < 21_200)
    _cut(boston, folder, "requests_2015.csv.gz", lambda number, row: 60_000 <= number < 61_200 or row[0] in animals)
    return folder


def _cut(source: Path, target: Path, name: str, wanted: Callable[[int, list[str]], bool]) -> set[str]:
    """Copy the header and the wanted rows; return the first cells."""
    with gzip.open(source / name, "rt", encoding="utf-8", newline="") as whole:
        rows = csv.reader(whole)
        header = next(rows)
        kept = [row for number, row in enumerate(rows) if wanted(number, row)]
    text = io.StringIO()
    csv.writer(text).writerows([header, *kept])
    (target / name).write_bytes(gzip.compress(text.getvalue().encode(), 1))
    return {row[header.index("case_enquiry_id")] if "case_enquiry_id" in header else row[0] for row in kept}


def load_boston(data: Path, *, all_the_ground: bool = True) -> LoadReport:
    pack, report = read(PACK), LoadReport()
    if not all_the_ground:
        pack = replace(pack, streets=(), addresses=())
    for load in (gis_data.load.load, accounts.load.load, issues.load.load):
        load(pack, data, report, no_progress)
    assert not report.broken
    return report


def nothing_private_in_public_words() -> None:
    """Look at every text that an import makes public, or that could be made so."""
    texts = itertools.chain(
        Event.objects.exclude(words="").values_list("words", flat=True).iterator(),
        Appeal.objects.exclude(text="").values_list("text", flat=True).iterator(),
    )
    leaks = sum(bool(PHONE.search(text) or EMAIL.search(text)) for text in texts)
    assert leaks == 0, f"{leaks} texts still hold something like a phone number or an e-mail address"


@pytest.mark.django_db
def test_a_sample_of_boston_loads_and_loads_again_unchanged(sample: Path) -> None:
    report = load_boston(sample, all_the_ground=False)
    loaded = {name: report.file(name).loaded for name in REQUESTS}
    assert all(count > 300 for count in loaded.values())
    assert sum(loaded.values()) == Appeal.objects.count() == RoutingDecision.objects.count()
    joined = report.file("requests_animals_2013_2018.csv.gz").skips.total()
    assert joined == 1_200 - loaded["requests_animals_2013_2018.csv.gz"] > 100
    notes = report.file("requests_animals_2013_2018.csv.gz").notes
    assert "of the joined cases so many differ in opened" not in notes, "the clocks of both files agree once put right"
    assert Appeal.objects.filter(point__isnull=False, district__isnull=True).count() <= 5
    assert not Appeal.objects.filter(flags__contains=["no_location"], point__isnull=False).exists()
    nothing_private_in_public_words()
    assert not OutboxMessage.objects.exists()

    before = list(Appeal.objects.order_by("pk").values()), Event.objects.count()
    again = load_boston(sample, all_the_ground=False)
    assert not again.changed
    assert (list(Appeal.objects.order_by("pk").values()), Event.objects.count()) == before


@pytest.mark.full
@pytest.mark.django_db
def test_all_of_boston_is_219_810_appeals_twice_over(boston: Path) -> None:
    report = load_boston(boston)
    assert {name: report.file(name).read for name in REQUESTS} == REQUESTS
    assert Appeal.objects.count() == RoutingDecision.objects.count() == 219_810
    assert Appeal.objects.values("public_id").distinct().count() == 219_810
    assert (Boundary.objects.count(), Address.objects.count(), Department.objects.count()) == (26 + 32, 44_491, 19)
    assert Category.objects.count() == 185
    assert dict(_states()) == {"new": 37_149, "done": 119_693, "closed": 53_308, "rejected": 9_660}
    mark = "the city's mark for “no location”: kept without a place"
    assert [report.file(name).notes[mark] for name in REQUESTS] == [4_775, 17_070, 0, 0]
    early = "closed before it was opened: kept, flagged"
    assert [report.file(name).notes[early] for name in REQUESTS] == [0, 197, 10, 0]
    assert [report.file(name).skips.total() for name in REQUESTS] == [0, 0, 6_224, 0]
    assert Appeal.objects.filter(point__isnull=False).count() == 198_186
    assert Appeal.objects.filter(point__isnull=False, district__isnull=True).count() == 47
    nothing_private_in_public_words()
    assert not OutboxMessage.objects.exists()

    events = Event.objects.count()
    assert not load_boston(boston).changed
    assert (Appeal.objects.count(), Event.objects.count()) == (219_810, events)


def _states() -> list[tuple[str, int]]:
    return [(state, Appeal.objects.filter(state=state).count()) for state in ("new", "done", "closed", "rejected")]
