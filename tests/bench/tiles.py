"""``script/bench tiles``: appeal tiles by SQL and over HTTP on the city's densest tiles, and what the counts behind them cost.

Runs on the database of ``DATABASE_URL``. One without appeals is filled first: with Boston where ``CITYMAP_DATA`` holds it, else with
seeded ones. ``--rows N`` uses a database of N seeded appeals beside it, which is kept for the next run. ``--only`` chooses parts.

Each tile is asked for in turn by our statement, by the naive one (each row as a point, its place transformed from SRID 4326, the
planner's own settings), and over HTTP with one connection, so that all three meet the same load of the machine. The parts ``http`` and
``nginx`` ask by 16 connections.
"""

from __future__ import annotations

import argparse
import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from django.db import connection
from django.db.models import Count
from django.http import QueryDict

from issues.map_layers import APPEALS
from issues.models import Appeal, Category
from layers import tile_sql
from layers.filters import Selection, parse
from layers.grid import HALF, Tile
from layers.prepared import one_value
from tests.bench import _tile_http, _tile_writes, report
from tests.bench._city import database, fill
from tests.bench._processor import Processor
from tests.bench._web import server

COUNTED_ZOOMS: Final = range(8, 15)
ZOOMS: Final = range(8, 17)
DENSEST: Final = 20
#: How many times quicker than the naive tile. Where points are drawn, no slower.
DEFAULT_GOALS: Final = {10: 5000.0, 12: 800.0, 14: 60.0, 15: 1.0, 16: 1.0}
FILTERED_GOALS: Final = {12: 40.0, 14: 10.0}
#: Milliseconds; and the slowest zoom against the quickest.
PERIOD_GOAL, SPREAD_GOAL = 20.0, 3.0
#: Of the categories that the city's appeals have, by how often: the first, the third and the seventh.
FILTERED_PLACES: Final = (0, 2, 6)
PERIOD: Final = "from=2024-03-01&to=2025-02-28"
PARTS: Final = ("default", "filtered", "period", "counts", "freshness", "http", "nginx", "intake")

NAIVE: Final = replace(APPEALS, grid_below=None, grid_value="", pyramid=None, tile_column=None, squares=False)


@dataclass(slots=True)
class Times:
    """Milliseconds, one figure a tile and round."""

    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    #: Of a processor, not of the clock.
    ours_busy: list[float] = field(default_factory=list)
    naive_busy: list[float] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)
    web: list[float] = field(default_factory=list)


