-- Firms that were found to be another one, or no longer are.
CREATE OR REPLACE FUNCTION places_note_firm() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    noted bigint;
BEGIN
    INSERT INTO places_moneynote (what, thing)
    SELECT 'f', n.id FROM changed AS n JOIN changed_before AS o USING (id) WHERE n.merged_into_id IS DISTINCT FROM o.merged_into_id;
    GET DIAGNOSTICS noted = ROW_COUNT;
    IF noted > 0 THEN
        INSERT INTO places_moneyknock VALUES (txid_current()) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$
