"""Days, moments and fiscal years as files write them. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from works.cells import BadCell, text_of

EARLIEST: Final = dt.date(1850, 1, 1)
LATEST: Final = dt.date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class DayWriting:
    """How a file writes days: formats of ``strptime`` tried in order, and texts that stand for "unknown"."""

    formats: tuple[str, ...] = ("%Y-%m-%d",)
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """When a city's fiscal year begins, and whether it is called by the calendar year in which it ends or starts."""

    first_month: int = 1
    named_by: Literal["end", "start"] = "end"

    def span(self, year: int) -> tuple[dt.date, dt.date]:
        """First and last day of the fiscal year called ``year``."""
        begins = year - 1 if self.named_by == "end" and self.first_month > 1 else year
        first = dt.date(begins, self.first_month, 1)
        return first, dt.date(begins + 1, self.first_month, 1) - dt.timedelta(days=1)

    def of(self, day: dt.date) -> int:
        """What the fiscal year of ``day`` is called."""
        begins = day.year if day.month >= self.first_month else day.year - 1
        return begins + 1 if self.named_by == "end" and self.first_month > 1 else begins


def moment(value: Any, writing: DayWriting) -> dt.datetime | None:
    """Read a cell as a moment in local time, without a zone; None where it is empty or unknown. Raises `BadCell`."""
    if isinstance(value, dt.datetime):
        return _sensible(value.replace(tzinfo=None))
    if isinstance(value, dt.date):
        return _sensible(dt.datetime.combine(value, dt.time.min))
    text = text_of(value)
    if not text or text in writing.unknown:
        return None
    for form in writing.formats:
        try:
            return _sensible(dt.datetime.strptime(text, form).replace(tzinfo=None))  # noqa: DTZ007  # zoned by the city's clock later
        except ValueError as error:
            if isinstance(error, BadCell):
                raise
    raise BadCell(f"is no date written as {' or '.join(writing.formats)}")


def day(value: Any, writing: DayWriting) -> dt.date | None:
    """Read a cell as a day; None where it is empty or unknown. Raises `BadCell`."""
    found = moment(value, writing)
    return found.date() if found else None


def zoned(value: dt.datetime | None, zone: ZoneInfo) -> dt.datetime | None:
    """A local moment with the city's time zone."""
    return value.replace(tzinfo=zone) if value else None


def _sensible(value: dt.datetime) -> dt.datetime:
    if not EARLIEST <= value.date() < LATEST:
        raise BadCell(f"is no date between {EARLIEST.year} and {LATEST.year}")
    return value
