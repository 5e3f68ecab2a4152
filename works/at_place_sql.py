"""What works say at a pin, by one statement; and its piece on warranties, which routing reads among the facts of a pin.

Points are longitude and latitude in degrees, SRID 4326. A box around the pin is cut by the index, so what lies elsewhere costs
nothing; only what is in the box is measured, on the plane around the pin (5 cm off the spheroid at 50 m, and many times cheaper). Pieces read the relations ``pin`` and ``today``
of ``gis_data/ground_sql.py``.
"""

from __future__ import annotations

from typing import Final

from gis_data import ground_sql

#: Closer than this a pin is on the repair itself: pins are set by hand and by satellite, which err by some metres.
SAME_PLACE_M: Final = 20.0
#: Works this close are works "here" for somebody who reports a problem.
WORKS_M: Final = 50.0
#: Repairs of so many months make a place a recurring one.
RECURRING_MONTHS: Final = 36
AT_MOST: Final = 5
#: Longer names of supervisors are cut, as the column of a rule is.
SUPERVISOR_LENGTH: Final = 160


def _box(metres: float) -> str:
    return f"ST_Expand(pin.point, {metres} / pin.east, {metres} / pin.north)"


_METRES: Final = "ST_Distance(ST_Scale(r.geometry, pin.east, pin.north), pin.flat)"
#: The last day of a warranty: the repair's own, else its contract's.
_UNTIL: Final = "coalesce(r.warranty_until, c.warranty_until)"

#: How rules name an organisation ``o``: by its number in a register, else by its name in normal form.
ORGANISATION_CODE: Final = (
    f"left(CASE WHEN o.identifier <> '' THEN o.scheme || '-' || o.identifier ELSE o.key END, {SUPERVISOR_LENGTH})"
)
#: The administrator of the contract ``{contract}`` (an SQL expression). Of several the one that was written first.
_SUPERVISOR: Final = f"""
(SELECT {ORGANISATION_CODE}
 FROM works_contractparty AS p JOIN works_organisation AS n ON n.id = p.organisation_id
      JOIN works_organisation AS o ON o.id = coalesce(n.merged_into_id, n.id)
 WHERE p.contract_id = {{contract}} AND p.role = 'administrativeEntity' ORDER BY p.id LIMIT 1)"""

#: Codes of all administrators of contracts, for choosing from.
SUPERVISORS: Final = f"""
SELECT DISTINCT {ORGANISATION_CODE}
FROM works_contractparty AS p JOIN works_organisation AS n ON n.id = p.organisation_id
     JOIN works_organisation AS o ON o.id = coalesce(n.merged_into_id, n.id)
WHERE p.role = 'administrativeEntity' ORDER BY 1"""

#: The finished repair at a pin that is under warranty today, of the kinds ``{kinds}`` (an SQL array): for a LATERAL join. The
#: nearest; of two at the same place the one whose warranty lasts longer.
WARRANTY: Final = f"""
SELECT w.public_id AS ref, w.kind, coalesce({_SUPERVISOR.format(contract="w.contract_id")}, '') AS supervisor,
       coalesce(w.number, '') AS contract, coalesce(f.legal_name, '') AS contractor, w.until, w.finished_on, w.m
FROM (SELECT r.public_id, r.kind, r.contract_id, c.number, coalesce(r.contractor_id, c.supplier_id) AS contractor_id,
             {_UNTIL} AS until, r.finished_on, {_METRES} AS m
      FROM works_repair AS r LEFT JOIN works_contract AS c ON c.id = r.contract_id
      WHERE r.geometry && {_box(SAME_PLACE_M)} AND r.status = 'finished' AND r.kind = ANY ({{kinds}})
        AND {_UNTIL} >= (SELECT day FROM today) AND coalesce(r.finished_on <= (SELECT day FROM today), true)) AS w
     LEFT JOIN works_organisation AS f ON f.id = w.contractor_id
WHERE w.m <= {SAME_PLACE_M} ORDER BY w.m, w.until DESC, w.public_id LIMIT 1"""

# A stage of money further on says more: what was contracted, else approved, else planned, else promised at first. Stages and
# currencies are never added; of two currencies at one stage neither is the cost.
_PROJECT_MONEY: Final = """
SELECT m.amount, m.currency FROM (
    SELECT s.place, sum(s.amount) AS amount, max(s.currency) AS currency, count(DISTINCT s.currency) AS currencies
    FROM (SELECT array_position(ARRAY['committed', 'approved', 'planned'], l.stage::text) AS place, l.amount, l.currency
          FROM works_money AS l
          WHERE l.project_id = p.id AND l.stage <> 'paid' AND NOT EXISTS (SELECT FROM works_money AS x WHERE x.replaces_id = l.id)
          UNION ALL
          SELECT 4, p.promised_amount, p.promised_currency WHERE p.promised_amount IS NOT NULL) AS s
    GROUP BY s.place ORDER BY s.place LIMIT 1) AS m
WHERE m.currencies = 1"""

