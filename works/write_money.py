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
from works.models import Contract, ContractChange, DataSet, Money, Repair
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
    """A row of the ledger about to be written: its number in the data set, and what the source names (rows, by their keys)."""

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
        """Add what is not there, and a correction for what is there otherwise. Two statements a batch, and two for whose money it is."""
        local_ids = [one.local_id for one in entries]
        standing = Money.objects.standing().filter(data_set=self._data_set, local_id__in=local_ids)
        there = {row["local_id"]: row for row in standing.values("pk", "local_id", *_SAID)}
        belongs = _Belongs(entries)
        fresh = []
        for one in entries:
            row, old = self._row(one, belongs), there.get(one.local_id)
            if old is None:
                fresh.append({**row, "replaces_id": None, "reason": ""})
                self.new += 1
            elif any(old[name] != row[name] for name in _SAID if not belongs.only_now(name, one, old)):
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

    def _row(self, one: Entry, belongs: _Belongs) -> dict[str, Any]:
        line, (project, contract) = one.line, belongs.to(one)
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
            "project_id": project,
            "contract_id": contract,
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


class _Belongs:
    """Whose money it is: that of a repair is paid under its contract and for its project, that under a contract for its project.

    Two queries for a batch at most.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        repairs = {one.repair for one in entries if one.repair and not (one.project and one.contract)}
        rows = Repair.objects.filter(pk__in=repairs).values_list("pk", "project_id", "contract_id") if repairs else ()
        self._repairs = {key: (project, contract) for key, project, contract in rows}
        contracts = {one.contract for one in entries if one.contract and one.project is None}
        contracts |= {contract for _project, contract in self._repairs.values() if contract}
        self._projects: dict[int, int | None] = (
            dict(Contract.objects.filter(pk__in=contracts).values_list("pk", "project_id")) if contracts else {}
        )

    def to(self, one: Entry) -> tuple[int | None, int | None]:
        """Return the project and the contract. What the source names itself holds; a contract of another project is none."""
        project, contract = self._repairs.get(one.repair or 0, (None, None))
        whole = one.project or self._projects.get(one.contract or 0) or project or self._projects.get(contract or 0)
        others = contract is not None and self._projects[contract] not in {None, whole}
        return whole, one.contract or (None if others else contract)

    def only_now(self, name: str, one: Entry, old: Mapping[str, Any]) -> bool:
        """Whether a row that is there lacks only what its repair tells: the source says nothing else than it did."""
        said = {"project_id": one.project or self._projects.get(one.contract or 0), "contract_id": one.contract}
        return name in said and one.repair is not None and old[name] is None and said[name] is None


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
