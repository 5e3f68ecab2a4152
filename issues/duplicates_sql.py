"""The statement that asks what is already reported near a pin.

Points are longitude and latitude in degrees, SRID 4326; distances are metres on the spheroid.
"""

from __future__ import annotations

from typing import Final

from gis_data import ground_sql

#: No category looks further than this.
FURTHEST_M: Final = 500.0
#: How far the plane around a pin may be off the spheroid, at distances up to `FURTHEST_M` and as far from the equator as `_PLANE_TO`.
_OFF: Final = 0.02
#: A box of this part of the size is looked at first: where it holds enough that is surely the nearest, the crowd around it is not read.
_TIGHT: Final = 0.2
#: Degrees of latitude. Nearer to a pole the plane is no help, and everything in the box is measured on the spheroid.
_PLANE_TO: Final = 88.0
_PIN: Final = ground_sql.pin(
    """(SELECT id, "group", least(near_m, $4) AS metres, ST_SetSRID(ST_MakePoint($2, $3), 4326) AS point
        FROM issues_category WHERE code = $1 LIMIT 1) AS given""",
    'id, "group", metres, ',
)
_IN_BOX: Final = f"""
SELECT a.*, ST_Distance(ST_Scale(a.point, mine.east, mine.north), mine.flat) AS flat_m
FROM mine
JOIN issues_category AS kind ON kind.id = mine.id OR (mine."group" <> '' AND kind."group" = mine."group")
CROSS JOIN LATERAL (
    SELECT id, point, public_id, category_id, state, address, created_at FROM issues_appeal
    WHERE category_id = kind.id AND visibility = 'public' AND parent_id IS NULL
      AND (closed_at IS NULL OR closed_at > statement_timestamp() - interval '30 days')
      AND point && ST_Expand(mine.point, {{part}} * mine.metres * {1 + _OFF} / mine.east, {{part}} * mine.metres * {1 + _OFF} / mine.north)
) AS a"""
#: Only what ``Appeal.objects.public()`` admits, and only public columns. The index cuts a box as wide as the category looks; the plane
#: tells which few can be among the nearest; those are measured on the spheroid, which alone decides. $1 the category's code, $2 longitude,
#: $3 latitude, $4 `FURTHEST_M`, $5 how many at most.
NEAR: Final = f"""
WITH mine AS MATERIALIZED (
    SELECT *, CASE WHEN abs($3) <= {_PLANE_TO} THEN metres * {1 + _OFF} + 0.1 END AS surely FROM ({_PIN}) AS pin
), tight AS MATERIALIZED ({_IN_BOX.format(part=_TIGHT)}
), enough AS MATERIALIZED (
    SELECT count(*) >= $5 AS yes FROM tight, mine WHERE flat_m * {1 + 2 * _OFF} + 2 <= surely * {_TIGHT}
), near AS MATERIALIZED (
    SELECT * FROM tight WHERE (SELECT yes FROM enough) UNION ALL SELECT * FROM ({_IN_BOX.format(part=1.0)}) AS wide WHERE NOT (SELECT yes FROM enough)
), few AS MATERIALIZED (
    SELECT near.*, ST_Distance(near.point::geography, mine.point::geography) AS m, mine.metres
    FROM mine, near
    WHERE mine.surely IS NULL OR (near.flat_m <= mine.surely AND near.flat_m <= coalesce(
        (SELECT flat_m FROM near ORDER BY flat_m OFFSET $5::int - 1 LIMIT 1), mine.surely) * {1 + 2 * _OFF} + 2)
)
SELECT few.public_id, kind.code, kind.names::json, few.state, few.address, few.created_at, round(few.m)::int AS metres,
       ST_X(few.point), ST_Y(few.point)
FROM few JOIN issues_category AS kind ON kind.id = few.category_id
WHERE few.m <= few.metres
ORDER BY metres, few.id DESC
LIMIT $5
"""
