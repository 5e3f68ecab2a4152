-- Streets that come, go or get other names, each with the names it had and has: pieces of the same names count as one street.
CREATE OR REPLACE FUNCTION places_note_street() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    noted bigint;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO places_moneynote (what, thing, names)
        SELECT 's', n.id, called.names FROM changed AS n JOIN changed_before AS o USING (id)
        CROSS JOIN LATERAL (VALUES (md5(o.names::text)), (md5(n.names::text))) AS called(names)
        WHERE n.names <> o.names;
    ELSE
        INSERT INTO places_moneynote (what, thing, names) SELECT 's', id, md5(names::text) FROM changed;
    END IF;
    GET DIAGNOSTICS noted = ROW_COUNT;
    IF noted > 0 THEN
        INSERT INTO places_moneyknock VALUES (txid_current()) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$
