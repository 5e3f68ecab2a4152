"""Invented funded projects with their contracts and payments: some late, some dearer than signed, some paid before any work is seen."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from works import invented_ground as here
from works.amounts import CENT
from works.firms import Firm
from works.invented_ground import Lane
from works.records import Change, ContractRecord, MoneyLine, Party, Place, ProjectRecord, Record


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of project: what is done, by whom, for how much and how long, and what must still hold years later."""

    code: str
    en: str
    ru: str
    type: str
    sector: str
    office: tuple[str, str]
    firms: Sequence[str]
    low: int
    high: int
    days: tuple[int, int]
    warranty_years: int


_ROADS: Final = ("roads", "Road service")
_KINDS: Final = (
    _Kind("street", "Renewal of {}", "Реконструкция: {}", "rehabilitation", "transport.road", _ROADS, here.ASPHALT, 240_000, 1_900_000, (90, 260), 5),
    _Kind("pavement", "New pavements on {}", "Новые тротуары: {}", "replacement", "transport.road", _ROADS, here.PAVING, 60_000, 420_000, (40, 120), 3),
    _Kind("water", "Water main under {}", "Водопровод: {}", "replacement", "waterAndWaste", ("water", "Water and drains"), here.PIPES, 180_000, 1_200_000, (80, 240), 5),
    _Kind("light", "New street lights on {}", "Новое освещение: {}", "replacement", "transport.road", ("lighting", "Street lighting"), here.LIGHTS, 40_000, 260_000, (30, 90), 3),
    _Kind("cycle", "Cycle track along {}", "Велодорожка: {}", "construction", "transport.urban", _ROADS, here.BUILDERS, 150_000, 900_000, (80, 200), 4),
    _Kind("green", "Trees along {}", "Деревья: {}", "expansion", "naturalResources", ("parks", "Parks and greenery"), here.GREEN, 20_000, 140_000, (30, 100), 2),
)  # fmt: skip
#: When works begin, in days from the first day of the demonstration: finished, running and planned ones.
_BEGINS: Final = (
    -1320, -1240, -1150, -1080, -1010, -930, -880, -800, -740, -690, -620, -560, -500, -450, -400, -350,
    -170, -140, -120, -100, -85, -70, -55, -40, -25, -10, 12, 25, 40, 60, 80, 110, 150, 200, 260, 330, 420, 500,
)  # fmt: skip
#: Projects of a story of their own, by their place in the list.
_CANCELLED, _PAID_UNSEEN, _TWIN = 13, 25, 28


def projects_on(lanes: Sequence[Lane], chance: random.Random, anchor: dt.date, currency: str) -> Iterator[Record]:
    """Yield projects, each followed by its contracts. Two of them dig up one street shortly after another."""
    streets = chance.sample(list(lanes), min(len(lanes), len(_BEGINS)))
    for number, begins in enumerate(_BEGINS):
        lane = streets[number % len(streets)]
        if number == _TWIN:
            lane = streets[(number - 1) % len(streets)]
        kind = _KINDS[2] if number == _TWIN else _KINDS[0] if number == _TWIN - 1 else _KINDS[number % len(_KINDS)]
        story = _Story(number, kind, lane, chance, anchor, currency, anchor + dt.timedelta(days=begins))
        yield story.project()
        yield from story.contracts()


