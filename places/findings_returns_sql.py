"""Repairs that came back while they were under warranty, by the firm that made them."""

from __future__ import annotations

from typing import Any, Final

from issues.models import Appeal
from places.findings_page_sql import Wanted, in_district
from places.findings_types import Asked
from works import warranty_end
from works.at_place_sql import SAME_PLACE_M

# Only what staff confirmed counts: anybody can report something beside a rival's repair, and the clock would propose it. What nobody has
# looked at yet is a number of its own, and only on the repair itself; what staff refused is not told.
_RETURNS: Final = """
WITH made AS MATERIALIZED (
    SELECT r.id, coalesce(r.contractor_id, c.supplier_id) AS written
    FROM works_repair AS r LEFT JOIN works_contract AS c ON c.id = r.contract_id
    WHERE r.status = 'finished' AND {until} IS NOT NULL AND coalesce(r.contractor_id, c.supplier_id) IS NOT NULL AND {here}{years}
), firm AS MATERIALIZED (
    SELECT written, places_top(written) AS firm FROM (SELECT DISTINCT written FROM made) AS each
), back AS MATERIALIZED (
    SELECT l.repair_id, l.appeal_id, l.state = 'confirmed' AS confirmed
    FROM issues_link AS l
    WHERE l.meaning = 'returns' AND l.repair_id IS NOT NULL
      AND (l.state = 'confirmed' OR (l.state = 'proposed' AND l.distance_m <= {same_place}))
      AND l.appeal_id IN ({public})
), summed AS (
    SELECT f.firm, count(DISTINCT m.id) AS repairs, count(DISTINCT b.repair_id) FILTER (WHERE b.confirmed) AS returned,
           count(DISTINCT b.appeal_id) AS reports,
           count(DISTINCT b.appeal_id) FILTER (WHERE b.confirmed) AS confirmed,
           coalesce(array_agg(DISTINCT b.repair_id) FILTER (WHERE b.confirmed), '{{}}') AS ids
    FROM made AS m JOIN firm AS f USING (written) LEFT JOIN back AS b ON b.repair_id = m.id GROUP BY f.firm
)
SELECT CASE WHEN s.repairs >= %s THEN round(100.0 * s.returned / s.repairs, 4) ELSE -1 END AS sort, 'f' || s.firm AS key, s.*,
       o.legal_name AS name
FROM summed AS s JOIN works_organisation AS o ON o.id = s.firm"""


def returns(asked: Asked) -> Wanted:
    """Return the statement; of reports only those that everybody may see, without those that were joined with another one."""
    here, district = in_district("r", "r.id", asked)
    years: tuple[Any, ...] = () if asked.any_time else (asked.first_day, asked.last_day)
    public, values = Appeal.objects.public().filter(parent=None).order_by().values("pk").query.sql_with_params()
    sql = _RETURNS.format(
        until=warranty_end.SQL,
        here=here,
        years=" AND r.finished_on BETWEEN %s AND %s" if years else "",
        same_place=SAME_PLACE_M,
        public=public,
    )
    return Wanted(sql, (*district, *years, *values, asked.numbers["least"]))