#: Contractors of a project, each once, in the order of their names.
_PROJECT_FIRMS: Final = """
SELECT string_agg(DISTINCT o.legal_name, ', ' ORDER BY o.legal_name)
FROM works_organisation AS o
WHERE o.id IN (SELECT k.supplier_id FROM works_contract AS k WHERE k.project_id = p.id
               UNION SELECT y.organisation_id FROM works_projectparty AS y WHERE y.project_id = p.id AND y.role = 'supplier')"""

_PROJECTS: Final = f"""
SELECT 'project' AS what, p.public_id AS ref, p.title, '' AS kind, p.status, p.status = 'implementation' AS running,
       coalesce(p.actual_start, p.planned_start, p.promised_start) AS starts,
       coalesce(p.planned_end, p.promised_end) AS ends,
       coalesce(({_PROJECT_FIRMS}), '') AS by, money.amount::text AS amount, coalesce(money.currency, '') AS currency, near.m
FROM (SELECT r.project_id, min({_METRES}) AS m
      FROM pin, works_projectplace AS r
      WHERE r.kind <> 'named' AND r.geometry && {_box(WORKS_M)} GROUP BY r.project_id) AS near
     JOIN works_project AS p ON p.id = near.project_id LEFT JOIN LATERAL ({_PROJECT_MONEY}) AS money ON true
WHERE near.m <= {WORKS_M} AND p.actual_end IS NULL
  AND (p.status IN ('preparation', 'implementation')
       OR (p.status = '' AND coalesce(p.planned_end, p.promised_end) >= (SELECT day FROM today)))"""

_REPAIRS: Final = """
SELECT 'repair' AS what, h.public_id AS ref, h.title, h.kind, h.status, h.status = 'running' AS running,
       h.started_on AS starts, h.finished_on AS ends, coalesce(f.legal_name, '') AS by, h.cost::text AS amount, h.currency, h.m
FROM here AS h LEFT JOIN works_organisation AS f ON f.id = h.firm
WHERE h.status IN ('planned', 'running')"""

#: → one row of JSON: planned or running works, the warranty, the repeats. $1 longitude, $2 latitude, $3 kinds (text[]), $4 day (NULL: the city's today).
AT_PLACE: Final = f"""
WITH today AS MATERIALIZED (
    SELECT coalesce($4::date, (statement_timestamp() AT TIME ZONE coalesce(
        (SELECT time_zone FROM gis_data_city LIMIT 1), 'UTC'))::date) AS day
),
pin AS MATERIALIZED ({ground_sql.ONE_PIN}),
here AS MATERIALIZED (
    SELECT * FROM (
        SELECT r.public_id, r.title, r.kind, r.status, r.started_on, r.finished_on, r.cost, r.currency,
               coalesce(r.contractor_id, c.supplier_id) AS firm, {_METRES} AS m
        FROM pin, works_repair AS r LEFT JOIN works_contract AS c ON c.id = r.contract_id
        WHERE r.geometry && {_box(WORKS_M)} AND r.status <> 'cancelled' AND r.kind = ANY ($3::text[])) AS r
    WHERE m <= {WORKS_M}
), again AS MATERIALIZED (
    SELECT * FROM here
    WHERE status = 'finished' AND m <= {SAME_PLACE_M} AND finished_on <= (SELECT day FROM today)
      AND finished_on > (SELECT day FROM today) - interval '{RECURRING_MONTHS} months'
)
SELECT
(SELECT json_agg(row_to_json(w)) FROM (
    SELECT * FROM (({_REPAIRS}) UNION ALL ({_PROJECTS})) AS works ORDER BY running DESC, m, ref LIMIT {AT_MOST}) AS w),
(SELECT row_to_json(w) FROM pin, LATERAL ({WARRANTY.format(kinds="$3::text[]")}) AS w),
(SELECT json_build_object('times', count(*), 'first', min(finished_on), 'last', max(finished_on),
            'unknown', count(*) FILTER (WHERE cost IS NULL),
            'costs', (SELECT json_object_agg(currency, amount::text)
                      FROM (SELECT currency, sum(cost) AS amount FROM again WHERE cost IS NOT NULL GROUP BY currency) AS sums))
 FROM again)"""
