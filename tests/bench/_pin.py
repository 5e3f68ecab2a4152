"""The answer at the pin for ``script/bench money``: a million appeals, 200,000 repairs and 50,000 projects on the same crowded ground."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from django.db import connection

from issues import duplicates, links, links_sweep
from issues.models import Category, LinkNote
from tests.bench import report
from tests.bench._database import throwaway_database
from tests.bench._synthetic import make_appeals
from works.at_place import at_place
from works.codelists import RepairKind
from works.models import DataSet

GOAL_MS: Final = 20.0
_PINS: Final = 3000
_WARM: Final = 100
#: Reports that came since links were looked for last.
_NEW: Final = 500
#: Reports, of all that are there, for which the first pairing is timed.
_FIRST: Final = 20_000

_FIRMS: Final = """
INSERT INTO works_organisation (scheme, identifier, legal_name, key, merge_reason)
SELECT '', '', 'Firm ' || i, 'firm ' || i, '' FROM generate_series(1, 500) AS i"""
_CONTRACTS: Final = """
WITH firms AS MATERIALIZED (SELECT array_agg(id) AS ids FROM works_organisation), made AS (
    INSERT INTO works_contract (data_set_id, local_id, number, title, supplier_id, warranty_until)
    SELECT %(set)s, 'c' || i, 'C-' || i, '{}', ids[1 + mod(i, 500)], CASE WHEN mod(i, 4) = 0 THEN current_date + i / 20 END
    FROM generate_series(1, %(contracts)s) AS i, firms RETURNING id, supplier_id)
INSERT INTO works_contractparty (contract_id, organisation_id, role) SELECT id, supplier_id, 'administrativeEntity' FROM made"""
# Repairs are where people complain: within some thirty metres of an appeal, a third of them lines.
_REPAIRS: Final = """
WITH places AS MATERIALIZED (
    SELECT row_number() OVER () AS i, ST_Translate(point, 0.0003 * (random() - 0.5), 0.0003 * (random() - 0.5)) AS at, random() AS a,
           random() AS b, random() AS c
    FROM (SELECT point FROM issues_appeal ORDER BY id * 7919 %% 1000003 LIMIT %(repairs)s) AS chosen),
contracts AS MATERIALIZED (SELECT array_agg(id) AS ids FROM works_contract),
kinds AS MATERIALIZED (SELECT %(kinds)s::text[] AS codes)
INSERT INTO works_repair (data_set_id, local_id, public_id, kind, status, title, geometry, finished_on, started_on, cost, currency,
                          contract_id, warranty_until)
SELECT %(set)s, 'r' || i, 'bench/r' || i, codes[1 + floor(6 * a * b)::int],
       CASE WHEN a < 0.85 THEN 'finished' WHEN a < 0.95 THEN 'planned' ELSE 'running' END, '{}',
       CASE WHEN b < 0.67 THEN at ELSE ST_MakeLine(at, ST_Translate(at, 0.0008 * c, 0.0008 * (1 - c))) END,
       CASE WHEN a < 0.85 THEN current_date - (1500 * c)::int END, CASE WHEN a >= 0.85 THEN current_date END,
       CASE WHEN b < 0.9 THEN round((5000 * c)::numeric, 2) END, CASE WHEN b < 0.9 THEN 'USD' ELSE '' END,
       ids[1 + mod(i, array_length(ids, 1))], CASE WHEN a < 0.85 THEN current_date - (1500 * c)::int + 730 END
