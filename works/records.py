"""What a source says, as typed values: the one shape into which every format is read and from which everything is written.

Geometry is a shapely shape in SRID 4326. References to other things are their numbers in the same data set. Pure.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

import shapely
from shapely.geometry.base import BaseGeometry

from works.firms import Firm

Names: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One row of the ledger. ``key`` is its number within the thing it belongs to, or in the data set where it stands alone."""

    key: str
    stage: str
    amount: Decimal
    currency: str
    on: dt.date | None = None
    starts: dt.date | None = None
    ends: dt.date | None = None
    fiscal_year: int | None = None
    fund: str = ""
    title: str = ""
    payer: Firm | None = None
    payee: Firm | None = None
    project: str = ""
    contract: str = ""
    repair: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a project. ``boundary`` is "set/code" of the district that ``name`` names, '' for none in particular."""

    kind: str
    name: str = ""
    geometry: BaseGeometry | None = None
    boundary: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    firm: Firm
    role: str


@dataclass(frozen=True, slots=True)
class Doc:
    kind: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Change:
    """A modification of a contract, known there by ``key``."""

    key: str
    kind: str
    on: dt.date | None = None
    rationale: str = ""
    old_value: Decimal | None = None
    new_value: Decimal | None = None
    currency: str = ""
    old_end: dt.date | None = None
    new_end: dt.date | None = None


@dataclass(slots=True)
class ProjectRecord:
    local_id: str
    values: dict[str, Any]
    places: list[Place] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    documents: list[Doc] = field(default_factory=list)
    money: list[MoneyLine] = field(default_factory=list)
    file: str = ""
    row: int = 0


@dataclass(slots=True)
class ContractRecord:
    local_id: str
    values: dict[str, Any]
    project: str = ""
    supplier: Firm | None = None
    parties: list[Party] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    documents: list[Doc] = field(default_factory=list)
    money: list[MoneyLine] = field(default_factory=list)
    file: str = ""
    row: int = 0


@dataclass(slots=True)
class RepairRecord:
    local_id: str
    values: dict[str, Any]
    geometry: BaseGeometry | None = None
    street: str = ""
    asset: str = ""
    project: str = ""
    contract: str = ""
    contractor: Firm | None = None
    documents: list[Doc] = field(default_factory=list)
    money: list[MoneyLine] = field(default_factory=list)
    file: str = ""
    row: int = 0


@dataclass(slots=True)
class ConditionRecord:
    local_id: str
    values: dict[str, Any]
    street: str = ""
    file: str = ""
    row: int = 0


@dataclass(slots=True)
class ChangeRecord:
    """A modification that stands in a table of its own; ``contract`` is the contract's number in the data set."""

    contract: str
    change: Change
    file: str = ""
    row: int = 0


@dataclass(slots=True)
class MoneyRecord:
    """A row of the ledger that stands in a table of its own."""

    line: MoneyLine
    file: str = ""
    row: int = 0


Record: TypeAlias = ProjectRecord | ContractRecord | RepairRecord | ConditionRecord | ChangeRecord | MoneyRecord
#: What does not belong to what the source says of a thing: where it stood, and what is compared on its own.
_NOT_SAID = frozenset({"file", "row", "money", "changes"})


def digest(record: Record) -> str:
    """A hash of what the record says: the same in every run, whatever the row's place in its file."""
    said = {one.name: _plain(getattr(record, one.name)) for one in dataclasses.fields(record) if one.name not in _NOT_SAID}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseGeometry):
        return shapely.to_wkb(value, hex=True, output_dimension=2, byte_order=1)
    if isinstance(value, Decimal | dt.date):
        return str(value)
    if dataclasses.is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
