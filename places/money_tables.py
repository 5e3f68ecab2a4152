"""Tables of sums as pages show them: each number is a link to the rows behind it, and the same numbers feed a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from places import money_sums, money_words
from places.models import Series
from places.money_filters import MoneyFilters
from places.money_sums import AMOUNTS, Sums
from places.money_words import Named

#: Groups a table shows; its download has all of them.
MOST: Final[Mapping[str, int]] = {"year": 60, "district": 30, "kind": 30, "contractor": 12, "street": 12}
#: Which tables have a chart.
CHARTS: Final[Mapping[str, str]] = {"year": "years", "district": "bars", "kind": "bars"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One sum. ``amount`` None: no amount is known here; ``href`` '' then."""

    stage: str
    amount: Decimal | None
    href: str

    @property
    def name(self) -> str:
        """What its series is called."""
        return str(money_words.SERIES[self.stage])

    @property
    def shown(self) -> str:
        """The amount in the reader's language; '' where none is known."""
        return "" if self.amount is None else money_words.written(self.amount)


@dataclass(frozen=True, slots=True)
class Row:
    """A group of money: its name and page, its sums, and the works of which no amount is known."""

    name: str
    href: str
    cells: Sequence[Cell]
    unknown: int
    unknown_href: str

    @property
    def empty(self) -> bool:
        """Whether there is neither an amount nor a work without one."""
        return not self.unknown and all(cell.amount is None for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """``columns`` are the series of which there is anything. ``chart`` is what the chart module reads, None for no chart."""

    by: str
    title: str
    currency: str
    columns: Sequence[str]
    rows: Sequence[Row]
    has_unknown: bool
    more: bool
    csv: str
    chart: dict[str, Any] | None


def rows_address(filters: MoneyFilters) -> str:
    """Return the address of the rows behind what the filters leave."""
    return f"{reverse('money-rows')}?{filters.query()}"


def money_address(filters: MoneyFilters) -> str:
    """Return the address of the overview with these filters."""
    query = filters.query()
    return reverse("money") + (f"?{query}" if query else "")


def file_address(door: str, filters: MoneyFilters) -> str:
    """Return the address of a file in the language of the page that links to it: a file speaks that of its address alone."""
    return f"{door}?{'&'.join(filter(None, (filters.query(), f'lang={get_language() or settings.LANGUAGE_CODE}')))}"


def summary(filters: MoneyFilters) -> Row:
    """Return all that the filters leave as one row of cells. One query."""
    return _row(filters, money_sums.total(filters), "", "", tuple(AMOUNTS))


def table(filters: MoneyFilters, by: str, *, most: int | None = None, chart: bool = True) -> Table:
    """Return the sums by one dimension. Two queries: the sums, and the names of their groups."""
    found = money_sums.breakdown(filters, by, most or MOST[by])
    words = money_words.named(by, (one.value for one in found.groups))
    columns = tuple(one for one in AMOUNTS if any(one in group.amounts for group in found.groups))
    rows = [_named(filters, by, group, words[group.value], columns) for group in found.groups]
    return Table(
        by=by,
        title=str(money_words.DIMENSIONS[by]),
        currency=filters.currency,
        columns=[str(money_words.SERIES[one]) for one in columns],
        rows=rows,
        has_unknown=any(row.unknown for row in rows),
        more=found.more,
        csv=file_address(reverse("money-sums-csv", args=[by]), filters),
        chart=_chart(by, filters.currency, rows, columns) if chart and by in CHARTS and len(rows) > 1 else None,
    )


def _named(filters: MoneyFilters, by: str, group: Sums, name: Named, columns: Sequence[Series]) -> Row:
    narrowed = filters.having(**{by: group.value})
    return _row(narrowed, group, name.text, name.href or money_address(narrowed), columns)


def _row(narrowed: MoneyFilters, group: Sums, name: str, href: str, columns: Sequence[Series]) -> Row:
    address = f"{rows_address(narrowed.having(stage=''))}&stage="  # one for all cells: a table has hundreds of them
    cells = [Cell(one.value, group.amounts.get(one), f"{address}{one.value}" if one in group.amounts else "") for one in columns]
    return Row(name, href, cells, group.unknown, f"{address}{Series.UNKNOWN.value}" if group.unknown else "")


def _chart(by: str, currency: str, rows: Sequence[Row], columns: Sequence[Series]) -> dict[str, Any] | None:
    """The same numbers for the chart module (frontend/src/charts.ts): of years each series, of others the largest one."""
    if not columns:
        return None
    shown = columns if CHARTS[by] == "years" else [next(one for one in money_sums.LARGEST if one in columns)]
    series = {one.value: str(money_words.SERIES[one]) for one in shown}
    points = [
        {"name": row.name, "series": series[cell.stage], "amount": float(cell.amount)}
        for row in rows
        for cell in row.cells
        if cell.amount is not None and cell.stage in series
    ]
    return {"form": CHARTS[by], "currency": currency, "series": list(series.values()), "points": points}
