"""The door of numbers: how many things of a layer there are, by each of its filters and by month."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from layers import counts_sql as sql
from layers.answers import answer
from layers.counts_ahead import Ahead, ahead
from layers.counts_cover import WORLD, Cover, cover
from layers.counts_table import Code, Question, Table, added, counted_by, facet, months_of, questions, total, without_gaps
from layers.declaration import ChoiceMany, DateRange, MapLayer
from layers.doors import read_only
from layers.features_area import touching
from layers.features_crs import CRS84
from layers.filters import Area, Asked, Chosen, Period, Selection, parse
from layers.finding import find_layer
from layers.problems import TooMuchWork
from layers.pyramid import Range

#: A hundred years; a row of the year 2900 must not make a list of everything until then.
_MOST_MONTHS: Final = 1_200
_MEDIA_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Numbers:
    """What there is of a layer: ``total`` satisfies everything asked, ``by`` gives numbers with all *other* filters in force.

    ``whole_months``: the period was widened to whole months, by which things are counted in advance.
    """

    total: int
    by: dict[str, Counter[Code]]
    whole_months: bool


@read_only
def counts(request: HttpRequest, layers: Sequence[MapLayer], name: str) -> HttpResponse:
    """Numbers as JSON: 304 when the asker has them, 400 for unknown parameters. ``counted`` is false when it took too long."""
    layer = find_layer(layers, name, request)
    selection = parse(layer, request.GET)
    try:
        told = _told(layer, numbers(layer, selection))
    except TooMuchWork:
        response = answer(request, layer, _json(_untold(layer)), _MEDIA_TYPE)
        response["Cache-Control"] = "no-store"  # the next one may be luckier
        return response
    return answer(request, layer, _json(told), _MEDIA_TYPE)


def numbers(layer: MapLayer, selection: Selection) -> Numbers:
    """Count what was asked: from counts kept in advance where they can tell, else from the rows. Raises `TooMuchWork`.

    Two or three statements for the first, and one for each condition under which rows are counted.
    """
    known = ahead(layer)
    area, inner, rest = _area(selection) if known else (None, None, selection)
    # A period of days is widened for numbers of which there are none by days, never for those that only cost more.
    months = rest.whole_months() == rest
    from_counts = known is not None and any(_tells(known, one, everywhere=months and not area) for one in questions(layer, rest))
    widened = rest.whole_months() if from_counts else rest
    asked = questions(layer, widened)
    by: dict[str, Counter[Code]] = {}
    if known is not None and from_counts:
        by |= _from_counts(asked, _tables(layer, known, area, inner, widened, asked))
    by |= _from_rows(layer, [_inside(one, area) for one in asked if one.by not in by])
    first = asked[0].by
    return Numbers(total(widened, first, by[first]), by, whole_months=widened != rest)


def _area(selection: Selection) -> tuple[Area | None, Cover | None, Selection]:
    """The area asked for with the squares in it, and the rest of what was asked; an area without squares belongs to the rest."""
    area = next((one for one in selection.asked if isinstance(one, Area)), None)
    inner = cover(area.box) if area else None
    if area is None or inner is None:
        return None, None, selection
    return area, inner, replace(selection, asked=tuple(one for one in selection.asked if one != area))


def _inside(question: Question, area: Area | None) -> Question:
    return replace(question, rest=(*question.rest, area)) if area else question


def _tells(known: Ahead, question: Question, *, everywhere: bool = False) -> bool:
    return any(question.needs <= table for table in known.tables) or (everywhere and question.needs <= known.everywhere)


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is counted in advance, and the few rows that must be added to it, by every filter."""

    tables: Sequence[Table]
    more: Table


def _tables(
    layer: MapLayer, known: Ahead, area: Area | None, inner: Cover | None, selection: Selection, asked: Sequence[Question]
) -> _Counted:
    if area and inner:
        return _Counted(sql.kept(known, inner.squares), sql.of_rim(layer, known.pyramid, area, inner))
    tables = [*sql.kept(known, [WORLD])]
    if not all(_tells(known, one) for one in asked):
        found = sql.kinds_by_month(known, *_chosen(known, selection))
        tables += [found] if found else []
    return _Counted(tables, sql.without_place(layer))


def _chosen(known: Ahead, selection: Selection) -> tuple[Sequence[str], Range | None]:
    """The kinds and the months asked for: who counts by one of them has the other in force."""
    kinds: Sequence[str] = ()
    months = None
    for one in selection.asked:
        match one:
            case Chosen() if one.filter == known.kind:
                kinds = one.codes
            case Period() if one.filter == known.month:
                months = months_of(one)
            case _:
                pass
    return kinds, months


def _from_counts(asked: Iterable[Question], counted: _Counted) -> dict[str, Counter[Code]]:
    found = {}
    for one in asked:
        if table := next((table for table in counted.tables if one.needs <= {*table.by}), None):
            found[one.by] = added([table.numbers(one), counted.more.numbers(one)])
    return found


def _from_rows(layer: MapLayer, asked: Sequence[Question]) -> dict[str, Counter[Code]]:
    """Questions under the same condition are answered by one statement."""
    together: dict[str, list[Question]] = {}
    for one in asked:
        together.setdefault(Selection(one.rest).query(), []).append(one)
    filters = {one.parameters[0]: one for one in counted_by(layer)}
    found: dict[str, Counter[Code]] = {}
    for group in together.values():
        sums = sql.of_rows(layer, _condition(layer, group[0].rest), [filters[one.by] for one in group if one.by])
        found |= {one.by: some for one, some in zip(group, sums, strict=True)}
    return found


def _condition(layer: MapLayer, asked: Sequence[Asked]) -> Q:
    """What rows must satisfy; whether a point is in a box is asked in the cheap way, for there are many."""
    condition = Q()
    for one in asked:
        condition &= touching(layer, one.box, CRS84) if isinstance(one, Area) else one.condition(layer)
    return condition


def _told(layer: MapLayer, found: Numbers) -> dict[str, Any]:
    period = next((one for one in layer.filters if isinstance(one, DateRange)), None)
    return {
        "layer": layer.name,
        "total": found.total,
        "filters": {one.name: facet(found.by[one.name]) for one in layer.filters if isinstance(one, ChoiceMany)},
        "months": without_gaps(found.by[period.since], _MOST_MONTHS) if period else [],
        "whole_months": found.whole_months,
        "counted": True,
    }


def _untold(layer: MapLayer) -> dict[str, Any]:
    return {"layer": layer.name, "total": None, "filters": {}, "months": [], "whole_months": False, "counted": False}


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
