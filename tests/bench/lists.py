"""``script/bench lists``: the newest 50 reports in a box as the home page reads them, against GiST alone.

Runs on a database of ``--rows`` seeded appeals, kept for the next run (that of ``script/bench tiles``). To it come a rare category (40
old reports), one of a single place (5,000 old reports that lie together), and one without any. The other side is a copy of the table
with ``GIST (point)`` and the planner's free choice. Each box is asked for in turn by both. The goals are for the statements, as they are for
the other side; what `home_list.listing` takes in all stands beside them.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar
from unittest import mock

from django.db import connection

from issues.models import Appeal, Category
from issues.states import BEHIND
from issues.views import home_list
from issues.views.home_filters import HomeFilters
from issues.views.home_list import Kind
from layers import upkeep
from layers.grid import Box
from tests.bench import report
from tests.bench._city import database, fill
from tests.bench._processor import Processor
from tests.bench._synthetic import make_categories

NEWEST: Final = 50
#: Metres along a side, in degrees of longitude and latitude at the seeded city.
SIDES: Final = {"500m": (0.0061, 0.0045), "4km": (0.0487, 0.036), "40km": (0.487, 0.36)}
BOXES: Final = 12
#: Milliseconds at the 95th percentile, up to a million rows and above.
GOAL, GOAL_ABOVE = 10.0, 15.0
DEEP_PAGE, DEEP_GOAL = 18_000, 2.5
_PLAIN: Final = "bench_plain"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked for; categories and public states by code."""

    name: str
    categories: tuple[str, ...] = ()
    states: tuple[str, ...] = ()


CASES: Final = (
    Case("no_filter"),
    Case("one_category", ("kind-5",)),
    Case("three_categories", ("kind-1", "kind-6", "kind-12")),
    Case("one_state", (), ("new",)),
    Case("category_and_states", ("kind-5",), ("new", "in_progress")),
    Case("rare_category", ("rare",)),
    Case("rare_category_and_state", ("rare",), ("declined",)),
    Case("category_of_one_place", ("local",)),
    Case("category_of_one_place_among_others", ("local", "rare", "none")),
    Case("nothing_has_this_category", ("none",)),
    Case("nothing_has_this_category_and_state", ("local",), ("new",)),
)


def main(argv: list[str]) -> int:
    """Print JSON lines; 1 when a goal is missed."""
    options = _options(argv)
    with database(options.rows), mock.patch.object(home_list, "ROWS", NEWEST):
        fill(options.rows)
        _add_rare()
        _copy()
        kinds = {code: Kind(key, code) for code, key in Category.objects.values_list("code", "id")}
        goal = GOAL if options.rows <= 1_000_000 else GOAL_ABOVE
        good = [
            _bench(case, size, kinds, options.rounds, goal)
            for size in SIDES
            for case in CASES
            if options.only in f"{size}_{case.name}"
        ]
        good.append(_bench_nowhere(kinds, options.rounds, goal))
        good.append(_bench_depth(kinds))
    return 0 if all(good) else 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench lists")
    parser.add_argument("--rows", type=int, default=1_000_000, help="how many seeded appeals")
    parser.add_argument("--rounds", type=int, default=3, help="how often each box is asked for")
    parser.add_argument("--only", default="", help="cases whose names hold this text")
    return parser.parse_args(argv)


def _bench(case: Case, size: str, kinds: dict[str, Kind], rounds: int, goal: float) -> bool:
    return _measure(f"lists_{size}_{case.name}", case, list(_boxes(*SIDES[size])), kinds, rounds, goal)


def _bench_nowhere(kinds: dict[str, Kind], rounds: int, goal: float) -> bool:
    """Boxes beside the city: nothing is there."""
    boxes = [(-60.0 - number, 42.2, -60.0 - number + 0.487, 42.56) for number in range(BOXES)]
    return _measure("lists_40km_empty_ground", Case("", ("kind-5",)), boxes, kinds, rounds, goal)


def _measure(
    name: str, case: Case, boxes: list[Box], kinds: dict[str, Kind], rounds: int, goal: float
) -> bool:  # fmt: skip
    ours: list[float] = []
    whole: list[float] = []
    busy: list[float] = []
    plain: list[float] = []
    processor, clock = Processor(), _Statements()
    for number in range(rounds):
        for box in boxes:
            filters = HomeFilters(categories=case.categories, states=case.states, bbox=box)
            before, clock.took = processor.database_now(), 0.0
            with connection.execute_wrapper(clock):
                took, page = _timed(partial(home_list.listing, filters, kinds))
            busy.append(processor.database_now() - before)
            ours.append(clock.took)
            whole.append(took)
            if not number:
                took, rows = _timed(partial(_plain, case, box, kinds))
                plain.append(took)
                _compare(name, box, page, rows)
    against = {"against": "GiST alone", "against_value": report.percentile(plain, 0.95), "lower_is_better": True}
    report.line(f"{name}_p50", report.percentile(ours, 0.5), "ms", against="GiST alone", against_value=report.percentile(plain, 0.5),
                lower_is_better=True)  # fmt: skip
    report.line(f"{name}_processor_p95", report.percentile(busy, 0.95), "ms", lower_is_better=True)
    report.line(f"{name}_with_page_p95", report.percentile(whole, 0.95), "ms", lower_is_better=True)
    report.line(f"{name}_p95_of_plain", report.percentile(ours, 0.95), "ms", **against)  # type: ignore[arg-type]  # one dictionary for values of several kinds
    return report.line(f"{name}_p95", report.percentile(ours, 0.95), "ms", goal=goal, lower_is_better=True)


