-- Another set of boundaries is the districts: everything is reckoned.
CREATE OR REPLACE FUNCTION places_note_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM changed AS n JOIN changed_before AS o USING (id) WHERE n.is_district <> o.is_district) THEN
        INSERT INTO places_moneynote (what, thing) VALUES ('a', 0);
        INSERT INTO places_moneyknock VALUES (txid_current()) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$
