-- Before the commit. One transaction at a time: two that took each other's sums in another order would wait for one another. As it is
-- one at a time, it may have the memory for it.
CREATE OR REPLACE FUNCTION places_settle() RETURNS trigger LANGUAGE plpgsql SET jit = off SET work_mem = '128MB' AS $$
DECLARE
    much boolean;
    of_shares text[];
    of_totals text[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('places_settle'));
    DELETE FROM places_moneyknock WHERE transaction = NEW.transaction;
    PERFORM places_turn();
    IF NOT EXISTS (SELECT FROM places_moneynote) THEN
        RETURN NULL;
    END IF;
    PERFORM places_gather();
    much := (SELECT count(*) FROM places_due) > 100000;
    CREATE TEMPORARY TABLE places_gone (LIKE places_moneyshare) ON COMMIT DROP;
    WITH gone AS (
        DELETE FROM places_moneyshare AS s USING places_due AS d WHERE s.source = d.what AND s.line = d.thing RETURNING s.*
    )
    INSERT INTO places_gone SELECT * FROM gone;
    PERFORM places_part();
    IF much THEN
        ANALYZE places_workpart;
        of_shares := places_bare('places_moneyshare');
        of_totals := places_bare('places_moneytotal');
    END IF;
    PERFORM places_share();
    PERFORM places_share_unknown();
    PERFORM places_dress(of_shares);
    PERFORM places_sum();
    PERFORM places_dress(of_totals);
    IF EXISTS (SELECT FROM places_gone) THEN
        DELETE FROM places_moneytotal WHERE rows = 0;
    END IF;
    DELETE FROM places_moneynote;
    DROP TABLE places_due, places_gone;
    RETURN NULL;
END $$
