-- What the notes mean for works and rows of the ledger. ``itself``: the thing has changed, or its place; the others only share money
-- with it. Where most of the ledger is noted, all is reckoned: to ask what hangs on what would take longer.
CREATE OR REPLACE FUNCTION places_gather() RETURNS void LANGUAGE plpgsql SET jit = off AS $$
DECLARE
    noted bigint := (SELECT count(*) FROM places_moneynote);
BEGIN
    CREATE TEMPORARY TABLE places_due (what varchar(1), thing bigint, itself boolean, PRIMARY KEY (what, thing)) ON COMMIT DROP;
    IF EXISTS (SELECT FROM places_moneynote WHERE what = 'a') OR (noted > 10000 AND noted > (SELECT count(*) FROM works_money) / 2) THEN
        INSERT INTO places_due SELECT 'm', id, true FROM works_money UNION ALL SELECT 'r', id, true FROM works_repair
            UNION ALL SELECT 'p', id, true FROM works_project;
        INSERT INTO places_due SELECT source, line, true FROM places_moneyshare AS gone
            WHERE NOT EXISTS (SELECT FROM places_due AS d WHERE d.what = gone.source AND d.thing = gone.line)
            UNION SELECT what, work, true FROM places_workpart AS gone
            WHERE NOT EXISTS (SELECT FROM places_due AS d WHERE d.what = gone.what AND d.thing = gone.work);
    ELSE
        IF noted > 1000 THEN
            ANALYZE places_moneynote;
        END IF;
        INSERT INTO places_due SELECT DISTINCT what, thing, true FROM places_moneynote WHERE what IN ('m', 'r', 'p', 'c');
        PERFORM places_gather_ground();
        PERFORM places_gather_money();
    END IF;
    ANALYZE places_due;
END $$
