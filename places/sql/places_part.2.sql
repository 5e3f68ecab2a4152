-- Where works lie: each simple piece of the highest dimension, cut at the borders of the districts that are counted by. What lies
-- nowhere is '~'; a part below a thousandth is the width of a border line and goes to the others.
CREATE OR REPLACE FUNCTION places_part() RETURNS void LANGUAGE sql SET jit = off AS $$
DELETE FROM places_workpart AS p USING places_due AS d WHERE d.itself AND d.what = p.what AND d.thing = p.work;
WITH work AS (
    SELECT 'r'::text AS what, r.id AS work, 'r:' || r.kind AS kind, coalesce(street.first, r.street_id, 0) AS street, r.geometry AS shape
    FROM places_due AS d JOIN works_repair AS r ON d.what = 'r' AND r.id = d.thing
    LEFT JOIN gis_data_street AS s ON s.id = r.street_id
    LEFT JOIN LATERAL (SELECT min(t.id) AS first FROM gis_data_street AS t
                       WHERE md5(t.names::text) = md5(s.names::text) AND s.names <> '{}') AS street ON true
    WHERE d.itself
    UNION ALL
    SELECT 'p', p.id, 's:' || coalesce(p.sectors[1], ''), 0, place.geometry
    FROM places_due AS d JOIN works_project AS p ON d.what = 'p' AND p.id = d.thing
    LEFT JOIN works_projectplace AS place ON place.project_id = p.id
    WHERE d.itself
), piece AS MATERIALIZED (
    SELECT what, work, kind, street, (ST_Dump(CASE WHEN ST_IsValid(shape) THEN shape ELSE ST_MakeValid(shape) END)).geom AS piece
    FROM work WHERE shape IS NOT NULL AND NOT ST_IsEmpty(shape)
), sized AS (
    SELECT *, CASE ST_Dimension(piece) WHEN 1 THEN ST_Length(piece::geography) WHEN 2 THEN ST_Area(piece::geography) ELSE 1 END AS measure
    FROM piece
), known AS (
    SELECT what, work, kind, street, CASE WHEN measure > 0 THEN piece ELSE ST_PointOnSurface(piece) END AS piece,
           CASE WHEN measure > 0 THEN measure ELSE 1 END AS measure, CASE WHEN measure > 0 THEN ST_Dimension(piece) ELSE 0 END AS dimension
    FROM sized
), kept AS MATERIALIZED (
    SELECT row_number() OVER () AS number, *
    FROM (SELECT *, max(dimension) OVER (PARTITION BY what, work) AS highest FROM known) AS ranked WHERE dimension = highest
), inside AS MATERIALIZED (
    SELECT k.*, b.code, row_number() OVER (PARTITION BY k.number ORDER BY b.code) AS nth,
           CASE WHEN k.dimension = 0 OR ST_Covers(b.geometry, k.piece) THEN k.measure
                WHEN k.dimension = 1 THEN ST_Length(ST_Intersection(k.piece, b.geometry)::geography)
                ELSE ST_Area(ST_Intersection(k.piece, b.geometry)::geography) END AS within
    FROM kept AS k
    JOIN gis_data_boundary AS b ON ST_Intersects(b.geometry, k.piece) AND b.valid @> (SELECT day FROM places_moneyday)
    JOIN gis_data_boundaryset AS s ON s.id = b.boundary_set_id AND s.is_district
), cut AS (
    SELECT number, what, work, kind, street, highest, code, within FROM inside WHERE dimension > 0 OR nth = 1
), outside AS (  -- no join: it would have to guess how many there are
    SELECT what, work, kind, street, highest, '~'::text AS code, sum(measure) AS measure
    FROM (SELECT number, what, work, kind, street, highest, measure FROM kept
          UNION ALL SELECT number, what, work, kind, street, highest, -within FROM cut) AS both_sides
    GROUP BY number, what, work, kind, street, highest
), district AS (
    SELECT what, work, kind, street, highest, code, sum(measure) AS measure
    FROM (SELECT what, work, kind, street, highest, code, within AS measure FROM cut UNION ALL SELECT * FROM outside) AS placed
    WHERE measure > 0 GROUP BY 1, 2, 3, 4, 5, 6
), whole AS (
    SELECT *, sum(measure) OVER (PARTITION BY what, work) AS total FROM district
)
INSERT INTO places_workpart (what, work, district, street, kind, dimension, weight)
SELECT what, work, code, street, kind, highest, greatest(1, round(measure * 10000))::bigint FROM whole WHERE measure >= total / 1000
UNION ALL
SELECT DISTINCT what, work, '', street, kind, -1, 1::bigint FROM work AS w
WHERE NOT EXISTS (SELECT FROM kept AS k WHERE k.what = w.what AND k.work = w.work)
$$
