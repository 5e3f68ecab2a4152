"""What works say at a pin, by one statement; and its piece on warranties, which routing reads among the facts of a pin.

Points are longitude and latitude in degrees, SRID 4326. A box around the pin is cut by the index, so what lies elsewhere costs
nothing; only what is in the box is measured, on the plane around the pin (5 cm off the spheroid at 50 m, and many times cheaper). Pieces read the relations ``pin`` and ``today``
of ``gis_data/ground_sql.py``.
"""

from __future__ import annotations

from typing import Final

from gis_data import ground_sql
from works import warranty_end

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


#: One kind at a time can be told to an index of places and kinds; a list of them cannot.
_OF_KINDS: Final = "(SELECT DISTINCT unnest({kinds}) AS kind) AS k"
_METRES: Final = "ST_Distance(ST_Scale(r.geometry, pin.east, pin.north), pin.flat)"
_UNTIL: Final = warranty_end.SQL

#: Merges that are followed; this many end a ring of them, which nothing else forbids. The sums of money follow as many.
MERGES: Final = 20
#: Who an organisation is after all merges, whatever asks: the row of ``{number}`` (an SQL expression), for a LATERAL join.
FIRM: Final = f"""
(SELECT s.* FROM (
    WITH RECURSIVE up AS (
        SELECT n.id, n.merged_into_id, 0 AS hops FROM works_organisation AS n WHERE n.id = {{number}}
        UNION ALL
        SELECT n.id, n.merged_into_id, up.hops + 1 FROM up JOIN works_organisation AS n ON n.id = up.merged_into_id WHERE up.hops < {MERGES})
    SELECT id FROM up ORDER BY hops DESC LIMIT 1) AS last JOIN works_organisation AS s ON s.id = last.id)"""

#: How rules name an organisation ``o``: by its number in a register, else by its name in normal form.
ORGANISATION_CODE: Final = (
    f"left(CASE WHEN o.identifier <> '' THEN o.scheme || '-' || o.identifier ELSE o.key END, {SUPERVISOR_LENGTH})"
)
#: The administrator of the contract ``{contract}`` (an SQL expression). Of several the one that was written first.
_SUPERVISOR: Final = f"""
(SELECT {ORGANISATION_CODE} FROM (
    SELECT p.organisation_id AS number FROM works_contractparty AS p
    WHERE p.contract_id = {{contract}} AND p.role = 'administrativeEntity' ORDER BY p.id LIMIT 1) AS p, LATERAL {FIRM.format(number="p.number")} AS o)"""

#: Codes of all administrators of contracts, for choosing from.
SUPERVISORS: Final = f"""
SELECT DISTINCT {ORGANISATION_CODE}
FROM (SELECT DISTINCT organisation_id AS number FROM works_contractparty WHERE role = 'administrativeEntity') AS p,
     LATERAL {FIRM.format(number="p.number")} AS o ORDER BY 1"""

#: The finished repair at a pin that is under warranty today, of the kinds ``{kinds}`` (an SQL array): for a LATERAL join. The
#: nearest; of two at the same place the one whose warranty lasts longer.
WARRANTY: Final = f"""
SELECT w.public_id AS ref, w.kind, coalesce({_SUPERVISOR.format(contract="w.contract_id")}, '') AS supervisor,
       coalesce(w.number, '') AS contract, coalesce(f.legal_name, '') AS contractor, w.until, w.finished_on, w.m
FROM (SELECT * FROM (
          SELECT r.public_id, r.kind, r.contract_id, c.number, coalesce(r.contractor_id, c.supplier_id) AS contractor_id,
                 {_UNTIL} AS until, r.finished_on, {_METRES} AS m
          FROM {_OF_KINDS.format(kinds="{kinds}")} JOIN works_repair AS r ON r.kind = k.kind LEFT JOIN works_contract AS c ON c.id = r.contract_id
          WHERE r.geometry && {_box(SAME_PLACE_M)} AND r.status = 'finished'
            AND {_UNTIL} >= (SELECT day FROM today) AND coalesce(r.finished_on <= (SELECT day FROM today), true)) AS here
      WHERE m <= {SAME_PLACE_M} ORDER BY m, until DESC, public_id LIMIT 1) AS w
     LEFT JOIN LATERAL {FIRM.format(number="w.contractor_id")} AS f ON true"""

# A stage of money further on says more: what was contracted, else approved, else planned, else promised at first. Stages and
# currencies are never added; of two currencies at one stage neither is the cost.
_PROJECT_MONEY: Final = """
SELECT m.amount, m.currency FROM (
    SELECT s.place, sum(s.amount) AS amount, max(s.currency) AS currency, count(DISTINCT s.currency) AS currencies
    FROM (SELECT array_position(ARRAY['committed', 'approved', 'planned'], l.stage::text) AS place, l.amount, l.currency
          FROM works_money AS l
          WHERE l.project_id = c.project AND l.stage <> 'paid' AND NOT EXISTS (SELECT FROM works_money AS x WHERE x.replaces_id = l.id)
          UNION ALL
          SELECT 4, p.promised_amount, p.promised_currency FROM works_project AS p
          WHERE p.id = c.project AND p.promised_amount IS NOT NULL) AS s
    GROUP BY s.place ORDER BY s.place LIMIT 1) AS m
WHERE m.currencies = 1"""

