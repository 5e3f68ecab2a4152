"""The ledger's writer: rows are added, never edited. What a source says otherwise than before becomes a correction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from django.db import DataError, IntegrityError, transaction

from gis_data.load_report import FileTally
from gis_data.readers import Broken
from works import money_sql
from works.firm_book import FirmBook
from works.models import Contract, ContractChange, DataSet, Money
from works.records import Change, MoneyLine
from works.watching import Watch

_LONGEST: Final = 260
#: What two rows of the ledger must share to say the same.
_SAID: Final = (
    "stage", "amount", "currency", "on", "starts", "ends", "fiscal_year", "project_id", "contract_id", "repair_id", "payer_id",
    "payee_id", "fund", "title",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger about to be written: its number in the data set, and what it belongs to (rows, by their keys)."""

    local_id: str
    line: MoneyLine
    file: str
    project: int | None = None
    contract: int | None = None
    repair: int | None = None


def entry_id(kind: str, local_id: str, key: str) -> str:
    """The number of a row of the ledger within its data set; a hash stands for the end of one that is too long."""
    whole = f"{kind}/{local_id}/{key}"
    return whole if len(whole) <= _LONGEST else f"{whole[:190]}~{sha256(whole.encode()).hexdigest()}"


class Ledger:
    """Writes the money of one data set inside the transaction of its load."""

    def __init__(self, data_set: DataSet, firms: FirmBook, tally: FileTally, today: dt.date, watch: Watch) -> None:
        self._data_set, self._firms, self._tally, self._today, self._watch = data_set, firms, tally, today, watch
        self.new = self.corrected = 0

    def put(self, entries: Sequence[Entry]) -> None:
        """Add what is not there, and a correction for what is there otherwise. Two statements a batch."""
        local_ids = [one.local_id for one in entries]
        standing = Money.objects.standing().filter(data_set=self._data_set, local_id__in=local_ids)
        there = {row["local_id"]: row for row in standing.values("pk", "local_id", *_SAID)}
        projects = _projects_of({one.contract for one in entries if one.contract and one.project is None})
        fresh = []
        for one in entries:
            row, old = self._row(one, projects), there.get(one.local_id)
            if old is None:
                fresh.append({**row, "replaces_id": None, "reason": ""})
                self.new += 1
            elif any(old[name] != row[name] for name in _SAID):
                fresh.append({**row, "replaces_id": old["pk"], "reason": f"the source says so since {self._today}"})
                self.corrected += 1
        if fresh:
            self._add(fresh, entries)
        self._watch.money(local_ids, fresh, there)

    def _add(self, fresh: list[dict[str, Any]], entries: Sequence[Entry]) -> None:
        try:
            with transaction.atomic():
                money_sql.add(fresh)
        except (DataError, IntegrityError) as error:
            first = entries[0]
            sentence = f"here or in a row after it: the ledger refuses it ({str(error).splitlines()[0][:160]})"
            raise Broken(first.file, first.line.row, sentence) from None

    def _row(self, one: Entry, projects: Mapping[int, int]) -> dict[str, Any]:
        line = one.line
        return {
            "data_set_id": self._data_set.pk,
            "local_id": one.local_id,
            "stage": line.stage,
            "amount": line.amount,
            "currency": line.currency,
            "on": line.on,
            "starts": line.starts,
            "ends": line.ends,
            "fiscal_year": line.fiscal_year,
            "project_id": one.project or projects.get(one.contract or 0),
            "contract_id": one.contract,
            "repair_id": one.repair,
            "payer_id": self._firms.number_of(line.payer),
            "payee_id": self._firms.number_of(line.payee),
            "fund": line.fund,
            "title": line.title,
            "source_file": one.file,
            "source_row": line.row or None,
        }

    def tell(self) -> None:
        """Say in the tally what became of the ledger."""
        self._tally.noted("rows added to the ledger", self.new)
        self._tally.noted("corrections added to the ledger: the source says otherwise than before", self.corrected)


def _projects_of(contracts: set[int]) -> dict[int, int]:
    """The project of each contract that has one: money under a contract is money of its project. One query, none for no contract."""
    return dict(Contract.objects.filter(pk__in=contracts, project__isnull=False).values_list("pk", "project_id"))


def put_changes(rows: Sequence[tuple[int, Change]]) -> list[ContractChange]:
    """Add modifications of contracts that are not there yet; return these. What is there is never edited."""
    there = set(ContractChange.objects.filter(contract__in={one for one, _change in rows}).values_list("contract_id", "local_id"))
    fresh = [
        ContractChange(
            contract_id=contract,
            local_id=change.key,
            on=change.on,
            kind=change.kind,
            rationale=change.rationale,
            old_value=change.old_value,
            new_value=change.new_value,
            currency=change.currency,
            old_end=change.old_end,
            new_end=change.new_end,
        )
        for contract, change in rows
        if (contract, change.key) not in there
    ]
    return ContractChange.objects.bulk_create(fresh)
