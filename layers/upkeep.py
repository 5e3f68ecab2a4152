"""The upkeep of counts kept in advance. Tiles are right without it; it keeps them quick."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from layers import pyramid_sql as sql
from layers import pyramid_stored_sql, tile_files
from layers.declaration import MapLayer
from layers.pyramid import NUMBER_AT, Pyramid, tile_of

#: Notes in one merge: about a second.
AT_ONCE: Final = 20_000


def merge(at_most: int = AT_ONCE) -> int:
    """Take notes into the counts and finished tiles, in one transaction; return how many. 0 when there is none, or another merge is at it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM layers_pyramiddelta) AND pg_try_advisory_xact_lock(%s)", [sql.MERGE_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(sql.LOCK)
        cursor.execute(f"SET LOCAL jit = off; {sql.merge()}", [at_most])
        cursor.nextset()
        taken, changed = cursor.fetchone()
        for layer, pyramid in _counted():
            pyramid_stored_sql.write(layer, pyramid, changed)
        if settings.TILE_DIR is not None:
            transaction.on_commit(partial(tile_files.forget, [(key >> NUMBER_AT, tile_of(key)) for key in changed]))
    return int(taken)


def merge_all(seconds: float = 3600.0, at_once: int = AT_ONCE) -> int:
    """Merge until nothing is left, another merge is at it, or the time is over; return how many notes were taken."""
    ends, taken = time.monotonic() + seconds, 0
    while time.monotonic() < ends and (some := merge(at_once)):
        taken += some
    return taken


def rebuild(pyramid: Pyramid) -> int:
    """Count everything from scratch, in one transaction; return how many rows count. Nobody who reads or writes waits."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.LOCK)
        cursor.execute(f"SET LOCAL jit = off; SET LOCAL work_mem = '256MB'; {sql.empty_counts(pyramid)}")
        cursor.execute(sql.rebuild(pyramid))
        (rows,) = cursor.fetchone()
        for layer, its in _counted():
            if its.number == pyramid.number:
                pyramid_stored_sql.write(layer, its, pyramid_stored_sql.every_key(its))
        transaction.on_commit(partial(tile_files.forget_all, pyramid.number))
    return int(rows)


def sweep() -> int:
    """Delete cells in which nothing is left; return how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.LOCK)
        gone = 0
        for statement in sql.SWEEP:
            cursor.execute(statement)
            gone += cursor.rowcount
    return gone


def _counted() -> Iterator[tuple[MapLayer, Pyramid]]:
    layers: Sequence[MapLayer] = import_string(settings.MAP_LAYERS)
    for layer in layers:
        if layer.pyramid:
            yield layer, layer.pyramid
