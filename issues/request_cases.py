"""What a row of a request file says, in our words: parsed, cleaned, without personal data, ready for the database."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import shapely
from django.utils.text import slugify

from gis_data.load_report import FileTally
from gis_data.pack_request_types import PackRequestFile
from gis_data.pack_types import Bounds, Pack
from issues import states
from issues.redaction import Redacted, redact
from issues.request_closing import Closing, Outcome
from issues.request_files import Row
from issues.request_times import Clock

ADDRESS_LENGTH: Final = 240
TEXT_LENGTH: Final = 10_000
REF_LENGTH: Final = 80
NAME_LENGTH: Final = 200
_BLANKS: Final = re.compile(r"\s+")
_WIDE_BLANKS: Final = re.compile(r"\s*\s{2,}\s*")
_CONTROL: Final = dict.fromkeys([*range(32), 127, *range(128, 160)], " ")
_YES: Final = {"yes", "true", "1"}
_NO: Final = {"", "no", "false", "0"}


@dataclass(frozen=True, slots=True)
class Case:
    """One row as it goes to the staging table, column by column. ``lon`` and ``lat`` are degrees (SRID 4326) or both None.

    ``kind`` is the category's name or, where the pack declares categories, its code; ``flags`` are separated by commas.
    """

    file: int
    row: int
    source: str
    ref: str
    opened: dt.datetime
    due: dt.datetime | None
    closed: dt.datetime | None
    state: str
    words: str
    flags: str
    kind: str
    kind_code: str
    kind_group: str
    department: str
    lon: float | None
    lat: float | None
    place_flag: str
    address: str
    text: str
    text_public: bool
    channel: str
    queue: str
    answers: str
    reply: str
    held: bool
    crew: str
    task_in_days: int | None


COLUMNS: Final = tuple(field.name for field in fields(Case))


@dataclass(frozen=True, slots=True)
class _Place:
    lon: float | None = None
    lat: float | None = None
    flag: str = ""


class BadRow(ValueError):
    """This row cannot be understood; the text says why."""


class CaseParser:
    """Parses the rows of one request file of a pack; counts what it notices in the file's tally."""

    def __init__(self, pack: Pack, number: int, request_file: PackRequestFile, tally: FileTally, now: dt.datetime) -> None:
        self._number, self._layout, self._tally = number, request_file.layout, tally
        self._bounds = pack.city.bounds
        self._clock = Clock(self._layout, ZoneInfo(self._layout.time_zone or pack.city.time_zone), now)
        self._closing = Closing(self._layout)
        self._departments = {code: one.code for one in pack.departments for code in (*one.source_codes, one.code)}
        self._crews = {one.code for one in pack.crews}
        self._categories = {one.code: one.due for one in pack.categories}
        self._no_location = set(self._layout.no_location)
        self._relative = "opened_days_ago" in self._layout.columns

    def parse(self, row: Row) -> Case:
        """Return the case; raises `BadRow`."""
        ref = row["ref"]
        if not 0 < len(ref) <= REF_LENGTH:
            raise BadRow(f"a case number of 1 to {REF_LENGTH} characters is expected")
        outcome = self._outcome(row)
        kind, kind_code = self._kind(row)
        opened, due, closed = self._times(row, outcome.state)
        if "due" not in self._layout.columns and (promised := self._categories.get(kind_code)) is not None:
            due = opened + promised
        place = self._place(row)
        flags = list(outcome.flags)
        if closed is not None and closed < opened:
            self._tally.noted("closed before it was opened: kept, flagged")
            flags.append("closed_before_opened")
        if row["photo"]:
            self._tally.noted("a link to a photo elsewhere: not taken over")
        return Case(
            file=self._number,
            row=row.number,
            source=self._layout.source,
            ref=self._clean(ref, REF_LENGTH),
            opened=opened,
            due=due,
            closed=closed,
            state=outcome.state,
            words=self._public(outcome.words, "closing text"),
            flags=",".join(flags),
            kind=kind,
            kind_code=kind_code,
            kind_group=self._name(row["group"]),
            department=self._department(row["department"]),
            lon=place.lon,
            lat=place.lat,
            place_flag=place.flag,
            address=self._name(row["address"], ADDRESS_LENGTH),
            text=self._text(row, kind),
            text_public=self._layout.text_public,
            channel=self._name(row["channel"]),
            queue=self._name(row["queue"]),
            answers=self._answers(row["answers"]),
            reply=self._public(redact(self._clean(row["reply"], TEXT_LENGTH), self._closing.case_number), "answer"),
            held=self._yes(row["held"]),
            crew=self._crew(row["crew"], outcome.state),
            task_in_days=self._task_day(row["task_in_days"]) if row["crew"] else None,
        )

    def finish(self) -> None:
        """Count what only the whole file shows."""
        if self._clock.skipped_hours:
            self._tally.noted("a time in the hour that summer time skips: read as the hour after", self._clock.skipped_hours)
        if self._clock.repeated_hours:
            self._tally.noted("a time in the hour that comes twice: taken for its first coming", self._clock.repeated_hours)
        if self._layout.times == "converted-twice":
            self._tally.repaired("times converted twice to local time: put right", self._tally.read)

    def _outcome(self, row: Row) -> Outcome:
        status = row["status"]
        state = self._layout.states.get(status, "") if self._layout.states else (status or "new")
        if state not in states.STATES:
            raise BadRow(f"the status '{status[:40]}' is not among the layout's states")
        if state in states.OPEN:
            return Outcome(state, Redacted(""))
        return self._closing.read(self._clean(row["closure"], TEXT_LENGTH), state)

    def _times(self, row: Row, state: str) -> tuple[dt.datetime, dt.datetime | None, dt.datetime | None]:
        read = self._clock.read
        try:
            opened = self._clock.ago(row["opened_days_ago"]) if self._relative else read(row["opened"])
            closed = self._clock.ago(row["closed_days_ago"]) if self._relative else read(row["closed"])
            due = read(row["due"])
        except ValueError as error:
            raise BadRow(str(error)) from None
        if opened is None:
            raise BadRow("the time of opening is missing")
        if state in states.OPEN and closed is not None:
            self._tally.noted("open with a time of closing: that time is not used")
            closed = None
        if state not in states.OPEN and closed is None:
            self._tally.noted("closed without a time of closing")
        return opened, due, closed

    def _kind(self, row: Row) -> tuple[str, str]:
        if code := row["category"]:
            if code not in self._categories:
                raise BadRow(f"the category '{code[:40]}' is not in this pack")
            return code, code
        kind = self._name(row["type"])
        if not kind:
            raise BadRow("the type is missing")
        return kind, code_of(kind)

    def _place(self, row: Row) -> _Place:
        lon, lat = self._numbers(row)
        if lon is None or lat is None:
            self._tally.noted("no coordinates: kept without a place")
            return _Place(flag="no_location")
        if (lon, lat) in self._no_location:
            self._tally.noted("the city's mark for “no location”: kept without a place")
            return _Place(flag="no_location")
        if _inside(self._bounds, lon, lat):
            return _Place(lon, lat)
        if _inside(self._bounds, lat, lon):
            self._tally.repaired("longitude and latitude were exchanged: put right")
            return _Place(lat, lon, "swapped")
        self._tally.noted("a place outside the city: kept without a place, flagged")
        return _Place(flag="outside_city")

    def _numbers(self, row: Row) -> tuple[float | None, float | None]:
        lon, lat = row["lon"], row["lat"]
        if not lon and not lat:
            return _from_ewkb(row["ewkb"]) if row["ewkb"] else (None, None)
        try:
            pair = float(lon), float(lat)
        except ValueError:
            raise BadRow("longitude and latitude are not two numbers") from None
        if not (math.isfinite(pair[0]) and math.isfinite(pair[1])):
            raise BadRow("longitude and latitude are not two finite numbers")
        return pair

    def _department(self, code: str) -> str:
        if not code:
            return ""
        if code not in self._departments:
            self._tally.noted(f"the department '{code[:40]}' is not in the pack: the category's takes it")
            return ""
        return self._departments[code]

    def _text(self, row: Row, kind: str) -> str:
        text = self._clean(row["text"] or row["title"], TEXT_LENGTH)
        if not row["text"] and self._same(text, kind):
            return ""
        return self._public(redact(text, self._closing.case_number), "title or text")

    @staticmethod
    def _same(one: str, other: str) -> bool:
        return _BLANKS.sub("", one).casefold() == _BLANKS.sub("", other).replace(",", "").casefold()

    def _public(self, redacted: Redacted, what: str) -> str:
        for count, of in (
            (redacted.phones, "phone number"),
            (redacted.numbers, "number of 7 or more digits"),
            (redacted.emails, "e-mail address"),
            (redacted.names, "name"),
        ):
            if count:
                self._tally.repaired(f"{of} taken out of a {what}", count)
        return redacted.text

    def _clean(self, text: str, length: int) -> str:
        text = text.translate(_CONTROL).strip() if not text.isprintable() else text
        if len(text) > length:
            self._tally.repaired(f"a text cut to {length:,} characters")
            return text[:length].rstrip()
        return text

    def _name(self, text: str, length: int = NAME_LENGTH) -> str:
        if not text:
            return ""
        if self._layout.double_blank_is_comma:
            text = _WIDE_BLANKS.sub(", ", text)
        return self._clean(_BLANKS.sub(" ", text), length)

    def _crew(self, code: str, state: str) -> str:
        if code and code not in self._crews:
            raise BadRow(f"the crew '{code[:40]}' is not in this pack")
        if code and state not in {"planned", "started", "done"}:
            raise BadRow("a visit belongs to a case that is planned, started or done")
        return code

    @staticmethod
    def _task_day(text: str) -> int:
        try:
            days = int(text or "0")
        except ValueError:
            days = 10_000
        if not -3660 <= days <= 366:
            raise BadRow(f"'{text[:40]}' is no number of days for a visit")
        return days

    @staticmethod
    def _yes(text: str) -> bool:
        if text.lower() not in _YES | _NO:
            raise BadRow(f"'{text[:40]}' is neither yes nor no")
        return text.lower() in _YES

    @staticmethod
    def _answers(text: str) -> str:
        if not text:
            return "{}"
        try:
            answers = json.loads(text)
        except (ValueError, RecursionError):
            answers = None
        if not _are_answers(answers):
            raise BadRow("the answers are not a JSON object of texts")
        return json.dumps(answers, ensure_ascii=False)


