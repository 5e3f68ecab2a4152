"""What a row of a request file says, in our words: parsed, cleaned, without personal data, ready for the database."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from gis_data.load_report import FileTally
from gis_data.pack_request_types import PackRequestFile
from gis_data.pack_types import Pack
from issues import states
from issues.redaction import Redacted
from issues.request_closing import Closing, Outcome
from issues.request_files import BadRow, Row
from issues.request_places import Places
from issues.request_texts import ADDRESS_LENGTH, Texts, same
from issues.request_times import Clock

REF_LENGTH: Final = 80
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


class CaseParser:
    """Parses the rows of one request file of a pack; counts what it notices in the file's tally."""

    def __init__(self, pack: Pack, number: int, request_file: PackRequestFile, tally: FileTally, now: dt.datetime) -> None:
        self._number, self._layout, self._tally = number, request_file.layout, tally
        self._clock = Clock(self._layout, ZoneInfo(self._layout.time_zone or pack.city.time_zone), now)
        self._closing = Closing(self._layout)
        self._places = Places(self._layout, pack.city.bounds, tally)
        self._texts = Texts(self._layout, tally)
        self._departments = {code: one.code for one in pack.departments for code in (*one.source_codes, one.code)}
        self._crews = {one.code for one in pack.crews}
        self._promises = {one.code: one.due for one in pack.categories}
        self._relative = "opened_days_ago" in self._layout.columns

    def parse(self, row: Row) -> Case:
        """Return the case; raises `BadRow`."""
        outcome = self._outcome(row)
        kind, kind_code = self._kind(row)
        opened, due, closed = self._times(row, outcome.state, kind_code)
        place = self._places.read(row)
        name, public = self._texts.name, self._texts.public
        return Case(
            file=self._number,
            row=row.number,
            source=self._layout.source,
            ref=self._ref(row),
            opened=opened,
            due=due,
            closed=closed,
            state=outcome.state,
            words=self._texts.counted(outcome.words, "closing text"),
            flags=self._flags(outcome, opened, closed),
            kind=kind,
            kind_code=kind_code,
            kind_group=name(row["group"]),
            department=self._department(row["department"]),
            lon=place.lon,
            lat=place.lat,
            place_flag=place.flag,
            address=name(row["address"], ADDRESS_LENGTH),
            text=public(row["text"] or ("" if same(row["title"], kind) else row["title"]), "title or text"),
            text_public=self._layout.text_public,
            channel=name(row["channel"]),
            queue=name(row["queue"]),
            answers=_answers(row["answers"]),
            reply=public(row["reply"], "answer"),
            held=_yes(row["held"]),
            crew=self._crew(row["crew"], outcome.state),
            task_in_days=_days(row["task_in_days"]) if row["crew"] else None,
        )

    def finish(self) -> None:
        """Count what only the whole file shows."""
        if self._clock.skipped_hours:
            self._tally.noted("a time in the hour that summer time skips: read as the hour after", self._clock.skipped_hours)
        if self._clock.repeated_hours:
            self._tally.noted("a time in the hour that comes twice: taken for its first coming", self._clock.repeated_hours)
        if self._layout.times == "converted-twice":
            self._tally.repaired("times converted twice to local time: put right", self._tally.read)

    def _ref(self, row: Row) -> str:
        ref = row["ref"]
        if not 0 < len(ref) <= REF_LENGTH:
            raise BadRow(f"a case number of 1 to {REF_LENGTH} characters is expected")
        if row["photo"]:
            self._tally.noted("a link to a photo elsewhere: not taken over")
        return self._texts.clean(ref)

    def _outcome(self, row: Row) -> Outcome:
        status = row["status"]
        state = self._layout.states.get(status, "") if self._layout.states else (status or "new")
        if state not in states.STATES:
            raise BadRow(f"the status '{status[:40]}' is not among the layout's states")
        if state in states.OPEN:
            return Outcome(state, Redacted(""))
        return self._closing.read(self._texts.clean(row["closure"]), state)

    def _times(self, row: Row, state: str, kind_code: str) -> tuple[dt.datetime, dt.datetime | None, dt.datetime | None]:
        read, ago = self._clock.read, self._clock.ago
        try:
            opened = ago(row["opened_days_ago"]) if self._relative else read(row["opened"])
            closed = ago(row["closed_days_ago"]) if self._relative else read(row["closed"])
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
        if "due" not in self._layout.columns and (promise := self._promises.get(kind_code)) is not None:
            due = opened + promise
        return opened, due, closed

    def _flags(self, outcome: Outcome, opened: dt.datetime, closed: dt.datetime | None) -> str:
        flags = outcome.flags
        if closed is not None and closed < opened:
            self._tally.noted("closed before it was opened: kept, flagged")
            flags = (*flags, "closed_before_opened")
        return ",".join(flags)

    def _kind(self, row: Row) -> tuple[str, str]:
        if code := row["category"]:
            if code not in self._promises:
                raise BadRow(f"the category '{code[:40]}' is not in this pack")
            return code, code
        kind = self._texts.name(row["type"])
        if not kind:
            raise BadRow("the type is missing")
        return kind, code_of(kind)

    def _department(self, code: str) -> str:
        if not code:
            return ""
        if code not in self._departments:
            self._tally.noted(f"the department '{code[:40]}' is not in the pack: the category's takes it")
            return ""
        return self._departments[code]

    def _crew(self, code: str, state: str) -> str:
        if code and code not in self._crews:
            raise BadRow(f"the crew '{code[:40]}' is not in this pack")
        if code and state not in {"planned", "started", "done"}:
            raise BadRow("a visit belongs to a case that is planned, started or done")
        return code


def _days(text: str) -> int:
    try:
        days = int(text or "0")
    except ValueError:
        days = 10_000
    if not -3660 <= days <= 366:
        raise BadRow(f"'{text[:40]}' is no number of days for a visit")
    return days


def _yes(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise BadRow(f"'{text[:40]}' is neither yes nor no")
    return text.lower() in _YES


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


@lru_cache(maxsize=10_000)
def code_of(name: str) -> str:
    """Return a code for a type or group of the data: its Latin letters and digits, or a hash where it has none."""
    code = slugify(name)[:80].strip("-_")
    return code or f"type-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
