"""The statements behind downloads: rows as lines of CSV, as GeoJSON features, as values for GDAL, and what tells two states apart.

Rows come from the layer's own queryset and nowhere else (`layers.exports_columns.chosen`). Texts are put together by the database,
one line a row, so that a million rows pass through Python as bytes. Names in SQL are the layer's, which `layers.declaration` has
checked to be plain words; what was asked for is a parameter.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db.backends.utils import CursorWrapper

from layers.declaration import MapLayer
from layers.disarming import LIVE
from layers.exports_columns import Column, chosen, field_columns, place_columns
from layers.filters import Selection

#: Letters never occur in it, so a value goes out as it is: JSON has no raw control characters.
_UNQUOTED: Final = r"FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02'"
_UTC: Final = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and its parameters."""

    sql: str
    params: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class State:
    """How many rows there are, when the last of them changed (None where the layer does not say), and what tells this from others."""

    rows: int
    changed: dt.datetime | None
    mark: str


def csv(layer: MapLayer, selection: Selection) -> Statement:
    """COPY of a header and a line a row, in no order; lines end with a line feed, which the sender replaces."""
    rows = chosen(layer, selection)
    columns = (*field_columns(layer, rows), *place_columns(layer))
    shown = ", ".join(f'{_cell(column)} AS "{column.name}"' for column in columns)
    return _copy(layer, selection, shown, "FORMAT csv, HEADER true, ENCODING 'UTF8'")


def geojson(layer: MapLayer, selection: Selection) -> Statement:
    """COPY of a feature a row (RFC 7946: SRID 4326, seven decimals, outer rings against the clock), in no order."""
    columns = field_columns(layer, chosen(layer, selection))
    key = next(column for column in columns if column.name == layer.key)
    properties = " || ',' || ".join(f"""'"{column.name}":' || {_json(column)}""" for column in columns)
    shape = "row_shape::geometry" if layer.geometry in {"point", "line"} else "ST_ForcePolygonCCW(row_shape::geometry)"
    feature = f"""'{{"type":"Feature","id":' || {_json(key)} || ',"geometry":' || coalesce(ST_AsGeoJSON({shape}, 7), 'null')
        || ',"properties":{{' || {properties} || '}}}}'"""
    return _copy(layer, selection, feature, f"{_UNQUOTED}, ENCODING 'UTF8'")


def values(layer: MapLayer, selection: Selection) -> Statement:
    """The shape as WKB (SRID 4326), then a value a field in the form GDAL's arrays take: days and milliseconds since 1970.
    In the order of the keys, so that the same rows give the same file.
    """
    rows = chosen(layer, selection)
    shown = ", ".join(f"{_value(column)} AS {column.source}" for column in field_columns(layer, rows))
    sql, params = rows.query.sql_with_params()
    return Statement(f"SELECT ST_AsBinary(row_shape::geometry), {shown} FROM ({sql}) AS chosen ORDER BY row_key", tuple(params))


def state(cursor: CursorWrapper, layer: MapLayer, selection: Selection) -> State:
    """Count the rows and tell their state: by when each changed, or where the layer does not say that, by all they hold.

    The latest moment alone would miss a row that a slower transaction wrote with an earlier one. One statement.
    """
    sql, params = chosen(layer, selection).query.sql_with_params()
    last, mark = "NULL::timestamptz", "sum(hashtextextended(chosen::text, 0))"
    if layer.updated:
        last, mark = "max(row_updated)", "sum((date_part('epoch', row_updated) * 1000)::bigint)"
    cursor.execute(f"SELECT count(*), {last}, {mark} FROM ({sql}) AS chosen", params)
    rows, changed, total = cursor.fetchone()
    return State(rows, changed, f"{rows} {changed and changed.timestamp()} {total}")


def _copy(layer: MapLayer, selection: Selection, shown: str, options: str) -> Statement:
    sql, params = chosen(layer, selection).query.sql_with_params()
    return Statement(f"COPY (SELECT {shown} FROM ({sql}) AS chosen) TO STDOUT WITH ({options})", tuple(params))


def _cell(column: Column) -> str:
    """A value as CSV writes it. Text that a spreadsheet would run is given an apostrophe; most begin with a letter or digit."""
    source = column.source
    match column.kind:
        case "text":
            first = f"ascii({source}::text)"
            live = f"{first} NOT BETWEEN 65 AND 126 AND {first} NOT BETWEEN 48 AND 60 AND {source}::text ~ '{LIVE.pattern}'"
            return f"CASE WHEN {live} THEN '''' || {source}::text ELSE {source}::text END"
        case "boolean":
            return f"CASE WHEN {source} THEN 'true' WHEN NOT {source} THEN 'false' END"
        case "moment":
            return _UTC.format(source)
        case _:
            return source


def _json(column: Column) -> str:
    source = _UTC.format(column.source) if column.kind == "moment" else column.source
    cast = {"text": "::text", "date": "::date"}.get(column.kind, "")
    return f"coalesce(to_json({source}{cast})::text, 'null')"


def _value(column: Column) -> str:
    source = column.source
    match column.kind:
        case "integer":
            return f"{source}::bigint"
        case "number":
            return f"{source}::float8"
        case "boolean":
            return f"{source}::boolean"
        case "date":
            return f"CASE WHEN isfinite({source}::date) THEN {source}::date - date '1970-01-01' END"
        case "moment":
            return f"CASE WHEN isfinite({source}) THEN floor(date_part('epoch', {source}) * 1000)::bigint END"
        case _:
            return f"{source}::text"
