"""Facts of many appeals at once: of those that were never decided here (imports), or whose ground has changed.

The statements are made of the pieces that read a single pin, so the answer is the one it would get today.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from gis_data import city_time
from issues.routing import derive_sql as sql
from issues.routing.fact_key import FactKey

#: So many appeals are read in one transaction.
STEP: Final = 20_000


def missing(limit: int = STEP) -> list[int]:
    """Ids of appeals whose facts are not known yet, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(sql.MISSING, [limit])
        return [appeal for (appeal,) in cursor.fetchall()]


def derive_missing(seconds: float | None = None) -> int:
    """Read the facts of all appeals that have none, step by step; return how many. Stops after ``seconds`` (one step at least)."""
    began, count = timezone.now(), 0
    while ids := missing():
        derive(ids)
        count += len(ids)
        if seconds is not None and (timezone.now() - began).total_seconds() >= seconds:
            break
    return count


def derive(appeals: list[int], day: dt.date | None = None) -> None:
    """Read (again) what the ground says on ``day`` (today) at the pins of these appeals, and keep it as their facts."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in sql.PINS:
            cursor.execute(statement, {"day": day or city_time.today(), "ids": appeals})
        for statement in (sql.INSIDE, sql.GAPS, sql.FACTS, sql.KEYS):
            cursor.execute(statement)
        _write(cursor, cursor.fetchall())


def _write(cursor: CursorWrapper, rows: list[tuple[Any, ...]]) -> None:
    keys: dict[int, FactKey] = {}
    appeals: list[int] = []
    numbers: list[int] = []
    for category, at, has_place, road_class, street_owner, asset_kind, asset_owner, ids in rows:
        key = FactKey(
            category,
            tuple(sorted(json.loads(at).items())),
            (road_class, street_owner) if road_class is not None else None,
            (asset_kind, asset_owner) if asset_kind is not None else None,
            has_place,
        )
        number = key.id
        keys[number] = key
        appeals += ids
        numbers += [number] * len(ids)
    put_keys(cursor, keys)
    cursor.execute(sql.WRITE, [appeals, numbers])


def put_keys(cursor: CursorWrapper, keys: dict[int, FactKey]) -> None:
    """Keep combinations of facts that are not known yet."""
    cursor.execute(sql.NEW_KEYS, [list(keys), [key.text for key in keys.values()]])
