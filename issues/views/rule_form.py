"""The form of one rule: what was typed, and what it means. Nothing typed is lost, whatever is wrong with it."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db.backends.postgresql.psycopg_any import DateRange
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import Crew, Department
from gis_data.models import BoundarySet
from issues.answers import FIELD
from issues.errors import Invalid
from issues.intake_form import clean
from issues.models import Category, RoutingRule
from issues.routing.weekdays import ISO_DAYS

LONGEST_CODE: Final = 120
MOST_VALUES: Final = 200
LONGEST_DUE_HOURS: Final = 366 * 24
HIGHEST_PRIORITY: Final = 1000
#: A year beyond these is a slip of the finger; the calendar of the database is not asked.
FIRST_YEAR, LAST_YEAR = 1900, 2200

#: Lists of boxes, each with the length of its column.
LISTS: Final = {
    "warranty_kinds": 16,
    "warranty_supervisors": 160,
    "road_classes": 40,
    "street_owners": 80,
    "asset_kinds": 80,
    "asset_owners": 80,
    "weekdays": 1,
}
_TEXTS: Final = (
    "code", "category", "group", "area", "department", "crew", "due", "priority", "time_from", "time_to", "valid_from", "valid_to",
)  # fmt: skip
_CODE: Final = re.compile(r"[-a-zA-Z0-9_]+")
_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_HOURS: Final = re.compile(r"[0-9]{1,5}(?:[.,][0-9]{1,4})?")
_WHOLE: Final = re.compile(r"-?[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields as texts. ``area`` is "set/area"; ``valid_to`` is the last day on which the rule is valid.

    ``seen`` is the stamp of the rule as it was when the form was shown ('' for a new one).
    """

    code: str = ""
    category: str = ""
    group: str = ""
    area: str = ""
    department: str = ""
    crew: str = ""
    due: str = ""
    priority: str = "0"
    time_from: str = ""
    time_to: str = ""
    valid_from: str = ""
    valid_to: str = ""
    urgent: bool = False
    warranty_kinds: tuple[str, ...] = ()
    warranty_supervisors: tuple[str, ...] = ()
    road_classes: tuple[str, ...] = ()
    street_owners: tuple[str, ...] = ()
    asset_kinds: tuple[str, ...] = ()
    asset_owners: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seen: str = ""


def typed_in(data: QueryDict) -> Typed:
    """What somebody sent, cleaned of what cannot be seen and of what is endless."""
    fields: dict[str, Any] = {name: clean(data.get(name, ""))[:400] for name in _TEXTS}
    fields |= {name: _many(data, name) for name in LISTS}
    answers = {clean(name.removeprefix(FIELD))[:80]: _many(data, name) for name in data if name.startswith(FIELD)}
    return Typed(
        **fields,
        urgent=bool(data.get("urgent")),
        answers={question: given for question, given in list(answers.items())[:MOST_VALUES] if given},
        seen=clean(data.get("seen", ""))[:40],
    )


def typed_of(rule: RoutingRule, **changes: str) -> Typed:
    """A rule as the form shows it, with some fields changed."""
    days = rule.valid
    answers = rule.answers if isinstance(rule.answers, dict) else {}
    typed = Typed(
        code=rule.code,
        category=rule.category.code if rule.category else "",
        group=rule.group,
        area=f"{rule.boundary_set.code}/{rule.boundary_code}" if rule.boundary_set else "",
        department=rule.department.code,
        crew=rule.crew.code if rule.crew else "",
        due=f"{rule.due / dt.timedelta(hours=1):g}" if rule.due else "",
        priority=str(rule.priority),
        time_from=f"{rule.time_from:%H:%M}" if rule.time_from else "",
        time_to=f"{rule.time_to:%H:%M}" if rule.time_to else "",
        valid_from=days.lower.isoformat() if days and days.lower else "",
        valid_to=(days.upper - dt.timedelta(days=1)).isoformat() if days and days.upper else "",
        urgent=rule.urgent,
        warranty_kinds=tuple(rule.warranty_kinds),
        warranty_supervisors=tuple(rule.warranty_supervisors),
        road_classes=tuple(rule.road_classes),
        street_owners=tuple(rule.street_owners),
        asset_kinds=tuple(rule.asset_kinds),
        asset_owners=tuple(rule.asset_owners),
        weekdays=tuple(map(str, rule.weekdays)),
        answers={str(code): tuple(map(str, wanted)) for code, wanted in answers.items() if isinstance(wanted, list)},
    )
    return replace(typed, **changes)  # type: ignore[arg-type]  # texts alone are changed


def seen_again(typed: Typed, stamped: str) -> Typed:
    """What was typed, on top of the rule as it is now."""
    return replace(typed, seen=stamped)


def stamp(rule: RoutingRule) -> str:
    """Differs when anything of the rule does: so a form knows that somebody else was quicker."""
    return hashlib.blake2b(repr(typed_of(rule)).encode(), digest_size=8).hexdigest()


