# The sums of money are reckoned by the database, inside the transaction that changes what they are made of (docs/decisions/0008).
# What is there already is reckoned by 0005: not here, where whoever writes works would wait for it.

from django.db import migrations

# Pieces of one street share its names; the first of them stands for all. Without names a piece stands for itself.
STREET_INDEX = "CREATE INDEX places_street_names ON gis_data_street (md5(names::text), id)"

# Who a firm is after all merges. Twenty hops end a ring of merges, which nothing else forbids.
FIRMS = """
CREATE VIEW places_firm AS
WITH RECURSIVE up(id, top, next, hops) AS (
    SELECT id, id, merged_into_id, 0 FROM works_organisation
    UNION ALL
    SELECT up.id, o.id, o.merged_into_id, hops + 1 FROM up JOIN works_organisation AS o ON o.id = up.next WHERE hops < 20
)
SELECT DISTINCT ON (id) id, top FROM up ORDER BY id, hops DESC
"""
# Arguments are pairs: what a column names, and the column. The rows of the statement are called ``changed``.
NOTE = """
CREATE FUNCTION places_note() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""
# What moves many works at once. Of an update only the named columns matter, compared with what they were (``changed_before``).
NOTE_ALL = """
CREATE FUNCTION places_note_all() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    differs boolean := EXISTS (SELECT FROM changed);
    one boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        differs := false;
        FOR i IN 0 .. TG_NARGS - 1 LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM changed AS n JOIN changed_before AS o USING (id) '
                           'WHERE n.%1$I::text IS DISTINCT FROM o.%1$I::text)', TG_ARGV[i]) INTO one;
            differs := differs OR one;
        END LOOP;
    END IF;
    IF differs THEN
        INSERT INTO places_moneynote (what, thing) VALUES ('a', 0);
        INSERT INTO places_moneyknock VALUES (txid_current()) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$
"""
# What is due, and with it all of the same contract and project: their money is spread over one another's places.
GATHER = """
CREATE FUNCTION places_gather() RETURNS void LANGUAGE plpgsql SET jit = off AS $$
BEGIN
    CREATE TEMPORARY TABLE places_due (what varchar(1), thing bigint, PRIMARY KEY (what, thing)) ON COMMIT DROP;
    IF EXISTS (SELECT FROM places_moneynote WHERE what = 'a') THEN
        INSERT INTO places_due SELECT 'm', id FROM works_money UNION ALL SELECT 'r', id FROM works_repair
            UNION ALL SELECT 'p', id FROM works_project UNION SELECT source, line FROM places_moneyshare
            UNION SELECT what, work FROM places_workpart;
    ELSE
        INSERT INTO places_due SELECT DISTINCT what, thing FROM places_moneynote;
        INSERT INTO places_due SELECT 'r', m.repair_id FROM places_due AS d JOIN works_money AS m ON d.what = 'm' AND m.id = d.thing
            WHERE m.repair_id IS NOT NULL ON CONFLICT DO NOTHING;
        INSERT INTO places_due SELECT 'c', r.contract_id FROM places_due AS d JOIN works_repair AS r ON d.what = 'r' AND r.id = d.thing
            WHERE r.contract_id IS NOT NULL
            UNION SELECT 'c', m.contract_id FROM places_due AS d JOIN works_money AS m ON d.what = 'm' AND m.id = d.thing
            WHERE m.contract_id IS NOT NULL ON CONFLICT DO NOTHING;
        INSERT INTO places_due SELECT 'p', c.project_id FROM places_due AS d JOIN works_contract AS c ON d.what = 'c' AND c.id = d.thing
            WHERE c.project_id IS NOT NULL
            UNION SELECT 'p', r.project_id FROM places_due AS d JOIN works_repair AS r ON d.what = 'r' AND r.id = d.thing
            WHERE r.project_id IS NOT NULL
            UNION SELECT 'p', m.project_id FROM places_due AS d JOIN works_money AS m ON d.what = 'm' AND m.id = d.thing
            WHERE m.project_id IS NOT NULL ON CONFLICT DO NOTHING;
        INSERT INTO places_due SELECT 'c', c.id FROM places_due AS d JOIN works_contract AS c ON d.what = 'p' AND c.project_id = d.thing
            ON CONFLICT DO NOTHING;
        INSERT INTO places_due SELECT 'r', r.id FROM places_due AS d JOIN works_repair AS r ON d.what = 'c' AND r.contract_id = d.thing
            UNION SELECT 'r', r.id FROM places_due AS d JOIN works_repair AS r ON d.what = 'p' AND r.project_id = d.thing
            ON CONFLICT DO NOTHING;
        INSERT INTO places_due SELECT 'm', m.id FROM places_due AS d JOIN works_money AS m ON d.what = 'c' AND m.contract_id = d.thing
            UNION SELECT 'm', m.id FROM places_due AS d JOIN works_money AS m ON d.what = 'p' AND m.project_id = d.thing
            UNION SELECT 'm', m.id FROM places_due AS d JOIN works_money AS m ON d.what = 'r' AND m.repair_id = d.thing
            UNION SELECT 'm', m.replaces_id FROM places_due AS d JOIN works_money AS m ON d.what = 'm' AND m.id = d.thing
            WHERE m.replaces_id IS NOT NULL ON CONFLICT DO NOTHING;
    END IF;
    ANALYZE places_due;
