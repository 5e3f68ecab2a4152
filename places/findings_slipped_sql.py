"""Projects that end later, or cost more, than was promised at first."""

from __future__ import annotations

from typing import Final

from places.findings_page_sql import Wanted, in_district
from places.findings_types import Asked

# What is contracted is told twice where the ledger has it as well as the contract: the larger of the two counts, not their sum.
_SLIPPED: Final = """
WITH spent AS (
    SELECT project, currency, sum(amount) FILTER (WHERE stage = 'paid') AS paid, sum(amount) FILTER (WHERE stage = 'committed') AS committed
    FROM places_moneyshare WHERE project <> 0 AND stage IN ('paid', 'committed') GROUP BY project, currency
), agreed AS (
    SELECT c.project_id, c.currency, sum(coalesce(last.new_value, c.value)) AS amount
    FROM works_contract AS c LEFT JOIN LATERAL (
        SELECT new_value FROM works_contractchange AS x
        WHERE x.contract_id = c.id AND x.new_value IS NOT NULL AND x.currency = c.currency
        ORDER BY x."on" DESC NULLS LAST, x.id DESC LIMIT 1
    ) AS last ON true
    WHERE c.project_id IS NOT NULL AND c.currency <> '' GROUP BY c.project_id, c.currency
), measured AS (
    SELECT p.id, p.public_id, p.title, p.status, p.promised_end, coalesce(p.actual_end, p.planned_end) AS ends,
           p.actual_end IS NOT NULL AS ended, coalesce(p.actual_end, p.planned_end) - p.promised_end AS late,
           p.promised_amount AS promised, p.promised_currency AS currency, s.paid, greatest(a.amount, s.committed) AS contracted,
           greatest(a.amount, s.committed, s.paid) AS reached
    FROM works_project AS p
    LEFT JOIN spent AS s ON s.project = p.id AND s.currency = p.promised_currency
    LEFT JOIN agreed AS a ON a.project_id = p.id AND a.currency = p.promised_currency
    WHERE p.status <> 'cancelled' AND {here}{years}
), judged AS (
    SELECT *, CASE WHEN promised > 0 THEN round((reached / promised - 1) * 100, 2) END AS over FROM measured
)
SELECT coalesce({sort}, -999999)::numeric AS sort, 'p' || id AS key, public_id, title::json AS title, status, promised_end, ends, ended,
       late, promised, currency, paid, contracted, reached, over
FROM judged WHERE late >= %s OR over >= %s"""
_SORTS: Final = {"days": "late", "percent": "over"}


def slipped(asked: Asked) -> Wanted:
    """Return the statement."""
    here, district = in_district("p", "p.id", asked)
    years = () if asked.any_time else (asked.first_day, asked.last_day)
    sql = _SLIPPED.format(
        here=here,
        years=" AND coalesce(p.promised_end, p.promised_start) BETWEEN %s AND %s" if years else "",
        sort=_SORTS[asked.picks["order"]],
    )
    return Wanted(sql, (*district, *years, asked.numbers["days"], asked.numbers["percent"]))
