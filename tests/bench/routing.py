"""``script/bench routing``: facts at a pin, choosing, and replays of a million appeals, each beside the plain way in the same run.

Facts are measured on Boston's real neighbourhoods and streets where ``CITYMAP_DATA`` names them, else on invented districts.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from django.db import connection

from gis_data.cells import CellTable, postgis_exact
from gis_data.load_boundaries import load_boundary_sets
from gis_data.load_places import load_streets
from gis_data.load_report import LoadReport, no_progress
from gis_data.models import Boundary, BoundarySet
from gis_data.pack import read as read_pack
from gis_data.versions import shapes_on
from issues.models import AppealFacts, RuleSet
from issues.routing import derive, facts_sql, replay
from issues.routing.choose import choose
from issues.routing.fact_key import from_json
from issues.routing.facts_sql import Question
from issues.routing.known import facts_of, read_known, read_rules
from layers.prepared import one_row
from tests.bench import _routing_city, _routing_plain, report
from tests.bench._database import throwaway_database

PINS: Final = 1000
SAMPLE: Final = 10_000
BOSTON: Final = Path(__file__).resolve().parents[2] / "gis_data/packs/boston"
_Pairs = dict[tuple[int, int], int]


def main(argv: list[str]) -> int:
    """Print a JSON line a figure; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="script/bench routing")
    parser.add_argument("--rows", type=int, default=1_000_000, help="appeals that are replayed")
    options = parser.parse_args(argv)
    good = []
    with throwaway_database():
        good += _facts()
    with throwaway_database():
        districts, draft = _routing_city.build(options.rows)
        good += _choosing()
        good += _replays(districts, draft)
        good += _mismatches()
    return 0 if all(good) else 1


def _facts() -> list[bool]:
    """Database CPU a pin: all facts in one statement, against the three questions asked one by one."""
    pins = _boston_pins()
    one_by_one = _cpu(pins, _one_by_one)
    together = _cpu(pins, lambda lon, lat: facts_sql.read(Question(lon, lat, "")))
    return [
        report.line("facts_db_cpu", together, "ms/pin", goal=1.5, lower_is_better=True),
        report.line("facts_against_one_by_one", together, "ms/pin", against="covers, geography distance to a border, nearest street by <->",
                    against_value=one_by_one, lower_is_better=True),
    ]  # fmt: skip


def _boston_pins() -> list[tuple[float, float]]:
    data = os.environ.get("CITYMAP_DATA", "")
    if data and (Path(data) / "boston").is_dir():
        pack, folder = read_pack(BOSTON), Path(data) / "boston"
        load_boundary_sets(pack, folder, LoadReport(), no_progress)
        load_streets(pack, folder, LoadReport(), no_progress)
    else:
        print("CITYMAP_DATA has no boston: facts are measured on invented districts", file=sys.stderr)
        _routing_city._ground()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    shapes = [shapely.from_wkb(bytes(one.wkb)) for one in Boundary.objects.values_list("geometry", flat=True)]
    west, south, east, north = shapely.total_bounds(shapes)
    draw, whole = random.Random(4), shapely.union_all(shapes)
    shapely.prepare(whole)
    pins: list[tuple[float, float]] = []
    while len(pins) < PINS:
        point = draw.uniform(west, east), draw.uniform(south, north)
        if whole.covers(shapely.Point(point)):
            pins.append(point)
    return pins


def _one_by_one(lon: float, lat: float) -> None:
    """As it was measured before: what covers, the spheroid's distance to its border, the nearest street."""
    pin = "ST_SetSRID(ST_MakePoint($1, $2), 4326)"
    one_row(f"SELECT id FROM gis_data_boundary WHERE ST_Covers(geometry, {pin})", [lon, lat])
    one_row(
        f"SELECT ST_Distance(ST_Boundary(geometry)::geography, {pin}::geography) FROM gis_data_boundary WHERE ST_Covers(geometry, {pin})",
        [lon, lat],
    )
    one_row(
        f"SELECT source_id FROM gis_data_street ORDER BY geometry::geography(geometry, 4326) <-> {pin}::geography LIMIT 1",
        [lon, lat],
    )


