"""Seeded works and money for ``script/bench money``: a grid of 24 districts, streets, firms, projects, contracts, repairs, a ledger.

Half of the projects are lines, a fifth of which cross a border of districts; repairs are points on streets. A tenth of the repairs
has no cost and no payment. The same seed gives the same rows each time.
"""

from __future__ import annotations

import time
from typing import Final

from django.db import connection, transaction

from works.models import Money

_GROUND: Final = (
    (
        "INSERT INTO gis_data_city (singleton, pack, names, languages, time_zone, currency, bounds, centre, invented, credits, licences, "
        "fallback_department) VALUES (true, 'bench', '{\"en\": \"Bench\"}', '[\"en\"]', 'UTC', 'USD', ST_MakeEnvelope(-71.3, 42.2, -70.9, 42.5, 4326), "
        "ST_SetSRID(ST_MakePoint(-71.1, 42.35), 4326), true, '[]', '{}', '') ON CONFLICT DO NOTHING"
    ),
    (
        "INSERT INTO gis_data_boundaryset (code, names, is_district, credit, border_m, fallback_department, pack_said) "
        "VALUES ('districts', '{\"en\": \"Districts\"}', true, '', 15, '', '{}') ON CONFLICT DO NOTHING"
    ),
    """INSERT INTO gis_data_boundary (boundary_set_id, code, names, geometry, valid, repaired)
    SELECT s.id, 'd' || i || '-' || j, jsonb_build_object('en', 'District ' || i || '-' || j),
           ST_Multi(ST_MakeEnvelope(-71.3 + i * 0.0667, 42.2 + j * 0.075, -71.3 + (i + 1) * 0.0667, 42.2 + (j + 1) * 0.075, 4326)),
           daterange('2000-01-01', NULL), ''
    FROM gis_data_boundaryset AS s, generate_series(0, 5) AS i, generate_series(0, 3) AS j WHERE s.is_district""",
    """INSERT INTO gis_data_street (source_id, names, road_class, owner, geometry)
    SELECT 's' || i, jsonb_build_object('en', 'Street ' || i / 2), '', '',
           ST_Multi(ST_SetSRID(ST_MakeLine(ST_MakePoint(x, y), ST_MakePoint(x + 0.004, y + 0.002)), 4326))
    FROM (SELECT i, -71.3 + 0.39 * random() AS x, 42.2 + 0.29 * random() AS y FROM generate_series(1, 6000) AS i) AS thrown""",
)
_WORKS: Final = (
    ("INSERT INTO works_dataset (code, names, credit, licence, language, invented, files, counts) "
    "VALUES ('bench', '{\"en\": \"Bench\"}', '', '{}', 'en', true, '{}', '{}')"),
    ("INSERT INTO works_organisation (scheme, identifier, legal_name, key, merge_reason) "
    "SELECT '', '', 'Firm ' || i, 'firm ' || i, '' FROM generate_series(1, 1500) AS i"),
    """INSERT INTO works_project (data_set_id, local_id, digest, public_id, title, description, status, type, sectors, category,
                                  promised_currency, delay_reason)
    SELECT d.id, 'p' || i, '', 'bench-p' || i, jsonb_build_object('en', 'Project ' || i), '{}', 'implementation', '',
           ARRAY[(ARRAY['transport.road', 'waterAndWaste', 'education', 'health', 'transport.urban', 'energy'])[1 + floor(6 * random() ^ 2)::int]],
           '', '', ''
    FROM works_dataset AS d, generate_series(1, %(projects)s) AS i""",
    """INSERT INTO works_projectplace (project_id, number, kind, name, geometry)
    SELECT id, 1, 'exact', '', ST_SetSRID(CASE WHEN id %% 2 = 0 THEN ST_MakePoint(x, y)
           ELSE ST_MakeLine(ST_MakePoint(x, y), ST_MakePoint(x + 0.02 * random(), y + 0.02 * random())) END, 4326)
    FROM (SELECT id, -71.3 + 0.38 * random() AS x, 42.2 + 0.28 * random() AS y FROM works_project) AS thrown""",
    """INSERT INTO works_contract (data_set_id, local_id, digest, ocid, project_id, title, number, status, method, supplier_id, value, currency)
    SELECT d.id, 'c' || p.id, '', '', p.id, '{}', 'C-' || p.id, 'active', 'open', o.id, 100000, 'USD'
    FROM (SELECT id, 1 + floor(1500 * random() ^ 2)::int AS firm FROM works_project OFFSET 0) AS p
    JOIN works_dataset AS d ON true JOIN works_organisation AS o ON o.key = 'firm ' || p.firm""",
    """INSERT INTO works_repair (data_set_id, local_id, digest, public_id, kind, status, title, address, geometry, street_id, finished_on,
                                 cost, currency, contractor_id, warranty_until)
    SELECT d.id, 'r' || i, '', 'bench-r' || i, kind, 'finished', '{}', '', ST_PointOnSurface(s.geometry), s.id, day,
           CASE WHEN dear THEN round((50 + 5000 * random())::numeric, 2) END, CASE WHEN dear THEN 'USD' ELSE '' END, firm, day + 730
    FROM (SELECT i, (ARRAY['pothole', 'resurfacing', 'pavement', 'lighting', 'sign', 'drainage'])[1 + floor(6 * random() ^ 2)::int] AS kind,
                 date '2015-01-01' + floor(4000 * random())::int AS day, random() < 0.8 AS dear,
                 (SELECT min(id) FROM works_organisation) + floor(1500 * random() ^ 2)::int AS firm,
                 (SELECT min(id) FROM gis_data_street) + floor(6000 * random())::int AS street
          FROM generate_series(1, %(repairs)s) AS i) AS thrown
    JOIN gis_data_street AS s ON s.id = thrown.street JOIN works_dataset AS d ON true""",
    """INSERT INTO works_money (data_set_id, local_id, stage, amount, currency, "on", project_id, contract_id, repair_id, fund, title,
                                source_file, reason)
    SELECT d.id, 'm' || i, CASE WHEN kind < 0.15 THEN 'planned' WHEN kind < 0.2 THEN 'committed' ELSE 'paid' END,
           round((10 + 20000 * random() ^ 4)::numeric, 2), CASE WHEN i %% 200 = 0 THEN 'EUR' ELSE 'USD' END,
           date '2015-01-01' + floor(3650 * random())::int,
           CASE WHEN kind < 0.2 THEN first_project + floor(%(projects)s * random())::bigint END,
           CASE WHEN kind BETWEEN 0.2 AND 0.8 THEN first_contract + floor(%(projects)s * random())::bigint END,
           CASE WHEN kind > 0.8 THEN first_repair + floor(%(repairs)s * random())::bigint END, '', '', '', ''
    FROM (SELECT i, random() AS kind FROM generate_series(1, %(payments)s) AS i) AS thrown JOIN works_dataset AS d ON true,
         (SELECT min(id) AS first_project FROM works_project) AS p, (SELECT min(id) AS first_contract FROM works_contract) AS c,
         (SELECT min(id) AS first_repair FROM works_repair) AS r
    WHERE kind <> 0.2 AND kind <> 0.8""",
)  # fmt: skip
_PARTS: Final = "works_money, works_repair, works_contract, works_project, places_moneyshare, places_moneytotal, places_workpart"


def fill(payments: int, repairs: int, projects: int) -> float | None:
    """Write the works where there are none; return the seconds that the reckoning at the commit took, None where all was there."""
    if Money.objects.exists():
        return None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.77)")
        for statement in _GROUND:
            cursor.execute(statement)
        for statement in _WORKS:
            cursor.execute(statement, {"payments": payments, "repairs": repairs, "projects": projects})
        cursor.execute("ANALYZE works_money, works_repair, works_contract, works_project, works_projectplace, gis_data_street")
        began = time.perf_counter()
        cursor.execute("SET CONSTRAINTS places_settle IMMEDIATE")
        took = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {_PARTS}")
    return took
