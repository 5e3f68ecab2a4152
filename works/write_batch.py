"""A mixed batch of records → rows, in the order in which they lean on each other: projects, contracts, repairs, then money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from gis_data.load_report import FileTally
from works.ground import Ground
from works.models import Contract, DataSet, Project, Repair, StreetCondition
from works.records import (
    Change,
    ChangeRecord,
    ConditionRecord,
    ContractRecord,
    MoneyLine,
    MoneyRecord,
    ProjectRecord,
    Record,
    RepairRecord,
)
from works.remarks import Remarks
from works.watching import Watch
from works.write import Writer
from works.write_money import Entry, Ledger, entry_id, put_changes

_R = TypeVar("_R", bound=Record)


class Batches:
    """Everything one data set writes."""

    def __init__(self, data_set: DataSet, ground: Ground, tally: FileTally, remarks: Remarks, watch: Watch) -> None:
        self._tally, self._remarks, self._watch = tally, remarks, watch
        self._writer = Writer(data_set, ground, tally, remarks)
        self._ledger = Ledger(data_set, self._writer.firms, tally, ground.today, watch)

    def put(self, batch: Sequence[Record]) -> None:
        """Write a batch; what is at fault is in the remarks, and the caller then keeps nothing."""
        if projects := _of(ProjectRecord, batch):
            with self._watch.rows(Project, self._writer.data_set, projects):
                rows = self._writer.projects(projects).rows
            self._ledger.put(self._entries("project", projects, rows))
        if contracts := _of(ContractRecord, batch):
            with self._watch.rows(Contract, self._writer.data_set, contracts):
                rows = self._writer.contracts(contracts).rows
            self._ledger.put(self._entries("contract", contracts, rows))
            made = put_changes([(rows[one.local_id], change) for one in contracts for change in one.changes])
            self._watch.modifications(made)
        if repairs := _of(RepairRecord, batch):
            with self._watch.rows(Repair, self._writer.data_set, repairs):
                rows = self._writer.repairs(repairs).rows
            self._ledger.put(self._entries("repair", repairs, rows))
        if conditions := _of(ConditionRecord, batch):
            with self._watch.rows(StreetCondition, self._writer.data_set, conditions):
                self._writer.conditions(conditions)
        self._changes(_of(ChangeRecord, batch))
        self._money(_of(MoneyRecord, batch))

    def tell(self) -> None:
        """Say in the tally what became of the ledger and of the firms."""
        self._ledger.tell()
        self._tally.noted("organisations met for the first time", self._writer.firms.new)
        self._tally.noted("other spellings of organisations that were known", self._writer.firms.joined)

    def _entries(self, kind: str, records: Sequence[Any], rows: dict[str, int]) -> list[Entry]:
        """The money beside things. A line may name, beside its own thing, the contract or project it was paid under."""
        lines: list[tuple[Any, MoneyLine]] = [(one, line) for one in records for line in one.money]
        projects = self._writer.rows_of(Project, {line.project or getattr(one, "project", "") for one, line in lines})
        contracts = self._writer.rows_of(Contract, {line.contract or getattr(one, "contract", "") for one, line in lines})
        found = []
        for one, line in lines:
            related = {
                "project": projects.get(line.project or getattr(one, "project", "")),
                "contract": contracts.get(line.contract or getattr(one, "contract", "")),
                kind: rows[one.local_id],
            }
            found.append(Entry(entry_id(kind, one.local_id, line.key), line, one.file, **related))
        return found

    def _changes(self, records: Sequence[ChangeRecord]) -> None:
        rows = self._writer.rows_of(Contract, {one.contract for one in records}) if records else {}
        known: list[tuple[int, Change]] = []
        for one in records:
            if one.contract in rows:
                known.append((rows[one.contract], one.change))
            else:
                sentence = "names a contract that this data set does not hold"
                self._remarks.add(one.file, one.row, "contract", "refused", sentence, one.contract)
        made = put_changes(known)
        self._watch.modifications(made)
        self._tally.loaded += len(made)
        self._tally.unchanged += len(records) - len(made)

    def _money(self, records: Sequence[MoneyRecord]) -> None:
        if not records:
            return
        rows = {
            "project": self._writer.rows_of(Project, {one.line.project for one in records}),
            "contract": self._writer.rows_of(Contract, {one.line.contract for one in records}),
            "repair": self._writer.rows_of(Repair, {one.line.repair for one in records}),
        }
        entries = []
        for one in records:
            for name, known in rows.items():
                wanted = getattr(one.line, name)
                if wanted and wanted not in known:
                    sentence = f"names a {name} that this data set does not hold"
                    self._remarks.add(one.file, one.row, name, "refused", sentence, wanted)
            related = {name: known.get(getattr(one.line, name)) for name, known in rows.items()}
            entries.append(Entry(entry_id("row", "", one.line.key), one.line, one.file, **related))
        if not self._remarks.count("refused"):
            before = self._ledger.new + self._ledger.corrected
            self._ledger.put(entries)
            written = self._ledger.new + self._ledger.corrected - before
            self._tally.loaded += written
            self._tally.unchanged += len(records) - written


def _of(kind: type[_R], batch: Sequence[Record]) -> list[_R]:
    return [one for one in batch if isinstance(one, kind)]
