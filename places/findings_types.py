"""What a finding is made of: a question that is asked of all works at once, its answer as lines, and what it does not say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import get_language

from places.money_words import Named

#: Lines of a page.
ROWS: Final = 50
#: Lines of a file at most.
MOST_IN_A_FILE: Final = 50_000


@dataclass(frozen=True, slots=True)
class Knob:
    """A threshold that a reader may set, a whole number between ``low`` and ``high``."""

    name: str
    title: Any
    low: int
    high: int
    default: int


@dataclass(frozen=True, slots=True)
class Pick:
    """One of few words that a reader may choose; the first is the usual one."""

    name: str
    title: Any
    options: Mapping[str, Any]

    @property
    def default(self) -> str:
        """The usual one."""
        return next(iter(self.options))


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; ``number`` stands to the right."""

    title: Any
    number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of the table; all parts that are given are shown, in this order.

    Of ``amounts`` None is unknown; they are (amount, currency) and stand below one another, never added.
    """

    text: str = ""
    href: str = ""
    day: dt.date | None = None
    amounts: Sequence[tuple[Decimal | None, str]] = ()
    tag: str = ""
    note: str = ""
    links: Sequence[Named] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the answer: on the page, and in the file."""

    cells: Sequence[Cell]
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, parsed. Years are None where all are meant; ``after`` is the place of the line to go on from."""

    today: dt.date
    numbers: Mapping[str, int] = field(default_factory=dict)
    picks: Mapping[str, str] = field(default_factory=dict)
    district: str = ""
    since: int | None = None
    until: int | None = None
    currency: str = ""
    after: tuple[Decimal, str] | None = None

    @property
    def first_day(self) -> dt.date:
        """The first day of the years asked for."""
        return dt.date(self.since, 1, 1) if self.since else dt.date.min

    @property
    def last_day(self) -> dt.date:
        """The last day of the years asked for."""
        return dt.date(self.until, 12, 31) if self.until else dt.date.max

    @property
    def any_time(self) -> bool:
        """Whether no years were asked for."""
        return self.since is None and self.until is None


@dataclass(frozen=True, slots=True)
class Finding:
    """One question. Texts may name thresholds by ``%(name)d``.

    ``read`` gives rows with ``sort`` (numeric) and ``key`` (text), by which pages go on; ``lines`` makes them readable; ``base``
    says in sentences of how many things the answer is drawn. ``years`` is what the years asked for mean.
    """

    name: str
    title: Any
    question: Any
    counted: Sequence[Any]
    not_said: Sequence[Any]
    draws_on: Sequence[str]
    years: Any
    columns: Sequence[Column]
    header: Sequence[str]
    read: Callable[[Asked, int], list[dict[str, Any]]]
    lines: Callable[[Sequence[dict[str, Any]], Asked], list[Line]]
    base: Callable[[Asked], list[str]]
    knobs: Sequence[Knob] = ()
    picks: Sequence[Pick] = ()
    by_district: bool = True
    by_currency: bool = False

    @property
    def href(self) -> str:
        """The page of the list."""
        return reverse("finding", args=[self.name])

    def query(self, asked: Asked, after: str = "") -> str:
        """What was asked as an address writes it: only what is not usual; '' for nothing."""
        said: dict[str, Any] = {"district": asked.district, "from": asked.since, "to": asked.until, "currency": asked.currency}
        said |= {one.name: asked.numbers[one.name] for one in self.knobs if asked.numbers[one.name] != one.default}
        said |= {one.name: asked.picks[one.name] for one in self.picks if asked.picks[one.name] != one.default}
        said["after"] = after
        return urlencode({name: value for name, value in said.items() if value not in {"", None}})

    def file(self, asked: Asked) -> str:
        """The address of the list as a file, with names in the language of the page."""
        query = urlencode({"lang": get_language() or "en"})
        return f"{reverse('finding-csv', args=[self.name])}?{'&'.join(one for one in (self.query(asked), query) if one)}"

    def told(self, texts: Sequence[Any], asked: Asked) -> list[str]:
        """Texts with the thresholds in force."""
        return [str(text) % asked.numbers for text in texts]


def drawn_from(text: str, numbers: Mapping[str, int]) -> str:
    """Return the sentence with these numbers as the reader's language writes them."""
    return text % {name: number_format(number, 0, force_grouping=True) for name, number in numbers.items()}
