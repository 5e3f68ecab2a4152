-- Works that lie where borders moved, on streets that count as another one now, or were done by firms that are another one now.
CREATE OR REPLACE FUNCTION places_gather_ground() RETURNS void LANGUAGE sql SET jit = off AS $$
INSERT INTO places_due
SELECT 'r', r.id, true FROM places_moneynote AS n JOIN works_repair AS r ON r.geometry && n.shape
WHERE n.what = 'g' AND CASE WHEN ST_IsValid(r.geometry) THEN ST_Intersects(n.shape, r.geometry) ELSE true END
UNION
SELECT 'p', place.project_id, true FROM places_moneynote AS n JOIN works_projectplace AS place ON place.geometry && n.shape
WHERE n.what = 'g' AND CASE WHEN ST_IsValid(place.geometry) THEN ST_Intersects(n.shape, place.geometry) ELSE true END
ON CONFLICT DO NOTHING;
WITH street AS (
    SELECT thing AS id FROM places_moneynote WHERE what = 's'
    -- Each name once, and none for those without: thousands of pieces of one name would each be joined with all the others.
    UNION SELECT t.id FROM (SELECT DISTINCT names FROM places_moneynote WHERE what = 's' AND names <> md5('{}')) AS n
    JOIN gis_data_street AS t ON md5(t.names::text) = n.names
), first AS (
    SELECT t.id, CASE WHEN t.names = '{}' THEN t.id
                      ELSE (SELECT min(piece.id) FROM gis_data_street AS piece WHERE md5(piece.names::text) = md5(t.names::text)) END AS first
    FROM street JOIN gis_data_street AS t USING (id)
)
INSERT INTO places_due
SELECT DISTINCT 'r', r.id, true FROM first JOIN works_repair AS r ON r.street_id = first.id
JOIN places_workpart AS p ON p.what = 'r' AND p.work = r.id AND p.street <> first.first
ON CONFLICT DO NOTHING;
WITH RECURSIVE below AS (
    SELECT thing AS id FROM places_moneynote WHERE what = 'f'
    UNION SELECT o.id FROM below JOIN works_organisation AS o ON o.merged_into_id = below.id
)
INSERT INTO places_due
SELECT 'm', m.id, false FROM below JOIN works_money AS m ON m.payee_id = below.id
UNION SELECT 'c', c.id, true FROM below JOIN works_contract AS c ON c.supplier_id = below.id
UNION SELECT 'r', r.id, false FROM below JOIN works_repair AS r ON r.contractor_id = below.id
ON CONFLICT DO NOTHING
$$
