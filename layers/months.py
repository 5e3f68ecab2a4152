"""The door of time: cells of a layer month by month, so that a year plays on a map from one answer."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar, Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from layers import months_sql as sql
from layers.answers import answer
from layers.counts_ahead import Ahead, ahead
from layers.counts_table import name_of
from layers.declaration import DateRange, MapLayer
from layers.doors import read_only
from layers.filters import Area, Asked, Chosen, Period, Selection, parse
from layers.finding import find_layer
from layers.grid import Box
from layers.months_cells import Entry, coarser, told, window
from layers.problems import BadRequest, Problem
from layers.pyramid import LEVELS, Range, month_number

#: Bytes of an answer before it is compressed.
LARGEST: Final = 300_000
#: More entries than these cannot be in an answer: each takes eight bytes at least.
_MOST_ENTRIES: Final = LARGEST // 8
MOST_MONTHS: Final = 36
_USUAL_MONTHS: Final = 12
_WORLD: Final[Box] = (-180.0, -85.0511, 180.0, 85.0511)


class NotByMonth(Problem):
    """The layer's things are not counted by month."""

    status: ClassVar[HTTPStatus] = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_("The things of this layer are not counted by month."))


class _TooLarge(BadRequest):
    def __init__(self) -> None:
        super().__init__(_("This is more than one answer holds. Ask for a smaller area or for fewer months."))


@read_only
def months(request: HttpRequest, layers: Sequence[MapLayer], name: str) -> HttpResponse:
    """Cells by month as JSON: 304 when the asker has them, 404 for a layer that is not counted by month, 400 for more than 36 months."""
    layer = find_layer(layers, name, request)
    known = ahead(layer)
    selection = parse(layer, request.GET)
    if known is None or known.month is None:
        raise NotByMonth
    return answer(request, layer, _answered(layer, known, known.month, selection), "application/json")


def _answered(layer: MapLayer, known: Ahead, by: DateRange, selection: Selection) -> bytes:
    """The finest cells with which the answer is small enough."""
    span = _span(next((one for one in selection.asked if isinstance(one, Period) and one.filter == by), None))
    box = next((one.box for one in selection.asked if isinstance(one, Area)), _WORLD)
    rest = tuple(one for one in selection.asked if not isinstance(one, Area) and name_of(one) != by.since)
    zoom, entries = _read(layer, known, by, _Asked(box, span, rest))
    while len(body := _json(layer, zoom, entries, span, known.pyramid.codes)) > LARGEST:
        if zoom == LEVELS.start:
            raise _TooLarge
        zoom, entries = zoom - 1, coarser(entries)
    return body


@dataclass(frozen=True, slots=True)
class _Asked:
    box: Box
    span: Range
    rest: tuple[Asked, ...]

    def values(self, known: Ahead) -> tuple[int, ...] | None:
        """The numbers of the values asked for; None where something else was asked for as well, which months do not tell."""
        codes = known.pyramid.codes
        for one in self.rest:
            if not isinstance(one, Chosen) or one.filter != known.value:
                return None
            codes = one.codes
        return tuple(number for number, code in enumerate(known.pyramid.codes, 1) if code in codes)


def _read(layer: MapLayer, known: Ahead, by: DateRange, asked: _Asked) -> tuple[int, list[Entry]]:
    """The finest cells that may fit into an answer: two statements, or one where rows must be counted; more where many notes wait."""
    pyramid, most = known.pyramid, _MOST_ENTRIES + 1
    windows = {zoom: window(pyramid, asked.box, zoom) for zoom in reversed(LEVELS)}
    values = asked.values(known)
    if values is None:
        condition = Selection((*asked.rest, _period(by, asked.span))).condition(layer)
        zoom, entries = sql.of_rows(layer, pyramid, list(windows.values()), asked.span, condition, by, most)
        if len(entries) < most:
            return zoom, entries
        raise _TooLarge
    sizes = sql.sizes(list(windows.values()), asked.span, values, most)
    zoom = next((zoom for zoom in windows if sizes[zoom] < most), LEVELS.start)
    for here in range(zoom, LEVELS.start - 1, -1):
        entries = sql.kept(pyramid, windows[here], asked.span, values, most)
        if len(entries) < most:
            return here, entries
    raise _TooLarge


def _span(period: Period | None) -> Range:
    """The months asked for, both ends included; a side left open is filled. Raises `BadRequest` for too many."""
    now = _month(timezone.localdate())
    since, until = (period.since, period.until) if period else (None, None)
    if since and until:
        first, last = _month(since), _month(until)
    elif since:
        first = _month(since)
        last = max(first, min(now, first + MOST_MONTHS - 1))
    else:
        last = _month(until) if until else now
        first = max(0, last - _USUAL_MONTHS + 1)
    if last - first >= MOST_MONTHS:
        raise BadRequest(_("An answer holds %(most)s months at most.") % {"most": MOST_MONTHS})
    return first, last


def _month(day: dt.date) -> int:
    return month_number(day.year, day.month)


def _period(by: DateRange, span: Range) -> Period:
    """The same months as days."""
    first, last = (dt.date(1900 + month // 12, month % 12 + 1, 1) for month in span)
    return Period(by, first, last).whole_months()


def _json(layer: MapLayer, zoom: int, entries: Sequence[Entry], span: Range, codes: Sequence[str]) -> bytes:
    document = {"layer": layer.name, "zoom": zoom, **told(entries, span, codes)}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
