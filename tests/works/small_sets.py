"""Small data sets in a folder: a mapping and its tables, as a test wants them. Made for Testville."""

from __future__ import annotations

from pathlib import Path

HEAD = 'code = "test"\nnames = { en = "Test" }\nlicence = "CC0-1.0"\n'
PROJECTS = (
    HEAD
    + """
[[file]]
file = "p.csv"
format = "csv"
gives = "project"
id = ["id"]
[file.columns]
title = "title"
status = "state"
planned_start = "from"
planned_end = "to"
[file.values.status]
"open" = "implementation"
[file.days]
formats = ["%d.%m.%Y"]
[file.amounts]
currency = "EUR"
decimal = ","
[[file.money]]
column = "budget"
stage = "planned"
fiscal_year = 2025
[[file.party]]
column = "firm"
role = "supplier"
[[file.place]]
lon = "lon"
lat = "lat"
"""
)
HEADER_ROW = "id;title;state;from;to;budget;firm;lon;lat"


def write(folder: Path, *rows: str, mapping: str = PROJECTS, name: str = "p.csv", header: str = HEADER_ROW) -> Path:
    (folder / "m.toml").write_text(mapping.replace('format = "csv"', 'format = "csv"\ndelimiter = ";"'))
    (folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return folder


def row(**changes: str) -> str:
    cells = {"id": "1", "title": "Bridge", "state": "open", "from": "01.02.2025", "to": "03.04.2025", "budget": "1 234,50",
             "firm": "Firm Oy", "lon": "10.01", "lat": "50.04"}  # fmt: skip
    return ";".join({**cells, **changes}.values())


REPAIRS = (
    HEAD
    + """
[[file]]
file = "k.csv"
format = "csv"
gives = "contract"
id = ["no"]
[file.columns]
number = "no"
value = "sum"
supplier = "firm"
[file.amounts]
currency = "EUR"

[[file]]
file = "p.csv"
format = "csv"
gives = "repair"
id = ["no"]
[file.columns]
kind = "kind"
street = "street"
contract = "contract"
finished_on = "done"
warranty_until = "until"
cost = "cost"
photo_after = "photo"
[file.amounts]
currency = "EUR"
[[file.place]]
wkt = "where"

[[file]]
file = "m.csv"
format = "csv"
gives = "money"
id = ["no"]
[file.columns]
amount = "sum"
on = "day"
contract = "contract"
payee = "firm"
[file.same]
stage = "paid"
[file.amounts]
currency = "EUR"
"""
)


def write_repairs(folder: Path, repair: str, payment: str = "m1,10.50,2025-03-01,K1,Firm Oy") -> Path:
    (folder / "m.toml").write_text(REPAIRS)
    (folder / "k.csv").write_text("no,sum,firm\nK1,1000,FIRM OY\n")
    (folder / "p.csv").write_text(f"no,kind,street,contract,done,until,cost,photo,where\n{repair}\n")
    (folder / "m.csv").write_text(f"no,sum,day,contract,firm\n{payment}\n")
    return folder


LINE = '"LINESTRING (10.01 50.04, 10.02 50.04)"'
