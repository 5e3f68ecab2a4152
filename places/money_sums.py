"""Sums of money by year, district, kind, contractor and street, read from the smallest table that holds them.

Five sums a group, one for each series; they are never added together, nor are two currencies. None is "no amount is known",
which zero is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet, Sum

from places.models import MoneyShare, MoneyTotal, Series
from places.money_filters import DIMENSIONS, MoneyFilters

#: What sums are kept by, the smallest tables first (the grouping sets of ``places/sql/places_sum…``).
LEVELS: Final[tuple[frozenset[str], ...]] = tuple(
    frozenset(one.split())
    for one in (
        "", "year", "kind", "district", "year kind", "year district", "district kind", "year district kind",
        "contractor", "street", "contractor kind", "contractor district", "contractor year", "street kind", "street district",
        "street year",
    )
)  # fmt: skip
#: The series that are amounts, in the order of their columns.
AMOUNTS: Final = (Series.PLANNED, Series.APPROVED, Series.COMMITTED, Series.PAID, Series.COST)
#: By which amounts the largest group is told, the first that there is.
LARGEST: Final = (Series.PAID, Series.COST, Series.COMMITTED, Series.APPROVED, Series.PLANNED)
#: Dimensions with thousands of values.
_MANY: Final = frozenset({"contractor", "street"})


@dataclass(frozen=True, slots=True)
class Sums:
    """``amounts`` by series; ``lines`` is how many parts of amounts they are made of; ``unknown`` how many works have no amount."""

    value: Any = None
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    unknown: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing at all."""
        return not self.amounts and not self.unknown


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Groups, the largest first (years: the latest first); ``more``: there are more of them than asked for."""

    by: str
    groups: Sequence[Sums]
    more: bool


def currencies(filters: MoneyFilters) -> list[str]:
    """The currencies in which there are amounts, the one with most of them first. One query."""
    rows = _rows(filters.having(currency="", stage=""), ())
    found = rows.exclude(currency="").values("currency").annotate(lines=_number(rows)).order_by("-lines", "currency")
    return [one["currency"] for one in found]


def total(filters: MoneyFilters) -> Sums:
    """The sums of all that the filters leave. One query."""
    rows = _rows(filters, ())
    return _sums(rows.aggregate(**_series(rows)), None)


def breakdown(filters: MoneyFilters, by: str, most: int | None = None) -> Breakdown:
    """The sums for each value of one dimension. One query, or two where few of many groups are asked for."""
    rows = _rows(filters, (by,))
    if most is not None:
        rows = _leading(rows, filters, by, most)
    found = rows.values(by).annotate(**_series(rows))
    ordered = found.order_by(*(("-year",) if by == "year" else [F(f"sum_{one}").desc(nulls_last=True) for one in LARGEST]), by)
    groups = [_sums(one, one[by]) for one in (ordered if most is None else ordered[: most + 1])]
    return Breakdown(by, groups[:most], more=most is not None and len(groups) > most)


def _leading(rows: QuerySet[Any], filters: MoneyFilters, by: str, most: int) -> QuerySet[Any]:
    """Only the rows of the largest groups, where they are known from one series: summing up thousands to show a dozen is slow."""
    if by not in _MANY or not filters.currency or (filters.stage and filters.stage != LARGEST[0]):
        return rows
    first = rows.filter(stage=LARGEST[0], currency=filters.currency)
    if frozenset({*filters.dimensions, by}) in LEVELS:  # a row a group: the index has them in this order
        values = list(first.order_by("-amount").values_list(by, flat=True)[: most + 1])
        return rows.filter(**{f"{by}__in": values}) if len(values) > most else rows
    values = list(first.values_list(by, flat=True).annotate(all=Sum("amount")).order_by("-all", by)[: most + 1])
    # The 0 keeps the index of firms out of it: it would read all that the largest firms of the city ever got.
    return rows.alias(chosen=F(by) + 0).filter(chosen__in=values) if len(values) > most else rows


def shares(filters: MoneyFilters) -> QuerySet[MoneyShare]:
    """The parts of amounts that the filters leave, in no order."""
    return _narrowed(MoneyShare.objects.all(), filters)


def level_of(dimensions: Iterable[str]) -> int:
    """The number of a level, as GROUPING in the database counts it: a bit for each dimension that is summed over."""
    kept = set(dimensions)
    return sum(1 << (len(DIMENSIONS) - 1 - place) for place, name in enumerate(DIMENSIONS) if name not in kept)


def _rows(filters: MoneyFilters, also: Sequence[str]) -> QuerySet[Any]:
    """The rows to sum: sums kept in advance where there are such, else the parts themselves."""
    level = _level({*filters.dimensions, *also})
    if level is None:
        return shares(filters)
    return _narrowed(MoneyTotal.objects.filter(level=level_of(level)), filters)


def _level(needed: set[str]) -> frozenset[str] | None:
    """The smallest level that tells these dimensions apart; None where only the parts themselves do."""
    return next((one for one in LEVELS if needed <= one), None)


def _narrowed(rows: QuerySet[Any], filters: MoneyFilters) -> QuerySet[Any]:
    rows = rows.filter(**filters.dimensions)
    if filters.currency:
        rows = rows.filter(currency__in=[filters.currency, ""])  # a work without an amount has no currency either
    return rows.filter(stage=filters.stage) if filters.stage else rows


def _series(rows: QuerySet[Any]) -> dict[str, Any]:
    """What is asked for each series: its sum, and of how many parts."""
    asked: dict[str, Any] = {f"sum_{one}": Sum("amount", filter=Q(stage=one)) for one in AMOUNTS}
    return asked | {f"lines_{one}": _number(rows, Q(stage=one)) for one in (*AMOUNTS, Series.UNKNOWN)}


def _number(rows: QuerySet[Any], condition: Q | None = None) -> Any:
    """How many parts of amounts the rows are."""
    return Count("pk", filter=condition) if rows.model is MoneyShare else Sum("rows", filter=condition)


def _sums(found: Mapping[str, Any], value: Any) -> Sums:
    lines = {str(one): found[f"lines_{one}"] or 0 for one in AMOUNTS}
    amounts = {str(one): found[f"sum_{one}"] for one in AMOUNTS if found[f"sum_{one}"] is not None}
    return Sums(value, amounts, lines, found[f"lines_{Series.UNKNOWN}"] or 0)
