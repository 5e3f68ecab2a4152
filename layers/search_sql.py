"""The statements of the search: the best things of one layer, and in which areas they lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db.models import ExpressionWrapper, F, TextField

from layers.declaration import MapLayer, NameField
from layers.grid import Box
from layers.headlines import Teller
from layers.rows_sql import fetch
from layers.search_match import Match
from layers.search_words import Question

#: Somebody waits at the keyboard.
LONGEST_MS: Final = 2_000
#: How much of its trigrams a text must share with what was typed: less than usual, for two letters that change places take four away.
ALIKE: Final = 0.4


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing that was found, or several of one name: ``row`` is the first of them as `Teller` reads it.

    ``lon`` and ``lat`` are a place on it in degrees (SRID 4326); ``box`` is what holds all of it, None for a single point.
    """

    name: str
    key: str
    row: dict[str, Any]
    lon: float
    lat: float
    box: Box | None


def things(layer: MapLayer, teller: Teller, question: Question, how: Match | None, most: int) -> list[Thing]:
    """Return the things of a layer that ``how`` finds, the best first, at most ``most``. One statement; raises `TooMuchWork`.

    Where things of one name are pieces of one, as those of a street are, they are told as one.
    """
    if how is None:
        return []
    try:
        chosen, params = _chosen(layer, how, question.language)
        told, told_params = _told(layer, teller, question.language)
    except EmptyResultSet:
        return []
    together = "CASE WHEN row_name <> '' THEN 0 ELSE row_pk END" if layer.pieces else "row_pk"
    away, near = _away(question)
    columns = ", ".join(f'told."{name}"' for name in teller.columns(question.language))
    rows = fetch(
        f"""WITH chosen AS NOT MATERIALIZED ({chosen}), best AS (
            SELECT *, {away} AS away FROM (
                SELECT row_name AS name, min(row_rank) AS rank, (array_agg(row_pk ORDER BY row_rank, row_pk))[1] AS first,
                       ST_XMin(ST_Extent(row_shape::geometry)) AS west, ST_YMin(ST_Extent(row_shape::geometry)) AS south,
                       ST_XMax(ST_Extent(row_shape::geometry)) AS east, ST_YMax(ST_Extent(row_shape::geometry)) AS north
                FROM chosen WHERE row_shape IS NOT NULL GROUP BY row_name, {together}) AS named
            ORDER BY rank, away, length(name), name, first LIMIT {most})
        SELECT best.*, ST_X(place) AS lon, ST_Y(place) AS lat, {columns}
        FROM best JOIN ({told}) AS told ON told_pk = first
            CROSS JOIN LATERAL (SELECT ST_PointOnSurface(told_shape::geometry) AS place) AS on_it
        ORDER BY rank, away, length(name), name, first""",
        (*params, *near, *told_params),
        LONGEST_MS,
        f", set_config('pg_trgm.word_similarity_threshold', '{ALIKE}', true)",
    )
    return [_thing(layer, row) for row in rows if row["lon"] is not None]


def _thing(layer: MapLayer, row: dict[str, Any]) -> Thing:
    box: Box = (row["west"], row["south"], row["east"], row["north"])
    is_point = box[0] == box[2] and box[1] == box[3]
    key = str(row[f"field_{layer.key}"]) if layer.key else ""
    return Thing(str(row["name"] or key), key, row, row["lon"], row["lat"], None if is_point else box)


def _chosen(layer: MapLayer, how: Match, language: str) -> tuple[str, tuple[Any, ...]]:
    """The rows that are found, with their names and shapes."""
    rows = layer.queryset().alias(**how.alias).filter(how.condition).order_by()
    shape = ExpressionWrapper(F(layer.geometry_column), output_field=TextField())  # as text, else it would come as bytes
    name = name_of(layer).expression(language)
    sql, params = rows.values(row_pk=F("pk"), row_name=name, row_rank=how.rank, row_shape=shape).query.sql_with_params()
    return sql, tuple(params)


def _told(layer: MapLayer, teller: Teller, language: str) -> tuple[str, tuple[Any, ...]]:
    """All rows as they are told, to be joined by their key."""
    shape = ExpressionWrapper(F(layer.geometry_column), output_field=TextField())
    rows = layer.queryset().order_by().values(told_pk=F("pk"), told_shape=shape, **teller.columns(language))
    sql, params = rows.query.sql_with_params()
    return sql, tuple(params)


def name_of(layer: MapLayer) -> Any:
    """Return the field by which a thing is named: its name, else the first text that is searched, else its key."""
    texts = [layer.field(name) for name in layer.search if name != layer.key]
    names = [one for one in (*texts, *layer.fields) if isinstance(one, NameField)]
    return next(iter((*names, *texts)), None) or layer.field(layer.key)


def _away(question: Question) -> tuple[str, tuple[float, ...]]:
    """How far a box is from where the asker looks, to compare only; 0 where that is not known."""
    if question.near is None:
        return "0", ()
    lon, lat = question.near
    shrink = math.cos(math.radians(lat))
    return "(((west + east) / 2 - %s) * %s) ^ 2 + ((south + north) / 2 - %s) ^ 2", (lon, shrink, lat)


def areas(within: MapLayer, places: Sequence[tuple[float, float]], language: str) -> list[str]:
    """Return the name of the area in which each place (degrees, SRID 4326) lies, '' for none. One statement, none without places."""
    if not places:
        return []
    shape = ExpressionWrapper(F(within.geometry_column), output_field=TextField())
    name = name_of(within).expression(language)
    sql, params = within.queryset().order_by("pk").values(area_shape=shape, area_name=name).query.sql_with_params()
    rows = fetch(
        f"""SELECT (SELECT area_name FROM ({sql}) AS area WHERE ST_Covers(area_shape::geometry, place) LIMIT 1) AS name
        FROM (SELECT number, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS place
              FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS asked (lon, lat, number)) AS places ORDER BY number""",
        (*params, [lon for lon, _lat in places], [lat for _lon, lat in places]),
        LONGEST_MS,
    )
    return [str(row["name"] or "") for row in rows]
