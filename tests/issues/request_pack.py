"""Small city packs over Testville with request files of any shape, for the tests of the import."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gis_data.load_report import LoadReport
from gis_data.pack import read
from gis_data.pack_types import Pack
from issues.load import load

CITY: Final = """
[city]
code = "testville"
names = { en = "Testville", ru = "Тестоград" }
languages = ["en", "ru"]
time_zone = "Europe/Helsinki"
currency = "EUR"
bounds = [10.0, 50.0, 10.1, 50.06]
centre = [10.045, 50.025]
fallback_department = "town-hall"

[[department]]
code = "roads"
names = { en = "Road service", ru = "Дорожная служба" }
source_codes = ["RDS"]

[[department]]
code = "parks"
names = { en = "Park service", ru = "Служба парков" }
source_codes = ["PRK", "PARKS"]

[[department]]
code = "town-hall"
names = { en = "Town hall", ru = "Ратуша" }

[[crew]]
code = "roads-west"
department = "roads"
names = { en = "Crew roads-west" }
"""

FROM_REQUESTS: Final = """
[categories_from_requests]
valid_from = 2020-01-01
words = "after_look"
not_public = ["Noise"]

[categories_from_requests.translations.ru]
"Pot hole" = "Яма"
"Streets & Lanes" = "Улицы"
"""

#: Layout "a": US dates, no offset, a mark for "no place". "b": ISO dates, other column names. "c": clocks converted twice.
LAYOUTS: Final = r"""
[[request_layout]]
code = "a"
source = "old"
date_format = "%m/%d/%Y %I:%M:%S %p"
states = { Open = "new", Closed = "closed" }
no_location = [[10.0200, 50.0200]]
case_number = '10[0-9]{10}'
double_blank_is_comma = true
closure_lead = '^Case Closed\.?(?:\s+Closed date ?: ?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)?[\s:]*'
closures = [
  { starts = "Duplicate of Existing Case", state = "closed", flag = "duplicate", say = "Duplicate of an existing case." },
  { contains = "duplicate of exist", state = "closed", flag = "duplicate" },
  { starts = "Case Resolved", state = "done" },
  { starts = "Case Noted", state = "closed" },
  { starts = "Case Invalid", state = "rejected" },
]

[request_layout.columns]
ref = "CASE"
opened = "OPEN_DT"
due = "TARGET_DT"
closed = "CLOSED_DT"
status = "STATUS"
closure = "CLOSURE"
title = "TITLE"
type = "TYPE"
group = "REASON"
department = "Dept"
photo = "Photo"
address = "Location"
lat = "LAT"
lon = "LON"
channel = "Source"

[[request_layout]]
code = "b"
like = "a"
date_format = "iso"

[request_layout.columns]
ref = "case"
opened = "open_dt"
due = "sla_dt"
closed = "closed_dt"
status = "status"
closure = "closure"
type = "type"
group = "reason"
department = "dept"
address = "location"
lat = "lat"
lon = "lon"
ewkb = "geom"

[[request_layout]]
code = "c"
like = "b"
times = "converted-twice"
"""

A_HEAD: Final = "CASE,OPEN_DT,TARGET_DT,CLOSED_DT,STATUS,CLOSURE,TITLE,TYPE,REASON,Dept,Photo,Location,LAT,LON,Source"
B_HEAD: Final = "_id,case,open_dt,sla_dt,closed_dt,status,closure,type,reason,dept,location,lat,lon,geom"


def a_row(ref: str = "A1", **changes: str) -> str:
    """A row of layout "a": an open pot hole in the west, with no time of closing."""
    row = {
        "ref": ref, "opened": "06/03/2024 10:00:00 AM", "due": "06/06/2024 10:00:00 AM", "closed": "", "status": "Open",
        "closure": "", "title": "Pot hole", "type": "Pot hole", "group": "Streets & Lanes", "department": "RDS", "photo": "",
        "address": "1 West St  Testville  TV  ", "lat": "50.0400", "lon": "10.0100", "channel": "App",
    }  # fmt: skip
    return _line(row | changes)


def b_row(ref: str = "A1", **changes: str) -> str:
    """A row of layouts "b" and "c", with an id of the file's own in front."""
    row = {
        "id": "7", "ref": ref, "opened": "2024-06-03 10:00:00", "due": "2024-06-06 10:00:00", "closed": "", "status": "Open",
        "closure": "", "type": "Pot hole", "group": "Streets & Lanes", "department": "RDS", "address": "1 West St  Testville",
        "lat": "50.04001", "lon": "10.01001", "geom": "",
    }  # fmt: skip
    return _line(row | changes)


def _line(row: Mapping[str, str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\n\r') else cell for cell in row.values())


def write_pack(folder: Path, files: Mapping[str, tuple[str, str | bytes]], sections: str = FROM_REQUESTS + LAYOUTS) -> Pack:
    """Write a pack with ``files``: name → (layout, content). A name that ends in .gz is packed."""
    parts = [CITY, sections]
    for name, (layout, content) in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        parts.append(f'[[request_file]]\nfile = "{name}"\nlayout = "{layout}"\n')
    (folder / "pack.toml").write_text("\n".join(parts), encoding="utf-8")
    return read(folder)


def load_files(folder: Path, files: Mapping[str, tuple[str, str | bytes]], sections: str = FROM_REQUESTS + LAYOUTS) -> LoadReport:
    """Write a pack and load this app's share of it."""
    report = LoadReport()
    load(write_pack(folder, files, sections), None, report)
    return report


def csv_a(*rows: str) -> str:
    """A file of layout "a"."""
    return "\n".join([A_HEAD, *rows]) + "\n"


def csv_b(*rows: str) -> str:
    """A file of layouts "b" and "c"."""
    return "\n".join([B_HEAD, *rows]) + "\n"
