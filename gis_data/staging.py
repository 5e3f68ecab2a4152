"""Many rows into one table at once: COPY to a temporary table, then one statement that inserts and updates what differs."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import shapely
from django.db import DataError, InternalError, connection, transaction
from psycopg import sql
from shapely.geometry.base import BaseGeometry

from gis_data.readers.broken import Broken
from gis_data.readers.feature import WGS84, Feature

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Target:
    """A table whose rows are known by ``source_id``; ``columns`` are the others to write, ``geometry`` the last one."""

    table: str
    columns: tuple[str, ...]
    geometry: str

    def all_columns(self) -> tuple[str, ...]:
        """The columns in the order in which `put` wants the values."""
        return ("source_id", *self.columns, self.geometry)


STREETS = Target("gis_data_street", ("names", "road_class", "owner"), "geometry")
ADDRESSES = Target("gis_data_address", ("text", "postcode"), "point")
ASSETS = Target("gis_data_asset", ("kind", "names", "owner"), "geometry")


def put(target: Target, rows: Iterable[Sequence[Any]]) -> tuple[int, int]:
    """Write rows (values of `Target.all_columns`, geometry as shapely in SRID 4326). Return (rows, rows that are new or differ).

    To be called in a transaction. Each ``source_id`` may come once.
    """
    names = {"table": sql.Identifier(target.table), "all": _list(target.all_columns())}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged")
        cursor.execute(_compose("CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {all} FROM {table} WITH NO DATA", names))
        count = 0
        with cursor.copy(_compose("COPY staged ({all}) FROM STDIN", names)) as copy:
            for row in rows:
                copy.write_row([_plain(value) for value in row])
                count += 1
        cursor.execute(_compose(_MERGE, names | _merge_parts(target)))
        (changed,) = cursor.fetchone()
        cursor.execute("DROP TABLE pg_temp.staged")
    return count, changed


_MERGE = """
    WITH put AS (
        INSERT INTO {table} AS old ({all}) SELECT {all} FROM staged
        ON CONFLICT (source_id) DO UPDATE SET {assign}
        WHERE ({old}) IS DISTINCT FROM ({new}) OR ST_AsBinary({old_place}) <> ST_AsBinary({new_place})
        RETURNING 1
    ) SELECT count(*) FROM put
"""


def remove_others(target: Target, kept: Collection[str]) -> int:
    """Delete rows that no file of the pack holds any more; return how many."""
    with connection.cursor() as cursor:
        query = "DELETE FROM {table} WHERE NOT EXISTS (SELECT FROM unnest(%s::text[]) AS kept WHERE kept = source_id)"
        cursor.execute(_compose(query, {"table": sql.Identifier(target.table)}), [list(kept)])
        return int(cursor.rowcount)


def analyze(target: Target) -> None:
    """Tell the planner what the table holds now: the next page must not wait for the autovacuum."""
    with connection.cursor() as cursor:
        cursor.execute(_compose("ANALYZE {table}", {"table": sql.Identifier(target.table)}))


def in_degrees(features: Iterable[Feature], file: str) -> Iterable[Feature]:
    """Turn features of any integer SRID into SRID 4326, by PostGIS. Raises `Broken` for an SRID it does not know.

    Degrees are passed on one by one. Others are all turned here and now: while a COPY runs its connection takes no query.
    """
    stream = iter(features)
    first = next(stream, None)
    if first is None:
        return []
    features = chain([first], stream)
    if first.srid == WGS84:
        return features
    return [feature for batch in _batches(features) for feature in _transformed(batch, file)]


def _batches(features: Iterable[Feature]) -> Iterator[list[Feature]]:
    batch: list[Feature] = []
    for feature in features:
        batch.append(feature)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _transformed(batch: list[Feature], file: str) -> Iterator[Feature]:
    placed = [feature for feature in batch if feature.geometry is not None]
    query = """
        SELECT ST_AsBinary(ST_Transform(ST_SetSRID(ST_GeomFromWKB(wkb), %s), 4326))
        FROM unnest(%s::bytea[]) WITH ORDINALITY AS given(wkb, place) ORDER BY place
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(query, [batch[0].srid, [shapely.to_wkb(feature.geometry) for feature in placed]])
            found = iter([shapely.from_wkb(bytes(wkb)) for (wkb,) in cursor.fetchall()])
    except (DataError, InternalError) as error:
        reason = str(error).splitlines()[0][:160]
        raise Broken(file, batch[0].row, f"SRID {batch[0].srid} cannot be turned into degrees: {reason}") from None
    for feature in batch:
        geometry = None if feature.geometry is None else next(found)
        yield Feature(feature.row, feature.properties, geometry, WGS84, feature.lack)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseGeometry):
        return shapely.to_wkb(shapely.set_srid(value, WGS84), hex=True, include_srid=True)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _merge_parts(target: Target) -> dict[str, sql.Composable]:
    old, new = sql.Identifier("old"), sql.Identifier("excluded")
    written = (*target.columns, target.geometry)
    return {
        "assign": sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in written),
        "old": sql.SQL(", ").join(sql.SQL("{}.{}").format(old, sql.Identifier(name)) for name in target.columns),
        "new": sql.SQL(", ").join(sql.SQL("{}.{}").format(new, sql.Identifier(name)) for name in target.columns),
        "old_place": sql.SQL("{}.{}").format(old, sql.Identifier(target.geometry)),
        "new_place": sql.SQL("{}.{}").format(new, sql.Identifier(target.geometry)),
    }


def _list(names: Iterable[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _compose(text: str, parts: dict[str, Any]) -> Any:
    return sql.SQL(text).format(**parts)
