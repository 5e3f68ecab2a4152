"""Typed values of a row → a record: what the row says, in the one shape that is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from shapely.geometry.base import BaseGeometry

from works.cells import text_of
from works.firms import Firm, key_of
from works.ground import Ground
from works.mapping_types import Check, FileMapping, MoneyColumn, PlaceColumn
from works.records import (
    Change,
    ChangeRecord,
    ConditionRecord,
    ContractRecord,
    Doc,
    MoneyLine,
    MoneyRecord,
    Party,
    Place,
    ProjectRecord,
    Record,
    RepairRecord,
)
from works.row_places import Located
from works.row_values import Cells

LONGEST_ID: Final = 200


class RecordReader:
    """Rows of one file → records. What is at fault in a row is in the remarks, and the row gives None."""

    def __init__(self, mapping: FileMapping, language: str, ground: Ground) -> None:
        self._mapping, self._language, self._ground = mapping, language, ground
        makers: dict[str, Callable[[Cells, str, dict[str, Any], Located], Record]] = {
            "project": self._project,
            "contract": self._contract,
            "change": self._change,
            "repair": self._repair,
            "money": self._money_row,
            "condition": self._condition,
        }
        self._make = makers[mapping.gives]

    def record(self, one: Located) -> Record | None:
        """The record of a row; None where something in it is at fault."""
        cells = one.cells
        values = cells.fields()
        local_id = self._local_id(cells, values, one.shapes)
        record = self._make(cells, local_id, values, one)
        record.file, record.row = cells.mapping.file, cells.row.number
        return None if cells.at_fault else record

    def _local_id(self, cells: Cells, values: Mapping[str, Any], shapes: list[BaseGeometry | None]) -> str:
        parts = []
        for column in self._mapping.id:
            if column == "@moment":
                moment: dt.datetime | None = values.get("finished_at")
                parts.append(f"{moment:%Y-%m-%dT%H:%M}" if moment else "")
            elif column == "@place":
                shape = next((shape for shape in shapes if shape is not None), None)
                centre = shape.centroid if shape is not None else None
                parts.append(f"{round(centre.x * 1e6)},{round(centre.y * 1e6)}" if centre is not None else "")
            else:
                parts.append(cells.text(column, LONGEST_ID))
        found = self._mapping.prefix + "/".join(parts)
        if not all(parts) or len(found) > LONGEST_ID:
            cells.fault(
                " + ".join(self._mapping.id), "the row has no number" if not all(parts) else "the row's number is too long"
            )
        return found

    def _project(self, cells: Cells, local_id: str, values: dict[str, Any], one: Located) -> ProjectRecord:
        title, description = values.pop("title"), values.pop("description", "")
        if not title and not cells.at_fault:
            cells.fault(self._mapping.columns.get("title", "title"), "is empty: a project has a title")
        documents = _documents(values, {"document": "other"})
        values["title"] = cells.in_languages("title", title, self._language)
        values["description"] = cells.in_languages("description", description, self._language)
        values["promised_currency"] = self._currency(values.get("promised_amount"))
        record = ProjectRecord(local_id, values, documents=documents)
        record.places = self._places(one)
        record.parties = self._parties(cells)
        record.money = self._money(cells)
        return record

    def _contract(self, cells: Cells, local_id: str, values: dict[str, Any], one: Located) -> ContractRecord:
        documents = _documents(values, {"document": "contractSigned"})
        values["title"] = cells.in_languages("title", values.get("title", ""), self._language)
        values["currency"] = self._currency(values.get("value"))
        supplier = _firm(values.pop("supplier", ""))
        record = ContractRecord(local_id, values, values.pop("project", ""), supplier, self._parties(cells), documents=documents)
        record.money = self._money(cells)
        return record

    def _change(self, cells: Cells, local_id: str, values: dict[str, Any], one: Located) -> ChangeRecord:
        contract = values.pop("contract")
        if not contract:
            cells.fault(self._mapping.columns.get("contract", "contract"), "is empty: a modification belongs to a contract")
        values["currency"] = self._currency(values.get("old_value") or values.get("new_value"))
        return ChangeRecord(contract, Change(key=local_id, **values))

    def _repair(self, cells: Cells, local_id: str, values: dict[str, Any], one: Located) -> RepairRecord:
        documents = _documents(values, {"photo_before": "photo-before", "photo_after": "photo-after"})
        moment = values.get("finished_at")
        if moment and not values.get("finished_on"):
            values["finished_on"] = moment.date()
        values["title"] = cells.in_languages("title", values.get("title", ""), self._language)
        values["currency"] = self._currency(values.get("cost"))
        record = RepairRecord(
            local_id,
            values,
            geometry=next((shape for shape in one.shapes if shape is not None), None),
            street=values.pop("street", ""),
            asset=values.pop("asset", ""),
            project=values.pop("project", ""),
            contract=values.pop("contract", ""),
            contractor=_firm(values.pop("contractor", "")),
            documents=documents,
        )
        record.money = self._money(cells)
        return record

    def _money_row(self, cells: Cells, local_id: str, values: dict[str, Any], one: Located) -> MoneyRecord:
        amount, on, year = values.pop("amount"), values.get("on"), values.pop("fiscal_year", None)
        if amount is None:
            cells.fault(self._mapping.columns["amount"], "is empty: a row of the ledger has an amount")
        fiscal = self._mapping.fiscal
        starts, ends = fiscal.span(year) if year and 1850 <= year <= 2199 and not on else (None, None)
        line = MoneyLine(
            key=local_id,
            amount=amount,
            currency=self._mapping.amounts.currency,
            starts=starts,
            ends=ends,
            fiscal_year=fiscal.of(on) if on else year,
            payer=_firm(values.pop("payer", "")),
            payee=_firm(values.pop("payee", "")),
            row=cells.row.number,
            **values,
        )
        if not (line.project or line.contract or line.repair):
            cells.fault("", "names no project, contract or repair")
        return MoneyRecord(line)

    def _condition(self, cells: Cells, local_id: str, values: dict[str, Any], one: Located) -> ConditionRecord:
        for mark in ("overall", "crack", "patch"):
            value = values.get(mark)
            if value is not None and not 1 <= value <= 10:
                cells.noted(
                    self._mapping.columns[mark], "is not on the scale of 1 to 10: kept as not rated", value, put_right=True
                )
                values[mark] = None
        return ConditionRecord(local_id, values, values.pop("street"))

    def _currency(self, amount: Any) -> str:
        return "" if amount is None else self._mapping.amounts.currency

    def _parties(self, cells: Cells) -> list[Party]:
        found = []
        for column in self._mapping.parties:
            name = cells.text(column.column)
            if name and key_of(name):
                number = cells.text(column.id_column, 120)
                found.append(Party(Firm(name, column.scheme if number else "", number), column.role))
        return found

    def _places(self, one: Located) -> list[Place]:
        found: list[Place] = []
        for column, shape in zip(self._mapping.places, one.shapes, strict=True):
            if column.named:
                found.extend(self._named(one.cells, column))
            elif shape is not None and not (column.fallback and found):
                found.append(Place(column.kind, one.cells.text(column.name_column), shape))
        if not found and self._mapping.places:
            one.cells.noted("", "has no place")
        return found

    def _named(self, cells: Cells, column: PlaceColumn) -> list[Place]:
        name = cells.text(column.named)
        if not name:
            return []
        if name in column.nowhere:
            return [Place("named", name)]
        codes = column.areas.get(name) or self._ground.codes_named(column.set, name)
        if not codes:
            cells.fault(column.named, f"is no district of the set '{column.set}'; add it to areas, or to nowhere", name)
        return [Place("named", name, boundary=f"{column.set}/{code}") for code in codes]

    def _money(self, cells: Cells) -> list[MoneyLine]:
        found = []
        for column in self._mapping.money:
            amount = cells.amount(column.column)
            if amount is not None:
                found.append(self._line(cells, column, amount))
        for check in self._mapping.checks:
            self._check(cells, check, found)
        return found

    def _line(self, cells: Cells, column: MoneyColumn, amount: Any) -> MoneyLine:
        fiscal = self._mapping.fiscal
        starts, ends = fiscal.span(column.fiscal_year) if column.fiscal_year else (column.starts, column.ends)
        on = cells.day(column.day_column) if column.day_column else None
        return MoneyLine(
            key=f"{column.stage}/{column.column}",
            stage=column.stage,
            amount=amount,
            currency=self._mapping.amounts.currency,
            on=on,
            starts=starts,
            ends=ends,
            fiscal_year=column.fiscal_year or (fiscal.of(on) if on else None),
            fund=column.fund,
            row=cells.row.number,
        )

    def _check(self, cells: Cells, check: Check, lines: list[MoneyLine]) -> None:
        wanted = cells.amount(check.column)
        counted = [one for one in lines if one.stage in check.stages and (not check.funds or one.fund in check.funds)]
        total = sum(one.amount for one in counted)
        if wanted is not None and total != wanted:
            cells.fault(
                check.column, f"is not the sum of {', '.join(check.stages)}, which is {total}", text_of(cells.raw(check.column))
            )


def _firm(name: str) -> Firm | None:
    return Firm(name) if name and key_of(name) else None


def _documents(values: dict[str, Any], kinds: Mapping[str, str]) -> list[Doc]:
    """Take the addresses out of the values."""
    found = [(kind, values.pop(field, "")) for field, kind in kinds.items()]
    return [Doc(kind, "", url) for kind, url in found if url]
