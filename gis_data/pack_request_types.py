"""How a city pack describes its files of requests, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class PackClosure:
    """What a closing text means: one that starts with ``starts``, or holds ``contains`` (letter case does not matter).

    The text is looked at after `PackRequestLayout.closure_lead` was taken off. ``starts`` is taken off too, because the
    state says it; ``say`` stands in its place.
    """

    state: str
    starts: str = ""
    contains: str = ""
    say: str = ""
    flag: str = ""


@dataclass(frozen=True, slots=True)
class PackRequestLayout:
    """What the columns of a CSV of requests or cases mean.

    ``columns`` maps our field (a key of `REQUEST_FIELDS`) to the file's column. ``date_format`` is as for
    `datetime.strptime`, or ``iso``. ``times`` says what the wall clock is: ``local`` time of ``time_zone``,
    ``utc``, or ``converted-twice``: local time that was taken for UTC and made local once more, which is undone.
    ``states`` maps the file's status to ours; ``closures`` refines a closed one by its closing text, the first that fits.
    A layout without ``due`` promises what its categories promise. A point in ``no_location`` means "no place". ``case_number`` is a regular expression of the file's own numbers, which
    must not be taken for phone numbers. The file's department is looked up in `PackDepartment.source_codes`.
    """

    code: str
    source: str
    columns: Mapping[str, str]
    encoding: str = "utf-8"
    date_format: str = "iso"
    time_zone: str = ""
    times: Literal["local", "utc", "converted-twice"] = "local"
    states: Mapping[str, str] = field(default_factory=dict)
    closure_lead: str = ""
    closures: tuple[PackClosure, ...] = ()
    no_location: tuple[tuple[float, float], ...] = ()
    case_number: str = ""
    double_blank_is_comma: bool = False
    text_public: bool = False


@dataclass(frozen=True, slots=True)
class PackRequestFile:
    """A CSV (``.gz`` allowed) in a layout. Where two files tell of one case, the later one in the manifest is believed."""

    file: str
    layout: PackRequestLayout


#: What a request file may tell about a case. Days ago instead of dates keep an invented demo fresh; ``crew`` with
#: ``task_in_days`` (0 = today) makes a visit; ``held`` (yes) keeps a case from the public until somebody looked at it.
REQUEST_FIELDS: frozenset[str] = frozenset(
    {
        "ref", "opened", "due", "closed", "opened_days_ago", "closed_days_ago", "status", "closure", "title", "text",
        "category", "type", "group", "queue", "department", "lat", "lon", "ewkb", "address", "channel", "photo",
        "answers", "reply", "held", "crew", "task_in_days",
    }
)  # fmt: skip
