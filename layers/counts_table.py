"""Numbers of things by what a layer's filters ask for, and how they are added up. No query is made here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

from layers.declaration import ChoiceMany, DateRange, MapLayer
from layers.filters import Area, Asked, Chosen, Period, Selection
from layers.pyramid import Range, month_number

#: A code of a filter, or a month as `layers.pyramid.month_number` counts them; None is neither.
Code: TypeAlias = str | int | None
#: The largest number of a month that counts are kept by.
_LAST_MONTH: Final = 32_767
Counted: TypeAlias = ChoiceMany | DateRange


@dataclass(frozen=True)
class Table:
    """How many things there are by some of a layer's filters, which are called by their first parameter."""

    by: tuple[str, ...]
    rows: Sequence[tuple[tuple[Code, ...], int]]

    def numbers(self, question: Question) -> Counter[Code]:
        """Add up what the question asks for; it must `needs` no other filters than ``by``."""
        column = self.by.index(question.by) if question.by else None
        asked = [(self.by.index(name_of(one)), one) for one in question.rest]
        sums: Counter[Code] = Counter()
        for codes, n in self.rows:
            if all(holds(one, codes[place]) for place, one in asked):
                sums[None if column is None else codes[column]] += n
        return sums


@dataclass(frozen=True)
class Question:
    """Things by the filter called ``by`` ('' is all together), of those that satisfy ``rest``: what was asked of other filters."""

    by: str
    rest: tuple[Asked, ...]

    @cached_property
    def needs(self) -> frozenset[str]:
        """The filters that must be known to answer."""
        return frozenset({self.by, *map(name_of, self.rest)} - {""})


def questions(layer: MapLayer, selection: Selection) -> list[Question]:
    """Return what must be counted: by each filter with all others in force, or all together where there is none to count by."""
    found = [_question(selection, one.parameters[0]) for one in counted_by(layer)]
    return found or [_question(selection, "")]


def _question(selection: Selection, by: str) -> Question:
    return Question(by, tuple(one for one in selection.asked if name_of(one) != by))


def counted_by(layer: MapLayer) -> Iterator[Counted]:
    """The filters by which things can be counted."""
    return (one for one in layer.filters if isinstance(one, ChoiceMany | DateRange))


def name_of(asked: Asked) -> str:
    return asked.filter.parameters[0]


def holds(asked: Asked, code: Code) -> bool:
    """Whether a thing with this code was asked for; a period is taken by its months."""
    match asked:
        case Chosen():
            return code in asked.codes
        case Period():
            return isinstance(code, int) and _in_months(asked, code)
        case Area():
            raise ValueError("places are in no table")


def _in_months(period: Period, month: int) -> bool:
    since, until = months_of(period)
    return since <= month <= until


def months_of(period: Period) -> Range:
    """Return the first and the last month of a period, both included."""
    since = month_number(period.since.year, period.since.month) if period.since else 0
    return since, month_number(period.until.year, period.until.month) if period.until else _LAST_MONTH


def total(selection: Selection, by: str, numbers: Mapping[Code, int]) -> int:
    """Return how many satisfy everything that was asked, from the numbers by one filter with all others in force."""
    asked = [one for one in selection.asked if name_of(one) == by]
    return sum(n for code, n in numbers.items() if all(holds(one, code) for one in asked))


def code_of(counted: Counted, stored: Any) -> Code:
    """Return the code under which a stored value is asked for."""
    if isinstance(counted, DateRange):
        return None if stored is None else int(stored)
    if counted.choices is None:
        return None if stored in (None, "") else str(stored)
    return next((code for code, values in counted.choices.items() if str(stored) in values), None)


def added(tables: Iterable[Mapping[Code, int]]) -> Counter[Code]:
    """Return the numbers of all tables together."""
    sums: Counter[Code] = Counter()
    for table in tables:
        sums.update(table)
    return sums


def without_gaps(numbers: Mapping[Code, int], most: int) -> list[tuple[str, int]]:
    """Return (``2025-01``, how many) from the first month with things to the last; the last ``most`` of them."""
    months = [code for code, n in numbers.items() if isinstance(code, int) and n > 0]
    if not months:
        return []
    first = max(min(months), max(months) - most + 1)
    return [(month_word(month), numbers.get(month, 0)) for month in range(first, max(months) + 1)]


def month_word(month: int) -> str:
    """Return a month as ``2025-01``."""
    return f"{1900 + month // 12:04}-{month % 12 + 1:02}"


def facet(numbers: Mapping[Code, int]) -> dict[str, int]:
    """Return numbers by code, sorted, without codes that have none."""
    return {code: n for code, n in sorted(numbers.items(), key=lambda one: str(one[0])) if isinstance(code, str) and n > 0}


def names_of(filters: Collection[Counted]) -> tuple[str, ...]:
    return tuple(one.parameters[0] for one in filters)
