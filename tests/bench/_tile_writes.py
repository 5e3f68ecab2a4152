"""What counts kept in advance cost: their size, counting anew, merging, freshness of tiles, and the speed of intake."""

from __future__ import annotations

import random
import re
import secrets
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

import mapbox_vector_tile
from django.contrib.gis.geos import Point
from django.db import connection
from django.http import QueryDict

from issues.counted import COUNTED
from issues.map_layers import APPEALS
from issues.models import Appeal, Category
from layers import tile_sql, upkeep
from layers.filters import Selection, parse
from layers.grid import Tile, tile_at
from layers.models import PyramidDelta
from layers.pyramid import LEVELS
from tests.bench import intake, report
from tests.bench._city import vacuum
from tests.bench._database import throwaway_database

_TABLES: Final = ("layers_pyramidpart", "layers_pyramidtotal")
_WRITES_A_SECOND, _WRITERS, _FRESH_SECONDS, _FRESH_GOAL = 200, 4, 10.0, 1000.0
_INTAKE_ROUNDS, _INTAKE_SECONDS, _INTAKE_GOAL = 11, 2.0, 0.90  # short rounds: other work on the machine comes and goes


def bench_counts() -> bool:
    """Counting from scratch, size, merging, and that the sums are count(*)."""
    began = time.perf_counter()
    rows = upkeep.rebuild(COUNTED)
    report.line("pyramid_build", time.perf_counter() - began, "s")
    report.line("pyramid_build_speed", rows / (time.perf_counter() - began), "rows/s")
    _vacuum_full()
    _print_size()
    _bench_merge()
    return _bench_sums()


def _vacuum_full() -> None:
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"VACUUM FULL ANALYZE {table}")


def _print_size() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('issues_appeal')")
        (appeals,) = cursor.fetchone()
        for table in _TABLES:
            cursor.execute(f"SELECT pg_total_relation_size('{table}'), count(*) FROM {table}")
            size, rows = cursor.fetchone()
            report.line(f"{table}_rows", rows, "rows")
            report.line(f"{table}_size", size / 1e6, "MB", against="the table of appeals", against_value=appeals / 1e6)
        cursor.execute("SELECT count(*), sum(pg_column_size(t.*)) FROM layers_pyramidtotal t WHERE month > 0")
        report.line("of_it_by_month_rows", cursor.fetchone()[0], "rows")


def _bench_merge() -> None:
    for size in (100, 10_000):
        keys = list(Appeal.objects.public().order_by("?").values_list("pk", flat=True)[:size])
        Appeal.objects.filter(pk__in=keys).update(state="started")
        notes = PyramidDelta.objects.count()
        began = time.perf_counter()
        upkeep.merge_all()
        report.line(f"merge_of_{size}_changes", notes / (time.perf_counter() - began), "notes/s")