class _Statements:
    """Milliseconds from sending a statement to having its answer."""

    took = 0.0

    def __call__(self, execute: Callable[..., T], sql: str, params: Any, many: bool, context: Any) -> T:
        took, answer = _timed(partial(execute, sql, params, many, context))
        self.took += took
        return answer


def _compare(name: str, box: Any, page: home_list.Listing, rows: list[Any]) -> None:
    found, expected = [row.public_id for row in page.rows], [row[1] for row in rows[:NEWEST]]
    if found != expected:
        raise SystemExit(f"{name} {box}: {len(found)} rows that differ from the {len(expected)} expected")


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    done = work()
    return (time.perf_counter() - began) * 1000, done


def _boxes(width: float, height: float) -> Iterator[Box]:
    """Boxes around appeals by chance; every third around a report of the category that lies together."""
    dice = random.Random(7)
    low, high = Appeal.objects.order_by("id").values_list("id", flat=True).first() or 0, Appeal.objects.count()
    local = list(Appeal.objects.filter(category__code="local").order_by("id").values_list("id", flat=True)[:100])
    for number in range(BOXES):
        point = None
        while point is None:
            key = dice.choice(local) if number % 3 == 2 else low + dice.randrange(high)
            point = Appeal.objects.filter(pk=key).values_list("point", flat=True).first()
        yield point.x - width / 2, point.y - height / 2, point.x + width / 2, point.y + height / 2


def _plain(case: Case, box: Box, kinds: dict[str, Kind]) -> list[Any]:
    asked, params = "visibility = 'public' AND a.point && ST_MakeEnvelope(%s, %s, %s, %s, 4326)", list[Any](box)
    if case.categories:
        asked, params = f"{asked} AND category_id = ANY(%s)", [*params, [kinds[code].id for code in case.categories]]
    if case.states:
        stored = [state for code in case.states for state in BEHIND[code]]  # type: ignore[index]  # its codes are those of the table
        asked, params = f"{asked} AND state = ANY(%s)", [*params, stored]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT a.id, a.public_id, a.state, c.code, a.address, b.names, a.created_at, a.point FROM {_PLAIN} AS a
            JOIN issues_category AS c ON c.id = a.category_id LEFT JOIN gis_data_boundary AS b ON b.id = a.district_id
            WHERE {asked} ORDER BY a.created_at DESC, a.id DESC LIMIT {NEWEST + 1}""",
            params,
        )
        return list(cursor.fetchall())


def _bench_depth(kinds: dict[str, Kind]) -> bool:
    """The first page and one far down, in turn, without filters."""
    skipped = min(DEEP_PAGE * NEWEST, Appeal.objects.public().count() - 2 * NEWEST)
    (last,) = Appeal.objects.public().order_by("-created_at", "-id").values_list("public_id", flat=True)[skipped : skipped + 1]
    first: list[float] = []
    deep: list[float] = []
    for _again in range(60):
        first.append(_timed(partial(home_list.listing, HomeFilters(), kinds))[0])
        deep.append(_timed(partial(home_list.listing, HomeFilters(), kinds, before=last))[0])
    return report.line(
        f"lists_page_{skipped // NEWEST}_p50", report.percentile(deep, 0.5), "ms", against="page 1",
        against_value=report.percentile(first, 0.5), goal=DEEP_GOAL, lower_is_better=True,
    )  # fmt: skip


def _add_rare() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM issues_category WHERE code = 'local')")
        if cursor.fetchone()[0]:
            return
        make_categories(["rare", "local", "none"], first=90)
        cursor.execute("SELECT setseed(0.77)")
        cursor.execute(
            """INSERT INTO issues_appeal (public_id, category_id, state, point, source, created_at)
            SELECT 'R' || to_char(i, 'FM0000000'), c.id, CASE WHEN i %% 9 = 0 AND c.code = 'rare' THEN 'rejected' ELSE 'done' END,
                   ST_SetSRID(CASE c.code WHEN 'rare' THEN ST_MakePoint(-71.3 + 0.4 * random(), 42.2 + 0.3 * random())
                                          ELSE ST_MakePoint(-71.0601 + 0.002 * random(), 42.3301 + 0.002 * random()) END, 4326),
                   'synthetic', timestamptz '2022-06-01' + interval '1 minute' * i
            FROM generate_series(1, 5040) AS i JOIN issues_category AS c ON c.code = CASE WHEN i <= 40 THEN 'rare' ELSE 'local' END""",
            [],
        )

    upkeep.merge_all()


def _copy() -> None:
    """The table without any index but a spatial one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [_PLAIN])
        if not cursor.fetchone()[0]:
            cursor.execute(f"CREATE TABLE {_PLAIN} AS SELECT * FROM issues_appeal ORDER BY id")
            cursor.execute(f"CREATE INDEX ON {_PLAIN} USING gist (point)")
        cursor.execute(f"VACUUM ANALYZE {_PLAIN}, issues_appeal, layers_pyramidpart, layers_pyramidtotal, layers_pyramiddelta")
