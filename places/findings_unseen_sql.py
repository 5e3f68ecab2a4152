"""Projects for which money was paid and of which no work is seen."""

from __future__ import annotations

from typing import Final

from places.findings_page_sql import Wanted, in_district
from places.findings_types import Asked

# A repair that names no project belongs to that of its contract. A payment that only names its year or its span counts from the end of it: never earlier than it was.
_UNSEEN: Final = """
WITH unseen AS MATERIALIZED (
    SELECT p.id
    FROM works_project AS p
    WHERE p.actual_start IS NULL AND p.actual_end IS NULL
      AND p.status NOT IN ('implementation', 'completion', 'maintenance', 'decommissioning', 'decommissioned') AND {here}
      AND NOT EXISTS (SELECT FROM works_repair AS r WHERE r.project_id = p.id AND r.status IN ('running', 'finished'))
      AND NOT EXISTS (SELECT FROM works_contract AS c JOIN works_repair AS r ON r.contract_id = c.id
                      WHERE c.project_id = p.id AND r.status IN ('running', 'finished'))
      AND NOT EXISTS (SELECT FROM works_document AS d LEFT JOIN works_contract AS c ON c.id = d.contract_id
                      LEFT JOIN works_repair AS r ON r.id = d.repair_id LEFT JOIN works_contract AS rc ON rc.id = r.contract_id
                      WHERE d.kind IN ('photo-before', 'photo-after')
                        AND coalesce(d.project_id, c.project_id, r.project_id, rc.project_id) = p.id)
      AND NOT EXISTS (SELECT FROM works_worksphoto AS w LEFT JOIN works_repair AS r ON r.id = w.repair_id
                      LEFT JOIN works_contract AS rc ON rc.id = r.contract_id
                      WHERE coalesce(w.project_id, r.project_id, rc.project_id) = p.id)
), payment AS (
    SELECT u.id, m.id AS row FROM unseen AS u JOIN works_money AS m ON m.project_id = u.id WHERE m.stage = 'paid'
    UNION
    SELECT u.id, m.id FROM unseen AS u JOIN works_contract AS c ON c.project_id = u.id JOIN works_money AS m ON m.contract_id = c.id
    WHERE m.stage = 'paid'
    UNION
    SELECT u.id, m.id FROM unseen AS u JOIN works_repair AS r ON r.project_id = u.id JOIN works_money AS m ON m.repair_id = r.id
    WHERE m.stage = 'paid'
    UNION
    SELECT u.id, m.id FROM unseen AS u JOIN works_contract AS c ON c.project_id = u.id
    JOIN works_repair AS r ON r.contract_id = c.id AND r.project_id IS NULL JOIN works_money AS m ON m.repair_id = r.id
    WHERE m.stage = 'paid'
), paid AS (
    SELECT q.id, m.currency, sum(m.amount) AS amount, count(*) AS rows,
           min(coalesce(m."on", m.ends, make_date(nullif(m.fiscal_year, 0), 12, 31))) AS first,
           max(coalesce(m."on", m.ends, make_date(nullif(m.fiscal_year, 0), 12, 31))) AS last
    FROM payment AS q JOIN works_money AS m ON m.id = q.row
    WHERE NOT EXISTS (SELECT FROM works_money AS later WHERE later.replaces_id = m.id)
    GROUP BY q.id, m.currency HAVING sum(m.amount) > 0
), summed AS (
    SELECT id, json_object_agg(currency, amount::text) AS amounts, sum(rows)::integer AS rows, min(first) AS first, max(last) AS last
    FROM paid GROUP BY id
)
SELECT coalesce(%s - s.first, 0)::numeric AS sort, 'p' || p.id AS key, p.public_id, p.title::json AS title, p.status,
       coalesce(p.planned_start, p.promised_start) AS begins, s.amounts,
       s.rows, s.first, s.last, %s - s.first AS days
FROM summed AS s JOIN works_project AS p ON p.id = s.id
WHERE coalesce(%s - s.first >= %s, true){years}"""


def unseen(asked: Asked) -> Wanted:
    """Return the statement."""
    here, district = in_district("p", "p.id", asked)
    years = () if asked.any_time else (asked.first_day, asked.last_day)
    sql = _UNSEEN.format(here=here, years=" AND s.last BETWEEN %s AND %s" if years else "")
    return Wanted(sql, (*district, asked.today, asked.today, asked.today, asked.numbers["days"], *years))