class _Story:
    """One project from its promise to its last payment, as it stands on the first day of the demonstration."""

    def __init__(
        self, number: int, kind: _Kind, lane: Lane, chance: random.Random, anchor: dt.date, currency: str, begins: dt.date
    ) -> None:
        self._number, self._kind, self._lane, self._chance, self._anchor, self._currency = (
            number,
            kind,
            lane,
            chance,
            anchor,
            currency,
        )
        self._id = f"P-{number + 1:03d}"
        self._begins, self._days = begins, chance.randint(*kind.days)
        self._slip = chance.choice((0, 0, 0, 14, 30, 75, 140)) if begins < anchor else 0
        self._budget = here.round_euros(kind.low, kind.high, chance)
        self._value = (self._budget * Decimal(chance.randint(82, 99)) / 100).quantize(CENT)
        self._dearer = number % 5 == 2
        self._cancelled, self._unseen = number == _CANCELLED, number == _PAID_UNSEEN
        self._ends = begins + dt.timedelta(days=self._days + self._slip)
        self._done = self._ends <= anchor and not self._cancelled
        self._started = begins <= anchor and not self._cancelled and not self._unseen

    def project(self) -> ProjectRecord:
        values: dict[str, Any] = {
            "title": {"en": self._kind.en.format(self._lane.name), "ru": self._kind.ru.format(self._lane.name)},
            "description": {
                "en": "Invented works of the demonstration city.",
                "ru": "Вымышленные работы демонстрационного города.",
            },
            "status": self._status(),
            "type": self._kind.type,
            "sectors": [self._kind.sector],
            "promised_start": self._begins,
            "promised_end": self._begins + dt.timedelta(days=self._days),
            "planned_start": self._begins,
            "planned_end": self._ends,
            "actual_start": self._begins if self._started else None,
            "actual_end": self._ends if self._done else None,
            "warranty_until": self._warranty() if self._done else None,
            "promised_amount": self._budget,
            "promised_currency": self._currency,
            "delay_reason": "Pipes were found that no plan shows" if self._slip >= 75 else "",
        }
        record = ProjectRecord(self._id, values, row=self._number + 1, file="invented")
        record.places = [Place("exact", self._lane.name, self._shape())]
        record.parties = [
            Party(here.office(*self._kind.office), "publicAuthority"),
            Party(Firm("City of the demonstration"), "funder"),
        ]
        record.money = list(self._budget_lines())
        return record

    def contracts(self) -> Iterator[ContractRecord]:
        """The works contract, and for the larger projects that of their design. Planned ones of later years have none yet."""
        if self._begins > self._anchor + dt.timedelta(days=90) or self._cancelled:
            return
        if self._budget > 600_000:
            yield self._design()
        yield self._works()

    def _status(self) -> str:
        if self._cancelled:
            return "cancelled"
        if self._done:
            return "maintenance" if (self._anchor - self._ends).days > 365 else "completion"
        if self._started:
            return "implementation"
        return "preparation" if (self._begins - self._anchor).days < 300 else "identification"

    def _shape(self) -> BaseGeometry:
        if self._kind.code == "green":  # a strip of ground beside the street
            return here.rounded(shapely.buffer(self._lane.pieces[0][1], 0.00012, cap_style="flat"))
        return here.rounded(self._lane.whole())

    def _warranty(self) -> dt.date:
        return self._ends + dt.timedelta(days=365 * self._kind.warranty_years)

    def _budget_lines(self) -> Iterator[MoneyLine]:
        """The plan over the years of the works, and what the council approved of it."""
        first, last = self._begins.year, self._ends.year
        years = range(first, last + 1)
        share = (self._budget / len(years)).quantize(CENT)
        for year in years:
            planned = share if year < last else self._budget - share * (len(years) - 1)
            span: dict[str, Any] = {"starts": dt.date(year, 1, 1), "ends": dt.date(year, 12, 31), "fiscal_year": year}
            yield MoneyLine(f"planned/{year}", "planned", planned, self._currency, fund="city budget", **span)
            if year <= self._anchor.year:
                yield MoneyLine(f"approved/{year}", "approved", planned, self._currency, fund="city budget", **span)

    def _parties(self) -> list[Party]:
        office = here.office(*self._kind.office)
        others = self._chance.sample(here.OTHERS, self._chance.randint(0, 3))
        bidders = [Party(Firm(name), "tenderer") for name in others]
        return [Party(office, "procuringEntity"), Party(office, "administrativeEntity"), *bidders]

    def _works(self) -> ContractRecord:
        supplier, parties = here.firm(self._kind.firms, self._chance), self._parties()
        signed = self._begins - dt.timedelta(days=45)
        values: dict[str, Any] = {
            "title": {"en": f"Works: {self._lane.name}", "ru": f"Работы: {self._lane.name}"},
            "number": f"{signed.year}/{100 + self._number}",
            "status": "closed" if self._done else "active",
            "method": self._chance.choice(("open", "open", "open", "selective", "direct")),
            "tenderers": 1 + sum(one.role == "tenderer" for one in parties),
            "value": self._value,
            "currency": self._currency,
            "signed_on": signed,
            "start": self._begins,
            "end": self._begins + dt.timedelta(days=self._days),
            "warranty_until": self._warranty(),
        }
        record = ContractRecord(f"{self._id}-W", values, self._id, supplier, parties, row=self._number + 1, file="invented")
        record.changes = list(self._changes(values["end"]))
        record.money = list(self._payments(supplier, signed))
        return record

    def _design(self) -> ContractRecord:
        office, value = here.office(*self._kind.office), (self._budget * Decimal("0.04")).quantize(CENT)
        signed = self._begins - dt.timedelta(days=240)
        planners = Firm(here.OTHERS[self._number % len(here.OTHERS)])
        values: dict[str, Any] = {
            "title": {"en": f"Design: {self._lane.name}", "ru": f"Проектирование: {self._lane.name}"},
            "number": f"{signed.year}/{500 + self._number}",
            "status": "closed",
            "method": "direct",
            "tenderers": 1,
            "value": value,
            "currency": self._currency,
            "signed_on": signed,
            "start": signed,
            "end": signed + dt.timedelta(days=150),
        }
        record = ContractRecord(
            f"{self._id}-D", values, self._id, planners, [Party(office, "procuringEntity")], row=self._number + 1, file="invented"
        )
        paid = signed + dt.timedelta(days=170)
        record.money = [
            MoneyLine(
                "committed", "committed", value, self._currency, on=signed, fiscal_year=signed.year, payer=office, payee=planners
            )
        ]
        if paid <= self._anchor:
            record.money.append(
                MoneyLine("paid/1", "paid", value, self._currency, on=paid, fiscal_year=paid.year, payer=office, payee=planners)
            )
        return record

    def _changes(self, end: dt.date) -> Iterator[Change]:
        if self._slip and self._started:
            yield Change("1", "duration", end - dt.timedelta(days=5), "The works took longer", old_end=end, new_end=self._ends)
        if self._dearer and self._started:
            yield Change("2", "value", end - dt.timedelta(days=20), "Pipes were found that no plan shows",
                         old_value=self._value, new_value=self._final(), currency=self._currency)  # fmt: skip
        if self._number % 6 == 3 and self._started:
            yield Change("3", "scope", end - dt.timedelta(days=30), "The crossing at the end was added to the works")

    def _final(self) -> Decimal:
        return (self._value * Decimal("1.17")).quantize(CENT) if self._dearer and self._started else self._value

    def _payments(self, supplier: Firm, signed: dt.date) -> Iterator[MoneyLine]:
        """Contracted at signing; paid in parts as the works go on. What was agreed on top is contracted when it is agreed."""
        office = here.office(*self._kind.office)
        between: dict[str, Any] = {"payer": office, "payee": supplier}
        if signed <= self._anchor:
            yield MoneyLine("committed", "committed", self._value, self._currency, on=signed, fiscal_year=signed.year, **between)
        more, agreed = self._final() - self._value, self._begins + dt.timedelta(days=self._days - 20)
        if more and agreed <= self._anchor:
            yield MoneyLine("committed/2", "committed", more, self._currency, on=agreed, fiscal_year=agreed.year, **between)
        parts = 1 if self._unseen else 4
        part = (self._final() / 4).quantize(CENT)
        for number in range(1, parts + 1):
            on = (
                signed + dt.timedelta(days=30)
                if self._unseen
                else self._begins + (self._ends - self._begins) * number // 4 + dt.timedelta(days=21)
            )
            if on <= self._anchor:
                amount = part if number < 4 else self._final() - part * 3
                yield MoneyLine(
                    f"paid/{number}",
                    "paid",
                    amount,
                    self._currency,
                    on=on,
                    fiscal_year=on.year,
                    title=f"Part {number}",
                    **between,
                )