def _are_answers(answers: object) -> bool:
    if not isinstance(answers, Mapping):
        return False
    values = [part for value in answers.values() for part in (value if isinstance(value, list) else [value])]
    return all(isinstance(part, str) and "\x00" not in part for part in values)


def _inside(bounds: Bounds, lon: float, lat: float) -> bool:
    west, south, east, north = bounds
    return west <= lon <= east and south <= lat <= north


def _from_ewkb(text: str) -> tuple[float, float]:
    """A point as hex EWKB in SRID 4326 (or without SRID)."""
    try:
        point = shapely.from_wkb(text)
    except (shapely.errors.GEOSException, ValueError):
        raise BadRow("the geometry is no hexadecimal EWKB") from None
    if point is None or point.geom_type != "Point" or point.is_empty or shapely.get_srid(point) not in {0, 4326}:
        raise BadRow("the geometry is no point in SRID 4326")
    if not (math.isfinite(point.x) and math.isfinite(point.y)):
        raise BadRow("the geometry has no finite coordinates")
    return point.x, point.y


@lru_cache(maxsize=10_000)
def code_of(name: str) -> str:
    """Return a code for a type or group of the data: its Latin letters and digits, or a hash where it has none."""
    code = slugify(name)[:80].strip("-_")
    return code or f"type-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
