"""Contracts of a firm: what they were signed for, what they reached, and how much all of them together grew beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse

from gis_data.names import in_language
from works.models import Contract, ContractChange, Money

#: Contracts that a page lists, the newest first.
MOST: Final = 50


@dataclass(frozen=True, slots=True)
class ContractRow:
    """``now`` is the value after all changes. ``over`` is how much more was agreed or paid than signed, in per cent."""

    number: str
    title: str
    project: str
    project_href: str
    value: Decimal | None
    now: Decimal | None
    paid: Decimal | None
    currency: str
    over: Decimal | None


@dataclass(frozen=True, slots=True)
class Grown:
    """Of ``contracts`` with a value in one currency, how many went beyond it, and by how much together."""

    currency: str
    contracts: int
    number: int
    amount: Decimal
    signed: Decimal


@dataclass(frozen=True, slots=True)
class Contracts:
    """The newest contracts, how many there are in all, and the growth of all of them by currency."""

    rows: Sequence[ContractRow]
    number: int
    grown: Sequence[Grown]

    @property
    def more(self) -> bool:
        """Whether there are more than are listed."""
        return self.number > len(self.rows)


def contracts_of(firms: Sequence[int]) -> Contracts:
    """Return the contracts of a firm under all its rows. Three queries."""
    every = _reached(firms)
    rows = every.select_related("project").defer("project__geometry", "project__geometry_3857")
    newest = rows.order_by(F("signed_on").desc(nulls_last=True), "-pk")[:MOST]
    return Contracts([_row(one) for one in newest], every.count(), _grown(every))


def _reached(firms: Sequence[int]) -> Any:
    """Contracts with their value now (``last``), what was paid in their own currency, and the larger of the two (``reached``)."""
    last = ContractChange.objects.valued().filter(contract=OuterRef("pk")).newest_first().values("new_value")[:1]
    ledger = Money.objects.standing().filter(contract=OuterRef("pk"), stage="paid", currency=OuterRef("currency"))
    paid = ledger.order_by().values("contract").annotate(sum=Sum("amount")).values("sum")
    found = Contract.objects.filter(supplier__in=firms).annotate(last=Subquery(last), paid=Subquery(paid))
    return found.annotate(reached=Greatest(Coalesce("last", "value"), Coalesce("paid", "last", "value")))


def _grown(contracts: Any) -> Sequence[Grown]:
    beyond = Q(reached__gt=F("value"))
    sums = (
        contracts.exclude(value=None)
        .order_by()
        .values("currency")
        .annotate(
            contracts=Count("pk"),
            number=Count("pk", filter=beyond),
            amount=Sum(F("reached") - F("value"), filter=beyond),
            signed=Sum("value", filter=beyond),
        )
    )
    return [Grown(**one) for one in sums.order_by("currency") if one["number"]]


def _row(one: Any) -> ContractRow:
    over = (one.reached / one.value - 1) * 100 if one.value and one.reached is not None and one.reached > one.value else None
    return ContractRow(
        number=one.number or one.local_id,
        title=in_language(one.title),
        project=str(one.project) if one.project else "",
        project_href=reverse("project", args=[one.project.public_id]) if one.project else "",
        value=one.value,
        now=one.last if one.last is not None else one.value,
        paid=one.paid,
        currency=one.currency,
        over=over,
    )
