-- Whose money is spread over what is due, and of which works it may become known or unknown that they cost something. Money that names
-- a repair is spread over that alone, whatever contract it names beside it.
CREATE OR REPLACE FUNCTION places_gather_money() RETURNS void LANGUAGE sql SET jit = off AS $$
INSERT INTO places_due SELECT 'c', c.id, true FROM places_due AS d JOIN works_contract AS c ON c.project_id = d.thing WHERE d.what = 'p'
ON CONFLICT DO NOTHING;
INSERT INTO places_due
SELECT 'c', r.contract_id, false FROM places_due AS d JOIN works_repair AS r ON r.id = d.thing
WHERE d.what = 'r' AND d.itself AND r.contract_id IS NOT NULL
UNION SELECT 'c', thing, false FROM places_moneynote WHERE what = 'k'
ON CONFLICT DO NOTHING;
INSERT INTO places_due
SELECT 'r', r.id, false FROM places_due AS d JOIN works_repair AS r ON r.contract_id = d.thing WHERE d.what = 'c' AND d.itself
UNION SELECT 'r', r.id, false FROM places_due AS d JOIN works_repair AS r ON r.project_id = d.thing WHERE d.what = 'p'
UNION SELECT 'r', m.repair_id, false FROM places_due AS d JOIN works_money AS m ON m.id = d.thing
WHERE d.what = 'm' AND d.itself AND m.repair_id IS NOT NULL
UNION SELECT 'r', r.id, false FROM places_due AS d JOIN works_money AS m ON m.id = d.thing JOIN works_repair AS r ON r.contract_id = m.contract_id
WHERE d.what = 'm' AND d.itself AND m.repair_id IS NULL
ON CONFLICT DO NOTHING;
INSERT INTO places_due
SELECT 'p', p.id, false FROM places_due AS d JOIN works_money AS m ON m.id = d.thing
LEFT JOIN works_contract AS c ON c.id = m.contract_id LEFT JOIN works_repair AS r ON r.id = m.repair_id
CROSS JOIN LATERAL (VALUES (m.project_id), (c.project_id), (r.project_id)) AS p(id)
WHERE d.what = 'm' AND d.itself AND p.id IS NOT NULL
UNION SELECT 'p', thing, false FROM places_moneynote WHERE what = 'u'
ON CONFLICT DO NOTHING;
INSERT INTO places_due
SELECT 'm', m.id, false FROM places_due AS d JOIN works_money AS m ON m.contract_id = d.thing
WHERE d.what = 'c' AND (d.itself OR m.repair_id IS NULL)
UNION SELECT 'm', m.id, false FROM places_due AS d JOIN works_money AS m ON m.project_id = d.thing WHERE d.what = 'p' AND d.itself
UNION SELECT 'm', m.id, false FROM places_due AS d JOIN works_money AS m ON m.repair_id = d.thing WHERE d.what = 'r'
ON CONFLICT DO NOTHING
$$
