"""City packs over real ground that the product does not carry: Boston's cut to a year, Moscow, St Petersburg and Cambridge."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import replace
from pathlib import Path
from typing import Final

import accounts.load
import gis_data.load
import issues.load
from gis_data.load_report import LoadReport, no_progress
from gis_data.pack import read
from gis_data.pack_types import Pack

BOSTON: Final = Path(__file__).resolve().parents[3] / "gis_data/packs/boston"
YEAR: Final = "requests_2015.csv.gz"

#: {area}: the district whose own service gets everything there.
_RUSSIAN: Final = """
[city]
code = "{code}"
names = {{ en = "{english}", ru = "{russian}" }}
languages = ["ru", "en"]
time_zone = "Europe/Moscow"
currency = "RUB"
bounds = {bounds}
centre = {centre}
fallback_department = "city-service"
credits = [{{ en = "Districts: © OpenStreetMap contributors (ODbL 1.0)", ru = "Районы: © участники OpenStreetMap (ODbL 1.0)" }}]

[[boundary_set]]
code = "districts"
names = {{ en = "Districts", ru = "Районы" }}
district = true
file = "{file}"
format = "geojson"
code_field = "cartodb_id"
name_fields = {{ ru = "name", en = "name_lat" }}
valid_from = 2013-12-03

[[department]]
code = "city-service"
names = {{ en = "City service", ru = "Городская служба" }}

[[department]]
code = "district-service"
names = {{ en = "District service", ru = "Служба района" }}

[[category]]
code = "yard"
names = {{ en = "Untidy yard", ru = "Неубранный двор" }}
department = "city-service"
valid_from = 2013-12-03

[[rule]]
code = "own-service"
boundary = "districts/{area}"
department = "district-service"
valid_from = 2013-12-03
"""

MOSCOW: Final = _RUSSIAN.format(
    code="moscow", english="Moscow", russian="Москва", file="moscow_districts.geojson.gz",
    bounds=[37.1, 55.4, 38.0, 56.1], centre=[37.618, 55.752], area="122",
)  # fmt: skip
PETERSBURG: Final = _RUSSIAN.format(
    code="petersburg", english="St Petersburg", russian="Санкт-Петербург", file="st-petersburg_districts.geojson.gz",
    bounds=[29.4, 59.6, 30.8, 60.3], centre=[30.315, 59.939], area="17",
)  # fmt: skip

CAMBRIDGE: Final = """
[city]
code = "cambridge"
names = { en = "Cambridge", ru = "Кембридж" }
languages = ["en"]
time_zone = "America/New_York"
currency = "USD"
bounds = [-71.17, 42.34, -71.05, 42.41]
centre = [-71.11, 42.375]
fallback_department = "city-hall"
credits = ["City of Cambridge GIS (PDDL 1.0)"]

[[boundary_set]]
code = "wards"
names = { en = "Wards and precincts", ru = "Избирательные участки" }
district = true
file = "ELECTIONS_WardsPrecincts.geojson.gz"
format = "geojson"
code_field = "WardPrecinct"
name_fields = { en = "WardPrecinct" }
valid_from = 2022-04-25

# Classes are 0 to 2 for the larger streets and empty for the others; no column says whose a street is.
[[streets]]
file = "TRANS_Centerlines.geojson.gz"
format = "geojson"
id_field = "ID"
name_fields = { en = "Street" }
class_field = "MajorRoad"

[[assets]]
kind = "street-light"
names = { en = "Street light", ru = "Фонарь" }
file = "INFRA_StreetLights.geojson.gz"
format = "geojson"
id_field = "PoleID"
owner_field = "Owner"

[[department]]
code = "city-hall"
names = { en = "City hall", ru = "Мэрия" }

[[department]]
code = "electrical"
names = { en = "Electrical department", ru = "Электрики" }

[[department]]
code = "inspection"
names = { en = "Inspectional services", ru = "Инспекция" }

[[category]]
code = "street-light-out"
names = { en = "Street light out", ru = "Не горит фонарь" }
department = "city-hall"
asset_kind = "street-light"
valid_from = 2022-04-25

[[rule]]
code = "lights-of-the-city"
category = "street-light-out"
asset_kinds = ["street-light"]
asset_owners = ["City"]
department = "electrical"
valid_from = 2022-04-25

[[rule]]
code = "private-lights"
category = "street-light-out"
asset_kinds = ["street-light"]
asset_owners = ["Private"]
department = "inspection"
valid_from = 2022-04-25
"""


def load(pack: Pack, data: Path) -> LoadReport:
    """Load a pack from the ground up; nothing in it may be refused."""
    report = LoadReport()
    for step in (gis_data.load.load, accounts.load.load, issues.load.load):
        step(pack, data, report, no_progress)
    assert not report.broken
    return report


def load_text(text: str, folder: Path, data: Path) -> Pack:
    """Load a pack of which only the manifest is written down here."""
    (folder / "pack.toml").write_text(text, encoding="utf-8")
    pack = read(folder)
    load(pack, data)
    return pack


def boston_in_2015(*, streets: bool) -> Pack:
    """The product's pack of Boston with the requests of one year and without addresses."""
    pack = read(BOSTON)
    return replace(
        pack,
        addresses=(),
        streets=pack.streets if streets else (),
        request_files=tuple(one for one in pack.request_files if one.file == YEAR),
    )


def every_nth_row(boston: Path, folder: Path, nth: int) -> Path:
    """The folder of Boston with a cut of the year: the file is sorted by type, so all types stay."""
    for file in boston.iterdir():
        if file.name != YEAR:
            (folder / file.name).symlink_to(file)
    with gzip.open(boston / YEAR, "rt", encoding="utf-8", newline="") as whole:
        rows = csv.reader(whole)
        kept = [next(rows), *(row for number, row in enumerate(rows) if number % nth == 0)]
    text = io.StringIO()
    csv.writer(text).writerows(kept)
    (folder / YEAR).write_bytes(gzip.compress(text.getvalue().encode(), 1))
    return folder
