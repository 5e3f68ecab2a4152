"""The door of numbers: how many things of a layer there are, by each of its filters and by month."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from layers import counts_sql as sql
from layers.answers import answer
from layers.counts_ahead import Ahead, ahead
from layers.counts_cover import WORLD, Cover, cover
from layers.counts_table import Code, Question, Table, added, counted_by, facet, questions, total, without_gaps
from layers.declaration import ChoiceMany, DateRange, MapLayer
from layers.features_area import touching
from layers.features_crs import CRS84
from layers.filters import Area, Asked, Selection, parse
from layers.finding import find_layer
from layers.problems import TooMuchWork, problems_answered

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


@require_safe
@problems_answered
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

    Two statements for the first, and one for each condition under which rows are counted.
    """
    known = ahead(layer)
    area, inner, rest = _area(selection) if known else (None, None, selection)
    from_counts = known is not None and any(_tells(known, one) for one in questions(layer, rest))
    widened = rest.whole_months() if from_counts else rest
    asked = questions(layer, widened)
    by: dict[str, Counter[Code]] = {}
    if known is not None and from_counts:
        by |= _from_counts(known, [one for one in asked if _tells(known, one)], _tables(layer, known, area, inner))
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


def _tells(known: Ahead, question: Question) -> bool:
    return any(question.needs <= table for table in known.tables)


def _tables(layer: MapLayer, known: Ahead, area: Area | None, inner: Cover | None) -> list[Table]:
    """What is counted in advance, and last the few rows that must be added to it, by every filter."""
    if area and inner:
        return [*sql.kept(known, inner.squares), sql.of_rim(layer, known.pyramid, area, inner)]
    return [*sql.kept(known, [WORLD]), sql.without_place(layer)]


def _from_counts(known: Ahead, asked: Iterable[Question], tables: Sequence[Table]) -> dict[str, Counter[Code]]:
    *counted, more = tables
    found = {}
    for one in asked:
        table = next(table for table, names in zip(counted, known.tables, strict=True) if one.needs <= names)
        found[one.by] = added([table.numbers(one), more.numbers(one)])
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
