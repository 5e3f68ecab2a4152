-- Works of which no amount is known, each where most of it lies. They are counted, and add nothing. What a contract paid for one repair
-- says nothing of its others.
CREATE OR REPLACE FUNCTION places_share_unknown() RETURNS void LANGUAGE sql SET jit = off AS $$
WITH unknown AS (
    SELECT 'r'::text AS source, r.id AS line, coalesce(r.project_id, c.project_id) AS project, r.id AS repair,
           coalesce(extract(year FROM coalesce(r.finished_on, r.started_on)), 0) AS year, coalesce(r.contractor_id, c.supplier_id) AS firm
    FROM places_due AS d JOIN works_repair AS r ON d.what = 'r' AND r.id = d.thing LEFT JOIN works_contract AS c ON c.id = r.contract_id
    WHERE r.cost IS NULL AND r.status <> 'cancelled'
      AND NOT EXISTS (SELECT FROM works_money AS m WHERE m.repair_id = r.id)
      AND NOT EXISTS (SELECT FROM works_money AS m WHERE m.contract_id = r.contract_id AND m.repair_id IS NULL)
    UNION ALL
    SELECT 'p', p.id, p.id, 0, coalesce(extract(year FROM coalesce(p.actual_start, p.planned_start, p.promised_start)), 0), NULL
    FROM places_due AS d JOIN works_project AS p ON d.what = 'p' AND p.id = d.thing
    WHERE p.status <> 'cancelled' AND p.promised_amount IS NULL
      AND NOT EXISTS (SELECT FROM works_money AS m WHERE m.project_id = p.id)
      AND NOT EXISTS (SELECT FROM works_contract AS c JOIN works_money AS m ON m.contract_id = c.id WHERE c.project_id = p.id)
      AND NOT EXISTS (SELECT FROM works_repair AS r JOIN works_money AS m ON m.repair_id = r.id WHERE r.project_id = p.id)
), place AS (
    SELECT DISTINCT ON (u.source, u.line) u.*, p.district, p.street, p.kind
    FROM unknown AS u JOIN places_workpart AS p ON p.what = u.source AND p.work = u.line
    ORDER BY u.source, u.line, p.weight DESC, p.district
)
INSERT INTO places_moneyshare (source, line, stage, currency, year, district, street, kind, contractor, project, repair, amount)
SELECT u.source, u.line, 'unknown', '', u.year, u.district, u.street,
       CASE WHEN j.id IS NULL THEN u.kind ELSE 's:' || coalesce(j.sectors[1], '') END,
       coalesce(places_top(u.firm), 0), coalesce(u.project, 0), u.repair, 0
FROM place AS u LEFT JOIN works_project AS j ON j.id = u.project
$$
