"""Routing over real ground: Boston's year on other borders, Moscow and St Petersburg, Cambridge's lights. Needs ``CITYMAP_DATA``."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import shapely.geometry
from django.contrib.gis.geos import GEOSGeometry
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis_data.models import Boundary, BoundarySet
from gis_data.pack_types import Pack, PackArea, PackRule
from issues.models import Appeal, RoutingDecision
from issues.routing import derive, facts_sql, replay
from issues.routing.agreement import compare
from issues.routing.facts_sql import Question
from tests.issues.routing import real_packs
from tests.issues.routing.deciding import Shapes, areas_of, decide, folder_of
from tests.issues.routing.test_replay import moved_by_replay

SOUTH_END, ROXBURY = "32", "16"


@pytest.fixture
def boston(real_data: Path) -> Path:
    return folder_of(real_data, "boston")


# ---- Boston: a border moved -------------------------------------------------------------------------------------------


def by_neighbourhood(pack: Pack) -> Pack:
    """With rules under which the services of the South End and of Roxbury differ, for all and for some categories."""
    rows = {
        "south-end": (PackArea("neighborhoods", SOUTH_END), "", "property"),
        "roxbury": (PackArea("neighborhoods", ROXBURY), "", "parks"),
        "trees-in-roxbury": (PackArea("neighborhoods", ROXBURY), "trees", "pwd"),
    }
    rules = [
        PackRule(code, service, pack.boundary_sets[0].valid_from, area=area, group=group)
        for code, (area, group, service) in rows.items()
    ]
    return replace(pack, rules=tuple(rules))


def border_moved(old: Shapes, degrees: float = 0.003) -> tuple[Shapes, BaseGeometry]:
    """A strip of the South End along Roxbury given to Roxbury; the new areas and the strip."""
    strip = shapely.intersection(old[SOUTH_END], old[ROXBURY].buffer(degrees))
    return {
        **old,
        SOUTH_END: shapely.difference(old[SOUTH_END], strip),
        ROXBURY: shapely.union(old[ROXBURY], strip),
    }, strip


def put(new: Shapes, *codes: str) -> None:
    """The new areas in place of the old ones, at once."""
    for code in codes:
        shape = shapely.MultiPolygon([part for part in shapely.get_parts(new[code]) if part.geom_type == "Polygon"])
        Boundary.objects.filter(boundary_set__code="neighborhoods", code=code).update(
            geometry=GEOSGeometry(shape.wkb.hex(), 4326)
        )


def one_by_one(appeals: Iterable[Appeal]) -> dict[int, int]:
    """What `choose` says at each pin on the ground as it is."""
    found: dict[int, int] = {}
    for appeal in appeals:
        point = appeal.point
        found[appeal.pk] = decide(point.x if point else None, point.y if point else None, appeal.category.code).department_id or 0
    return found


def a_border_moves_as_each_appeal_alone(sample: int) -> None:
    """Replay a moved border, then move it and ask pin by pin: all in the strip, and ``sample`` others."""
    derive.derive_missing()
    old = areas_of("neighborhoods")
    new, strip = border_moved(old)
    placed = list(Appeal.objects.select_related("category").exclude(point=None).order_by("pk"))
    points = shapely.points([(one.point.x, one.point.y) for one in placed if one.point])
    in_strip = shapely.covers(strip, points)

    outcome = replay.ground_outcome(BoundarySet.objects.get(code="neighborhoods"), new, replay.Trial(None))

    # The changed area is taken a little too large, never too small: pins close to an edge that only one version has are looked at too.
    assert 0 < in_strip.sum() <= outcome.looked_at
    assert outcome.looked_at < 0.02 * len(placed)
    inside = [one for one, inside in zip(placed, in_strip, strict=True) if inside]
    others = random.Random(3).sample([one for one, inside in zip(placed, in_strip, strict=True) if not inside], sample)
    before = one_by_one([*inside, *others])
    put(new, SOUTH_END, ROXBURY)
    after = one_by_one([*inside, *others])
    wanted = Counter((before[one], after[one]) for one in before if before[one] != after[one])
    assert wanted
    assert moved_by_replay(outcome) == dict(wanted)


@pytest.mark.django_db
def test_a_border_moved_in_boston_replays_as_each_appeal_alone(boston: Path, tmp_path: Path) -> None:
    data = real_packs.every_nth_row(boston, tmp_path, 40)
    real_packs.load(by_neighbourhood(real_packs.boston_in_2015(streets=False)), data)

    a_border_moves_as_each_appeal_alone(sample=150)


@pytest.mark.full
@pytest.mark.django_db
def test_a_border_moved_under_bostons_whole_year_replays_as_each_appeal_alone(boston: Path) -> None:
    real_packs.load(by_neighbourhood(real_packs.boston_in_2015(streets=True)), boston)
    assert Appeal.objects.count() == 121_145

    a_border_moves_as_each_appeal_alone(sample=2_000)


# ---- Boston: held against the city's own choice ------------------------------------------------------------------------


@pytest.mark.django_db
def test_bostons_requests_go_where_the_city_sent_them_and_the_place_is_known_by_zip_as_well(boston: Path, tmp_path: Path) -> None:
    data = real_packs.every_nth_row(boston, tmp_path, 60)
    real_packs.load(real_packs.boston_in_2015(streets=False), data)
    derive.derive_missing()

    found = compare()

    assert (found.compared, found.no_department, found.no_facts) == (RoutingDecision.objects.count(), 0, 0)
    assert found.agreed / found.compared > 0.92
    assert Boundary.objects.filter(boundary_set__code="zip-areas").count() == 32
    state_house = facts_sql.read(Question(-71.0636, 42.3581, "street-light-outages")).facts
    assert state_house is not None
    assert [(one.set_code, one.names["en"]) for one in state_house.boundaries] == [
        ("neighborhoods", "Beacon Hill"),
        ("zip-areas", "02108"),
    ]


@dataclass(frozen=True, slots=True)
class Request:
    """A row of the request files; ``neighborhood`` and ``zip`` by its point ('' without one, or in none)."""

    number: str
    type: str
    service: str
    queue: str
    neighborhood: str = ""
    zip: str = ""


@pytest.fixture(scope="session")
def requests(real_data: Path) -> list[Request]:
    """All requests whose service is known, each once."""
    folder = folder_of(real_data, "boston")
    cases: dict[str, tuple[Request, float | None, float | None]] = {}
    for name in ("2011", "2015", "animals_2013_2018", "animals_2019"):
        with gzip.open(folder / f"requests_{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                cell = {key.lower(): value.strip() for key, value in row.items() if key}
                case = Request(cell["case_enquiry_id"], cell["type"], cell["department"], cell["queue"])
                if case.service != "No Q":
                    cases[case.number] = (case, *_point(cell["longitude"], cell["latitude"]))
    lons, lats = (np.array([one[part] for one in cases.values()], dtype=float) for part in (1, 2))
    at = [_areas_at(folder / file, field, lons, lats) for file, field in FILES]
    return [replace(one[0], neighborhood=a, zip=b) for one, a, b in zip(cases.values(), *at, strict=True)]


FILES = (("neighborhoods.geojson.gz", "Neighborhood_ID"), ("zipcodes.geojson.gz", "ZIP_CODE"))
#: The city's mark for "no location".
CITY_HALL = (-71.0587, 42.3594)


def _point(lon: str, lat: str) -> tuple[float | None, float | None]:
    if not lon or not lat or (float(lon), float(lat)) == CITY_HALL:
        return None, None
    return float(lon), float(lat)


def _areas_at(path: Path, field: str, lons: NDArray[np.float64], lats: NDArray[np.float64]) -> list[str]:
    features = json.loads(gzip.decompress(path.read_bytes()))["features"]
    tree = shapely.STRtree([shapely.make_valid(shapely.geometry.shape(one["geometry"])) for one in features])
    found = [""] * len(lons)
    known = np.flatnonzero(~np.isnan(lons))
    for point, area in zip(*tree.query(shapely.points(lons[known], lats[known]), predicate="covered_by"), strict=True):
        found[known[point]] = features[area]["properties"][field]
    return found


def told_by(columns: str, what: str, requests: Sequence[Request]) -> float:
    """How many per cent of the cases with odd numbers are told right by the most frequent ``what`` of the even ones with equal
    ``columns``; where there is none of these, with the first column equal."""
    first, key, value = attrgetter(columns.split(maxsplit=1)[0]), attrgetter(*columns.split()), attrgetter(what)
    seen: dict[Any, Counter[str]] = defaultdict(Counter)
    for one in requests:
        if int(one.number) % 2 == 0:
            for known in {(first(one),), (key(one), "all")}:
                seen[known][value(one)] += 1
    most = {known: counts.most_common(1)[0][0] for known, counts in seen.items()}
    asked = [one for one in requests if int(one.number) % 2]
    right: int = sum(most.get((key(one), "all"), most.get((first(one),))) == value(one) for one in asked)
    return round(100 * right / len(asked), 1)


@pytest.mark.full
def test_bostons_services_follow_the_type_and_hardly_the_place(requests: list[Request]) -> None:
    assert len(requests) == 219_808
    told = {columns: told_by(columns, "service", requests) for columns in ("type", "type neighborhood", "type zip")}
    assert told == {"type": 94.7, "type neighborhood": 94.8, "type zip": 94.8}


@pytest.mark.full
def test_bostons_queues_follow_the_place_and_hardly_the_type(requests: list[Request]) -> None:
    """The works department has a queue for each of its 13 districts, whose borders are not published with the requests."""
    queued = [one for one in requests if one.queue.startswith("PWDx_District") and one.neighborhood]
    assert (len(queued), len({one.queue for one in queued})) == (48_095, 13)
    told = {columns: told_by(columns, "queue", queued) for columns in QUEUE_TOLD}
    assert told == QUEUE_TOLD


QUEUE_TOLD = {
    "type": 20.6,
    "neighborhood": 83.0,
    "zip": 84.9,
    "type neighborhood": 83.1,
    "type zip": 85.4,
    "neighborhood zip": 88.8,
}
