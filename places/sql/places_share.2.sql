-- The lines that are due, each with what it is spread over, and their parts: whole cents, the odd ones to the largest remainders.
-- All is reckoned in whole numbers, so nothing is lost to rounding. A line with one part alone is not divided at all.
CREATE OR REPLACE FUNCTION places_share() RETURNS void LANGUAGE sql SET jit = off AS $$
WITH money AS MATERIALIZED (
    SELECT 'm'::text AS source, m.id AS line, m.stage::text AS stage, m.currency, m.amount,
           CASE WHEN m.fiscal_year IS NOT NULL THEN m.fiscal_year WHEN m.on IS NOT NULL THEN extract(year FROM m.on)
                WHEN extract(year FROM m.starts) = extract(year FROM coalesce(m.ends, m.starts)) THEN extract(year FROM m.starts)
                ELSE 0 END AS year,
           m.repair_id AS repair, m.contract_id AS contract, coalesce(m.project_id, c.project_id, r.project_id, rc.project_id) AS project,
           coalesce(m.payee_id, c.supplier_id, r.contractor_id, rc.supplier_id) AS firm
    FROM places_due AS d JOIN works_money AS m ON d.what = 'm' AND m.id = d.thing
    LEFT JOIN works_contract AS c ON c.id = m.contract_id
    LEFT JOIN works_repair AS r ON r.id = m.repair_id
    LEFT JOIN works_contract AS rc ON rc.id = r.contract_id
    WHERE NOT EXISTS (SELECT FROM works_money AS later WHERE later.replaces_id = m.id)
    UNION ALL
    SELECT 'r', r.id, 'cost', r.currency, r.cost, coalesce(extract(year FROM coalesce(r.finished_on, r.started_on)), 0),
           r.id, NULL, coalesce(r.project_id, c.project_id), coalesce(r.contractor_id, c.supplier_id)
    FROM places_due AS d JOIN works_repair AS r ON d.what = 'r' AND r.id = d.thing
    LEFT JOIN works_contract AS c ON c.id = r.contract_id WHERE r.cost IS NOT NULL AND r.status <> 'cancelled'
), contract AS MATERIALIZED (
    SELECT r.contract_id AS contract, p.work AS repair, p.district, p.street, p.kind, p.dimension, p.weight,
           sum(p.weight) OVER (PARTITION BY p.work) AS whole
    FROM works_repair AS r JOIN places_workpart AS p ON p.what = 'r' AND p.work = r.id
    WHERE r.status <> 'cancelled' AND r.contract_id IN (SELECT contract FROM money WHERE repair IS NULL)
), alike AS MATERIALIZED (
    SELECT contract, min(dimension) = max(dimension) AS alike FROM contract GROUP BY contract
), contracted AS (
    SELECT c.contract, c.district, c.street, c.kind, CASE WHEN count(*) = 1 THEN min(c.repair) ELSE 0 END AS repair,
           sum(CASE WHEN a.alike THEN c.weight::numeric ELSE div(c.weight::numeric * 1000000000, c.whole) END) AS weight
    FROM contract AS c JOIN alike AS a USING (contract) GROUP BY 1, 2, 3, 4
), target AS (  -- what the parts of a line are looked up by: r a repair, c a contract with repairs, p a project, - nothing
    SELECT m.*, CASE WHEN m.repair IS NOT NULL THEN 'r' WHEN a.contract IS NOT NULL THEN 'c' WHEN m.project IS NOT NULL THEN 'p' ELSE '-' END AS by,
           CASE WHEN m.repair IS NOT NULL THEN m.repair WHEN a.contract IS NOT NULL THEN m.contract ELSE coalesce(m.project, 0) END AS work
    FROM money AS m LEFT JOIN alike AS a ON a.contract = m.contract
), part AS MATERIALIZED (
    SELECT *, sum(weight) OVER (PARTITION BY by, work) AS total, count(*) OVER (PARTITION BY by, work) AS parts
    FROM (SELECT p.what::text AS by, p.work, p.district::text, p.street, p.kind::text, p.weight::numeric AS weight,
                 CASE p.what WHEN 'r' THEN p.work ELSE 0 END AS part_of
          FROM places_workpart AS p JOIN (SELECT DISTINCT by, work FROM target) AS t ON t.by = p.what AND t.work = p.work
          UNION ALL SELECT 'c', contract, district, street, kind, greatest(weight, 1), repair FROM contracted
          UNION ALL SELECT '-', 0, '', 0, '', 1, 0) AS each
), shared AS (
    SELECT t.*, p.district, p.street, p.kind, p.part_of, p.weight, p.total, p.parts
    FROM target AS t JOIN part AS p USING (by, work)
), cents AS (
    SELECT *, abs(amount) * 100 AS cents, div(abs(amount) * 100 * weight, total) AS base, mod(abs(amount) * 100 * weight, total) AS rest
    FROM shared WHERE parts > 1
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY source, line ORDER BY rest DESC, weight DESC, district, street, kind) AS nth,
           sum(base) OVER (PARTITION BY source, line) AS given
    FROM cents
), whole AS (
    SELECT source, line, stage, currency, year, project, firm, district, street, kind, part_of, amount AS part
    FROM shared WHERE parts = 1
    UNION ALL
    SELECT source, line, stage, currency, year, project, firm, district, street, kind, part_of,
           sign(amount) * (base + CASE WHEN nth <= cents - given THEN 1 ELSE 0 END) / 100
    FROM ranked WHERE base > 0 OR nth <= cents - given OR (amount = 0 AND nth = 1)
), firm AS MATERIALIZED (
    SELECT firm, places_top(firm) AS top FROM (SELECT DISTINCT firm FROM money WHERE firm IS NOT NULL) AS one
)
INSERT INTO places_moneyshare (source, line, stage, currency, year, district, street, kind, contractor, project, repair, amount)
SELECT w.source, w.line, w.stage, w.currency, w.year, w.district, w.street,
       CASE WHEN j.id IS NULL THEN w.kind ELSE 's:' || coalesce(j.sectors[1], '') END,
       coalesce(f.top, 0), coalesce(w.project, 0), w.part_of, w.part
FROM whole AS w LEFT JOIN firm AS f ON f.firm = w.firm LEFT JOIN works_project AS j ON j.id = w.project
$$
