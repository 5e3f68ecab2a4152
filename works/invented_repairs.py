"""Invented repairs on real streets, under yearly contracts: some under warranty, some at places that break again and again."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from shapely.geometry.base import BaseGeometry

from works import invented_ground as here
from works.invented_ground import Lane
from works.records import ContractRecord, MoneyLine, Party, Record, RepairRecord


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of repair: how many, where they lie, who does them, what one costs, how long it must hold."""

    code: str
    count: int
    on: str
    firms: Sequence[str]
    low: int
    high: int
    warranty_days: int
    office: tuple[str, str]
    en: str
    ru: str


_ROADS: Final = ("roads", "Road service")
_LIGHT: Final = ("lighting", "Street lighting")
_PARKS: Final = ("parks", "Parks and greenery")
_WATER: Final = ("water", "Water and drains")
_KINDS: Final = (
    _Kind("pothole", 150, "spot", here.ASPHALT, 60, 900, 365, _ROADS, "Potholes", "Ямочный ремонт"),
    _Kind("resurfacing", 45, "stretch", here.ASPHALT, 9_000, 90_000, 1095, _ROADS, "Resurfacing", "Замена покрытия"),
    _Kind("pavement", 70, "stretch", here.PAVING, 800, 14_000, 730, _ROADS, "Pavements", "Тротуары"),
    _Kind("marking", 30, "stretch", here.MARKERS, 300, 4_000, 180, _ROADS, "Road markings", "Разметка"),
    _Kind("lighting", 60, "street-lamp", here.LIGHTS, 90, 1_500, 730, _LIGHT, "Street lights", "Фонари"),
    _Kind("drainage", 30, "spot", here.PIPES, 400, 9_000, 730, _WATER, "Drains", "Водостоки"),
    _Kind("furniture", 30, "bench", here.BUILDERS, 80, 1_200, 365, _PARKS, "Benches and bins", "Скамейки и урны"),
    _Kind("greenery", 25, "tree", here.GREEN, 120, 2_500, 365, _PARKS, "Trees", "Деревья"),
    _Kind("sign", 20, "spot", here.MARKERS, 100, 700, 365, _ROADS, "Signs", "Знаки"),
)
#: How long ago the oldest repair was finished, and how far ahead the plan reaches (days).
_PAST, _AHEAD = 1400, 60
#: Places where the same repair was needed again and again, and how often.
_SORE_SPOTS: Final = 22
_AGAIN: Final = (2, 3, 3, 4, 5)


@dataclass(slots=True)
class _Yearly:
    """The contract for one kind of repairs in one year."""

    record: ContractRecord
    kind: _Kind
    total: Decimal = field(default_factory=Decimal)


def repairs_on(lanes: Sequence[Lane], chance: random.Random, anchor: dt.date, currency: str) -> Iterator[Record]:
    """Yield yearly contracts, then the repairs under them."""
    maker = _Maker(lanes, chance, anchor, currency)
    repairs = list(maker.repairs())
    yield from maker.contracts()
    yield from repairs


