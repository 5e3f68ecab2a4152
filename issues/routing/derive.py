"""Facts of many appeals at once: of those that were never decided here (imports), or whose ground has changed.

The statements are made of the pieces that read a single pin, so the answer is the one it would get today.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from gis_data import city_time
from gis_data.models import Boundary, BoundarySet
from issues.routing import derive_sql as sql
from issues.routing.fact_key import FactKey, from_json

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


def learn(group: BoundarySet) -> Iterator[int]:
    """Let facts that were read before the set was there name its areas too; all else in them stays. What was decided stays.

    One transaction a step; yields how many appeals it concerned. Stopped at any step, it goes on there when called again.
    """
    today = city_time.today()
    with connection.cursor() as cursor:
        cursor.execute(sql.FIRST_DAY, [group.pk, today])
        found = cursor.fetchone()
    if found is None:
        return
    params = {"set": group.pk, "code": group.code, "day": today, "first": found[0], "gap": group.gap_m, "limit": STEP}
    versions = Boundary.objects.filter(boundary_set=group).exclude(valid__isempty=True)
    for area in versions.order_by("code", "pk").values_list("pk", flat=True):
        yield from _steps(group, sql.LEARN_INSIDE, {**params, "area": area})
    if group.gap_m is not None:
        yield from _steps(group, sql.LEARN_GAPS, params)


def _steps(group: BoundarySet, statement: str, params: dict[str, Any]) -> Iterator[int]:
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, params)
            rows: list[tuple[int, int, str]] = cursor.fetchall()
            if rows:
                _name_area(cursor, group.code, rows)
        if not rows:
            return
        yield len(rows)


def _name_area(cursor: CursorWrapper, set_code: str, rows: list[tuple[int, int, str]]) -> None:
    """Rows are an appeal, the number of its key, and the code of the area of the set that its facts are to name."""
    cursor.execute(sql.KEYS_OF, [list({key for _appeal, key, _code in rows})])
    old = {number: from_json(json.loads(text)) for number, text in cursor.fetchall()}
    new = {
        (key, code): replace(old[key], at=tuple(sorted([*old[key].at, (set_code, code)])))
        for key, code in {(key, code) for _appeal, key, code in rows}
    }
    put_keys(cursor, {key.id: key for key in new.values()})
    appeals, keys = [row[0] for row in rows], [row[1] for row in rows]
    cursor.execute(sql.LEARN, [appeals, keys, [new[key, code].id for _appeal, key, code in rows]])


def _write(cursor: CursorWrapper, rows: list[tuple[Any, ...]]) -> None:
    keys: dict[int, FactKey] = {}
    appeals: list[int] = []
    numbers: list[int] = []
    for category, at, has_place, road_class, street_owner, asset_kind, asset_owner, warranty, supervisor, ids in rows:
        key = FactKey(
            category,
            tuple(sorted(json.loads(at).items())),
            (road_class, street_owner) if road_class is not None else None,
            (asset_kind, asset_owner) if asset_kind is not None else None,
            has_place,
            (warranty, supervisor) if warranty is not None else None,
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
