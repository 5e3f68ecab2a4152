"""Cells of a row → typed values, by the mapping of its file. Every fault of a row is written down, not only the first."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from works import amounts, days
from works.cells import BadCell, limited, text_of, whole
from works.mapping_types import Field, FileMapping
from works.remarks import Remarks
from works.tables import Row

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]{3,990}")
_LARGEST_WHOLE: Final = 2_000_000_000
#: Pairs that must stand in this order, with the words for what is wrong otherwise.
ORDERS: Final = (
    ("planned_start", "planned_end", "ends before it starts"),
    ("actual_start", "actual_end", "ends before it starts"),
    ("started_on", "finished_on", "is finished before it was started"),
    ("start", "end", "ends before it starts"),
    ("actual_end", "warranty_until", "the warranty ends before the works do"),
    ("finished_on", "warranty_until", "the warranty ends before the works do"),
    ("end", "warranty_until", "the warranty ends before the works do"),
)


class Cells:
    """One row being read: typed values by our names, and whether anything in it was at fault."""

    def __init__(self, mapping: FileMapping, row: Row, file: str, zone: ZoneInfo, remarks: Remarks) -> None:
        self.mapping, self.row, self._file, self._zone, self._remarks = mapping, row, file, zone, remarks
        self.at_fault = False

    def fault(self, column: str, sentence: str, value: Any = "") -> None:
        """Something here cannot be read: the row is left out, or nothing of the set is loaded, as the mapping says."""
        self.at_fault = True
        weight = "refused" if self.mapping.bad_row == "refuse" else "left out"
        self._remarks.add(self._file, self.row.number, column, weight, sentence, value)  # type: ignore[arg-type]

    def noted(self, column: str, sentence: str, value: Any = "", *, put_right: bool = False) -> None:
        """Something here deserves a look, or was put right."""
        self._remarks.add(self._file, self.row.number, column, "put right" if put_right else "noted", sentence, value)

    def raw(self, column: str) -> Any:
        """What stands in the column; None where the row has none."""
        value = self.row.values.get(column)
        return None if isinstance(value, str) and value.strip() in self.mapping.unknown else value

    def read(self, column: str, reader: Callable[[Any], Any], default: Any = None) -> Any:
        """Read a column by ``reader``; a fault gives the default."""
        value = self.raw(column)
        try:
            return reader(value)
        except BadCell as bad:
            self.fault(column, str(bad), value)
            return default

    def text(self, column: str, longest: int = 300) -> str:
        """A text; '' for none."""
        return str(self.read(column, lambda value: limited(value, longest), "")) if column else ""

    def amount(self, column: str) -> Decimal | None:
        """An amount to the cent; None is unknown."""
        found: Decimal | None = self.read(column, lambda value: amounts.read(value, self.mapping.amounts))
        if found is not None and found < 0:
            self.noted(column, "is negative: kept as money that came back", self.raw(column))
        return found

    def day(self, column: str) -> dt.date | None:
        """A day; None is unknown."""
        found: dt.date | None = self.read(column, lambda value: days.day(value, self.mapping.days))
        return found

    def fields(self) -> dict[str, Any]:
        """All fields of ours that the mapping fills, typed; what is unknown is None or ''."""
        found: dict[str, Any] = {}
        for name, field in self.mapping.fields.items():
            if name in self.mapping.columns:
                found[name] = self._field(name, field, self.mapping.columns[name])
            if name in self.mapping.same and found.get(name, "") in (None, ""):  # also for cells that are empty
                found[name] = self._same(field, self.mapping.same[name])
        self._check_orders(found)
        return found

    def in_languages(self, name: str, value: str, language: str) -> dict[str, str]:
        """A text by language, with those of other columns."""
        others: Mapping[str, str] = self.mapping.other_languages.get(name, {})
        texts = {language: value, **{other: self.text(column, 20_000) for other, column in others.items()}}
        return {one: text for one, text in texts.items() if text}

    def _field(self, name: str, field: Field, column: str) -> Any:
        if field.kind == "amount":
            return self.amount(column)
        if field.kind == "day":
            return self.day(column)
        if field.kind == "text":
            text = self.text(column, field.longest)
            return self.mapping.values.get(name, {}).get(text, text)
        readers: dict[str, tuple[Callable[[Any], Any], Any]] = {
            "moment": (lambda value: days.zoned(days.moment(value, self.mapping.days), self._zone), None),
            "whole": (lambda value: whole(value, -_LARGEST_WHOLE, _LARGEST_WHOLE), None),
            "code": (lambda value: self._code(name, field, value), ""),
            "sectors": (lambda value: self._sectors(name, field, value), []),
            "address": (_address, ""),
        }
        return self.read(column, *readers[field.kind])

    def _same(self, field: Field, written: str) -> Any:
        """A value the mapping states for all rows. It was checked against the closed lists when the mapping was read."""
        match field.kind:
            case "sectors":
                return written.split(",")
            case "whole":
                return int(written) if written.isdigit() else None
            case "day":
                return days.day(written, days.DayWriting())
            case _:
                return written

    def _code(self, name: str, field: Field, value: Any) -> str:
        text = text_of(value)
        code = self.mapping.values.get(name, {}).get(text, text)
        if code and code not in field.codes:
            raise BadCell(f"is none of the words the mapping knows for {name}")
        return code

    def _sectors(self, name: str, field: Field, value: Any) -> list[str]:
        text = text_of(value)
        found = [one.strip() for one in self.mapping.values.get(name, {}).get(text, text).split(",") if one.strip()]
        if any(one not in field.codes for one in found):
            raise BadCell(f"is none of the words the mapping knows for {name}")
        return found

    def _check_orders(self, found: Mapping[str, Any]) -> None:
        for first, last, sentence in ORDERS:
            early, late = found.get(first), found.get(last)
            if early and late and late < early:
                self.fault(self.mapping.columns.get(last, last), sentence, f"{early} … {late}")


def _address(value: Any) -> str:
    text = text_of(value)
    if text and not _ADDRESS.fullmatch(text):
        raise BadCell("is no web address: it begins with https://")
    return text
