-- Takes the indexes off a table that is empty, all but those that forbid something, and returns how to make them again: to build an
-- index over a million rows costs a tenth of keeping it while they come. NULL: the table is not empty, not ours, or somebody reads it.
CREATE OR REPLACE FUNCTION places_bare(bare regclass) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    made text[] := '{}';
    filled boolean;
    one record;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', bare) INTO filled;
    IF filled OR NOT pg_has_role((SELECT relowner FROM pg_class WHERE oid = bare), 'USAGE') THEN
        RETURN NULL;
    END IF;
    BEGIN
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE NOWAIT', bare);
    EXCEPTION WHEN lock_not_available THEN
        RETURN NULL;
    END;
    FOR one IN SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
               WHERE indrelid = bare AND NOT indisunique ORDER BY indexrelid LOOP
        EXECUTE format('DROP INDEX %s', one.name);
        made := made || one.definition;
    END LOOP;
    RETURN made;
END $$
