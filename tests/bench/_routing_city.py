"""A seeded city for the routing bench: 150 districts over Boston's box, 3,000 streets of five classes, twenty services, 500 rules."""

from __future__ import annotations

from typing import Any, Final

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from shapely.geometry.base import BaseGeometry

from accounts.models import Department
from gis_data.models import Boundary, BoundarySet, City, Street
from issues.models import Category, RoutingRule, RuleSet
from issues.routing.publish import publish_rules
from tests.bench._synthetic import make_appeals
from tests.partition import partition

BOUNDS: Final = (-71.36, 42.10, -70.76, 42.56)
DISTRICTS: Final = (15, 10)
VERTICES: Final = 300
CLASSES: Final = ("primary", "secondary", "tertiary", "residential", "service")
EVER: Final = (None, None)


def build(rows: int) -> tuple[BoundarySet, RuleSet]:
    """Write the city and ``rows`` appeals (facts are not read yet). Return the districts and a draft that changes a tenth of the rules."""
    districts = _ground()
    services = [Department(code=f"service-{number}", names={"en": f"Service {number}"}) for number in range(20)]
    Department.objects.bulk_create(services)
    make_appeals(rows)
    rules = RuleSet.objects.create(title="bench")
    RoutingRule.objects.bulk_create(_rules(rules, districts, services))
    publish_rules(rules, None, moves_open=False)
    draft = RuleSet.objects.create(title="draft")
    changed = _rules(draft, districts, services)
    for rule in changed[::10]:
        rule.department = services[(services.index(rule.department) + 1) % 20]
    RoutingRule.objects.bulk_create(changed)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return districts, draft


def areas(seed: int) -> dict[str, BaseGeometry]:
    """The districts by code; another seed cuts the same box otherwise."""
    return {f"d{number:03}": shape for number, shape in enumerate(partition(*DISTRICTS, VERTICES, BOUNDS, seed))}


def one_border_moved(old: dict[str, BaseGeometry]) -> dict[str, BaseGeometry]:
    """A district in the middle of the city gives a strip to its neighbour."""
    giver, taker = "d067", "d068"
    west, south, east, north = old[giver].bounds
    strip = shapely.intersection(old[giver], shapely.box(east - (east - west) * 0.15, south, east, north))
    return {
        **old,
        giver: shapely.difference(old[giver], strip),
        taker: shapely.union(old[taker], strip),
    }


def _geos(shape: Any, srid: int) -> Any:
    """WKT or WKB as GeoDjango's own type, whichever it is."""
    return GEOSGeometry(shape, srid)


def _ground() -> BoundarySet:
    west, south, east, north = BOUNDS
    City.objects.create(
        pack="bench", names={"en": "Bench"}, languages=["en"], time_zone="America/New_York", currency="USD",
        bounds=_geos(shapely.box(*BOUNDS).wkt, 4326), centre=_geos(f"POINT({(west + east) / 2} {(south + north) / 2})", 4326),
        fallback_department="service-0",
    )  # fmt: skip
    group = BoundarySet.objects.create(code="districts", names={"en": "Districts"}, is_district=True, gap_m=300)
    Boundary.objects.bulk_create(
        Boundary(
            boundary_set=group, code=code, names={"en": code}, valid=EVER,
            geometry=_geos(memoryview(shapely.to_wkb(shapely.MultiPolygon([shape]))), 4326),
        )
        for code, shape in areas(1).items()
    )  # fmt: skip
    Street.objects.bulk_create(
        Street(
            source_id=f"street-{number}", names={"en": f"Street {number}"}, road_class=CLASSES[number % 5], owner="region" if number % 5 == 0 else "city",
            geometry=_geos(_line(number, west, south, east, north), 4326),
        )
        for number in range(3000)
    )  # fmt: skip
    return group


def _line(number: int, west: float, south: float, east: float, north: float) -> str:
    """Half of the streets run east, half north, in a grid of short pieces."""
    column, row = divmod(number // 2, 39)
    x, y = west + (east - west) * column / 39, south + (north - south) * row / 39
    dx, dy = ((east - west) / 39, 0.0) if number % 2 else (0.0, (north - south) / 39)
    return f"MULTILINESTRING(({x} {y}, {x + dx / 2} {y + dy / 2 + 0.0003}, {x + dx} {y + dy}))"


def _rules(rule_set: RuleSet, districts: BoundarySet, services: list[Department]) -> list[RoutingRule]:
    kinds = list(Category.objects.order_by("position"))
    codes = list(areas(1))
    found = [
        RoutingRule(
            boundary_set=districts, boundary_code=code, category=kinds[number % 3], department=services[(place + number) % 20]
        )
        for place, code in enumerate(codes)
        for number in range(3)
    ]
    found += [RoutingRule(category=kind, department=services[place]) for place, kind in enumerate(kinds)]
    found += [
        RoutingRule(category=kinds[6 + number // 3], road_classes=[CLASSES[number % 3]], department=services[number])
        for number in range(15)
    ]
    found += [RoutingRule(category=kinds[11], street_owners=["region"], department=services[19])]
    found += [
        RoutingRule(
            category=kinds[6 + number],
            weekdays=[6, 7],
            department=services[number + 3],
            boundary_set=districts,
            boundary_code=codes[number * 9],
        )
        for number in range(6)
    ]
    found += [
        RoutingRule(boundary_set=districts, boundary_code=codes[number], department=services[number]) for number in range(16)
    ]
    for number, rule in enumerate(found):
        rule.rule_set, rule.code, rule.valid = rule_set, f"rule-{number:03}", EVER
    return found
