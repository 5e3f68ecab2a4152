"""The command ``load_city`` on the demo pack and on a real one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.conf import LazySettings
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command
from django.db import connection

from gis_data.load import load
from gis_data.load_report import LoadReport, no_progress
from gis_data.models import Address, Asset, Boundary, City, Street
from gis_data.pack import read
from gis_data.progress import ProgressBar
from tests.gis_data.makers import a_pack

PACKS = Path(__file__).resolve().parents[2] / "gis_data/packs"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_basemap(settings: LazySettings, tmp_path: Path) -> None:
    settings.BASEMAP_DIR = tmp_path / "basemap"


def load_city(pack: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("load_city", str(pack), stdout=out, **options)
    return out.getvalue()


def test_a_pack_is_loaded_with_a_table_and_a_basemap(tmp_path: Path, settings: LazySettings) -> None:
    words = load_city(a_pack(tmp_path / "tiny"))
    assert "addresses: addresses.csv" in words
    assert "Basemap:" in words
    assert (settings.BASEMAP_DIR / "city.pmtiles").is_file()
    assert Address.objects.count() == 3


def test_a_dry_run_changes_nothing_and_says_so(tmp_path: Path, settings: LazySettings) -> None:
    words = load_city(a_pack(tmp_path / "tiny"), dry_run=True)
    assert "addresses: addresses.csv" in words
    assert "Dry run: nothing was changed." in words
    assert not City.objects.exists()
    assert not Address.objects.exists()
    assert not settings.BASEMAP_DIR.exists()


def test_the_data_folder_is_found_by_the_packs_name(tmp_path: Path, settings: LazySettings) -> None:
    pack = a_pack(tmp_path / "tiny")
    settings.DATA = tmp_path / "data"
    (settings.DATA / "tiny").mkdir(parents=True)
    (pack / "addresses.csv").rename(settings.DATA / "tiny/addresses.csv")
    load_city(pack)
    assert Address.objects.count() == 3


def test_a_broken_file_ends_with_the_table_and_an_error_but_the_rest_is_there(tmp_path: Path) -> None:
    pack = a_pack(tmp_path / "tiny")
    (pack / "addresses.csv").write_text("id,street,number,zip,lon,lat\n1,A,1,,ten,50\n")
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"Nothing was loaded from: addresses: addresses\.csv"):
        call_command("load_city", str(pack), stdout=out)
    assert "REFUSED addresses: addresses.csv: addresses.csv, row 1: lon is 'ten', no number" in out.getvalue()
    assert Street.objects.count() == 2


@pytest.mark.parametrize("what", ["no pack", "missing file", "bad manifest", "other city", "no data folder"])
def test_what_cannot_be_loaded_is_refused_with_a_sentence(tmp_path: Path, what: str) -> None:
    pack, options = a_pack(tmp_path / "tiny"), {}
    if what == "no pack":
        pack, sentence = tmp_path / "nowhere", "there is no such file"
    elif what == "missing file":
        (pack / "streets.geojson").unlink()
        sentence = r"needs streets\.geojson"
    elif what == "bad manifest":
        (pack / "pack.toml").write_text("[city]\nname = 1\n")
        sentence = r"\[city\] bounds: is missing"
    elif what == "other city":
        load_city(pack)
        (pack / "pack.toml").write_text((pack / "pack.toml").read_text().replace("tinytown", "bigtown"))
        sentence = "holds the city 'tinytown'"
    else:
        options, sentence = {"data": tmp_path / "nowhere"}, "is no folder"
    with pytest.raises(CommandError, match=sentence):
        load_city(pack, **options)


def test_the_demo_city_loads_twice_and_has_one_gap_by_the_sea(demo_extract: Path) -> None:
    first = load_city(PACKS / "demo", data=demo_extract.parent)
    assert "REFUSED" not in first
    counts = {model: model.objects.count() for model in (Boundary, Street, Address, Asset)}
    assert counts[Boundary] == 7
    assert counts[Street] > 700
    assert counts[Address] > 500
    assert set(Asset.objects.values_list("kind", flat=True)) >= {"street-lamp", "tree", "bench", "waste-basket", "hydrant"}
    again = LoadReport()
    load(read(PACKS / "demo"), demo_extract.parent, again, no_progress)
    assert not again.changed
    assert {model: model.objects.count() for model in counts} == counts
    districts = [shapely.from_wkb(bytes(one.geometry.wkb)) for one in Boundary.objects.filter(boundary_set__is_district=True)]
    together = shapely.union_all(districts)
    assert sum(one.area for one in districts) == pytest.approx(together.area, rel=1e-9)
    gap = shapely.box(*City.objects.get().bounds.extent).difference(together)
    assert gap.geom_type == "Polygon"
    assert gap.covers(shapely.Point(24.9531, 60.1654))


def test_the_real_ground_of_boston_is_counted(real_data: Path) -> None:
    report = LoadReport()
    load(read(PACKS / "boston"), real_data / "boston", report, no_progress)
    assert not report.broken
    assert (Boundary.objects.count(), Street.objects.count(), Address.objects.count()) == (26 + 32, 10_761, 44_491)
    assert list(Boundary.objects.exclude(repaired="").values_list("names__en", flat=True)) == ["Hyde Park"]
    city_hall = Address.objects.nearest(Point(-71.0587, 42.3594, srid=4326))
    assert city_hall is not None
    assert "12 Channel St" in {one.text for one in Address.objects.matching("12 channel st")[:5]}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_progress_bar_is_drawn_on_a_terminal_only() -> None:
    for stream, drawn in ((Terminal(), True), (io.StringIO(), False)):
        bar = ProgressBar(stream)
        bar("streets", 50, 100)
        bar.end()
        assert ("streets" in stream.getvalue()) is drawn


@pytest.mark.django_db
def test_a_database_without_tables_gets_one_clear_line(tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {City._meta.db_table} RENAME TO nobodys_table")
    with pytest.raises(CommandError, match="script/manage migrate"):
        call_command("load_city", str(a_pack(tmp_path)))
