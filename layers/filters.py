"""What was asked of a layer, parsed at the door: the query string becomes typed values, or a sentence that says what is wrong.

Only parameters that the layer declares are known. Nothing of the address ever becomes a name in SQL, only a value.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias
from urllib.parse import urlencode

from django.contrib.gis.geos import Polygon
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from layers.declaration import BoundingBox, ChoiceMany, DateRange, Filter, MapLayer
from layers.grid import Box
from layers.problems import BadRequest

_CODE: Final = re.compile(r"[\w.:+-]{1,80}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
#: Python itself also reads blanks around a number, underlines in it, and the digits of other scripts.
_DEGREES: Final = re.compile(r"[+-]?([0-9]{1,3}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,3})?", re.ASCII)
_MOST_CODES: Final = 200
_EARLIEST, _LATEST = dt.date(1900, 1, 1), dt.date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of these codes, sorted, each once."""

    filter: ChoiceMany
    codes: tuple[str, ...]

    def condition(self, layer: MapLayer) -> Q:  # one signature for all kinds
        stored = self.codes
        if self.filter.choices is not None:
            stored = tuple(value for code in self.codes for value in self.filter.choices[code])
        return Q((f"{self.filter.path}__in", stored))

    def parameters(self) -> Iterator[tuple[str, str]]:
        yield self.filter.name, ",".join(self.codes)


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included, in the time zone that is active; None is open."""

    filter: DateRange
    since: dt.date | None
    until: dt.date | None

    def condition(self, layer: MapLayer) -> Q:
        condition = Q()
        if self.filter.days:
            if self.since:
                condition &= Q((f"{self.filter.path}__gte", self.since))
            if self.until:
                condition &= Q((f"{self.filter.path}__lte", self.until))
            return condition
        if self.since:
            condition &= Q((f"{self.filter.path}__gte", _midnight(self.since)))
        if self.until:
            condition &= Q((f"{self.filter.path}__lt", _midnight(self.until + dt.timedelta(days=1))))
        return condition

    def whole_months(self) -> Period:
        """From the first day of its first month to the last day of its last."""
        since, until = self.since, self.until
        if until:
            until = until.replace(day=calendar.monthrange(until.year, until.month)[1])
        return replace(self, since=since and since.replace(day=1), until=until)

    def parameters(self) -> Iterator[tuple[str, str]]:
        if self.since:
            yield self.filter.since, self.since.isoformat()
        if self.until:
            yield self.filter.until, self.until.isoformat()


@dataclass(frozen=True, slots=True)
class Area:
    """What touches this box (degrees, SRID 4326); west > east crosses the antimeridian."""

    filter: BoundingBox
    box: Box

    def condition(self, layer: MapLayer) -> Q:
        west, south, east, north = self.box
        boxes = [self.box] if west <= east else [(west, south, 180.0, north), (-180.0, south, east, north)]
        condition = Q()
        for box in boxes:
            shape = Polygon.from_bbox(box)
            shape.srid = 4326
            condition |= Q((f"{layer.geometry_column}__intersects", shape))
        return condition

    def parameters(self) -> Iterator[tuple[str, str]]:
        yield self.filter.name, ",".join(f"{edge:.7f}".rstrip("0").rstrip(".") for edge in self.box)


Asked: TypeAlias = Chosen | Period | Area


@dataclass(frozen=True, slots=True)
class Selection:
    """Everything that was asked of a layer; all of it must hold. ``language`` '' is none in particular."""

    asked: tuple[Asked, ...] = ()
    language: str = ""

    def condition(self, layer: MapLayer) -> Q:
        """Return what the rows must satisfy."""
        condition = Q()
        for one in self.asked:
            condition &= one.condition(layer)
        return condition

    def whole_months(self) -> Selection:
        """Return the same with each period widened to whole months."""
        return replace(self, asked=tuple(one.whole_months() if isinstance(one, Period) else one for one in self.asked))

    def query(self) -> str:
        """Return the same as a query string, in one canonical form ('' when nothing was asked)."""
        parameters = [parameter for one in self.asked for parameter in one.parameters()]
        if self.language:
            parameters.append(("lang", self.language))
        return urlencode(parameters, safe=",:")


def parse(layer: MapLayer, query: QueryDict) -> Selection:
    """Read what was asked; raises `BadRequest` for a parameter the layer does not know and for a value that makes no sense."""
    known = [name for one in layer.filters for name in one.parameters] + ["lang"]
    for name in query:
        if name not in known:
            raise BadRequest(
                _("“%(name)s” is not a parameter of this layer. It knows: %(known)s.")
                % {"name": name[:40], "known": ", ".join(known)}
            )
    given = {name: query.getlist(name) for name in query}
    asked = (_parse_one(one, given) for one in layer.filters)
    return Selection(tuple(one for one in asked if one), _language(given))


def _parse_one(one: Filter, given: Mapping[str, Sequence[str]]) -> Asked | None:
    match one:
        case ChoiceMany():
            return _chosen(one, given)
        case DateRange():
            return _period(one, given)
        case BoundingBox():
            return _area(one, given)


def _chosen(one: ChoiceMany, given: Mapping[str, Sequence[str]]) -> Chosen | None:
    codes = {code for value in given.get(one.name, ()) for code in value.split(",")} - {""}
    if len(codes) > _MOST_CODES:
        raise BadRequest(_("“%(name)s” takes %(most)s values at most.") % {"name": one.name, "most": _MOST_CODES})
    for code in sorted(codes):
        if not (code in one.choices if one.choices is not None else _CODE.fullmatch(code)):
            raise BadRequest(
                _("“%(value)s” is not a value of “%(name)s”. It takes: %(choices)s.")
                % {"value": code[:40], "name": one.name, "choices": ", ".join(one.choices or [_("codes")])}
            )
    return Chosen(one, tuple(sorted(codes))) if codes else None


def _period(one: DateRange, given: Mapping[str, Sequence[str]]) -> Period | None:
    since, until = _day(one.since, given), _day(one.until, given)
    if since and until and since > until:
        raise BadRequest(_("“%(since)s” is after “%(until)s”.") % {"since": one.since, "until": one.until})
    return Period(one, since, until) if since or until else None


def _day(name: str, given: Mapping[str, Sequence[str]]) -> dt.date | None:
    text = _single(name, given)
    if not text:
        return None
    day = day_of(text)
    if day is None:
        raise BadRequest(_("“%(name)s” takes a day written as 2025-01-31, from 1900 to 2999.") % {"name": name})
    return day


def day_of(text: str) -> dt.date | None:
    """Return the day written as ``2025-01-31``; None for anything else, and for one that is in no list of ours."""
    try:
        day = dt.date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day and _EARLIEST <= day <= _LATEST else None


def _area(one: BoundingBox, given: Mapping[str, Sequence[str]]) -> Area | None:
    text = _single(one.name, given)
    if not text:
        return None
    box = box_of(text)
    if box is None:
        raise BadRequest(_("“%(name)s” takes four numbers in degrees: west, south, east, north.") % {"name": one.name})
    return Area(one, box)


def box_of(text: str) -> Box | None:
    """Return the box written as ``west,south,east,north`` in degrees (SRID 4326); None for anything else. West > east crosses 180°."""
    parts = text.split(",", 4)
    if len(parts) != 4 or not all(_DEGREES.fullmatch(part) for part in parts):
        return None
    west, south, east, north = map(float, parts)
    inside = -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90
    return (west, south, east, north) if inside else None


def _language(given: Mapping[str, Sequence[str]]) -> str:
    language = _single("lang", given)
    if language and not _LANGUAGE.fullmatch(language):
        raise BadRequest(_("“%(name)s” takes the code of a language, such as en or ru.") % {"name": "lang"})
    return language


def _single(name: str, given: Mapping[str, Sequence[str]]) -> str:
    values = given.get(name, ())
    if len(values) > 1:
        raise BadRequest(_("“%(name)s” is given more than once.") % {"name": name})
    return values[0] if values else ""


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
