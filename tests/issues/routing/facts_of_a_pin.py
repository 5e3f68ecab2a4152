"""Facts and rules about one pin."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from gis_data.ground import AssetFact, BoundaryFact, StreetFact
from issues.routing.facts import CategoryFact, DepartmentFact, Facts
from issues.routing.rules import RuleFact
from works.at_place_facts import WarrantyFact

ROADS, PARKS, HALL, LIGHT = (
    DepartmentFact(number, code, {"en": f"{code} service", "ru": f"служба {code}"})
    for number, code in enumerate(("roads", "parks", "hall", "light"), start=1)
)
WEST = BoundaryFact(
    1, 1, "districts", {"en": "Districts", "ru": "Районы"}, True, "west", {"en": "West", "ru": "Запад"}, "2020-01-01"
)
RING = BoundaryFact(2, 2, "zones", {"en": "Zones"}, False, "ring", {"en": "Ring"}, "2021-05-01")
NEAR_EAST = replace(
    WEST,
    border_m=12.4,
    next_id=3,
    next_code="east",
    next_names={"en": "East", "ru": "Восток"},
    next_version="2020-01-01",
    next_m=12.4,
)
SIZE = {
    "code": "size", "type": "choice", "labels": {"en": "How big?"},
    "choices": [{"code": "big", "labels": {"en": "Huge"}}, {"code": "small", "labels": {"en": "Small"}}],
}  # fmt: skip
POTHOLE = CategoryFact("pothole", {"en": "Pothole", "ru": "Яма"}, group="street", questions=(SIZE,))
AVENUE = StreetFact("way/1", {"en": "First Avenue"}, "primary", "region", 4.2)
LAMP = AssetFact("lamp-7", "lamp", {"en": "Street lamp"}, "grid", 2.6)
REPAIRED = WarrantyFact(
    "city/r7", "resurfacing", "roads office", "12/34", "Smooth Roads Ltd", dt.date(2027, 5, 4), dt.date(2025, 5, 4), 3.2
)
MONDAY_NOON = dt.datetime(2026, 5, 4, 12, 0)  # noqa: DTZ001  # the city's own time, as the database gives it


def rule(code: str, department: DepartmentFact | None = ROADS, at: BoundaryFact | None = None, **states: Any) -> RuleFact:
    place: dict[str, Any] = {"set_code": at.set_code, "boundary_code": at.code} if at else {}
    return RuleFact(int.from_bytes(code.encode()[:4]), code, department, **place, **states)


def facts(**changes: Any) -> Facts:
    row: dict[str, Any] = {
        "day": dt.date(2026, 5, 4), "at": MONDAY_NOON, "category": POTHOLE, "fallback": HALL, "boundaries": (WEST, RING),
        "street": AVENUE, "asset": LAMP, "warranty": REPAIRED, "answers": {"size": "big"},
    }  # fmt: skip
    return Facts(**{**row, **changes})


#: One rule for each thing that can be stated, the most specific first.
IN_ORDER = [
    rule("zz9", PARKS, warranty_supervisors=("roads office",), warranty_kinds=("resurfacing",)),
    rule("zz8", LIGHT, warranty_supervisors=("roads office", "other office")),
    rule("zz7", PARKS, warranty_kinds=("resurfacing", "pothole")),
    rule("z9", ROADS, asset_owners=("grid",), asset_kinds=("lamp",)),
    rule("z8", PARKS, asset_owners=("grid",)),
    rule("y9", LIGHT, asset_kinds=("lamp",)),
    rule("x9", ROADS, street_owners=("region", "state")),
    rule("x8", PARKS, road_classes=("primary", "secondary")),
    rule("w9", LIGHT, WEST, category="pothole"),
    rule("w8", ROADS, WEST, group="street"),
    rule("v9", PARKS, WEST),
    rule("u9", LIGHT, category="pothole", answers={"size": ("big",)}),
    rule("u8", ROADS, category="pothole"),
    rule("t9", PARKS, group="street"),
    rule("s9", LIGHT, answers={"size": ("big", "small")}),
    rule("r9", ROADS, minutes=(600, 900), weekdays=(1,)),
    rule("r8", PARKS, minutes=(600, 900)),
    rule("q9", LIGHT, weekdays=(1, 2)),
    rule("p9", ROADS),
]
rules = st.lists(
    st.builds(
        rule, st.text("abc", min_size=1, max_size=3), st.sampled_from([ROADS, PARKS, LIGHT]), st.sampled_from([None, WEST, RING, replace(WEST, code="east")]),
        category=st.sampled_from(["", "pothole", "lamp"]), group=st.sampled_from(["", "street"]), priority=st.integers(-2, 2),
        road_classes=st.sampled_from([(), ("primary",), ("residential",)]), weekdays=st.sampled_from([(), (1,), (7,)]),
        broken=st.sampled_from(["", "", "", "closed"]),
    ),
    max_size=8, unique_by=lambda one: one.code,
)  # fmt: skip
