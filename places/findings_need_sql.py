"""How long the named streets of each district are together, measured as the page of a district measures them; kept for a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from django.core.cache import cache
from django.db import connection

from places.patience_sql import TooLongPage, limited

LONGEST_MS: Final = 3_000
_KEPT_S: Final = 24 * 3600
#: When it took too long, it is tried again after this time.
_AGAIN_S: Final = 600
# Only what crosses a border is cut, which is dear; all else is measured as it is. Metres on the spheroid.
_METRES: Final = """
SELECT b.code, sum(ST_Length((CASE WHEN ST_Covers(b.geometry, s.geometry) THEN s.geometry
                                   ELSE ST_Intersection(b.geometry, s.geometry) END)::geography))
FROM gis_data_boundary AS b JOIN gis_data_street AS s ON ST_Intersects(b.geometry, s.geometry)
WHERE b.id = ANY (%s) AND s.names <> '{}' GROUP BY b.code"""
# What tells one ground from another: streets are loaded anew as a whole, so their number and the last of them do; of boundaries a
# single one may be drawn anew under the same key.
_GROUND: Final = """
SELECT count(*), coalesce(max(id), 0),
       (SELECT md5(coalesce(string_agg(concat_ws(' ', id, md5(code), md5(ST_AsBinary(geometry))), ',' ORDER BY id), ''))
        FROM gis_data_boundary WHERE id = ANY (%s))
FROM gis_data_street"""


def kilometres(boundaries: Sequence[int]) -> Mapping[str, Decimal]:
    """Return the length in km by the code of the district, for boundaries by their keys; nothing where that takes too long."""
    with connection.cursor() as cursor:
        cursor.execute(_GROUND, [list(boundaries)])
        name = "findings-km-" + "-".join(str(one) for one in cursor.fetchone())
    kept: Mapping[str, Decimal] | None = cache.get(name)
    if kept is None:
        kept = _measured(boundaries)
        cache.set(name, kept, _KEPT_S if kept else _AGAIN_S)
    return kept


def _measured(boundaries: Sequence[int]) -> Mapping[str, Decimal]:
    try:
        with limited(LONGEST_MS), connection.cursor() as cursor:
            cursor.execute(_METRES, [list(boundaries)])
            return {code: Decimal(round(metres)) / 1000 for code, metres in cursor.fetchall()}
    except TooLongPage:
        return {}
