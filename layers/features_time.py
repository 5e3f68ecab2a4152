"""``datetime``: an instant, or an interval that may be open at either end (RFC 3339, section 5.6); it means the layer's ``created``.

A plain day is outside the grammar and is taken as the whole day in local time; GDAL writes it with a T behind. Layers that do not know when a thing came to be
match every time, as do things without a time.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from layers.declaration import MapLayer
from layers.problems import BadRequest

_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]?", re.ASCII)
_INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}):([0-9]{2})(\.[0-9]{1,12})?([Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_OPEN: Final = {"", ".."}
_LEAP: Final = "60"


def parse_datetime(layer: MapLayer, text: str) -> Q:
    """Return what rows must satisfy; raises `BadRequest`."""
    since, slash, until = text.partition("/")
    if not slash:
        until = since
    if "/" in until or (not slash and since in _OPEN):
        raise _nonsense()
    try:
        first, _end = _moments(since)
        _start, last = _moments(until)
    except (ValueError, OverflowError):
        raise _nonsense() from None
    if first and last and (first > last[0] or (first == last[0] and not last[1])):
        raise BadRequest(_("In “datetime” the start is after the end."))
    return _between(layer, first, last)


def _nonsense() -> BadRequest:
    return BadRequest(
        _("“datetime” takes a moment such as 2025-01-31T12:00:00Z, or two with a slash between; “..” leaves a side open.")
    )


def _moments(text: str) -> tuple[dt.datetime | None, tuple[dt.datetime, bool] | None]:
    """The first moment of what is written, and its last with whether that still belongs to it; None is open."""
    if text in _OPEN:
        return None, None
    if plain := _DAY.fullmatch(text):
        day = dt.date.fromisoformat(plain[1])
        return _midnight(day), (_midnight(day + dt.timedelta(days=1)), False)
    moment = _instant(text)
    return moment, (moment, True)


def _instant(text: str) -> dt.datetime:
    found = _INSTANT.fullmatch(text)
    if not found:
        raise ValueError(text)
    day, minute, second, fraction, zone = found.groups()
    leap = second == _LEAP
    # Microseconds are what the database keeps; Python itself would refuse twelve digits.
    moment = dt.datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}{(fraction or '.0')[:7]:0<7}{zone.upper()}")
    return _in_utc(moment + dt.timedelta(seconds=1) if leap else moment)


def _in_utc(moment: dt.datetime) -> dt.datetime:
    """The same in UTC, for the database takes no offset beyond 16 hours; never beyond the ends of the calendar."""
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        first, last = dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC)
        return first if moment.year == dt.MINYEAR else last


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _between(layer: MapLayer, first: dt.datetime | None, last: tuple[dt.datetime, bool] | None) -> Q:
    condition = Q()
    if not layer.created:
        return condition
    if first:
        condition &= Q((f"{layer.created}__gte", first))
    if last:
        condition &= Q((f"{layer.created}__{'lte' if last[1] else 'lt'}", last[0]))
    return condition if not condition or always_known(layer, layer.created) else condition | Q((f"{layer.created}__isnull", True))


def always_known(layer: MapLayer, path: str) -> bool:
    """Whether the column at ``path`` is the row's own and never null."""
    try:
        return not layer.queryset().model._meta.get_field(path).null
    except FieldDoesNotExist:
        return False