END $$
"""
# Where works lie: each simple piece of the highest dimension, cut at the borders of the districts that are in force today in the
# city. What lies nowhere is '~'; a part below a thousandth is the width of a border line and goes to the others.
PARTS = """
CREATE FUNCTION places_part() RETURNS void LANGUAGE sql SET jit = off AS $$
DELETE FROM places_workpart AS p USING places_due AS d WHERE d.what = p.what AND d.thing = p.work;
WITH work AS (
    SELECT 'r'::text AS what, r.id AS work, 'r:' || r.kind AS kind, coalesce(street.first, r.street_id, 0) AS street, r.geometry AS shape
    FROM places_due AS d JOIN works_repair AS r ON d.what = 'r' AND r.id = d.thing
    LEFT JOIN gis_data_street AS s ON s.id = r.street_id
    LEFT JOIN LATERAL (SELECT min(t.id) AS first FROM gis_data_street AS t
                       WHERE md5(t.names::text) = md5(s.names::text) AND s.names <> '{}') AS street ON true
    UNION ALL
    SELECT 'p', p.id, 's:' || coalesce(p.sectors[1], ''), 0, place.geometry
    FROM places_due AS d JOIN works_project AS p ON d.what = 'p' AND p.id = d.thing
    LEFT JOIN works_projectplace AS place ON place.project_id = p.id
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
), today AS (
    SELECT (now() AT TIME ZONE coalesce((SELECT time_zone FROM gis_data_city LIMIT 1), 'UTC'))::date AS day
), inside AS MATERIALIZED (
    SELECT k.*, b.code, row_number() OVER (PARTITION BY k.number ORDER BY b.code) AS nth,
           CASE WHEN k.dimension = 0 OR ST_Covers(b.geometry, k.piece) THEN k.measure
                WHEN k.dimension = 1 THEN ST_Length(ST_Intersection(k.piece, b.geometry)::geography)
                ELSE ST_Area(ST_Intersection(k.piece, b.geometry)::geography) END AS within
    FROM kept AS k CROSS JOIN today
    JOIN gis_data_boundary AS b ON ST_Intersects(b.geometry, k.piece) AND b.valid @> today.day
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
"""
# The lines that are due, each with what it is spread over, and their parts: whole cents, the odd ones to the largest remainders.
# All is reckoned in whole numbers, so nothing is lost to rounding.
SHARES = """
CREATE FUNCTION places_share() RETURNS void LANGUAGE sql SET jit = off AS $$
WITH money AS MATERIALIZED (
    SELECT 'm'::text AS source, m.id AS line, m.stage::text AS stage, m.currency, m.amount,
           CASE WHEN m.fiscal_year IS NOT NULL THEN m.fiscal_year WHEN m.on IS NOT NULL THEN extract(year FROM m.on)
                WHEN extract(year FROM m.starts) = extract(year FROM coalesce(m.ends, m.starts)) THEN extract(year FROM m.starts)
                ELSE 0 END AS year,
           m.repair_id AS repair, m.contract_id AS contract, coalesce(m.project_id, c.project_id, r.project_id, rc.project_id) AS project,
           coalesce(m.payee_id, c.supplier_id, r.contractor_id, rc.supplier_id) AS firm
    FROM places_due AS d JOIN works_money AS m ON d.what = 'm' AND m.id = d.thing
    LEFT JOIN works_contract AS c ON c.id = m.contract_id
    LEFT JOIN works_repair AS r ON r.id = m.repair_id
    LEFT JOIN works_contract AS rc ON rc.id = r.contract_id
    WHERE NOT EXISTS (SELECT FROM works_money AS later WHERE later.replaces_id = m.id)
    UNION ALL
    SELECT 'r', r.id, 'cost', r.currency, r.cost, coalesce(extract(year FROM coalesce(r.finished_on, r.started_on)), 0),
           r.id, NULL, coalesce(r.project_id, c.project_id), coalesce(r.contractor_id, c.supplier_id)
    FROM places_due AS d JOIN works_repair AS r ON d.what = 'r' AND r.id = d.thing
    LEFT JOIN works_contract AS c ON c.id = r.contract_id WHERE r.cost IS NOT NULL AND r.status <> 'cancelled'
), contract AS MATERIALIZED (
    SELECT r.contract_id AS contract, p.work AS repair, p.district, p.street, p.kind, p.dimension, p.weight,
           sum(p.weight) OVER (PARTITION BY p.work) AS whole
    FROM works_repair AS r JOIN places_workpart AS p ON p.what = 'r' AND p.work = r.id
    WHERE r.status <> 'cancelled' AND r.contract_id IN (SELECT contract FROM money)
), alike AS MATERIALIZED (
    SELECT contract, min(dimension) = max(dimension) AS alike FROM contract GROUP BY contract
), contracted AS (
    SELECT c.contract, c.district, c.street, c.kind, CASE WHEN count(*) = 1 THEN min(c.repair) ELSE 0 END AS repair,
           sum(CASE WHEN a.alike THEN c.weight::numeric ELSE div(c.weight::numeric * 1000000000, c.whole) END) AS weight
    FROM contract AS c JOIN alike AS a USING (contract) GROUP BY 1, 2, 3, 4
), spread AS (
    SELECT m.source, m.line, p.district, p.street, p.kind, p.weight::numeric AS weight, p.work AS repair
    FROM money AS m JOIN places_workpart AS p ON p.what = 'r' AND p.work = m.repair
    UNION ALL
    SELECT m.source, m.line, c.district, c.street, c.kind, greatest(c.weight, 1), c.repair
    FROM money AS m JOIN contracted AS c ON c.contract = m.contract WHERE m.repair IS NULL
    UNION ALL
    SELECT m.source, m.line, p.district, p.street, p.kind, p.weight, 0
    FROM money AS m JOIN places_workpart AS p ON p.what = 'p' AND p.work = m.project
    WHERE m.repair IS NULL AND (m.contract IS NULL OR m.contract NOT IN (SELECT contract FROM alike))
    UNION ALL
    SELECT m.source, m.line, '', 0, '', 1, 0 FROM money AS m
    WHERE m.repair IS NULL AND m.project IS NULL AND (m.contract IS NULL OR m.contract NOT IN (SELECT contract FROM alike))
), cents AS (
    SELECT m.*, s.district, s.street, s.kind, s.repair AS part_of, abs(m.amount) * 100 AS cents,
           div(abs(m.amount) * 100 * s.weight, sum(s.weight) OVER line) AS base,
           mod(abs(m.amount) * 100 * s.weight, sum(s.weight) OVER line) AS rest, s.weight
    FROM money AS m JOIN spread AS s USING (source, line) WINDOW line AS (PARTITION BY m.source, m.line)
), whole AS (
    SELECT *, base + CASE WHEN nth <= cents - sum(base) OVER (PARTITION BY source, line) THEN 1 ELSE 0 END AS part
    FROM (SELECT *, row_number() OVER (PARTITION BY source, line ORDER BY rest DESC, weight DESC, district, street, kind) AS nth
          FROM cents) AS ranked
)
INSERT INTO places_moneyshare (source, line, stage, currency, year, district, street, kind, contractor, project, repair, amount)
SELECT w.source, w.line, w.stage, w.currency, w.year, w.district, w.street,
       coalesce('s:' || (SELECT coalesce(p.sectors[1], '') FROM works_project AS p WHERE p.id = w.project), w.kind),
       coalesce(f.top, 0), coalesce(w.project, 0), w.part_of, sign(w.amount) * w.part / 100
FROM whole AS w LEFT JOIN places_firm AS f ON f.id = w.firm WHERE w.part > 0 OR (w.amount = 0 AND w.nth = 1)
$$
"""
# Works of which no amount is known, each where most of it lies. They are counted, and add nothing.
UNKNOWN = """
CREATE FUNCTION places_share_unknown() RETURNS void LANGUAGE sql SET jit = off AS $$
WITH unknown AS (
    SELECT 'r'::text AS source, r.id AS line, coalesce(r.project_id, c.project_id) AS project, r.id AS repair,
           coalesce(extract(year FROM coalesce(r.finished_on, r.started_on)), 0) AS year, coalesce(r.contractor_id, c.supplier_id) AS firm
    FROM places_due AS d JOIN works_repair AS r ON d.what = 'r' AND r.id = d.thing LEFT JOIN works_contract AS c ON c.id = r.contract_id
    WHERE r.cost IS NULL AND r.status <> 'cancelled'
      AND NOT EXISTS (SELECT FROM works_money AS m WHERE m.repair_id = r.id)
      AND NOT EXISTS (SELECT FROM works_money AS m WHERE m.contract_id = r.contract_id)
    UNION ALL
    SELECT 'p', p.id, p.id, 0, coalesce(extract(year FROM coalesce(p.actual_start, p.planned_start, p.promised_start)), 0), NULL
    FROM places_due AS d JOIN works_project AS p ON d.what = 'p' AND p.id = d.thing
    WHERE p.status <> 'cancelled' AND p.promised_amount IS NULL
      AND NOT EXISTS (SELECT FROM works_money AS m WHERE m.project_id = p.id)
      AND NOT EXISTS (SELECT FROM works_contract AS c JOIN works_money AS m ON m.contract_id = c.id WHERE c.project_id = p.id)
      AND NOT EXISTS (SELECT FROM works_repair AS r JOIN works_money AS m ON m.repair_id = r.id WHERE r.project_id = p.id)
)
INSERT INTO places_moneyshare (source, line, stage, currency, year, district, street, kind, contractor, project, repair, amount)
SELECT u.source, u.line, 'unknown', '', u.year, p.district, p.street,
       coalesce('s:' || (SELECT coalesce(j.sectors[1], '') FROM works_project AS j WHERE j.id = u.project), p.kind),
       coalesce(f.top, 0), coalesce(u.project, 0), u.repair, 0
FROM unknown AS u JOIN LATERAL (SELECT * FROM places_workpart AS p WHERE p.what = u.source AND p.work = u.line
                                ORDER BY p.weight DESC, p.district LIMIT 1) AS p ON true
LEFT JOIN places_firm AS f ON f.id = u.firm
$$
"""
SUM = """
CREATE FUNCTION places_sum(by integer) RETURNS void LANGUAGE sql SET jit = off AS $$
INSERT INTO places_moneytotal AS t (level, stage, currency, year, district, kind, contractor, street, amount, rows)
SELECT GROUPING(s.year, s.district, s.kind, s.contractor, s.street), s.stage, s.currency, coalesce(s.year, 0), coalesce(s.district, ''),
       coalesce(s.kind, ''), coalesce(s.contractor, 0), coalesce(s.street, 0), by * sum(s.amount), by * count(*)
FROM places_due AS d JOIN places_moneyshare AS s ON s.source = d.what AND s.line = d.thing
GROUP BY s.stage, s.currency, GROUPING SETS (
    (), (s.year), (s.district), (s.kind), (s.contractor), (s.street), (s.year, s.district), (s.year, s.kind), (s.district, s.kind),
    (s.year, s.district, s.kind), (s.contractor, s.year), (s.contractor, s.district), (s.contractor, s.kind),
    (s.street, s.year), (s.street, s.district), (s.street, s.kind))
ON CONFLICT (level, contractor, street, district, kind, year, stage, currency)
DO UPDATE SET amount = t.amount + excluded.amount, rows = t.rows + excluded.rows
$$
"""
# One transaction at a time: two that took each other's sums in another order would wait for one another.
SETTLE = """
CREATE FUNCTION places_settle() RETURNS trigger LANGUAGE plpgsql SET jit = off AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('places_settle'));
    DELETE FROM places_moneyknock WHERE transaction = NEW.transaction;
    PERFORM places_gather();
    PERFORM places_sum(-1);
    DELETE FROM places_moneyshare AS s USING places_due AS d WHERE s.source = d.what AND s.line = d.thing;
    PERFORM places_part();
    PERFORM places_share();
    PERFORM places_share_unknown();
    PERFORM places_sum(1);
    DELETE FROM places_moneytotal WHERE rows = 0;
    DELETE FROM places_moneynote;
    DROP TABLE places_due;
    RETURN NULL;
