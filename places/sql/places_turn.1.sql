-- The day whose districts are counted by becomes the one it is in the city: what comes into force or goes out of it is noted. Any
-- number of days may have passed. Where somebody moves borders just now, it waits for the next time.
CREATE OR REPLACE FUNCTION places_turn() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    today date := (clock_timestamp() AT TIME ZONE coalesce((SELECT time_zone FROM gis_data_city LIMIT 1), 'UTC'))::date;
    counted date;
BEGIN
    IF NOT EXISTS (SELECT FROM places_moneyday) THEN
        INSERT INTO places_moneyday (singleton, day) VALUES (true, today);
        INSERT INTO places_moneynote (what, thing) VALUES ('a', 0);
        RETURN;
    END IF;
    SELECT day INTO counted FROM places_moneyday WHERE day <> today FOR UPDATE SKIP LOCKED;
    IF counted IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO places_moneynote (what, thing, shape)
    SELECT 'g', b.id, b.geometry FROM gis_data_boundary AS b JOIN gis_data_boundaryset AS s ON s.id = b.boundary_set_id AND s.is_district
    WHERE b.valid @> counted <> (b.valid @> today);
    UPDATE places_moneyday SET day = today;
END $$
