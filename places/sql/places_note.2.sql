-- What a statement changed, to be reckoned before the commit. Arguments are pairs: a letter, and the column whose values it tells of.
-- m: a row of the ledger; r, p, c: a repair, project, contract itself; k: a contract whose money goes elsewhere now; u: a project that
-- may have become one of which no amount is known, or no longer be one. The rows of the statement are called ``changed``.
CREATE OR REPLACE FUNCTION places_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    noted bigint := 0;
    more bigint;
BEGIN
    FOR i IN 0 .. TG_NARGS - 1 BY 2 LOOP
        EXECUTE format('INSERT INTO places_moneynote (what, thing) SELECT DISTINCT %L, %I FROM changed WHERE %2$I IS NOT NULL',
                       TG_ARGV[i], TG_ARGV[i + 1]);
        GET DIAGNOSTICS more = ROW_COUNT;
        noted := noted + more;
    END LOOP;
    IF noted > 0 THEN
        INSERT INTO places_moneyknock VALUES (txid_current()) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$
