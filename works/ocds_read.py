"""OCDS 1.1.5 release and record packages → contracts, their payments, and the projects they name.

Releases of one contracting process are merged in the order of their dates (OCDS, Merging): a later value replaces an earlier one, null
removes it, objects of a list with an ``id`` are merged by it. A record brings its compiled release along, or the releases it links in full.
Kept are contracts; what has not come to a contract yet is only written down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from gis_data.readers import Broken
from works.codelists import Method
from works.mapping_types import FileMapping
from works.records import ContractRecord, MoneyLine, Party, ProjectRecord, Record
from works.remarks import Remarks
from works.standard_values import Parties, Reading, many, merged, part
from works.tables import parsed

_STATUS: Final = {"pending": "pre-award", "active": "active", "cancelled": "closed", "terminated": "closed"}
MAX_DEPTH: Final = 40


def ocds_records(file: FileMapping, path: Path, language: str, remarks: Remarks) -> Iterator[Record]:
    """Yield what one package holds. Raises `Broken` when it is none."""
    projects: set[str] = set()
    for row, release in enumerate(_compiled(parsed(path), path.name), start=1):
        process = _Process(file, path.name, row, release, language, remarks)
        for record in process.records():
            if isinstance(record, ProjectRecord):
                if record.local_id in projects:
                    continue
                projects.add(record.local_id)
            record.file, record.row = path.name, row
            yield record


def _compiled(package: Any, file: str) -> Iterator[dict[str, Any]]:
    """One release a contracting process, as it stands after all changes."""
    if not isinstance(package, dict) or not ({"releases", "records"} & package.keys()):
        raise Broken(file, 0, "is no OCDS package: releases or records are expected")
    releases = many(package, "releases")
    for record in many(package, "records"):
        if isinstance(record.get("compiledRelease"), dict):
            yield record["compiledRelease"]
        else:
            releases += [one for one in many(record, "releases") if "ocid" in one]
    by_process: dict[str, list[dict[str, Any]]] = {}
    for number, release in enumerate(releases, start=1):
        if not isinstance(release.get("ocid"), str) or not release["ocid"]:
            raise Broken(file, number, "a release has no ocid")
        by_process.setdefault(release["ocid"], []).append(release)
    for several in by_process.values():
        whole: dict[str, Any] = {}
        for release in sorted(several, key=lambda one: str(one.get("date") or "")):
            whole = merge(whole, release)
        yield whole


def merge(old: Any, new: Any, depth: int = 0) -> Any:
    """What stands after ``new`` came upon ``old`` (OCDS 1.1.5, Merging). Neither of them is changed."""
    if depth > MAX_DEPTH:
        return new
    if isinstance(old, dict) and isinstance(new, dict):
        both = dict(old)
        for name, value in new.items():
            if value is None:
                both.pop(name, None)
            else:
                both[name] = merge(old.get(name), value, depth + 1)
        return both
    if isinstance(new, list) and new and all(isinstance(one, dict) and "id" in one for one in new):
        known = {str(one["id"]): one for one in old if isinstance(one, dict) and "id" in one} if isinstance(old, list) else {}
        for one in new:
            known[str(one["id"])] = merge(known.get(str(one["id"])), one, depth + 1)
        return list(known.values())
    return new


class _Process:
    """One contracting process."""

    def __init__(self, file: FileMapping, name: str, row: int, release: dict[str, Any], language: str, remarks: Remarks) -> None:
        self._file, self._release, self._language = file, release, language
        self._reading = Reading(name, row, remarks)
        self._parties = Parties(self._reading, many(release, "parties"))
        self._ocid = self._reading.text(release, "ocid", longest=200)

    def records(self) -> Iterator[Record]:
        """The project it names, then its contracts."""
        project = self._project()
        if project is not None:
            yield project
        contracts = many(self._release, "contracts")
        if not contracts:
            self._reading.noted("contracts", "has come to no contract yet: not kept", self._ocid)
        for contract in contracts:
            yield self._contract(contract, project.local_id if project else "")

    def _project(self) -> ProjectRecord | None:
        """By the project extension, else by the budget's deprecated words for it."""
        planning = self._release.get("planning")
        known, budget = part(planning, "project"), part(planning, "budget")
        read = self._reading.text
        number = read(known, "id", longest=200) or read(budget, "projectID", longest=200)
        if not number:
            return None
        title = read(known, "title") or read(budget, "project") or number
        values = {"title": {self._language: title}, "description": {}, "status": "", "promised_currency": ""}
        record = ProjectRecord(number, values)
        buyer = self._parties.of(self._release.get("buyer"))
        record.parties = [Party(buyer, "publicAuthority")] if buyer else []
        amount, currency = self._reading.value(budget, "amount")
        if amount is not None:
            record.money = [
                MoneyLine(f"budget/{self._ocid}", "planned", amount, currency, title=read(budget, "description", longest=240))
            ]
        return record

    def _contract(self, contract: dict[str, Any], project: str) -> ContractRecord:
        read, tender = self._reading, self._release.get("tender")
        number = read.text(contract, "id", longest=120)
        local_id = number if number.startswith(self._ocid) else f"{self._ocid}/{number}"
        award: dict[str, Any] = next(
            (one for one in many(self._release, "awards") if one.get("id") == contract.get("awardID")), {}
        )
        value, currency = read.value(contract, "value")
        start, end = read.period(contract, "period")
        title = read.text(contract, "title") or read.text(award, "title") or read.text(tender, "title")
        tenderers = part(tender, "numberOfTenderers")
        values = {
            "ocid": self._ocid,
            "title": {self._language: title} if title else {},
            "number": number,
            "status": _STATUS.get(read.text(contract, "status"), ""),
            "method": read.code(Method.values, tender, "procurementMethod"),
            "tenderers": tenderers if isinstance(tenderers, int) and 0 <= tenderers < 10_000 else None,
            "value": value,
            "currency": currency,
            "signed_on": read.day(contract, "dateSigned"),
            "start": start,
            "end": end,
        }
        record = ContractRecord(local_id[:200], values, project)
        suppliers = self._parties.each(many(award, "suppliers"), "supplier")
        record.supplier = suppliers[0].firm if suppliers else None
        record.parties = merged([*self._roles(), *suppliers])
        record.documents = read.documents([*many(contract, "documents"), *many(contract, "implementation", "documents")])
        record.money = list(self._money(contract, record))
        if many(contract, "amendments"):
            read.noted("contracts.amendments", "an amendment does not say what changed: only the contract as it stands is kept")
        return record

    def _roles(self) -> list[Party]:
        tender, found = self._release.get("tender"), []
        for role, reference in (("buyer", self._release.get("buyer")), ("procuringEntity", part(tender, "procuringEntity"))):
            firm = self._parties.of(reference)
            found += [Party(firm, role)] if firm else []
        return [*found, *self._parties.each(many(tender, "tenderers"), "tenderer")]

    def _money(self, contract: dict[str, Any], record: ContractRecord) -> Iterator[MoneyLine]:
        signed, buyer = record.values["signed_on"], self._parties.of(self._release.get("buyer"))
        if record.values["value"] is not None:
            year = self._file.fiscal.of(signed) if signed else None
            yield MoneyLine("value", "committed", record.values["value"], record.values["currency"], on=signed, fiscal_year=year,
                            payer=buyer, payee=record.supplier)  # fmt: skip
        for one in many(contract, "implementation", "transactions"):
            line = transaction(self._reading, self._parties, one)
            if line is not None:
                yield replace(line, fiscal_year=self._file.fiscal.of(line.on) if line.on else None)


def transaction(read: Reading, parties: Parties, one: dict[str, Any]) -> MoneyLine | None:
    """A Transaction (OCDS) as a payment; None where its amount cannot be kept."""
    amount, currency = read.value(one, "value")
    if amount is None:
        return None
    key = f"transaction/{read.text(one, 'id', longest=120)}"
    return MoneyLine(key, "paid", amount, currency, on=read.day(one, "date"),
                     payer=parties.of(one.get("payer")), payee=parties.of(one.get("payee")))  # fmt: skip