def main(argv: list[str]) -> int:
    """Print JSON lines; 1 when a goal is missed."""
    options = _options(argv)
    good = True
    with database(options.rows) as url, server(url) as web:
        fill(options.rows)
        if "counts" in options.only:
            good &= _tile_writes.bench_counts()
        if "default" in options.only:
            good &= _bench_default(options.seconds, web)
        if "filtered" in options.only:
            good &= _bench_query("filtered", _filtered(), options.seconds, FILTERED_GOALS, None)
        if "period" in options.only:
            good &= _bench_query("period", PERIOD, options.seconds, {}, PERIOD_GOAL)
        if "freshness" in options.only:
            good &= _tile_writes.bench_freshness()
        if "http" in options.only:
            good &= _tile_http.bench_http(url, _densest, options.seconds)
        if "nginx" in options.only:
            good &= _tile_http.bench_nginx(url, _densest, options.seconds)
    if "intake" in options.only:
        good &= _tile_writes.bench_intake()
    return 0 if good else 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench tiles")
    parser.add_argument("--rows", type=int, default=0, help="use this many seeded appeals")
    parser.add_argument(
        "--seconds", type=float, default=6.0, help="how long to measure at each zoom; each tile is asked for once at least"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts of the bench")
    return parser.parse_args(argv)


def _bench_default(seconds: float, web: http.client.HTTPConnection) -> bool:
    good, middles = True, []
    for zoom in ZOOMS:
        times = _measure(zoom, seconds, Selection(), web)
        good &= _print("default", zoom, times, DEFAULT_GOALS.get(zoom))
        report.line(
            f"tiles_default_z{zoom}_sql_p50_over_floor", report.percentile(times.ours, 0.5), "ms", against="a prepared SELECT 1",
            against_value=report.percentile(times.floor, 0.5), lower_is_better=True,
        )  # fmt: skip
        report.line(
            f"tiles_default_z{zoom}_http_p50", report.percentile(times.web, 0.5), "ms", against="the same tile's SQL",
            against_value=report.percentile(times.ours, 0.5), lower_is_better=True,
        )  # fmt: skip
        if zoom in COUNTED_ZOOMS:
            middles.append(report.percentile(times.ours, 0.5))
    return report.line(
        "tiles_default_z8_to_z14_slowest_p50", max(middles), "ms", against="the quickest zoom", against_value=min(middles),
        goal=SPREAD_GOAL, lower_is_better=True,
    ) and good  # fmt: skip


def _filtered() -> str:
    often = Category.objects.annotate(n=Count("appeals")).filter(n__gt=0).order_by("-n", "id").values_list("code", flat=True)
    codes = list(often[: max(FILTERED_PLACES) + 1])
    return f"category={','.join(codes[place] for place in FILTERED_PLACES)}&state=new,in_progress"


def _bench_query(name: str, query: str, seconds: float, goals: dict[int, float], goal_ms: float | None) -> bool:
    selection = parse(APPEALS, QueryDict(query))
    good = True
    for zoom in COUNTED_ZOOMS:
        times = _measure(zoom, seconds, selection, None)
        good &= _print(name, zoom, times, goals.get(zoom))
        if goal_ms is not None:
            good &= report.line(
                f"tiles_{name}_z{zoom}_sql_p50_alone",
                report.percentile(times.ours, 0.5),
                "ms",
                goal=goal_ms,
                lower_is_better=True,
            )
    return good


def _measure(zoom: int, seconds: float, selection: Selection, web: http.client.HTTPConnection | None) -> Times:
    """Each tile in turn; the naive statement, which may take seconds, gets half of the time."""
    tiles, times = _densest(zoom), Times()
    if web is not None:
        web.close()  # the server has hung up on who was silent; the next request connects again
    processor = Processor()
    ends = time.perf_counter() + seconds
    while not times.ours or time.perf_counter() < ends:
        for tile in tiles:
            if times.ours and time.perf_counter() > ends:
                break
            began = processor.now()
            times.ours += [_timed(partial(_ours, tile, selection)) for _again in range(3)]
            times.ours_busy.append((processor.now() - began) / 3)
            times.floor.append(_timed(_nothing))
            began = processor.now()
            times.naive.append(_timed(partial(_naive, tile, selection)))
            times.naive_busy.append(processor.now() - began)
            if web is not None:
                times.web.append(_timed(partial(_get, web, tile)))
    return times


def _print(name: str, zoom: int, times: Times, goal: float | None) -> bool:
    good = True
    report.line(
        f"tiles_{name}_z{zoom}_processor_p50", report.percentile(times.ours_busy, 0.5), "ms", against="naive ST_AsMVT of the same rows",
        against_value=report.percentile(times.naive_busy, 0.5), lower_is_better=True,
    )  # fmt: skip
    for label, share in (("p50", 0.5), ("p95", 0.95)):
        ours, naive = (report.percentile(one, share) for one in (times.ours, times.naive))
        # A p95 of some dozens of tiles says more of the machine's other work than of ours: shown, not judged.
        good &= report.line(
            f"tiles_{name}_z{zoom}_sql_{label}", ours, "ms", against="naive ST_AsMVT of the same rows", against_value=naive,
            goal=1 / goal if goal and label == "p50" else None, lower_is_better=True,
        )  # fmt: skip
    return good


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _ours(tile: Tile, selection: Selection) -> bytes:
    return tile_sql.fetch(tile_sql.statement(APPEALS, tile, selection), longest_ms=120_000)


def _nothing() -> None:
    """What any statement costs that the server keeps the plan of."""
    one_value("SELECT 1", [])


def _naive(tile: Tile, selection: Selection) -> bytes:
    wanted = tile_sql.statement(NAIVE, tile, selection)
    with connection.cursor() as cursor:
        cursor.execute(wanted.sql, wanted.params)
        (data,) = cursor.fetchone()
    return bytes(data)


def _get(web: http.client.HTTPConnection, tile: Tile) -> bytes:
    web.request("GET", f"/tiles/appeals/{tile.z}/{tile.x}/{tile.y}.mvt", headers={"Accept-Encoding": "gzip"})
    answer = web.getresponse()
    data = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{answer.status} for {tile}: {data[:300]!r}")
    return data


def _densest(zoom: int) -> list[Tile]:
    side = Tile(zoom, 0, 0).side
    points = Appeal.objects.public().filter(point__isnull=False).values("point_3857")
    sql, params = points.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT floor((ST_X(place::geometry) + %s) / %s)::int, floor((%s - ST_Y(place::geometry)) / %s)::int
            FROM ({sql}) AS places (place) GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT %s""",
            [HALF, side, HALF, side, *params, DENSEST],
        )
        return [Tile(zoom, x, y) for x, y in cursor.fetchall()]
