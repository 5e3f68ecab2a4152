"""Seeded appeals for benches on an empty database: crowded hotspots around Boston, twelve categories, three years.

Inserted in order of time, as a city's own would be, so that time follows the heap and place does not.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from issues.models import Category

_APPEALS: Final = """
WITH spots AS MATERIALIZED (
    SELECT i, -71.06 + 0.08 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) AS lon,
           42.33 + 0.06 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) AS lat, 0.0004 + 0.004 * random() ^ 3 AS spread
    FROM generate_series(1, 400) AS i),
kinds AS MATERIALIZED (SELECT array_agg(id ORDER BY position) AS ids FROM issues_category WHERE code LIKE 'kind-%%'),
thrown AS MATERIALIZED (
    SELECT i, 1 + floor(400 * random() ^ 2)::int AS spot, random() AS a, random() AS b, random() AS c, random() AS d, random() AS e
    FROM generate_series(1, %(rows)s) AS i)
INSERT INTO issues_appeal (public_id, category_id, state, visibility, point, text, source, source_ref, created_at)
SELECT upper(lpad(to_hex(thrown.i), 8, '0')), kinds.ids[1 + floor(12 * c * c)::int],
       (ARRAY['done', 'closed', 'done', 'rejected', 'new', 'accepted', 'planned', 'started'])[1 + floor(8 * d * d)::int],
       CASE WHEN e < 0.97 THEN 'public' WHEN e < 0.98 THEN 'held' ELSE 'private' END,
       ST_SetSRID(ST_MakePoint(lon + spread * sqrt(-2 * ln(1 - a)) * cos(2 * pi() * b), lat + spread * sqrt(-2 * ln(1 - a)) * sin(2 * pi() * b)), 4326),
       repeat('Something is broken here. ', 1 + floor(6 * a)::int), 'synthetic', 'synthetic-' || thrown.i,
       timestamptz '2023-01-01' + interval '1 second' * (94608000.0 * thrown.i / %(rows)s)
FROM thrown JOIN spots ON spots.i = thrown.spot CROSS JOIN kinds ORDER BY thrown.i
"""


def make_categories(codes: Sequence[str], first: int = 1) -> None:
    """Write the categories with these codes that are not there yet; ``first`` is the place of the first in the list."""
    Category.objects.bulk_create(
        (
            Category(
                code=code, names={"en": code.capitalize()}, public=True, near_m=100, valid=("2000-01-01", None), position=place
            )
            for place, code in enumerate(codes, first)
        ),
        ignore_conflicts=True,
    )


def make_appeals(rows: int) -> None:
    """Write ``rows`` appeals (points in SRID 4326); the same seed gives the same places each time.

    Without triggers: what hangs on them (the counts of the map) is to be made anew by the caller.
    """
    make_categories([f"kind-{number}" for number in range(1, 13)])
    with connection.cursor() as cursor:
        with _without_indexes(cursor):
            cursor.execute("SET session_replication_role = replica; SELECT setseed(0.4242)")
            cursor.execute(_APPEALS, {"rows": rows})
            cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE issues_appeal, issues_category")


@contextlib.contextmanager
def _without_indexes(cursor: CursorWrapper) -> Iterator[None]:
    """Take the indexes that are no constraints away meanwhile: made at once they are quicker than row by row."""
    cursor.execute(
        """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
        WHERE indrelid = 'issues_appeal'::regclass AND NOT indisunique"""
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
