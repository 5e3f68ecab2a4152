"""The statement of a tile of counts that are kept in advance: counts and what is not yet merged into them, in one reading."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from psycopg.types.numeric import Int4, Int8

from layers.declaration import ChoiceMany, MapLayer
from layers.filters import Chosen, Period, Selection
from layers.grid import EXTENT, Tile
from layers.pyramid import DEEP, MOST_VALUES, Pyramid, Range, cell_shift, month_number

_ALWAYS: Final = (0, 32767)

Piece = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds whose ``column`` has one of these codes; names are those of the database."""

    table: str
    key: str
    column: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What of the counts is asked for. ``kinds`` None is all; ``values`` are numbers of codes."""

    kinds: Kinds | None
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


def _keys(layer: MapLayer, pyramid: Pyramid, asked: ChoiceMany, codes: Collection[str]) -> Kinds | None:
    """The kinds behind codes, where ``asked`` chooses by a column of the table to which kinds point."""
    name, _, column = asked.path.partition("__")
    field: Any = layer.queryset().model._meta.get_field(name)
    if not column or "__" in column or field.column != pyramid.kind or asked.choices is not None:
        return None
    told = field.related_model._meta
    return Kinds(told.db_table, told.pk.column, told.get_field(column).column, tuple(codes))


def _months(period: Period) -> Range:
    first, last = _ALWAYS
    if period.since:
        first = month_number(period.since.year, period.since.month)
    if period.until:
        last = month_number(period.until.year, period.until.month)
    return first, last


def statement(layer: MapLayer, pyramid: Pyramid, tile: Tile, wanted: Reading) -> Piece:
    """SQL text with ``$1`` placeholders, one for each kind of question, so that the server keeps few plans, and parameters.

    Gives one row with one value, the tile's bytes. The functions stand in the migrations of this app.
    """
    by_month = wanted.months is not None
    places = *pyramid.cells_of(tile, by_month=by_month), *pyramid.places_of(tile)
    units = cell_shift(tile.z, by_month=by_month), DEEP - tile.z, tile.x * EXTENT, tile.y * EXTENT
    chosen = [1 if value in wanted.values else 0 for value in range(1, MOST_VALUES + 1)]
    params = [layer.name, *map(Int8, places), *map(Int4, units), list(map(Int4, chosen))]
    if wanted.months:
        params += map(Int4, wanted.months)
        rows = "layers_months($2, $3, $4, $5, $6, $7, $8, $9, $11, $12, $10)"
    elif wanted.kinds:
        params.append(list(wanted.kinds.codes))
        rows = f"layers_parts($2, $3, $4, $5, $6, $7, $8, $9, ARRAY({_keys_of(wanted.kinds)})::integer[], $10)"
    else:
        rows = "layers_parts($2, $3, $4, $5, $6, $7, $8, $9, NULL, $10)"
    sql = f"""SELECT ST_AsMVT(drawn, $1, {EXTENT}, 'geom') FROM (
        SELECT geom, n AS count, ('{{{",".join(pyramid.codes)}}}'::text[])[value] AS "{layer.grid_value}" FROM {rows}) AS drawn"""  # checked words
    return sql, tuple(params)


def _keys_of(kinds: Kinds) -> str:
    table, key, column = map(connection.ops.quote_name, (kinds.table, kinds.key, kinds.column))
    return f"SELECT {key} FROM {table} WHERE {column} = ANY($11::text[])"


def is_default(pyramid: Pyramid, wanted: Reading) -> bool:
    """Whether everything is asked for: the totals answer that, and tiles that are kept finished (`layers.pyramid_stored_sql`)."""
    return wanted.kinds is None and wanted.months is None and len(wanted.values) == len(pyramid.codes)
