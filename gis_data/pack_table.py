"""One table of a manifest, read strictly: every key is asked for by its type, and a key nobody asked for is an error."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from gis_data.names import Names
from gis_data.pack_types import PackArea, PackError

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_MISSING: Final = object()


class Table:
    """A TOML table with its place in the file; each reader marks its key as known, `finish` refuses the rest."""

    def __init__(self, values: Any, file: Path, section: str) -> None:
        if not isinstance(values, dict):
            raise PackError(file, section, "", "a table is expected")
        self.file, self.section, self._values = file, section, values
        self._known: set[str] = set()

    def fail(self, key: str, sentence: str) -> NoReturn:
        """Refuse the manifest because of ``key``."""
        raise PackError(self.file, self.section, key, sentence)

    def finish(self) -> None:
        """Refuse keys that nothing asked for: a misspelt key must not be silently ignored."""
        for key in self._values:
            if key not in self._known:
                self.fail(key, "this key is unknown here")

    def has(self, key: str) -> bool:
        """Say whether the key is written at all."""
        return key in self._values

    def is_table(self, key: str) -> bool:
        """Say whether the key holds a table, for values that may be written short or long."""
        return isinstance(self._values.get(key), dict)

    def written(self) -> tuple[str, ...]:
        """Return all keys that are written, for tables whose keys are values themselves."""
        return tuple(self._values)

    def text(self, key: str, default: str | None = None) -> str:
        """A text on one line; required where no default is given, and then not empty."""
        value = self._take(key, default, str, "a text")
        if default is None and not value.strip():
            self.fail(key, "must not be empty")
        if "\x00" in value:
            self.fail(key, "holds a character that cannot be stored")
        return str(value)

    def code(self, key: str, default: str | None = None) -> str:
        """A short name for machines: letters, digits, "-" and "_"."""
        value = self.text(key, default)
        if value != default and not _CODE.fullmatch(value):
            self.fail(key, f"'{value}' is no code: letters, digits, '-' and '_', at most 80")
        return value

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> Any:
        """One of a few words."""
        value = self.text(key, default)
        if value not in allowed:
            self.fail(key, f"'{value}' is none of {', '.join(allowed)}")
        return value

    def file_name(self, key: str = "file") -> str:
        """A plain file name: never a path, never an address."""
        value = self.text(key)
        if not _FILE.fullmatch(value):
            self.fail(key, f"'{value}' is no plain file name (letters, digits, '.', '_', '-')")
        return value

    def yes(self, key: str, *, default: bool) -> bool:
        """true or false."""
        return bool(self._take(key, default, bool, "true or false"))

    def whole(self, key: str, default: int | None, low: int, high: int) -> int:
        """A whole number between two."""
        value = self._take(key, default, int, "a whole number")
        if not low <= value <= high:
            self.fail(key, f"{value} is not between {low} and {high}")
        return int(value)

    def hours(self, key: str) -> dt.timedelta | None:
        """A span in hours; None where it is not given."""
        value = self._take(key, None, (int, float), "a number of hours", required=False)
        if value is None:
            return None
        if not 0 < value <= 24 * 366 * 20:
            self.fail(key, f"{value} hours is no sensible time")
        return dt.timedelta(hours=value)

    def day(self, key: str, *, required: bool = True) -> dt.date | None:
        """A date, written without quotes: 2020-01-01."""
        value = self._take(key, None, dt.date, "a date, for example 2020-01-01 without quotes", required=required)
        if isinstance(value, dt.datetime):
            self.fail(key, "a date without time is expected")
        return value if isinstance(value, dt.date) else None

    def first_day(self, key: str = "valid_from") -> dt.date:
        """A date that has to be there."""
        value = self.day(key)
        assert value is not None
        return value

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        """A list of exactly ``count`` finite numbers."""
        return self._numbers(key, self._take(key, None, list, f"a list of {count} numbers"), count)

    def points(self, key: str) -> tuple[tuple[float, float], ...]:
        """A list of [longitude, latitude] pairs."""
        rows = [self._numbers(key, row, 2) for row in self._take(key, [], list, "a list of [lon, lat] pairs")]
        return tuple((row[0], row[1]) for row in rows)

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts; a list of one may be written as the text alone."""
        value = self._take(key, None if required else [], (list, str), "a list of texts")
        value = [value] if isinstance(value, str) else value
        if any(not isinstance(one, str) or not one for one in value) or (required and not value):
            self.fail(key, "a list of texts is expected")
        return tuple(value)

    def names(self, key: str = "names", *, required: bool = True) -> Names:
        """Names by language: { en = "Road service", ru = "Дорожная служба" }."""
        value = self.mapping(key, required=required)
        for language in value:
            if not _LANGUAGE.fullmatch(language):
                self.fail(key, f"'{language}' is no language code")
        return value

    def mapping(self, key: str, *, required: bool = False) -> Mapping[str, str]:
        """A table from text to text."""
        value = self._take(key, None if required else {}, dict, "a table of texts")
        for inner, one in value.items():
            if not isinstance(one, str) or not one.strip():
                self.fail(f"{key}.{inner}", "a text is expected")
        if required and not value:
            self.fail(key, "must not be empty")
        return dict(value)

    def tags(self, key: str = "tags") -> Mapping[str, tuple[str, ...]]:
        """Tags of OpenStreetMap: { highway = "*", amenity = ["bench", "toilets"] }."""
        return self.choices(key)

    def choices(self, key: str) -> Mapping[str, tuple[str, ...]]:
        """A table from a code to a text or a list of texts: { size = ["big", "huge"] }."""
        value = self._take(key, {}, dict, "a table of texts")
        inner = Table(value, self.file, f"{self.section}.{key}")
        return {code: inner.texts(code, required=True) for code in value}

    def weekdays(self, key: str) -> tuple[int, ...]:
        """Days of the week by their ISO numbers, 1 (Monday) to 7."""
        value = self._take(key, [], list, "a list of weekdays, 1 (Monday) to 7")
        if any(isinstance(one, bool) or one not in range(1, 8) for one in value) or len(set(value)) != len(value):
            self.fail(key, "a list of weekdays, 1 (Monday) to 7, is expected")
        return tuple(sorted(value))

    def span(self, key: str) -> tuple[dt.time, dt.time] | None:
        """Hours of the day without quotes, [22:00:00, 06:00:00], the end exclusive; None where they are not given."""
        value = self._take(key, [], list, "two times, for example [08:00:00, 17:00:00] without quotes")
        if value and (len(value) != 2 or any(not isinstance(one, dt.time) for one in value) or value[0] == value[1]):
            self.fail(key, "two different times are expected, for example [08:00:00, 17:00:00] without quotes")
        return (value[0], value[1]) if value else None

    def area(self, key: str) -> PackArea | None:
        """A boundary as "set/code"; None where it is not given."""
        value = self.text(key, "")
        if not value:
            return None
        group, slash, code = value.partition("/")
        if not (group and slash and code):
            self.fail(key, f"'{value}' names no boundary: write 'set/code'")
        return PackArea(group, code)

    def sentences(self, key: str) -> tuple[str | Names, ...]:
        """A list whose items are a text or a text by language."""
        found: list[str | Names] = []
        for number, item in enumerate(self._take(key, [], list, "a list")):
            if isinstance(item, str) and item:
                found.append(item)
            else:
                found.append(Table({"it": item}, self.file, f"{self.section}.{key}[{number}]").names("it"))
        return tuple(found)

    def table(self, key: str) -> Table | None:
        """A table inside; None where it is not written."""
        value = self._take(key, None, dict, "a table", required=False)
        return None if value is None else Table(value, self.file, f"{self.section}.{key}" if self.section else key)

    def tables(self, key: str) -> Iterator[Table]:
        """Tables of a list, numbered from 1 as [[key]] in the file."""
        for number, value in enumerate(self._take(key, [], list, f"a list: write [[{key}]]"), start=1):
            yield Table(value, self.file, f"{self.section}.{key} {number}" if self.section else f"{key} {number}")

    def _take(self, key: str, default: Any, kind: Any, words: str, *, required: bool = True) -> Any:
        self._known.add(key)
        value = self._values.get(key, _MISSING)
        if value is _MISSING:
            if default is None and required:
                self.fail(key, f"is missing: {words} is expected")
            return default
        # bool is an int in Python, not in a manifest
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fail(key, f"{words} is expected")
        return value

    def _numbers(self, key: str, value: Any, count: int) -> tuple[float, ...]:
        good = isinstance(value, list) and len(value) == count
        if not good or any(isinstance(one, bool) or not isinstance(one, int | float) or not math.isfinite(one) for one in value):
            self.fail(key, f"{count} numbers are expected")
        return tuple(float(one) for one in value)