#: The contractor of a repair; those of a project, each once, in the order of their names.
_FIRMS: Final = f"""
SELECT string_agg(DISTINCT o.legal_name, ', ' ORDER BY o.legal_name)
FROM (SELECT coalesce(c.firm, (SELECT k.supplier_id FROM works_contract AS k WHERE k.id = c.contract)) AS number
      UNION SELECT k.supplier_id FROM works_contract AS k WHERE k.project_id = c.project AND k.supplier_id IS NOT NULL
      UNION SELECT y.organisation_id FROM works_projectparty AS y WHERE y.project_id = c.project AND y.role = 'supplier') AS firms,
     LATERAL {FIRM.format(number="firms.number")} AS o"""

_PROJECTS: Final = f"""
SELECT 'project' AS what, p.public_id AS ref, p.title, '' AS kind, p.status, p.status = 'implementation' AS running,
       coalesce(p.actual_start, p.planned_start, p.promised_start) AS starts,
       coalesce(p.planned_end, p.promised_end) AS ends, NULL::bigint AS firm, NULL::bigint AS contract, NULL::numeric AS cost, '' AS currency, near.m, p.id AS project
FROM (SELECT r.project_id, min({_METRES}) AS m
      FROM pin CROSS JOIN works_projectplace AS r JOIN works_project AS p ON p.id = r.project_id
      WHERE r.kind <> 'named' AND r.geometry && {_box(WORKS_M)} AND p.actual_end IS NULL
        AND (p.status IN ('preparation', 'implementation')
             OR (p.status = '' AND coalesce(p.planned_end, p.promised_end) >= (SELECT day FROM today)))
      GROUP BY r.project_id) AS near JOIN works_project AS p ON p.id = near.project_id
WHERE near.m <= {WORKS_M}"""

_REPAIRS: Final = """
SELECT 'repair' AS what, h.public_id AS ref, h.title, h.kind, h.status, h.status = 'running' AS running,
       h.started_on AS starts, h.finished_on AS ends, h.contractor_id AS firm, h.contract_id AS contract, h.cost, h.currency, h.m, NULL::bigint AS project
FROM here AS h WHERE h.status IN ('planned', 'running')"""

#: → one row of JSON: planned or running works, the warranty, the repeats. $1 longitude, $2 latitude, $3 kinds (text[]), $4 day (NULL: the city's today).
#: Money and firms are read of the few works that are shown, not of all that lie around. Parameters stand apart from the joins: the plan is
#: the same for all of them, so the server keeps it; making one takes longer than running it.
AT_PLACE: Final = f"""
WITH today AS MATERIALIZED (
    SELECT coalesce($4::date, (statement_timestamp() AT TIME ZONE coalesce(
        (SELECT time_zone FROM gis_data_city LIMIT 1), 'UTC'))::date) AS day
),
pin AS MATERIALIZED ({ground_sql.ONE_PIN}),
asked AS MATERIALIZED (SELECT $3::text[] AS kinds),
here AS MATERIALIZED (
    SELECT * FROM (
        SELECT r.public_id, r.title, r.kind, r.status, r.started_on, r.finished_on, r.cost, r.currency, r.contractor_id,
               r.contract_id, {_METRES} AS m
        FROM pin CROSS JOIN {_OF_KINDS.format(kinds="(SELECT kinds FROM asked)")} JOIN works_repair AS r ON r.kind = k.kind
        WHERE r.geometry && {_box(WORKS_M)} AND r.status <> 'cancelled') AS r
    WHERE m <= {WORKS_M}
), again AS MATERIALIZED (
    SELECT * FROM here
    WHERE status = 'finished' AND m <= {SAME_PLACE_M} AND finished_on <= (SELECT day FROM today)
      AND finished_on > (SELECT day FROM today) - interval '{RECURRING_MONTHS} months'
), shown AS MATERIALIZED (
    SELECT * FROM (({_REPAIRS}) UNION ALL ({_PROJECTS})) AS works ORDER BY running DESC, m, ref LIMIT {AT_MOST}
)
SELECT
(SELECT json_agg(row_to_json(w)) FROM (
    SELECT c.what, c.ref, c.title, c.kind, c.status, c.running, c.starts, c.ends, coalesce(({_FIRMS}), '') AS by,
           coalesce(c.cost, money.amount)::text AS amount, coalesce(money.currency, c.currency) AS currency, c.m
    FROM shown AS c LEFT JOIN LATERAL ({_PROJECT_MONEY}) AS money ON true ORDER BY c.running DESC, c.m, c.ref) AS w),
(SELECT row_to_json(w) FROM pin, LATERAL ({WARRANTY.format(kinds="(SELECT kinds FROM asked)")}) AS w),
(SELECT json_build_object('times', count(*), 'first', min(finished_on), 'last', max(finished_on),
            'unknown', count(*) FILTER (WHERE cost IS NULL),
            'costs', (SELECT json_object_agg(currency, amount::text)
                      FROM (SELECT currency, sum(cost) AS amount FROM again WHERE cost IS NOT NULL GROUP BY currency) AS sums))
 FROM again)"""
