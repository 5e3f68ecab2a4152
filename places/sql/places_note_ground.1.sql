-- Borders that move: the shape that was and the one that is, of districts that are counted by. Which works lie there is asked at the
-- commit, for somebody else may be writing works just now. While this transaction lasts the day that is counted by stays what it is.
CREATE OR REPLACE FUNCTION places_note_ground() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    counted date;
    noted bigint;
BEGIN
    SELECT day INTO counted FROM places_moneyday FOR SHARE;
    IF counted IS NULL THEN  -- nothing was ever reckoned, or all tables were emptied: the first commit reckons everything
        INSERT INTO places_moneyknock SELECT txid_current() FROM changed LIMIT 1 ON CONFLICT DO NOTHING;
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO places_moneynote (what, thing, shape)
        SELECT 'g', n.id, version.geometry
        FROM changed AS n JOIN changed_before AS o USING (id)
        CROSS JOIN LATERAL (VALUES (o.boundary_set_id, o.valid, o.geometry), (n.boundary_set_id, n.valid, n.geometry))
            AS version(boundary_set_id, valid, geometry)
        JOIN gis_data_boundaryset AS s ON s.id = version.boundary_set_id AND s.is_district
        WHERE version.valid @> counted
          AND (n.code <> o.code OR n.boundary_set_id <> o.boundary_set_id OR n.valid @> counted <> (o.valid @> counted)
               OR NOT ST_OrderingEquals(n.geometry, o.geometry));
    ELSE
        INSERT INTO places_moneynote (what, thing, shape)
        SELECT 'g', b.id, b.geometry FROM changed AS b JOIN gis_data_boundaryset AS s ON s.id = b.boundary_set_id AND s.is_district
        WHERE b.valid @> counted;
    END IF;
    GET DIAGNOSTICS noted = ROW_COUNT;
    IF noted > 0 THEN
        INSERT INTO places_moneyknock VALUES (txid_current()) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$
