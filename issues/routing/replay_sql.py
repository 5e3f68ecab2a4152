"""The statements of a replay: appeals counted by what they have in common, or fetched by the million in a form numpy reads.

A *combination* is a key of facts, a time slot and a hash of the answers that rules look at; slot and hash are 0 where no rule
looks, and the slot is `ANY_MOMENT` where the key decides alone. ``open`` is 1 for an appeal that waits for somebody. Points are
degrees, SRID 4326.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

#: Key, slot, answers.
Combination = tuple[int, int, int]

#: The slot of a key for which neither hour nor answers make a difference.
ANY_MOMENT: Final = -1

_OPEN: Final = "a.state IN ('new', 'accepted', 'planned', 'started')"
_FROM: Final = "issues_appealfacts AS f JOIN issues_appeal AS a ON a.id = f.appeal_id"
_SINCE: Final = "(%(since)s::date IS NULL OR a.created_at >= %(since)s::date::timestamp AT TIME ZONE %(zone)s)"
_LOCAL: Final = "(a.created_at AT TIME ZONE %(zone)s)"

#: Weekday (ISO) × 100 + the number of the span between the times of day that rules name.
_SLOT: Final = f"(date_part('isodow', {_LOCAL})::int * 100 + width_bucket({_LOCAL}::time, %(times)s::time[]))"
_ANSWERS: Final = """(SELECT jsonb_object_agg(q, a.answers -> q) FROM unnest(%(questions)s::text[]) AS q WHERE a.answers ? q)"""


def _slot(params: dict[str, Any]) -> str:
    return _SLOT if params["times"] is not None else "0"


def _hash(params: dict[str, Any]) -> str:
    return f"coalesce(hashtextextended({_ANSWERS}::text, 0), 0)" if params["questions"] else "0::bigint"


def by_key(params: dict[str, Any]) -> list[tuple[int, int, int]]:
    """(key, how many, how many open) of all appeals."""
    query = f"SELECT f.key_id, count(*), count(*) FILTER (WHERE {_OPEN}) FROM {_FROM} WHERE {_SINCE} GROUP BY 1"
    return _all(query, params)


def combinations(keys: Sequence[int], params: dict[str, Any]) -> list[tuple[int, int, int, int, int]]:
    """(key, slot, answers, how many, how many open) of the appeals with one of ``keys``."""
    query = f"""
        SELECT f.key_id, {_slot(params)} AS slot, {_hash(params)} AS answers, count(*), count(*) FILTER (WHERE {_OPEN})
        FROM {_FROM} WHERE f.key_id = ANY(%(keys)s) AND {_SINCE} GROUP BY 1, 2, 3"""
    return _all(query, params | {"keys": list(keys)}) if keys else []


def combinations_of(appeals: Sequence[int], params: dict[str, Any]) -> dict[int, Combination]:
    """The combination of each of these appeals, with the slot told even where the key decides alone."""
    query = f"SELECT a.id, f.key_id, {_slot(params)}, {_hash(params)} FROM {_FROM} WHERE a.id = ANY(%(ids)s)"
    return {row[0]: (row[1], row[2], row[3]) for row in _all(query, params | {"ids": list(appeals)})}


def answers_by_hash(params: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """What the hashes of `combinations` stand for."""
    if not params["questions"]:
        return {}
    query = f"SELECT DISTINCT ON (1) {_hash(params)}, {_ANSWERS} FROM {_FROM} WHERE {_SINCE} ORDER BY 1"
    return {number: json.loads(said or "{}") for number, said in _all(query, params)}


def newest_of(combined: list[Combination], params: dict[str, Any], limit: int, share: float) -> list[int]:
    """Ids of the newest appeals of these combinations, which ``share`` (0 to 1) of all appeals have.

    They are looked for from the newest appeal backwards, in steps that by the share should hold enough of them: to sort all that
    move takes seconds where much moves, and where little does the first step holds everything.
    """
    ((top,),) = _all("SELECT coalesce(max(appeal_id), 0) FROM issues_appealfacts", {})
    found: list[int] = []
    step = int(2 * limit / max(share, 1e-9)) + 1
    while top > 0 and len(found) < limit:
        within = {"low": max(0, top - step), "top": top, "limit": limit - len(found)}
        window = "f.appeal_id > %(low)s AND f.appeal_id <= %(top)s AND a.id > %(low)s AND a.id <= %(top)s"
        found += _ids(combined, params | within, f"{_SINCE} AND {window} AND", "DESC LIMIT %(limit)s")
        top, step = within["low"], step * 4
    return found


def open_of(combined: list[Combination], params: dict[str, Any]) -> list[int]:
    """Ids of the open appeals of these combinations, oldest first."""
    return _ids(combined, params, f"{_OPEN} AND", "ASC")


def _ids(combined: list[Combination], params: dict[str, Any], which: str, order: str) -> list[int]:
    plain = [key for key, slot, _answers in combined if slot == ANY_MOMENT]
    told_apart = [one for one in combined if one[1] != ANY_MOMENT]
    keys, slots, hashes = ([one[place] for one in told_apart] for place in range(3))
    query = f"""
        SELECT a.id FROM {_FROM}
        WHERE {which} f.key_id = ANY(%(some)s)
          AND (f.key_id = ANY(%(plain)s)
               OR (f.key_id, {_slot(params)}, {_hash(params)})
                  IN (SELECT * FROM unnest(%(keys)s::bigint[], %(slots)s::int[], %(hashes)s::bigint[])))
        ORDER BY a.id {order}"""
    some = sorted({key for key, _slot, _answers in combined})
    asked = {"some": some, "plain": plain, "keys": keys, "slots": slots, "hashes": hashes}
    return [row[0] for row in _all(query, params | asked)]


def unknown(params: dict[str, Any]) -> int:
    """How many appeals have no facts yet, so that nothing can be said about them."""
    query = f"""SELECT count(*) FROM issues_appeal AS a
                WHERE {_SINCE} AND NOT EXISTS (SELECT FROM issues_appealfacts AS f WHERE f.appeal_id = a.id)"""
    return int(_all(query, params)[0][0])


def keys_of(numbers: list[int]) -> dict[int, dict[str, Any]]:
    """Keys by number."""
    rows = _all("SELECT id, key FROM issues_factkey WHERE id = ANY(%(numbers)s)", {"numbers": numbers})
    return {number: json.loads(key) for number, key in rows}


#: A row as PostgreSQL's ``…send`` functions write it: big-endian, one field behind the other.
_ROW: Final = np.dtype(
    [("id", ">i8"), ("lon", ">f8"), ("lat", ">f8"), ("key", ">i8"), ("local", ">f8"), ("answers", ">i8"), ("open", ">i4")]
)
#: So many ids share one value of the answer: a value a row would cost more than all else.
_PACK: Final = 20_000


def fetch(params: dict[str, Any], area: bytes | None = None) -> NDArray[Any]:
    """All appeals with a place (in ``area``, EWKB, where it is given), as a structured array: id, lon, lat, key, local, answers, open.

    ``local`` is the city's own time in seconds since 1970 (a slot is worked out from it by numpy), 0 where no rule looks at it.
    """
    local = f"date_part('epoch', {_LOCAL})" if params["times"] is not None else "0"
    inside = "AND ST_Covers(%(area)s::geometry, a.point)" if area is not None else ""
    query = f"""
        SELECT string_agg(int8send(a.id) || float8send(ST_X(a.point)) || float8send(ST_Y(a.point)) || int8send(f.key_id)
                          || float8send({local}) || int8send({_hash(params)}) || int4send(({_OPEN})::int), ''::bytea)
        FROM {_FROM} WHERE a.point IS NOT NULL AND {_SINCE} {inside} GROUP BY a.id / {_PACK}"""
    return np.frombuffer(b"".join(bytes(row[0]) for row in _all(query, params | {"area": area})), _ROW)


def shown(appeals: Sequence[int]) -> list[tuple[int, str, float | None, float | None]]:
    """(id, reference, longitude, latitude) of these appeals, newest first."""
    query = "SELECT id, public_id, ST_X(point), ST_Y(point) FROM issues_appeal WHERE id = ANY(%(ids)s) ORDER BY id DESC"
    return _all(query, {"ids": list(appeals)})


def _all(query: str, params: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())


def set_districts(appeals: list[int], day: Any) -> None:
    """The district of these appeals as their facts say, in its version of ``day``."""
    query = """
        UPDATE issues_appeal AS a SET district_id = d.id
        FROM issues_appealfacts AS f JOIN issues_factkey AS k ON k.id = f.key_id
             LEFT JOIN (SELECT b.id, b.code, s.code AS set_code FROM gis_data_boundary AS b
                        JOIN gis_data_boundaryset AS s ON s.id = b.boundary_set_id AND s.is_district
                        WHERE b.valid @> %(day)s::date) AS d ON k.key -> 'at' ->> d.set_code = d.code
        WHERE f.appeal_id = a.id AND a.id = ANY(%(ids)s) AND a.district_id IS DISTINCT FROM d.id"""
    with connection.cursor() as cursor:
        cursor.execute(query, {"ids": appeals, "day": day})
