-- Makes the indexes again that ``places_bare`` took off; of NULL there are none.
CREATE OR REPLACE FUNCTION places_dress(made text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY coalesce(made, '{}') LOOP
        EXECUTE one;
    END LOOP;
END $$