FROM places, contracts, kinds"""
_PROJECTS: Final = (
    """INSERT INTO works_project (data_set_id, local_id, public_id, title, description, status, planned_start, planned_end)
    SELECT %(set)s, 'p' || i, 'bench/p' || i, '{"en": "Project"}', '{}',
           (ARRAY['preparation', 'implementation', 'completion', 'maintenance'])[1 + mod(i, 4)], current_date - 90, current_date + 90
    FROM generate_series(1, %(projects)s) AS i""",
    """INSERT INTO works_projectplace (project_id, number, kind, geometry)
    SELECT id, 1, CASE WHEN c < 0.5 THEN 'exact' ELSE 'area' END,
           CASE WHEN c < 0.5 THEN at WHEN c < 0.8 THEN ST_MakeLine(at, ST_Translate(at, 0.003 * c, 0.001)) ELSE ST_Buffer(at, 0.0015 * c) END
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS i FROM works_project) AS projects
         JOIN (SELECT row_number() OVER () AS i, random() AS c, ST_Translate(point, 0.002 * (random() - 0.5), 0.002 * (random() - 0.5)) AS at
               FROM (SELECT point FROM issues_appeal ORDER BY id * 104729 %% 1000003 LIMIT %(projects)s) AS chosen) AS places USING (i)""",
    """INSERT INTO works_money (data_set_id, local_id, stage, amount, currency, project_id)
    SELECT %(set)s, p.local_id || '/' || n, (ARRAY['planned', 'committed', 'paid', 'paid'])[n], 1000.10 * n, 'USD', p.id
    FROM works_project AS p, generate_series(1, 4) AS n""",
)


def answer(rows: int) -> list[bool]:
    """Print the figures at ``rows`` appeals; false where a goal is missed."""
    with throwaway_database():
        _fill(rows)
        report.line("links_of_a_new_report", _paired("a", rows - _NEW + 1, rows) * 1000 / _NEW, "ms")
        report.line("links_of_a_changed_repair", _paired("r", 1, _NEW) * 1000 / _NEW, "ms")
        report.line("links_of_a_changed_project", _paired("p", 1, _NEW) * 1000 / _NEW, "ms")
        report.line("links_first_pairing", min(_FIRST, rows) / _paired("a", 1, min(_FIRST, rows)), "reports/s")
        _confirm()
        pins = _pins()
        whole = _times(pins, _ask)
        place = _times(pins, lambda lon, lat, kinds, _code, _id: at_place(lon, lat, kinds))
        plain = _times(pins[:60], _plainly)
    near = "ST_DWithin on geography over all repairs"
    return [
        report.line("pin_answer_p95", report.percentile(whole, 0.95), "ms", goal=GOAL_MS, lower_is_better=True),
        report.line("pin_works_p95", report.percentile(place, 0.95), "ms", goal=GOAL_MS, lower_is_better=True),
        report.line("pin_works_p50", report.percentile(place, 0.5), "ms", against=near, against_value=report.percentile(plain, 0.5),
                    lower_is_better=True),
    ]  # fmt: skip


def _fill(rows: int) -> None:
    make_appeals(rows)
    works = DataSet.objects.create(code="bench", names={"en": "Bench"})
    kinds = RepairKind.values[:6]
    for number, category in enumerate(Category.objects.order_by("position")):
        category.repair_kinds = [kinds[number % 6], kinds[(number + 1) % 6]]
        category.save(update_fields=["repair_kinds"])
    sizes: dict[str, Any] = {
        "set": works.pk,
        "kinds": kinds,
        "repairs": rows // 5,
        "contracts": max(1, rows // 50),
        "projects": rows // 20,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.4242)")
        for statement in (_FIRMS, _CONTRACTS, _REPAIRS, *_PROJECTS):
            cursor.execute(statement, sizes)
        cursor.execute("VACUUM ANALYZE")


def _paired(what: str, low: int, high: int) -> float:
    """Seconds for looking at what was noted, and at that alone."""
    LinkNote.objects.all().delete()
    LinkNote.objects.create(what=what, low=low, high=high)
    began = time.perf_counter()
    done = links_sweep.sweep(float("inf"))
    took = time.perf_counter() - began
    print(f"links: {done.found} new pairs of {done.looked} things noted as {what}", file=sys.stderr)
    return took


def _confirm() -> None:
    """A tenth of the proposals are confirmed."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE issues_link SET state = 'confirmed' WHERE id %% 10 = 0", [])
        cursor.execute("VACUUM ANALYZE issues_link")


def _pins() -> list[tuple[Any, ...]]:
    """Pins where people report, some metres away from an appeal: lon, lat, kinds, category, appeal."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT ST_X(a.point), ST_Y(a.point), k.repair_kinds, k.code, a.id
               FROM issues_appeal AS a JOIN issues_category AS k ON k.id = a.category_id
               ORDER BY a.id * 15485863 %% 1000003 LIMIT %s""",
            [_PINS],
        )
        rows = cursor.fetchall()
    draw = random.Random(5)
    return [(lon + draw.gauss(0, 0.0001), lat + draw.gauss(0, 0.0001), *rest) for lon, lat, *rest in rows]


def _ask(lon: float, lat: float, kinds: list[str], code: str, appeal: int) -> None:
    """Everything the pin is asked: works with money and warranty, reports near it, confirmed links."""
    at_place(lon, lat, kinds)
    duplicates.near(lon, lat, code)
    list(links.confirmed_of(appeal))


def _plainly(lon: float, lat: float, kinds: list[str], _code: str, _appeal: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT public_id FROM works_repair
               WHERE kind = ANY(%s) AND ST_DWithin(geometry::geography, ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography, 50)""",
            [kinds, lon, lat],
        )
        cursor.fetchall()


def _times(pins: list[tuple[Any, ...]], ask: Callable[..., Any]) -> list[float]:
    """Milliseconds a pin, as the one who asks waits for it: the quickest of three, so that other work of the machine is not counted."""
    for pin in pins[:_WARM]:
        ask(*pin)
    return [min(_once(ask, pin) for _again in range(3)) for pin in pins]


def _once(ask: Callable[..., Any], pin: tuple[Any, ...]) -> float:
    began = time.perf_counter()
    ask(*pin)
    return (time.perf_counter() - began) * 1000
