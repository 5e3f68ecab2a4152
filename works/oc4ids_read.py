"""OC4IDS 0.9.5 project packages → projects with their places, budget, contracts, modifications and payments.

``period`` is the plan, ``completion`` what became of it. ``maintenancePeriod`` is not read as a warranty: in other publications it is the
life of the thing. Money that goes to the project's own authority is its funding, not spending.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from gis_data.readers import Broken
from works.codelists import ChangeKind, ContractStatus, Method, ProjectStatus, ProjectType, Sector
from works.mapping_types import FileMapping
from works.ocds_read import transaction
from works.records import Change, ContractRecord, MoneyLine, Party, Place, ProjectRecord, Record
from works.remarks import Remarks
from works.standard_values import Parties, Reading, many, merged, part
from works.tables import parsed

_BEGUN: Final = frozenset({"implementation", "completion", "maintenance", "decommissioning", "decommissioned"})


def oc4ids_records(file: FileMapping, path: Path, language: str, remarks: Remarks) -> Iterator[Record]:
    """Yield each project of a package, followed by its contracts. Raises `Broken` when it is none."""
    package = parsed(path)
    if not isinstance(package, dict) or not isinstance(package.get("projects"), list):
        raise Broken(path.name, 0, "is no OC4IDS package: projects are expected")
    for row, project in enumerate(package["projects"], start=1):
        if not isinstance(project, dict) or not project.get("id"):
            raise Broken(path.name, row, "a project has no id")
        one = _Project(file, Reading(path.name, row, remarks), project, language)
        for record in one.records():
            record.file, record.row = path.name, row
            yield record


class _Project:
    """One project of the package."""

    def __init__(self, file: FileMapping, reading: Reading, project: dict[str, Any], language: str) -> None:
        self._file, self._read, self._project, self._language = file, reading, project, language
        self._parties = Parties(reading, many(project, "parties"))
        self._id = reading.text(project, "id", longest=120)
        self._authority = self._parties.of(project.get("publicAuthority"))

    def records(self) -> Iterator[Record]:
        """The project, then its contracts."""
        yield self._record()
        for process in many(self._project, "contractingProcesses"):
            if isinstance(process.get("summary"), dict):
                yield self._contract(process)
            else:
                self._read.noted("contractingProcesses", "has no summary: not kept", process.get("id"))

    def _record(self) -> ProjectRecord:
        read, project = self._read, self._project
        status = read.code(ProjectStatus.values, project, "status")
        start, end = read.period(project, "period")
        begun = read.day(project, "implementationPeriod", "startDate") if status in _BEGUN else None
        actual = read.ordered(begun, read.day(project, "completion", "endDate"), "completion")
        amount, currency = read.value(project, "budget", "amount")
        sectors = project.get("sector") if isinstance(project.get("sector"), list) else []
        values = {
            "title": {self._language: read.text(project, "title") or self._id},
            "description": self._in_language(read.text(project, "description", longest=20_000)),
            "status": status,
            "type": read.code(ProjectType.values, project, "type"),
            "sectors": [one for one in sectors or [] if one in Sector.values],
            "planned_start": start,
            "planned_end": end,
            "actual_start": actual[0],
            "actual_end": actual[1],
            "promised_amount": amount,
            "promised_currency": currency,
            "delay_reason": read.text(project, "completion", "endDateDetails"),
        }
        record = ProjectRecord(self._id, values)
        record.places = list(self._places())
        own = [Party(self._authority, "publicAuthority")] if self._authority else []
        record.parties = merged([*own, *(one for one in self._parties.all if one.role in {"publicAuthority", "funder", "buyer"})])
        record.documents = read.documents(many(project, "documents"))
        record.money = [*self._budget(amount, currency), *self._payments(many(project, "transactions"))]
        return record

    def _in_language(self, text: str) -> dict[str, str]:
        return {self._language: text} if text else {}

    def _places(self) -> Iterator[Place]:
        for location in many(self._project, "locations"):
            name = self._read.text(location, "description") or self._read.text(location, "address", "locality")
            shape = self._read.shape(location.get("geometry"))
            if shape is not None:
                yield Place("exact", name, shape)
            elif name:
                yield Place("named", name)

    def _budget(self, amount: Decimal | None, currency: str) -> list[MoneyLine]:
        """The first breakdown that sums up to the budget; others cut the same money in another way."""
        if amount is None:
            return []
        approved = self._read.day(self._project, "budget", "approvalDate")
        stage = "approved" if approved else "planned"
        for breakdown in many(self._project, "budget", "budgetBreakdowns"):
            lines = [self._share(stage, str(breakdown.get("id") or ""), one) for one in many(breakdown, "budgetBreakdown")]
            known = [line for line in lines if line is not None]
            if known and len(known) == len(lines) and sum(line.amount for line in known) == amount:
                return known
        year = self._file.fiscal.of(approved) if approved else None
        return [MoneyLine("budget", stage, amount, currency, on=approved, fiscal_year=year, payer=self._authority)]

    def _share(self, stage: str, breakdown: str, one: dict[str, Any]) -> MoneyLine | None:
        amount, currency = self._read.value(one, "amount")
        if amount is None:
            return None
        starts, ends = self._read.period(one, "period")
        fiscal = self._file.fiscal
        whole = starts is not None and ends is not None and fiscal.span(fiscal.of(starts)) == (starts, ends)
        title = self._read.text(one, "description", longest=240)
        return MoneyLine(f"budget/{breakdown}/{self._read.text(one, 'id', longest=60)}", stage, amount, currency, starts=starts, ends=ends,
                         fiscal_year=fiscal.of(starts) if whole and starts else None, title=title,
                         payer=self._parties.of(one.get("sourceParty")))  # fmt: skip

    def _payments(self, transactions: list[dict[str, Any]]) -> Iterator[MoneyLine]:
        for one in transactions:
            line = transaction(self._read, self._parties, one)
            if line is None:
                continue
            if line.payee is not None and line.payee == self._authority:
                self._read.noted("transactions", "money to the project's own authority: its funding, not spent", line.amount)
                continue
            yield replace(line, fiscal_year=self._file.fiscal.of(line.on) if line.on else None)

    def _contract(self, process: dict[str, Any]) -> ContractRecord:
        read, summary = self._read, process["summary"]
        value, currency = read.value(summary, "contractValue")
        start, end = read.period(summary, "contractPeriod")
        tenderers, title = part(summary, "tender", "numberOfTenderers"), read.text(summary, "title")
        values = {
            "ocid": read.text(summary, "ocid", longest=200),
            "title": self._in_language(title),
            "number": read.text(summary, "externalReference", longest=120),
            "status": read.code(ContractStatus.values, summary, "status"),
            "method": read.code(Method.values, summary, "tender", "procurementMethod"),
            "tenderers": tenderers if isinstance(tenderers, int) and 0 <= tenderers < 10_000 else None,
            "value": value,
            "currency": currency,
            "start": start,
            "end": end,
        }
        record = ContractRecord(read.text(process, "id", longest=200) or f"{self._id}/{title}"[:200], values, self._id)
        suppliers = self._parties.each(many(summary, "suppliers"), "supplier")
        record.supplier = suppliers[0].firm if suppliers else None
        record.parties = merged([*self._roles(summary), *suppliers])
        record.documents = read.documents(many(summary, "documents"))
        record.changes = [change for one in many(summary, "modifications") for change in self._changes(one)]
        record.money = [*self._committed(record), *self._payments(many(summary, "transactions"))]
        return record

    def _roles(self, summary: dict[str, Any]) -> list[Party]:
        found = []
        for role in ("procuringEntity", "administrativeEntity"):
            firm = self._parties.of(part(summary, "tender", role))
            found += [Party(firm, role)] if firm else []
        return [*found, *self._parties.each(many(summary, "tender", "tenderers"), "tenderer")]

    def _changes(self, one: dict[str, Any]) -> Iterator[Change]:
        kind = self._read.code(ChangeKind.values, one, "type")
        if not kind:
            return
        old, currency = self._read.value(one, "oldContractValue")
        new, other = self._read.value(one, "newContractValue")
        yield Change(
            key=self._read.text(one, "id", longest=200),
            kind=kind,
            on=self._read.day(one, "date"),
            rationale=self._read.text(one, "rationale", longest=2000),
            old_value=old,
            new_value=new,
            currency=currency or other,
            old_end=self._read.day(one, "oldContractPeriod", "endDate"),
            new_end=self._read.day(one, "newContractPeriod", "endDate"),
        )

    def _committed(self, record: ContractRecord) -> Iterator[MoneyLine]:
        """What was contracted at first, and what each modification of the value added or took away."""
        between: dict[str, Any] = {"payer": self._authority, "payee": record.supplier}
        if record.values["value"] is not None:
            yield MoneyLine("value", "committed", record.values["value"], record.values["currency"], **between)
        for change in record.changes:
            if change.kind == "value" and change.old_value is not None and change.new_value is not None:
                more, year = change.new_value - change.old_value, self._file.fiscal.of(change.on) if change.on else None
                yield MoneyLine(
                    f"modification/{change.key}", "committed", more, change.currency, on=change.on, fiscal_year=year, **between
                )
