"""The statement of a tile of counts that are kept in advance: counts and what is not yet merged into them, in one reading."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

from layers.declaration import ChoiceMany, MapLayer
from layers.filters import Chosen, Period, Selection
from layers.grid import EXTENT, Tile
from layers.pyramid import DEEP, MOST_VALUES, Pyramid, Range, cell_shift, month_number

_ALWAYS: Final = (0, 32767)

Piece = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What of the counts is asked for. ``kinds`` gives the keys of kinds (None is all); ``values`` are numbers of codes."""

    kinds: QuerySet[Any] | None
    values: tuple[int, ...]
    months: Range | None


def reading(layer: MapLayer, selection: Selection) -> Reading | None:
    """Return how the counts answer what was asked; None where they cannot, and the rows themselves must be counted."""
    pyramid = layer.pyramid
    if pyramid is None:
        return None
    kinds, months, values = None, None, tuple(range(1, len(pyramid.codes) + 1))
    for one in selection.asked:
        match one:
            case Period() if one.filter.path == pyramid.month:
                months = _months(one)
            case Chosen() if one.filter.path == pyramid.value and one.filter.choices is not None:
                values = tuple(number for number, code in enumerate(pyramid.codes, 1) if code in one.codes)
            case Chosen() if (keys := _keys(layer, pyramid, one.filter, one.codes)) is not None:
                kinds = keys
            case _:
                return None
    return None if kinds is not None and months else Reading(kinds, values, months)


def _keys(layer: MapLayer, pyramid: Pyramid, asked: ChoiceMany, codes: Collection[str]) -> QuerySet[Any] | None:
    """The keys behind codes of kinds, where ``asked`` chooses by a column of the table to which kinds point."""
    name, _, column = asked.path.partition("__")
    field: Any = layer.queryset().model._meta.get_field(name)
    if not column or "__" in column or field.column != pyramid.kind or asked.choices is not None:
        return None
    rows: QuerySet[Any] = field.related_model._base_manager.filter(**{f"{column}__in": codes}).order_by()
    return rows.values("pk")


def _months(period: Period) -> Range:
    first, last = _ALWAYS
    if period.since:
        first = month_number(period.since.year, period.since.month)
    if period.until:
        last = month_number(period.until.year, period.until.month)
    return first, last


def statement(layer: MapLayer, pyramid: Pyramid, tile: Tile, wanted: Reading) -> Piece:
    """SQL text and parameters; gives one row with one value, the tile's bytes. The functions stand in the migrations of this app."""
    by_month = wanted.months is not None
    bits = cell_shift(tile.z, by_month=by_month)
    numbers = [
        *pyramid.cells_of(tile, by_month=by_month),
        *pyramid.places_of(tile),
        bits,
        DEEP - tile.z,
        tile.x * EXTENT,
        tile.y * EXTENT,
    ]
    params: tuple[Any, ...] = ()
    chosen = [1 if value in wanted.values else 0 for value in range(1, MOST_VALUES + 1)]
    if wanted.months:
        rows = f"layers_months({_list([*numbers, *wanted.months])}, ARRAY[{_list(chosen)}])"
    else:
        kinds, params = _kinds(wanted)
        rows = f"layers_parts({_list(numbers)}, {kinds}, ARRAY[{_list(chosen)}])"
    sql = f"""SELECT ST_AsMVT(drawn, %s, {EXTENT}, 'geom') FROM (
        SELECT geom, n AS count, ('{{{",".join(pyramid.codes)}}}'::text[])[value] AS "{layer.grid_value}" FROM {rows}) AS drawn"""  # checked words
    return sql, (layer.name, *params)


def is_default(pyramid: Pyramid, wanted: Reading) -> bool:
    """Whether everything is asked for: the totals answer that, and tiles that are kept finished (`layers.pyramid_stored_sql`)."""
    return wanted.kinds is None and wanted.months is None and len(wanted.values) == len(pyramid.codes)


def _kinds(wanted: Reading) -> Piece:
    if wanted.kinds is None:
        return "NULL", ()
    sql, params = wanted.kinds.query.sql_with_params()
    return f"ARRAY({sql})::integer[]", params


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))
