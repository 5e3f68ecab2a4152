"""Testville: one tiny invented city, the same for every test.

Two districts with a gap of about 360 m between them, a road zone across both, three services, three crews, a cast of staff.

    10.00        10.040 10.045        10.090   10.10
  50.06 ┌─────────────────────────────────────────┐  bounds of the city
  50.05 │├────────┤      ├────────────┤           │
        ││  west  │ gap  │    east    │  nowhere  │   zones/ring: 10.02–10.06 × 50.01–50.03
  50.00 └┴────────┴──────┴────────────┴───────────┘
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.db.models.functions import Now

from accounts.models import Crew, Department, Membership, Role, User
from citymap.city import forget_city
from gis_data.models import Boundary, BoundarySet, City
from issues import public_id
from issues.intake import Submission
from issues.models import Appeal, Category, Event, Reporter, RoutingDecision, RoutingRule, RuleSet

#: Places, as (longitude, latitude).
IN_WEST: Final = (10.010, 50.040)
IN_EAST: Final = (10.070, 50.040)
IN_RING_WEST: Final = (10.030, 50.020)
IN_GAP: Final = (10.0415, 50.040)  # 107 m from west, 251 m from east
NOWHERE: Final = (10.0975, 50.055)  # inside the bounds, more than 300 m from any district
OUTSIDE: Final = (11.5, 51.0)
FROM: Final = dt.date(2020, 1, 1)


def box(west: float, south: float, east: float, north: float) -> MultiPolygon:
    """A rectangle in degrees as MultiPolygon, SRID 4326."""
    return MultiPolygon(Polygon.from_bbox((west, south, east, north)), srid=4326)


@dataclass(slots=True)
class TinyCity:
    """Everything in Testville by its code."""

    city: City
    sets: dict[str, BoundarySet] = field(default_factory=dict)
    boundaries: dict[str, Boundary] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)
    crews: dict[str, Crew] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    rules: dict[str, RoutingRule] = field(default_factory=dict)
    rule_set: RuleSet = field(default_factory=RuleSet)
    people: dict[str, User] = field(default_factory=dict)

    @property
    def clerk(self) -> User:
        """The clerk of the road service."""
        return self.people["clerk"]

    @property
    def crew_member(self) -> User:
        """A member of the crew ``roads-west``."""
        return self.people["crew"]


def names(english: str, russian: str) -> dict[str, str]:
    return {"en": english, "ru": russian}


def build_city() -> TinyCity:
    """Write Testville into the database."""
    tiny = TinyCity(city=_city())
    _ground(tiny)
    _services(tiny)
    _categories(tiny)
    _rules(tiny)
    _people(tiny)
    forget_city()
    return tiny


@pytest.fixture
def a_city(db: None) -> TinyCity:
    """Testville, ready."""
    return build_city()


def _city() -> City:
    return City.objects.create(
        pack="testville",
        names=names("Testville", "Тестоград"),
        languages=["en", "ru"],
        time_zone="Europe/Helsinki",
        currency="EUR",
        bounds=Polygon.from_bbox((10.0, 50.0, 10.1, 50.06)),
        centre=Point(10.045, 50.025, srid=4326),
        invented=True,
        fallback_department="town-hall",
    )


def _ground(tiny: TinyCity) -> None:
    districts = BoundarySet.objects.create(code="districts", names=names("Districts", "Районы"), is_district=True, gap_m=300)
    zones = BoundarySet.objects.create(code="zones", names=names("Road zones", "Дорожные зоны"))
    tiny.sets = {"districts": districts, "zones": zones}
    shapes = {
        "west": (districts, names("West", "Запад"), box(10.0, 50.0, 10.04, 50.05)),
        "east": (districts, names("East", "Восток"), box(10.045, 50.0, 10.09, 50.05)),
        "ring": (zones, names("Ring", "Кольцо"), box(10.02, 50.01, 10.06, 50.03)),
    }
    for code, (group, called, shape) in shapes.items():
        tiny.boundaries[code] = Boundary.objects.create(
            boundary_set=group, code=code, names=called, geometry=shape, valid=(FROM, None)
        )


def _services(tiny: TinyCity) -> None:
    for code, english, russian in (
        ("roads", "Road service", "Дорожная служба"),
        ("parks", "Park service", "Служба парков"),
        ("town-hall", "Town hall", "Ратуша"),
    ):
        tiny.departments[code] = Department.objects.create(
            code=code, names=names(english, russian), email=f"{code}@testville.invalid"
        )
    for code, department, area in (
        ("roads-west", "roads", "west"),
        ("roads-all", "roads", None),
        ("parks-east", "parks", "east"),
    ):
        tiny.crews[code] = Crew.objects.create(
            code=code,
            department=tiny.departments[department],
            names=names(f"Crew {code}", f"Бригада {code}"),
            area=tiny.boundaries[area] if area else None,
        )


def _categories(tiny: TinyCity) -> None:
    street = {"group": "street", "group_names": names("Street", "Улица")}
    depth = {
        "code": "depth",
        "type": "choice",
        "labels": names("How deep?", "Какой глубины?"),
        "choices": [{"code": "flat", "labels": names("Flat", "Мелкая")}, {"code": "deep", "labels": names("Deep", "Глубокая")}],
        "required": True,
    }
    wet = {"code": "wet", "type": "yesno", "labels": names("Is it wet?", "Там мокро?"), "required": False}
    where = {"code": "where", "type": "text", "labels": names("Where exactly?", "Где именно?"), "required": False}
    rows: dict[str, dict[str, Any]] = {
        "pothole": {
            "names": names("Pothole", "Яма"),
            "department": tiny.departments["roads"],
            "due": dt.timedelta(hours=72),
            "questions": [depth, wet, where],
            **street,
        },
        "lamp": {
            "names": names("Broken lamp", "Не горит фонарь"),
            "department": tiny.departments["roads"],
            "due": dt.timedelta(hours=24),
            "words": "at_once",
            **street,
        },
        "tree": {"names": names("Fallen tree", "Упавшее дерево"), "department": tiny.departments["parks"]},
        "noise": {"names": names("Noise", "Шум"), "public": False, "words": "never"},
    }
    for position, (code, row) in enumerate(rows.items()):
        tiny.categories[code] = Category.objects.create(code=code, position=position, valid=(FROM, None), **row)


def _rules(tiny: TinyCity) -> None:
    rows: dict[str, dict[str, Any]] = {
        "tree-in-the-east": {"category": "tree", "set": "districts", "boundary": "east", "department": "roads"},
        "ring": {"set": "zones", "boundary": "ring", "department": "parks"},
        "all-lamps": {"category": "lamp", "department": "roads"},
    }
    tiny.rule_set = RuleSet.objects.create(source="pack")
    for code, row in rows.items():
        tiny.rules[code] = RoutingRule.objects.create(
            rule_set=tiny.rule_set,
            code=code,
            category=tiny.categories[row["category"]] if "category" in row else None,
            boundary_set=tiny.sets[row["set"]] if "set" in row else None,
            boundary_code=row.get("boundary", ""),
            department=tiny.departments[row["department"]],
            valid=(FROM, None),
        )
    RuleSet.objects.filter(pk=tiny.rule_set.pk).update(state="published", valid=(None, None), moved_at=Now())
    tiny.rule_set.refresh_from_db()


def _people(tiny: TinyCity) -> None:
    rows: dict[str, dict[str, Any]] = {
        "clerk": {"role": Role.CLERK, "department": tiny.departments["roads"]},
        "clerk-parks": {"role": Role.CLERK, "department": tiny.departments["parks"]},
        "clerk-west": {
            "role": Role.CLERK,
            "department": tiny.departments["roads"],
            "area": tiny.boundaries["west"],
        },
        "dispatcher": {"role": Role.DISPATCHER},
        "crew": {"role": Role.CREW, "department": tiny.departments["roads"], "crew": tiny.crews["roads-west"]},
        "head": {"role": Role.HEAD, "department": tiny.departments["roads"]},
        "admin": {"role": Role.ADMIN},
    }
    for code, row in rows.items():
        person = User.objects.create_user(f"{code}@testville.invalid", "testville", name=f"Testville {code}")
        Membership.objects.create(user=person, **row)
        tiny.people[code] = person
    tiny.people["resident"] = User.objects.create_user("resident@testville.invalid", "testville", name="Testville resident")


def a_submission(**changes: Any) -> Submission:
    """A good report of a pothole in the west, with a fresh key."""
    row: dict[str, Any] = {
        "key": uuid.uuid4(),
        "category": "pothole",
        "lon": IN_WEST[0],
        "lat": IN_WEST[1],
        "text": "A hole as deep as a bucket.",
        "answers": {"depth": "deep"},
        "address": "1 West Street",
        "name": "Testville resident",
        "email": "resident@testville.invalid",
        "language": "en",
        "address_block": "203.0.113.0/24",
    }
    return Submission(**{**row, **changes})


def an_appeal(tiny: TinyCity, category: str = "pothole", at: tuple[float, float] | None = IN_WEST, **changes: Any) -> Appeal:
    """An appeal written straight to the tables, with its first event and a decision; public, new, with the road service.

    ``email``, ``name``, ``phone``, ``language`` make a reporter as well.
    """
    person = {key: changes.pop(key) for key in ("email", "name", "phone", "language") if key in changes}
    kind = tiny.categories[category]
    row: dict[str, Any] = {
        "public_id": public_id.new(),
        "category": kind,
        "point": Point(*at, srid=4326) if at else None,
        "district": tiny.boundaries["west"] if at == IN_WEST else None,
        "department": tiny.departments["roads"],
        "visibility": "public" if kind.public else "private",
        "state": "new",
    }
    appeal = Appeal.objects.create(**{**row, **changes})
    appeal.refresh_from_db()
    Event.objects.create(appeal=appeal, kind="opened", state=appeal.state)
    RoutingDecision.objects.create(
        appeal=appeal,
        department=appeal.department,
        reason={"how": "imported", "source": "test", "department": None},
    )
    if person:
        Reporter.objects.create(appeal=appeal, tracking_hash=uuid.uuid4().bytes * 2, **person)
    return appeal