def _cpu(pins: list[tuple[float, float]], ask: Callable[[float, float], Any]) -> float:
    """Milliseconds of the server process's own processor time a pin."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    for lon, lat in pins[:50]:
        ask(lon, lat)
    before = _spent(process)
    for lon, lat in pins:
        ask(lon, lat)
    return (_spent(process) - before) * 1000 / len(pins)


def _spent(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _choosing() -> list[bool]:
    """Whole decisions, reason and all, a second in one process, with 500 rules."""
    known = read_known()
    rules = read_rules(RuleSet.objects.get(title="bench").pk, known.day)
    assert len(rules) == 500, len(rules)
    draw = random.Random(3)
    codes = list(_routing_city.areas(1))
    facts = []
    for number in range(40_000):
        key = {"category": f"kind-{1 + number % 12}", "at": {"districts": draw.choice(codes)},
               "street": [draw.choice(_routing_city.CLASSES), "city"], "asset": None, "place": True}  # fmt: skip
        facts.append(facts_of(from_json(key), known, 1 + number % 7))
    began = time.process_time()  # of this process alone: the machine's other work does not count
    for one in facts:
        choose(one, rules)
    return [report.line("choose_500_rules", len(facts) / (time.process_time() - began), "decisions/s", goal=20_000)]


def _replays(districts: BoundarySet, draft: RuleSet) -> list[bool]:
    took, count = _timed(derive.derive_missing)
    report.line("facts_in_bulk", count / took, "appeals/s")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE issues_appealfacts, issues_factkey")
    current = RuleSet.objects.get(title="bench")
    good = _rules_only(current, draft)
    whole = _whole_set(districts, current)
    return [*good, *whole[1:], *_one_district(districts, current, whole[0]), _sample(draft)]


def _rules_only(current: RuleSet, draft: RuleSet) -> list[bool]:
    def ours() -> _Pairs:
        trial = replay.Trial(None)
        outcome = replay.rules_outcome(draft, trial)
        replay.replay(trial, outcome)
        return _pairs(outcome)

    took, found = min((_timed(ours) for _round in range(3)), key=lambda one: one[0])
    plain, wanted = _timed(lambda: _routing_plain.rules_counts(current, draft))
    return _compared("replay_rules", took, plain, 5.0, found == wanted, found)


def _whole_set(districts: BoundarySet, current: RuleSet) -> tuple[float, bool, bool, bool]:
    areas = _routing_city.areas(2)
    took, found = min((_timed(lambda: _ground(districts, areas)) for _round in range(3)), key=lambda one: one[0])
    plain, wanted = _timed(lambda: _routing_plain.ground_counts(current, areas))
    first, second, third = _compared("replay_whole_set", took, plain, 10.0, found == wanted, found)
    return took, first, second, third


def _one_district(districts: BoundarySet, current: RuleSet, whole: float) -> list[bool]:
    areas = _routing_city.one_border_moved(shapes_on(districts, read_known().day))
    took, found = min((_timed(lambda: _ground(districts, areas)) for _round in range(5)), key=lambda one: one[0])
    wanted = _routing_plain.ground_counts(current, areas)
    return [
        report.line(
            "replay_one_district",
            took,
            "s",
            against="the whole set redrawn",
            against_value=whole,
            goal=0.02,
            lower_is_better=True,
        ),
        report.line("replay_one_district_differs", _differing(found, wanted), "appeals", goal=0, lower_is_better=True),
    ]


def _ground(districts: BoundarySet, areas: Any) -> _Pairs:
    trial = replay.Trial(None)
    outcome = replay.ground_outcome(districts, areas, trial)
    replay.replay(trial, outcome)
    return _pairs(outcome)


def _pairs(outcome: replay.Outcome) -> _Pairs:
    found: Counter[tuple[int, int]] = Counter()
    for case in outcome.moved:
        before, after = outcome.before[case], outcome.after[case]
        found[before.id if before else 0, after.id if after else 0] += outcome.counted[case][0]
    return dict(found)


def _compared(case: str, took: float, plain: float, goal: float, equal: bool, found: _Pairs) -> list[bool]:
    print(f"{case}: {sum(found.values()):,} appeals would move", file=sys.stderr)
    return [
        report.line(case, took, "s", goal=goal, lower_is_better=True),
        report.line(f"{case}_against_plain_sql", plain, "s", against="the replay", against_value=took, goal=3.0),
        report.line(f"{case}_equals_plain_sql", float(equal), "yes", goal=1.0),
    ]


def _differing(found: _Pairs, wanted: _Pairs) -> int:
    return sum(abs(found.get(pair, 0) - wanted.get(pair, 0)) for pair in found.keys() | wanted.keys())


def _sample(draft: RuleSet) -> bool:
    """The replay's answer for single appeals beside `choose` on facts that are read anew at each pin."""
    trial = replay.Trial(None)
    rules = read_rules(draft.pk, trial.day)
    trial.look_at(trial.rules, rules)
    differing = 0
    rows = AppealFacts.objects.select_related("appeal__category", "key").order_by("?")[:SAMPLE]
    for row in rows.iterator(2000):
        appeal = row.appeal
        place = facts_sql.read(Question(appeal.point.x, appeal.point.y, appeal.category.code))
        assert place.facts is not None
        weekday = _weekday(appeal.created_at)
        known = facts_of(from_json(row.key.key), trial.known, weekday)
        alone = choose(replace(place.facts, at=known.at), rules)
        together = trial.decide(from_json(row.key.key), weekday * 100 + 1, 0, rules)
        differing += (alone.department_id or 0) != (together.id if together else 0)
    return report.line("replay_differs_from_choose", differing, f"of {SAMPLE}", goal=0, lower_is_better=True)


def _weekday(moment: Any) -> int:
    return int(moment.astimezone(ZoneInfo("America/New_York")).isoweekday())


def _mismatches() -> list[bool]:
    """A million random points and 100,000 on and beside borders, against `ST_Covers` in the database."""
    areas = list(_routing_city.areas(1).values())
    draw = np.random.default_rng(5)
    west, south, east, north = _routing_city.BOUNDS
    lon, lat = draw.uniform(west, east, 1_000_000), draw.uniform(south, north, 1_000_000)
    corners = shapely.get_coordinates(areas)
    some = corners[draw.integers(0, len(corners), 100_000)] + draw.choice([0.0, 1e-12, -1e-10, 1e-8], (100_000, 2))
    lon, lat = np.concatenate([lon, some[:, 0]]), np.concatenate([lat, some[:, 1]])
    built, table = _timed(lambda: CellTable.build(areas))
    report.line("cell_table", built, "s", goal=2.0, lower_is_better=True)
    exact = postgis_exact(areas)
    took, found = _timed(lambda: table.locate(lon, lat, exact))
    plain, wanted = _timed(
        lambda: np.concatenate([exact(lon[i : i + 50_000], lat[i : i + 50_000]) for i in range(0, len(lon), 50_000)])
    )
    return [
        report.line("locate_against_st_covers", len(lon) / took, "points/s", against="ST_Covers", against_value=len(lon) / plain),
        report.line(
            "locate_differs_from_st_covers", int((found != wanted).sum()), f"of {len(lon)}", goal=0, lower_is_better=True
        ),
    ]


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = run()
    return time.perf_counter() - began, found
