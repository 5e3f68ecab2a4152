"""A mapping as typed values: how the files of one data set become projects, contracts, repairs and rows of the ledger.

`works.mapping` reads them from TOML; ``docs/money.md`` documents every key for the person who writes one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from gis_data.names import Names
from gis_data.pack_types import PackLicence
from works.amounts import Writing
from works.codelists import (
    ChangeKind,
    ContractStatus,
    Method,
    ProjectStatus,
    ProjectType,
    RepairKind,
    RepairStatus,
    Sector,
    Stage,
)
from works.days import DayWriting, FiscalYear

Gives = Literal["project", "contract", "change", "repair", "money", "condition"]
Format = Literal["csv", "xlsx", "geojson", "json", "ocds", "oc4ids", "invented"]
FieldKind = Literal["text", "amount", "day", "moment", "whole", "code", "address", "sectors"]


@dataclass(frozen=True, slots=True)
class Field:
    """What a field of ours takes; ``codes`` where it is a closed list, ``longest`` characters where it is a text."""

    kind: FieldKind
    codes: tuple[str, ...] = ()
    longest: int = 300


def _code(codes: Any) -> Field:
    return Field("code", tuple(codes.values))


_TEXT: Final = Field("text")
_LONG: Final = Field("text", longest=20_000)
_REF: Final = Field("text", longest=200)
_DAY: Final = Field("day")
_AMOUNT: Final = Field("amount")

#: What can be read for each kind of thing.
FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "project": {
        "title": _TEXT,
        "description": _LONG,
        "status": _code(ProjectStatus),
        "type": _code(ProjectType),
        "sectors": Field("sectors", tuple(Sector.values)),
        "category": Field("text", longest=200),
        "planned_start": _DAY,
        "planned_end": _DAY,
        "actual_start": _DAY,
        "actual_end": _DAY,
        "warranty_until": _DAY,
        "promised_amount": _AMOUNT,
        "delay_reason": _TEXT,
        "document": Field("address"),
    },
    "contract": {
        "title": _TEXT,
        "number": Field("text", longest=120),
        "ocid": _REF,
        "status": _code(ContractStatus),
        "method": _code(Method),
        "tenderers": Field("whole"),
        "value": _AMOUNT,
        "currency": Field("text", longest=3),
        "signed_on": _DAY,
        "start": _DAY,
        "end": _DAY,
        "warranty_until": _DAY,
        "project": _REF,
        "supplier": _TEXT,
        "document": Field("address"),
    },
    "change": {
        "contract": _REF,
        "kind": _code(ChangeKind),
        "on": _DAY,
        "rationale": _LONG,
        "old_value": _AMOUNT,
        "new_value": _AMOUNT,
        "old_end": _DAY,
        "new_end": _DAY,
    },
    "repair": {
        "title": _TEXT,
        "kind": _code(RepairKind),
        "status": _code(RepairStatus),
        "address": _TEXT,
        "street": Field("text", longest=80),
        "asset": Field("text", longest=80),
        "started_on": _DAY,
        "finished_on": _DAY,
        "finished_at": Field("moment"),
        "cost": _AMOUNT,
        "contractor": _TEXT,
        "contract": _REF,
        "project": _REF,
        "warranty_until": _DAY,
        "photo_before": Field("address"),
        "photo_after": Field("address"),
    },
    "money": {
        "stage": _code(Stage),
        "amount": _AMOUNT,
        "on": _DAY,
        "fiscal_year": Field("whole"),
        "fund": Field("text", longest=120),
        "title": Field("text", longest=240),
        "payer": _TEXT,
        "payee": _TEXT,
        "project": _REF,
        "contract": _REF,
        "repair": _REF,
    },
    "condition": {
        "street": Field("text", longest=80),
        "block": Field("text", longest=120),
        "year": Field("whole"),
        "overall": Field("whole"),
        "crack": Field("whole"),
        "patch": Field("whole"),
        "rated_on": _DAY,
        "resurfaced_in": Field("whole"),
    },
}
#: What a row must have to be of any use.
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "project": ("title",),
    "contract": (),
    "change": ("contract", "kind"),
    "repair": (),
    "money": ("stage", "amount"),
    "condition": ("street", "year"),
}


@dataclass(frozen=True, slots=True)
class MoneyColumn:
    """A column of amounts beside the thing they belong to. Its time is one fiscal year, a span, or none."""

    column: str
    stage: str
    fiscal_year: int | None = None
    starts: dt.date | None = None
    ends: dt.date | None = None
    day_column: str = ""
    fund: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """Money lines of these stages (and funds, where named) must sum up to what the source says in ``column``."""

    column: str
    stages: tuple[str, ...]
    funds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartyColumn:
    """A column that names an organisation; ``id_column`` its number in the register ``scheme``."""

    column: str
    role: str
    id_column: str = ""
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class PlaceColumn:
    """Where a row's place stands: ``lon`` and ``lat``, ``wkt``, a GeoJSON geometry in ``geojson``, the feature's own geometry
    (``feature``), or a district's name in ``named``. ``srid`` is the integer code of the coordinates.

    ``areas`` maps a name to codes of the boundary set ``set``; ``nowhere`` are names that mean no single district. A ``fallback`` is
    read only where the places above it gave none.
    """

    kind: str = "exact"
    lon: str = ""
    lat: str = ""
    wkt: str = ""
    geojson: str = ""
    feature: bool = False
    srid: int = 4326
    named: str = ""
    set: str = ""
    areas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nowhere: tuple[str, ...] = ()
    name_column: str = ""
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class FileMapping:
    """One file of a data set. ``id`` are the columns that number a row, or "@moment" and "@place" for what has no number.

    ``twice`` says what a number that comes again means: ``refuse`` (a fault of the file), ``join`` (the same thing told again, perhaps by an earlier
    file: the first is believed). ``bad_row``: ``refuse`` loads nothing of the set, ``leave-out`` goes on without the row.
    """

    file: str
    format: Format
    gives: Gives
    id: tuple[str, ...] = ()
    twice: Literal["refuse", "join"] = "refuse"
    bad_row: Literal["refuse", "leave-out"] = "refuse"
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""
    rows: str = ""
    prefix: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    other_languages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    amounts: Writing = field(default_factory=lambda: Writing(""))
    days: DayWriting = field(default_factory=DayWriting)
    fiscal: FiscalYear = field(default_factory=FiscalYear)
    money: tuple[MoneyColumn, ...] = ()
    checks: tuple[Check, ...] = ()
    parties: tuple[PartyColumn, ...] = ()
    places: tuple[PlaceColumn, ...] = ()
    unknown: tuple[str, ...] = ()
    ignored: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> Mapping[str, Field]:
        """What can be read for the kind of thing this file gives."""
        return FIELDS[self.gives]


@dataclass(frozen=True, slots=True)
class SetMapping:
    """One data set: its words, its terms of use, its files in the order of their trust."""

    code: str
    names: Names
    language: str
    files: tuple[FileMapping, ...]
    credit: str = ""
    licence: PackLicence | None = None
    invented: bool = False