class _Maker:
    def __init__(self, lanes: Sequence[Lane], chance: random.Random, anchor: dt.date, currency: str) -> None:
        self._lanes, self._chance, self._anchor, self._currency = lanes, chance, anchor, currency
        self._things = {kind.on: here.assets(kind.on) for kind in _KINDS if kind.on not in {"spot", "stretch"}}
        self._yearly: dict[tuple[str, int], _Yearly] = {}
        self._number = 0

    def contracts(self) -> Iterator[ContractRecord]:
        """The yearly contracts that any repair is under, with what was contracted for the year."""
        for key in sorted(self._yearly):
            yearly = self._yearly[key]
            yearly.record.values["value"] = (yearly.total * Decimal("1.1")).quantize(Decimal(1000)) + 1000
            signed: dt.date = yearly.record.values["signed_on"]
            yearly.record.money = [
                MoneyLine("committed", "committed", yearly.record.values["value"], self._currency, on=signed, fiscal_year=signed.year,
                          payer=here.office(*yearly.kind.office), payee=yearly.record.supplier)
            ]  # fmt: skip
            yield yearly.record

    def repairs(self) -> Iterator[RepairRecord]:
        for kind in _KINDS:
            for _ in range(kind.count):
                yield self._repair(kind, self._finish(), *self._place(kind))
        potholes = _KINDS[0]
        for _ in range(_SORE_SPOTS):
            street, asset, name, point = self._place(potholes)
            last = self._chance.randint(20, 300)
            for time in range(self._chance.choice(_AGAIN)):
                day = self._anchor - dt.timedelta(days=last + time * self._chance.randint(70, 260))
                yield self._repair(potholes, day, street, asset, name, here.nudged(point, self._chance, 2))

    def _finish(self) -> dt.date:
        return self._anchor + dt.timedelta(days=self._chance.randint(-_PAST, _AHEAD))

    def _place(self, kind: _Kind) -> tuple[str, str, str, BaseGeometry]:
        """Street, asset, address and shape. Things of the city stand near a street that nobody names."""
        things = self._things.get(kind.on)
        if things:
            number, shape = self._chance.choice(things)
            return "", number, "", shape
        lane = self._chance.choice(self._lanes)
        street, line = self._chance.choice(lane.pieces)
        if kind.on == "stretch":
            return street, "", lane.name, here.stretch(line, self._chance, self._chance.uniform(0.2, 0.9))
        return street, "", lane.name, here.spot(line, self._chance)

    def _repair(self, kind: _Kind, day: dt.date, street: str, asset: str, name: str, shape: BaseGeometry) -> RepairRecord:
        self._number += 1
        finished = day <= self._anchor
        began = day - dt.timedelta(days=self._chance.randint(0, 12) if kind.on == "stretch" else 0)
        yearly = self._contract(kind, day.year)
        known = self._chance.random() < 0.85
        cost = here.euros(kind.low, kind.high, self._chance) if known and finished else None
        values: dict[str, Any] = {
            "title": {"en": kind.en if not name else f"{kind.en}: {name}", "ru": kind.ru if not name else f"{kind.ru}: {name}"},
            "kind": kind.code,
            "status": "finished" if finished else "running" if began <= self._anchor else "planned",
            "address": name,
            "started_on": began,
            "finished_on": day,
            "cost": cost,
            "currency": self._currency if cost is not None else "",
            "warranty_until": day + dt.timedelta(days=kind.warranty_days) if finished else None,
        }
        record = RepairRecord(
            f"R-{self._number:04d}",
            values,
            shape,
            street,
            asset,
            contract=yearly.record.local_id,
            row=self._number,
            file="invented",
        )
        record.contractor = here.firm(kind.firms, self._chance)
        if cost is not None:
            yearly.total += cost
            record.money = list(self._payment(yearly, record, cost, day))
        return record

    def _payment(self, yearly: _Yearly, record: RepairRecord, cost: Decimal, day: dt.date) -> Iterator[MoneyLine]:
        paid = day + dt.timedelta(days=self._chance.randint(14, 45))
        if paid <= self._anchor:
            between: dict[str, Any] = {"payer": here.office(*yearly.kind.office), "payee": record.contractor}
            yield MoneyLine("paid", "paid", cost, self._currency, on=paid, fiscal_year=paid.year, **between)

    def _contract(self, kind: _Kind, year: int) -> _Yearly:
        key = kind.code, year
        if key not in self._yearly:
            signed = dt.date(year - 1, 12, 10)
            office = here.office(*kind.office)
            values: dict[str, Any] = {
                "title": {"en": f"{kind.en}, {year}", "ru": f"{kind.ru}, {year} год"},
                "number": f"{year - 1}/K-{kind.code[:4].upper()}",
                "status": "closed" if dt.date(year, 12, 31) < self._anchor else "active",
                "method": "open",
                "tenderers": self._chance.randint(1, 4),
                "value": None,
                "currency": self._currency,
                "signed_on": signed,
                "start": dt.date(year, 1, 1),
                "end": dt.date(year, 12, 31),
            }
            parties = [Party(office, "procuringEntity"), Party(office, "administrativeEntity")]
            record = ContractRecord(
                f"K-{kind.code}-{year}",
                values,
                supplier=here.firm(kind.firms[:1], self._chance),
                parties=parties,
                file="invented",
            )
            self._yearly[key] = _Yearly(record, kind)
        return self._yearly[key]