def read(typed: Typed) -> dict[str, Any]:
    """The values of a `RoutingRule` without its set; raises `Invalid` by field. At most four queries."""
    faults: dict[str, str] = {}
    boundary_set, boundary_code = _area(typed, faults)
    begin, end = _hours(typed, faults)
    values = {
        "code": _code(typed, faults),
        "category": _one(Category, typed.category, "category", _("Choose one of the categories."), faults),
        "group": typed.group[:80],
        "boundary_set": boundary_set,
        "boundary_code": boundary_code,
        **{name: _list(name, getattr(typed, name), faults) for name in LISTS if name != "weekdays"},
        "weekdays": _weekdays(typed, faults),
        "answers": {question: list(wanted) for question, wanted in typed.answers.items()},
        "time_from": begin,
        "time_to": end,
        "department": _department(typed, faults),
        "crew": _one(Crew, typed.crew, "crew", _("Choose one of the crews, or none."), faults),
        "urgent": typed.urgent,
        "due": _due(typed, faults),
        "priority": _priority(typed, faults),
        "valid": _days(typed, faults),
    }
    if faults:
        raise Invalid(faults)
    return values


def _many(data: QueryDict, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for value in data.getlist(name)[:MOST_VALUES] if (one := clean(value)[:400])))


def _code(typed: Typed, faults: dict[str, str]) -> str:
    if not _CODE.fullmatch(typed.code):
        faults["code"] = _("Give the rule a short name of Latin letters, digits and hyphens, for example lamps-on-main-roads.")
    elif len(typed.code) > LONGEST_CODE:
        faults["code"] = _("This is too long: %(limit)d characters at most.") % {"limit": LONGEST_CODE}
    return typed.code


def _one(kind: Any, code: str, name: str, sentence: str, faults: dict[str, str]) -> Any:
    found = kind.objects.filter(code=code).first() if code else None
    if code and found is None:
        faults[name] = sentence
    return found


def _department(typed: Typed, faults: dict[str, str]) -> Any:
    sentence = _("Choose the service that should get it.")
    if not typed.department:
        faults["department"] = sentence
    return _one(Department, typed.department, "department", sentence, faults)


def _area(typed: Typed, faults: dict[str, str]) -> tuple[Any, str]:
    if not typed.area:
        return None, ""
    set_code, _slash, code = typed.area.partition("/")
    if not code or len(code) > 80:
        faults["area"] = _("Choose one of the areas.")
        return None, ""
    return _one(BoundarySet, set_code, "area", _("Choose one of the areas."), faults), code


def _list(name: str, given: tuple[str, ...], faults: dict[str, str]) -> list[str]:
    if any(len(one) > LISTS[name] for one in given):
        faults[name] = _("Choose from the list.")
    return list(given)


def _weekdays(typed: Typed, faults: dict[str, str]) -> list[int]:
    known = {str(day): day for day in ISO_DAYS}
    if not set(typed.weekdays) <= known.keys():
        faults["weekdays"] = _("Choose from the list.")
    return sorted(known[day] for day in typed.weekdays if day in known)


def _hours(typed: Typed, faults: dict[str, str]) -> tuple[dt.time | None, dt.time | None]:
    found: list[dt.time | None] = []
    for name, text in (("time_from", typed.time_from), ("time_to", typed.time_to)):
        if text and not _TIME.fullmatch(text[:5]):
            faults[name] = _("Write the time as hours and minutes, for example 18:30.")
        found.append(dt.time.fromisoformat(text[:5]) if text and name not in faults else None)
    if bool(typed.time_from) != bool(typed.time_to):
        faults["time_to" if typed.time_from else "time_from"] = _("Write both times, or none for the whole day.")
    return found[0], found[1]


def _due(typed: Typed, faults: dict[str, str]) -> dt.timedelta | None:
    if not typed.due:
        return None
    hours = float(typed.due.replace(",", ".")) if _HOURS.fullmatch(typed.due) else 0.0
    if not 0 < hours <= LONGEST_DUE_HOURS:
        faults["due"] = _("Write the time as a number of hours, %(most)d at most.") % {"most": LONGEST_DUE_HOURS}
        return None
    return dt.timedelta(seconds=round(hours * 3600))


def _priority(typed: Typed, faults: dict[str, str]) -> int:
    text = typed.priority or "0"
    number = int(text) if _WHOLE.fullmatch(text) else None
    if number is None or abs(number) > HIGHEST_PRIORITY:
        faults["priority"] = _("Write a whole number from −%(most)d to %(most)d.") % {"most": HIGHEST_PRIORITY}
        return 0
    return number


def _days(typed: Typed, faults: dict[str, str]) -> DateRange:
    begins, last = (_day(name, text, faults) for name, text in (("valid_from", typed.valid_from), ("valid_to", typed.valid_to)))
    if begins and last and last < begins:
        faults["valid_to"] = _("The last day is before the first one.")
    return DateRange(begins, last + dt.timedelta(days=1) if last else None)


def _day(name: str, text: str, faults: dict[str, str]) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text) if text else None
    except ValueError:
        day = dt.date.min
    if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
        faults[name] = _("Choose a day, for example 2026-05-14.")
        return None
    return day
