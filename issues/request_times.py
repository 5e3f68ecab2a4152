"""The clocks of request files: what they show, made into instants."""

from __future__ import annotations

import datetime as dt
import math
from typing import Final
from zoneinfo import ZoneInfo

from gis_data.pack_request_types import PackRequestLayout

YEARS: Final = range(1900, 2101)
ISO: Final = "iso"
_DAY: Final = dt.timedelta(days=1)


class Clock:
    """Reads the dates of one layout. Counts what the change to and from summer time made of them."""

    def __init__(self, layout: PackRequestLayout, zone: ZoneInfo, now: dt.datetime) -> None:
        self._format = layout.date_format
        self._zone = ZoneInfo("UTC") if layout.times == "utc" else zone
        self._twice = layout.times == "converted-twice"
        self._now = now
        self._offsets: dict[dt.date, dt.timedelta | None] = {}
        self.skipped_hours = 0
        self.repeated_hours = 0

    def read(self, text: str) -> dt.datetime | None:
        """Return the instant in UTC; None for an empty cell. Raises `ValueError` with a short reason."""
        text = text.strip()
        if not text:
            return None
        try:
            shown = dt.datetime.fromisoformat(text) if self._format == ISO else dt.datetime.strptime(text, self._format)  # noqa: DTZ007  # made aware below
        except (ValueError, OverflowError):
            raise ValueError(f"'{text[:40]}' is no date of the form {self._format}") from None
        if shown.year not in YEARS:
            raise ValueError(f"the year {shown.year} is no sensible one")
        if shown.tzinfo is not None:
            return shown.astimezone(dt.UTC)
        instant = self._instant(shown)
        return self._instant(instant.replace(tzinfo=None)) if self._twice else instant

    def ago(self, text: str) -> dt.datetime | None:
        """Return the instant so many days before now; None for an empty cell. Raises `ValueError`."""
        text = text.strip()
        if not text:
            return None
        try:
            days = float(text)
        except ValueError:
            days = math.nan
        if not 0 <= days <= 36_600:
            raise ValueError(f"'{text[:40]}' is no number of days ago")
        return self._now - dt.timedelta(days=days)

    def _instant(self, shown: dt.datetime) -> dt.datetime:
        """The offset is the same all day but for two days a year, so it is remembered by day: four times as fast."""
        day = shown.date()
        try:
            offset = self._offsets[day]
        except KeyError:
            offset = self._offsets[day] = self._offset_of(day)
        if offset is None:
            return self._around_a_change(shown)
        return (shown - offset).replace(tzinfo=dt.UTC)

    def _offset_of(self, day: dt.date) -> dt.timedelta | None:
        midnight = dt.datetime.combine(day, dt.time(), self._zone)
        before, after = midnight.utcoffset(), (midnight + _DAY).utcoffset()
        return before if before == after else None

    def _around_a_change(self, shown: dt.datetime) -> dt.datetime:
        """An hour that came twice is taken for its first coming; one that never was is read as the hour after it."""
        local = shown.replace(tzinfo=self._zone)
        instant = local.astimezone(dt.UTC)
        if instant.astimezone(self._zone).replace(tzinfo=None) != shown:
            self.skipped_hours += 1
        elif local.replace(fold=1).utcoffset() != local.utcoffset():
            self.repeated_hours += 1
        return instant
