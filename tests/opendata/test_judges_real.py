"""What is published of real data sets and of the demonstration, before the same judges. Each set needs its folder of ``CITYMAP_DATA``."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

import gis_data.load
from gis_data.load_boundaries import load_boundary_sets
from gis_data.load_report import LoadReport, no_progress
from gis_data.pack import read
from opendata import ocds_publish, quality
from opendata.models import Verdict
from tests.factories import build_city
from tests.opendata import judges
from tests.works.loading import PACKS, load_folder, load_pack
from works.models import Contract, Project, Repair

pytestmark = pytest.mark.django_db
_STANDARD = 'code = "standard-{0}"\nnames = {{ en = "Standard" }}\n[[file]]\nfile = "{1}"\nformat = "{2}"\n'
#: The standards' own examples.
EXAMPLES = {
    "ocds_release_package_1.1.json": "ocds",
    "ocds_record_with_versions_1.1.json": "ocds",
    "oc4ids_example.json": "oc4ids",
}


def boston(data: Path, tmp_path: Path) -> None:
    pack, report = read(PACKS / "boston"), LoadReport()
    gis_data.load.load_city(pack.city, report)
    load_boundary_sets(pack, data / "boston", report, no_progress)
    load_pack("boston", data / "boston")


def nyc(data: Path, tmp_path: Path) -> None:
    _with_ground("nyc", data / "nyc")
    load_pack("nyc", data / "nyc")


def almaty(data: Path, tmp_path: Path) -> None:
    _with_ground("almaty", data / "almaty")
    load_pack("almaty", data / "almaty")


def syracuse(data: Path, tmp_path: Path) -> None:
    gis_data.load.load_city(read(PACKS / "syracuse").city, LoadReport())
    load_pack("syracuse", data / "syracuse", "pothole-fills")


def ocds(data: Path, tmp_path: Path) -> None:
    build_city()
    for number, (name, form) in enumerate(EXAMPLES.items()):
        folder = tmp_path / f"set-{number}"
        folder.mkdir()
        shutil.copyfile(data / "ocds" / name, folder / name)
        (folder / "m.toml").write_text(_STANDARD.format(number, name, form))
        load_folder(folder)


def _with_ground(name: str, data: Path) -> None:
    report = LoadReport()
    gis_data.load.load(read(PACKS / name), data, report, no_progress)
    assert not report.broken


def judged(standards: Path, folder: Path, elsewhere: Collection[str] = ()) -> dict[str, int]:
    """Publish all there is and put it before every judge; return how much of it there was."""
    schemas = standards / "schemas"
    ocds_publish.publish()
    assert ocds_publish.publish() == 0, "published again, nothing is new"
    package = judges.read("/data/oc4ids.json")
    if package["projects"]:
        assert judges.oc4ids_findings(package, schemas, folder) == {}
    releases = 0
    compiled: dict[str, Any] = {}
    for page in judges.pages("/data/ocds/releases.json"):
        if page["releases"]:
            releases += len(page["releases"])
            assert judges.ocds_findings(page, schemas, folder) == {}
            compiled |= judges.compiled_elsewhere(page, schemas, folder)
    records = [one for page in judges.pages("/data/ocds/records.json") for one in page["records"]]
    assert {one["ocid"]: one["compiledRelease"] for one in records} == compiled
    files = judges.download(folder)
    assert judges.table_findings(folder) == []
    quality.check_all()
    verdicts = Verdict.objects.all()
    found = {f"{one.subject} {name}" for one in verdicts for name, told in one.checks.items() if told["found"]}
    assert found - set(elsewhere) == {"oc4ids registered", "ocds registered"}, "the prefixes of nobody alone"
    rows = {name: sum(1 for _row in file.open(encoding="utf-8")) - 1 for name, file in files.items()}
    return {"projects": len(package["projects"]), "releases": releases, "ledger": rows["ledger"]}


@pytest.mark.parametrize("load", [boston, almaty, ocds, *(pytest.param(one, marks=pytest.mark.full) for one in (nyc, syracuse))])
def test_real_data_sets_stand_before_all_judges(
    load: Callable[[Path, Path], None], real_data: Path, standards: Path, tmp_path: Path, settings: LazySettings
) -> None:
    if not (real_data / load.__name__).is_dir():
        pytest.skip(f"CITYMAP_DATA holds no folder {load.__name__}")
    settings.VAR = tmp_path / "var"
    load(real_data, tmp_path)
    in_testville = {"oc4ids outside", "ocds outside"} if load is ocds else set()
    counted = judged(standards, tmp_path, elsewhere=in_testville)
    assert counted["projects"] == Project.objects.count() > (0 if load is not syracuse else -1)
    assert counted["releases"] == Contract.objects.values("ocid").distinct().count()
    assert load is not syracuse or Repair.objects.exists()


def test_the_demonstration_stands_before_all_judges(
    demo_extract: Path, standards: Path, tmp_path: Path, settings: LazySettings
) -> None:
    settings.VAR = tmp_path / "var"
    _with_ground("demo", demo_extract.parent)
    load_pack("demo", demo_extract.parent)
    counted = judged(standards, tmp_path)
    programmes = Contract.objects.filter(project=None, repairs__isnull=False).distinct().count()
    assert programmes > 10
    assert counted["projects"] == Project.objects.count() + programmes
    assert counted["releases"] == Contract.objects.count()
