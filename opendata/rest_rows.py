"""Rows for ``/api/``: what a page asks for, parsed at the door, and the one statement that reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db.models import F, Func, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from layers.declaration import MapLayer
from layers.features_fields import selected
from layers.features_paging import behind, by_time, order
from layers.features_problems import NoSuchFeature, TooLong
from layers.filters import Selection, parse
from layers.finding import things_called
from layers.positions import Position
from layers.problems import BadRequest, TooMuchWork
from layers.rows_sql import fetch_rows

DEFAULT_LIMIT: Final = 20
MOST: Final = 100
#: Centimetres, as in the other doors.
_DIGITS: Final = 7
_LIMIT: Final = re.compile(r"0{0,9}([1-9][0-9]{0,2})", re.ASCII)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One page of a layer: which rows, how many, behind which one."""

    selection: Selection
    limit: int
    behind: Q | None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows with ``row_id``, ``row_shape`` (GeoJSON, SRID 4326) and a ``field_`` each; where the next page begins, '' for none."""

    rows: Sequence[Row]
    after: str


def parse_page(layer: MapLayer, query: QueryDict) -> Wanted:
    """Read what was asked; raises `BadRequest`. The layer's filters are those of every door."""
    rest = query.copy()
    given = {name: rest.pop(name, None) for name in ("limit", "after")}
    for name, values in given.items():
        if values and len(values) > 1:
            raise BadRequest(_("“%(name)s” is given more than once.") % {"name": name})
    limit, after = (values[0] if values else None for values in given.values())
    return Wanted(
        selection=parse(layer, rest),
        limit=DEFAULT_LIMIT if limit is None else _parse_limit(limit),
        behind=None if after is None else behind(layer, after),
    )


def page(layer: MapLayer, wanted: Wanted) -> Page:
    """Read a page, the newest first, in one statement; raises `TooLong`."""
    chosen = layer.queryset().filter(wanted.selection.condition(layer))
    if wanted.behind is not None:
        chosen = chosen.filter(wanted.behind)
    rows = _read(layer, chosen.order_by(*order(layer)), wanted.selection.language, wanted.limit + 1)
    more, rows = len(rows) > wanted.limit, rows[: wanted.limit]
    return Page(rows, _place(rows[-1]) if more else "")


def one(layer: MapLayer, key: str, language: str) -> Row:
    """Read the thing with this key in one statement; raises `NoSuchFeature` and `TooLong`."""
    try:
        found = things_called(layer, key)
    except ValueError:
        raise NoSuchFeature(key) from None
    rows = _read(layer, found.order_by("pk"), language, 1)
    if not rows:
        raise NoSuchFeature(key)
    return rows[0]


def _parse_limit(text: str) -> int:
    found = _LIMIT.fullmatch(text)
    if not found or int(found[1]) > MOST:
        raise BadRequest(_("“limit” takes a whole number from 1 to %(most)s.") % {"most": MOST})
    return int(found[1])


def _read(layer: MapLayer, chosen: QuerySet[Any], language: str, most: int) -> list[Row]:
    moment = {"row_moment": F(layer.created)} if by_time(layer) else {}
    named = {f"field_{field.name}": selected(layer, field, language) for field in layer.fields}
    try:
        rows = fetch_rows(chosen.values(row_shape=_shape(layer), **moment, **named)[:most])
    except TooMuchWork:
        raise TooLong from None
    for row in rows:
        row["row_shape"] = _place_or_none(row["row_shape"])
        row["row_id"] = row[f"field_{layer.key}"]
    return rows


def _shape(layer: MapLayer) -> AsGeoJSON:
    """Outer rings against the clock, as RFC 7946 wants."""
    shape = F(layer.geometry_column)
    if layer.geometry in {"point", "line"}:
        return AsGeoJSON(shape, precision=_DIGITS)
    return AsGeoJSON(Func(shape, function="ST_ForcePolygonCCW", output_field=GeometryField(srid=4326)), precision=_DIGITS)


def _place_or_none(text: str | None) -> dict[str, Any] | None:
    shape: dict[str, Any] | None = json.loads(text) if text else None
    return shape if shape and (shape.get("coordinates") or shape.get("geometries")) else None


def _place(row: Row) -> str:
    """Where the row stands, in the form that `layers.features_paging.behind` reads."""
    return str(Position(row.get("row_moment"), str(row["row_id"])))
