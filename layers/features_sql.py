"""The SQL statements behind OGC API – Features. A page of items is one statement: the database itself writes the GeoJSON.

Rows come from the layer's own queryset and nowhere else. Values are parameters; the only names that enter the text are the
layer's own, which `layers.declaration` has checked to be plain words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.gis.db.models.functions import Transform
from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import ExpressionWrapper, F, Q, QuerySet, TextField
from psycopg.errors import QueryCanceled

from layers.declaration import MapLayer
from layers.features_crs import Crs
from layers.features_fields import selected
from layers.features_paging import by_time, order
from layers.features_problems import TooLong
from layers.features_query import Wanted
from layers.grid import Box
from layers.positions import WRITTEN_SQL

#: A page that takes longer is refused; a count that takes longer is left out.
LONGEST_MS: Final = 10_000
LONGEST_COUNT_MS: Final = 3_000

# For this statement alone: what a page asks for is small, and compiling its plan or sharing it out costs more than it saves.
_LIMITS: Final = """SELECT set_config('statement_timeout', %s, true), set_config('jit', 'off', true),
    set_config('max_parallel_workers_per_gather', %s, true); """


@dataclass(frozen=True, slots=True)
class Items:
    """A page: the features as the text of a JSON array, how many, and where the next page begins ('' when there is none)."""

    features: str
    returned: int
    next: str


@dataclass(frozen=True, slots=True)
class Extent:
    """Where and when a layer has things: degrees (SRID 4326), the first and the last moment; None where there are none."""

    box: Box | None
    since: dt.datetime | None
    until: dt.datetime | None


def items(layer: MapLayer, wanted: Wanted) -> Items:
    """Return a page of features (one round trip); raises `TooLong`."""
    rows = layer.queryset().filter(wanted.condition)
    if wanted.behind is not None:
        rows = rows.filter(wanted.behind)
    chosen = _chosen(layer, rows.order_by(*order(layer))[: wanted.limit + 1], wanted.crs, wanted.language)
    if chosen is None:
        return Items("[]", 0, "")
    sql, params = chosen
    last = wanted.limit
    features, found, place = _fetch(
        f"""WITH chosen AS ({sql}), numbered AS (SELECT *, row_number() OVER () AS n FROM chosen)
        SELECT string_agg({_feature(layer, wanted.crs)}, ',' ORDER BY n) FILTER (WHERE n <= %s), count(*),
            max({_place(layer)}) FILTER (WHERE n = %s) FROM numbered, {_properties(layer)}""",
        (*params, last, last),
    )
    return Items(f"[{features or ''}]", min(found, last), place if found > last else "")


def matched(layer: MapLayer, condition: Q) -> int | None:
    """Return how many rows there are; None when counting takes too long."""
    chosen = _sql(layer.queryset().filter(condition).order_by().values("pk"))
    if chosen is None:
        return 0
    sql, params = chosen
    try:
        with transaction.atomic():  # so that what was stopped is only this
            (count,) = _fetch(f"SELECT count(*) FROM ({sql}) AS rows", params, LONGEST_COUNT_MS, workers=2)
    except TooLong:
        return None
    return int(count)


def feature(layer: MapLayer, key: Q, crs: Crs, language: str) -> str:
    """Return one feature as JSON text; '' when there is none."""
    chosen = _chosen(layer, layer.queryset().filter(key).order_by("pk")[:1], crs, language)
    if chosen is None:
        return ""
    sql, params = chosen
    (found,) = _fetch(f"WITH chosen AS ({sql}) SELECT max({_feature(layer, crs)}) FROM chosen, {_properties(layer)}", params)
    return found or ""


def extents(layers: Sequence[MapLayer]) -> list[Extent]:
    """Return where and when each layer has things: exact, by one statement that reads a few rows of each index."""
    if not layers:
        return []
    parts: list[str] = []
    params: list[Any] = []
    for layer in layers:
        pieces = _edges(layer)
        parts += [f"({sql})" for sql, _values in pieces]
        params += [value for _sql, values in pieces for value in values]
    found = iter(_fetch(f"SELECT {', '.join(parts)}", tuple(params)))
    return [_extent(*(next(found) for _piece in range(6))) for _layer in layers]


def _chosen(layer: MapLayer, rows: QuerySet[Any], crs: Crs, language: str) -> tuple[str, tuple[Any, ...]] | None:
    """The rows with their moment, shape as stored, and attributes."""
    moment = {"moment": F(layer.created)} if by_time(layer) else {}
    shown = rows.values(
        # Named as text, for GeoDjango would otherwise have the shape sent as bytes.
        shape=ExpressionWrapper(_in(layer, crs), output_field=TextField()),
        **moment,
        **{f"field_{field.name}": selected(layer, field, language) for field in layer.fields},
    )
    return _sql(shown)


def _sql(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]] | None:
    """The statement of a queryset; None where Django sees by itself that no row can satisfy it."""
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return None
    return sql, tuple(params)


def _in(layer: MapLayer, crs: Crs) -> Any:
    return F(layer.geometry_column) if crs.in_degrees else Transform(layer.geometry_column, crs.srid)


def _feature(layer: MapLayer, crs: Crs) -> str:
    """The text of a feature. Put together as text: building one JSON value out of others reads each of them again."""
    shape = "ST_FlipCoordinates(shape)" if crs.latitude_first else "shape"
    if layer.geometry in {"polygon", "mixed"}:
        shape = f"ST_ForcePolygonCCW({shape})"
    return f"""concat('{{"type":"Feature","id":', coalesce(to_json(field_{layer.key}::text)::text, 'null'), ',"geometry":',
        CASE WHEN shape IS NULL OR ST_IsEmpty(shape) THEN 'null' ELSE ST_AsGeoJSON({shape}, {crs.digits}, 0) END,
        ',"properties":', row_to_json(properties), '}}')"""


def _properties(layer: MapLayer) -> str:
    named = ", ".join(f'field_{field.name} AS "{field.name}"' for field in layer.fields)
    return f"LATERAL (SELECT {named}) AS properties"


def _place(layer: MapLayer) -> str:
    """Where the row stands, in the form that `layers.positions` reads."""
    moment = WRITTEN_SQL if by_time(layer) else "''"
    return f"{moment} || ',' || field_{layer.key}"


def _edges(layer: MapLayer) -> list[tuple[str, tuple[Any, ...]]]:
    """Six scalar statements: west, south, east, north, first, last.

    The westmost shape is the one nearest to a line west of everything, which a spatial index finds without reading the rest.
    """
    column = ExpressionWrapper(F(layer.geometry_column), output_field=TextField())
    chosen = _sql(layer.queryset().filter((f"{layer.geometry_column}__isnull", False)).order_by().values(shape=column))
    if chosen is None:
        return [("SELECT NULL", ())] * 6
    sql, params = chosen
    far = "ST_MakeLine(ST_SetSRID(ST_MakePoint({}, {}), 4326), ST_SetSRID(ST_MakePoint({}, {}), 4326))"
    edges = {
        "ST_XMin": far.format(-400, -100, -400, 100),
        "ST_YMin": far.format(-200, -300, 200, -300),
        "ST_XMax": far.format(400, -100, 400, 100),
        "ST_YMax": far.format(-200, 300, 200, 300),
    }
    pieces = [
        (f"SELECT {edge}(shape) FROM ({sql}) AS rows ORDER BY shape <-> {line} LIMIT 1", params) for edge, line in edges.items()
    ]
    return [*pieces, _moment(layer, "min"), _moment(layer, "max")]


def _moment(layer: MapLayer, which: str) -> tuple[str, tuple[Any, ...]]:
    chosen = _sql(layer.queryset().order_by().values(moment=F(layer.created))) if layer.created else None
    if chosen is None:
        return "SELECT NULL::timestamptz", ()
    return f"SELECT {which}(moment) FROM ({chosen[0]}) AS rows", chosen[1]


def _extent(
    west: float | None,
    south: float | None,
    east: float | None,
    north: float | None,
    since: dt.datetime | None,
    until: dt.datetime | None,
) -> Extent:
    if west is None or south is None or east is None or north is None:
        return Extent(None, since, until)
    return Extent((west, south, east, north), since, until)


def _fetch(sql: str, params: tuple[Any, ...], longest_ms: int = LONGEST_MS, workers: int = 0) -> tuple[Any, ...]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(_LIMITS + sql, (str(longest_ms), str(workers), *params))
            cursor.nextset()
            row: tuple[Any, ...] = cursor.fetchone()
    except OperationalError as stopped:
        if isinstance(stopped.__cause__, QueryCanceled):
            raise TooLong from stopped
        raise
    return row
