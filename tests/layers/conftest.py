"""An archive that many tests of tiles read."""

import pytest
from django.db import connection

from tests.factories import IN_WEST, TinyCity
from tests.layers.reading import around


@pytest.fixture
def scattered(a_city: TinyCity) -> TinyCity:
    """Three thousand appeals over Testville in all states, one in ten held; some exactly on edges of tiles."""
    edge = around(IN_WEST, 13).box_in_degrees()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(
            """
            INSERT INTO issues_appeal (public_id, category_id, state, visibility, point, created_at)
            SELECT lpad(to_hex(i), 8, '0'), %s, (ARRAY['new', 'accepted', 'planned', 'started', 'done', 'rejected', 'closed'])[1 + i %% 7],
                   CASE WHEN i %% 10 = 0 THEN 'held' ELSE 'public' END,
                   ST_SetSRID(CASE WHEN i %% 50 = 0 THEN ST_MakePoint(%s, %s) WHEN i %% 50 = 1 THEN ST_MakePoint(%s, 50 + 0.06 * random())
                       ELSE ST_MakePoint(10 + 0.1 * random(), 50 + 0.06 * random()) END, 4326), now()
            FROM generate_series(1, 3000) AS i""",
            [a_city.categories["lamp"].pk, edge[0], edge[1], edge[2]],
        )
    return a_city