END $$
"""
KNOCK = """
CREATE CONSTRAINT TRIGGER places_settle AFTER INSERT ON places_moneyknock DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION places_settle()
"""
FUNCTIONS = {
    "places_note": ("", NOTE), "places_note_all": ("", NOTE_ALL), "places_gather": ("", GATHER), "places_part": ("", PARTS),
    "places_share": ("", SHARES), "places_share_unknown": ("", UNKNOWN), "places_sum": ("integer", SUM), "places_settle": ("", SETTLE),
}
NOTED = {
    "works_money": "'m', 'id'",
    "works_repair": "'r', 'id', 'c', 'contract_id', 'p', 'project_id'",
    "works_contract": "'c', 'id', 'p', 'project_id'",
    "works_project": "'p', 'id'",
    "works_projectplace": "'p', 'project_id'",
}
NOTED_ALL = {
    "works_organisation": ("UPDATE", "'merged_into_id'"),
    "gis_data_street": ("UPDATE DELETE", "'names'"),
    "gis_data_boundary": ("INSERT UPDATE DELETE", "'code', 'valid', 'geometry'"),
    "gis_data_boundaryset": ("UPDATE", "'is_district'"),
}
ROWS = {"INSERT": "NEW TABLE AS changed", "UPDATE": "OLD TABLE AS changed_before NEW TABLE AS changed", "DELETE": "OLD TABLE AS changed"}


def triggers():
    for table, pairs in NOTED.items():
        for name, event, rows in (("added", "INSERT", "NEW"), ("after", "UPDATE", "NEW"), ("before", "UPDATE", "OLD"), ("gone", "DELETE", "OLD")):
            yield table, f"places_{name}", f"AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed", f"places_note({pairs})"
    for table, (events, columns) in NOTED_ALL.items():
        for event in events.split():
            when = f"AFTER {event} ON {table} REFERENCING {ROWS[event]}"
            yield table, f"places_{event.lower()}", when, f"places_note_all({columns})"


class Migration(migrations.Migration):
    dependencies = [
        ("places", "0001_money_summed"),
        ("works", "0001_initial"),
        ("gis_data", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(STREET_INDEX, "DROP INDEX places_street_names"),
        migrations.RunSQL(FIRMS, "DROP VIEW places_firm"),
        migrations.RunSQL("SET LOCAL check_function_bodies = off", migrations.RunSQL.noop),  # they read a table of one transaction
        *(migrations.RunSQL(text, f"DROP FUNCTION {name}({arguments})") for name, (arguments, text) in FUNCTIONS.items()),
        migrations.RunSQL(KNOCK, "DROP TRIGGER places_settle ON places_moneyknock"),
        *(
            migrations.RunSQL(f"CREATE TRIGGER {name} {when} FOR EACH STATEMENT EXECUTE FUNCTION {call}", f"DROP TRIGGER {name} ON {table}")
            for table, name, when, call in triggers()
        ),
    ]
