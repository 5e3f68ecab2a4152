"""Places that were repaired again: repairs of one kind in one place, one after another.

The same place is the same thing of the city; for works along a line the same piece of street; for all others what lies within so many metres,
measured on a plane around the middle of the city (shapes are degrees, SRID 4326). Neighbours of neighbours count as one place.
"""

from __future__ import annotations

from typing import Final

from gis_data.metres import metres_per_degree
from gis_data.models import City
from places.findings_page_sql import Wanted, in_district
from places.findings_types import Asked

#: Repairs with no more days between them are one visit.
ONE_VISIT_DAYS: Final = 7

_REPEATS: Final = """
WITH known AS MATERIALIZED (  -- flat once, and only what lies by itself; "C", for groups need no order of letters
    SELECT id, kind COLLATE "C" AS kind, finished_on, unpriced, here, thing COLLATE "C" AS thing,
           CASE WHEN thing IS NULL THEN ST_Scale(geometry, %s, %s) END AS flat
    FROM (SELECT r.id, r.kind, r.finished_on, r.cost IS NULL AS unpriced, r.geometry, {here} AS here,
                 CASE WHEN r.asset_id IS NOT NULL THEN 'a' || r.asset_id
                      WHEN r.street_id IS NOT NULL AND coalesce(ST_Dimension(r.geometry) = 1, true) THEN 's' || r.street_id END AS thing
          FROM works_repair AS r WHERE r.status = 'finished' AND r.finished_on <= %s) AS lying
), near AS (
    SELECT id, kind, finished_on, unpriced, here, flat,
           ('n' || ST_ClusterDBSCAN(flat, %s, 2) OVER (PARTITION BY kind)) COLLATE "C" AS place
    FROM known WHERE flat IS NOT NULL
), placed AS (
    SELECT id, kind, finished_on, unpriced, here, NULL::box2d AS box, thing AS place FROM known WHERE thing IS NOT NULL
    UNION ALL SELECT id, kind, finished_on, unpriced, here, box2d(flat), place FROM near WHERE place IS NOT NULL
), stepped AS (
    SELECT *, lag(finished_on) OVER (PARTITION BY kind, place ORDER BY finished_on, id) AS before FROM placed
), counted AS (
    SELECT *, coalesce((finished_on > before + make_interval(months => %s))::integer, 1) AS begins,
           coalesce((finished_on > before + {one_visit})::integer, 1) AS comes
    FROM stepped
), runs AS (
    SELECT *, sum(begins) OVER (PARTITION BY kind, place ORDER BY finished_on, id) AS run FROM counted
)
SELECT sum(comes)::numeric AS sort, 'r' || min(id) AS key, kind, sum(comes)::integer AS times, count(*) AS repairs, min(finished_on) AS first,
       max(finished_on) AS last, count(*) FILTER (WHERE unpriced) AS unknown, array_agg(id ORDER BY finished_on DESC, id DESC) AS ids,
       round(sqrt((max(ST_XMax(box)) - min(ST_XMin(box))) ^ 2 + (max(ST_YMax(box)) - min(ST_YMin(box))) ^ 2)::numeric) AS across
FROM runs GROUP BY kind, place, run
HAVING sum(comes) >= %s AND bool_or(here) AND max(finished_on) BETWEEN %s AND %s"""
_COSTS: Final = """LEFT JOIN LATERAL (
    SELECT json_object_agg(currency, amount::text) AS costs
    FROM (SELECT currency, sum(cost) AS amount FROM works_repair WHERE id = ANY (found.ids) AND cost IS NOT NULL GROUP BY currency) AS sums
) AS money ON true"""


def repeats(asked: Asked) -> Wanted:
    """Return the statement. One query, for the middle of the city."""
    here, district = in_district("r", "r.id", asked)
    numbers = asked.numbers
    return Wanted(
        _REPEATS.format(here=here, one_visit=ONE_VISIT_DAYS),
        (
            *plane_of_the_city(),
            *district,
            asked.today,
            float(numbers["metres"]),
            numbers["months"],
            numbers["times"],
            asked.first_day,
            asked.last_day,
        ),
        columns=", money.costs",
        joined=_COSTS,
    )


def plane_of_the_city() -> tuple[float, float]:
    """Metres of a degree (east, north) in the middle of the city. One query."""
    centre = City.objects.values_list("centre", flat=True).first()
    return metres_per_degree(centre.y if centre else 0.0)