def _bench_sums() -> bool:
    """At every zoom, for every category and state: what tiles' counts add up to after draining."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT category_id, state, count(*) FROM issues_appeal WHERE visibility = 'public' AND point IS NOT NULL GROUP BY 1, 2"
        )
        expected: dict[tuple[int, int], int] = {}
        number = {stored: value for value, code in enumerate(COUNTED.codes, 1) for stored in COUNTED.values[code]}
        for kind, state, n in cursor.fetchall():
            expected[kind, number[state]] = expected.get((kind, number[state]), 0) + n
        wrong = 0
        for zoom in LEVELS:
            cursor.execute("SELECT kind, value, sum(n) FROM layers_pyramidpart WHERE cell >> 40 & 15 = %s GROUP BY 1, 2", [zoom])
            found = {(kind, value): n for kind, value, n in cursor.fetchall() if n}
            wrong += sum(found.get(key) != n for key, n in expected.items()) + len(set(found) - set(expected))
    return report.line("sums_that_differ_from_count", wrong, "sums", goal=0, lower_is_better=True)


def bench_freshness() -> bool:
    """New appeals at 200 a second; some of them, alone in their tiles at zoom 14, are looked for there. Nobody merges."""
    stop = threading.Event()
    others = [threading.Thread(target=_write_on, args=(number, stop)) for number in range(_WRITERS)]
    for one in (*others, reader := threading.Thread(target=_read_on, args=(stop,))):
        one.start()
    began, before = time.perf_counter(), Appeal.objects.count()
    late = [_seen_after(number) for number in range(int(_FRESH_SECONDS * 20)) if time.perf_counter() < began + _FRESH_SECONDS]
    stop.set()
    for one in (*others, reader):
        one.join()
    report.line("freshness_writes", (Appeal.objects.count() - before) / (time.perf_counter() - began), "writes/s")
    report.line("freshness_unmerged", PyramidDelta.objects.count(), "notes")
    good = report.line("freshness_p95", report.percentile(late, 0.95), "ms", goal=_FRESH_GOAL, lower_is_better=True)
    began = time.perf_counter()
    upkeep.merge_all()
    report.line("freshness_merge", time.perf_counter() - began, "s")
    Appeal.objects.filter(source="bench").delete()
    upkeep.merge_all()
    vacuum()
    return good


def _write(lon: float, lat: float) -> None:
    category = Category.objects.only("id").earliest("id")
    Appeal.objects.create(public_id=secrets.token_hex(4), category=category, point=Point(lon, lat, srid=4326), source="bench")


def _write_on(number: int, stop: threading.Event) -> None:
    dice, rest = random.Random(number), 1 / (_WRITES_A_SECOND / _WRITERS)
    due = time.perf_counter()
    while not stop.wait(max(0.0, (due := due + rest) - time.perf_counter())):
        _write(-71.06 + 0.02 * dice.random(), 42.33 + 0.02 * dice.random())
    connection.close()


def _seen_after(number: int) -> float:
    """Milliseconds from the commit of an appeal, far away from all others, to its being in its tile."""
    time.sleep(1 / 20)
    lon = -60 + number * 0.03
    tile = tile_at(lon, 42.0, 14)
    _write(lon, 42.0)
    written = time.perf_counter()
    while not _count(tile):
        pass
    return (time.perf_counter() - written) * 1000


def _count(tile: Tile) -> int:
    data = tile_sql.fetch(tile_sql.statement(APPEALS, tile, Selection()))
    decoded = mapbox_vector_tile.decode(data) if data else {}
    return sum(feature["properties"]["count"] for layer in decoded.values() for feature in layer["features"])


def _read_on(stop: threading.Event) -> None:
    """Somebody looks at the map meanwhile."""
    selection = parse(APPEALS, QueryDict("state=new"))
    while not stop.wait(0.02):
        tile_sql.fetch(tile_sql.statement(APPEALS, tile_at(-71.06, 42.33, 12), selection))
    connection.close()


def bench_intake() -> bool:
    """The writing statement of a report by 16 clients of pgbench, with and without the triggers, in turn."""
    ratios, speeds = [], []
    with throwaway_database() as name, tempfile.TemporaryDirectory() as folder:
        intake._fill(20_000)
        upkeep.merge_all()
        vacuum()
        script = Path(folder) / "write.sql"
        script.write_text(_scattered(intake._pgbench_script()))
        for _round in range(_INTAKE_ROUNDS):
            speed = {}
            for kept in (True, False):
                _switch("ENABLE" if kept else "DISABLE")
                speed[kept] = len(intake._pgbench(name, script, _INTAKE_SECONDS)) / round(_INTAKE_SECONDS)
            ratios.append(speed[True] / speed[False])
            speeds.append((ratios[-1], speed))
        _switch("ENABLE")
    middle = statistics.median(ratios)
    speed = next(speed for ratio, speed in speeds if ratio == middle)
    return report.line(
        "intake_with_counts", speed[True], "reports/s", against="without", against_value=speed[False], goal=_INTAKE_GOAL
    )


def _scattered(script: str) -> str:
    """Reports from all over the city: many from one spot would crowd one end of the index over notes, which no city does."""
    scattered, times = re.subn(
        r"ST_MakePoint\([^,]*, [^,]*\), 4326", "ST_MakePoint(10.0 + 0.1 * random(), 50.0 + 0.06 * random()), 4326", script
    )
    assert times == 1, script
    return scattered


def _switch(how: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'issues_appeal'::regclass AND tgname LIKE 'pgtrigger_counted_%'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE issues_appeal {how} TRIGGER {name}")
