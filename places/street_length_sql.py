"""How long the named streets of a district are together: one statement, cut at the border."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.db import connection

from places.patience_sql import TooLongPage, limited

#: A district with more streets than can be measured in this time has no length on its page.
LONGEST_MS: Final = 1_500
# Only what crosses the border is cut, which is dear; all else is measured as it is. Metres on the spheroid.
_METRES: Final = """
SELECT coalesce(sum(ST_Length((CASE WHEN ST_Covers(b.geometry, s.geometry) THEN s.geometry
                                    ELSE ST_Intersection(b.geometry, s.geometry) END)::geography)), 0)
FROM gis_data_boundary AS b JOIN gis_data_street AS s ON ST_Intersects(b.geometry, s.geometry)
WHERE b.id = %s AND s.names <> '{}'"""


def kilometres(boundary: int) -> Decimal | None:
    """Return the length of the streets with a name inside a boundary (its key), in km; None where that takes too long. Three queries."""
    try:
        with limited(LONGEST_MS), connection.cursor() as cursor:
            cursor.execute(_METRES, [boundary])
            return Decimal(round(cursor.fetchone()[0])) / 1000
    except TooLongPage:
        return None
