"""The small map of a decision shows what the reason names, wide enough for the border that mattered."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from issues.routing import facts_sql, picture
from issues.routing.choose import choose
from issues.routing.facts_sql import Question
from layers.sketch import Sketch
from tests.factories import IN_WEST, NOWHERE, TinyCity
from tests.issues.borders import JUST_OUTSIDE, a_border

NEAR_THE_EDGE = (10.0395, 50.04)  # 36 m from the eastern border of "west"
BETWEEN = (10.0425, 50.04)  # in the gap, 179 m from "west" and from "east"


def drawn(at: tuple[float, float], category: str = "pothole") -> Sketch | None:
    place = facts_sql.read(Question(*at, category))
    assert place.facts is not None
    return picture.draw_decision(choose(place.facts, place.rules).reason, *at)


def kinds(sketch: Sketch | None) -> set[str]:
    assert sketch is not None
    return {path.kind for path in sketch.paths}


@pytest.mark.parametrize(
    ("reason", "metres"),
    [
        ({"district": {"border_m": None}}, 300),
        ({"district": {"border_m": 400, "next": {"m": 480}}}, 540),
        ({"district": {"border_m": 100}, "border": {"m": 12}}, 60),
        ({"because": [{"what": "street", "m": 90}], "district": {"border_m": 20}}, 121.5),
        ({"gap": {"gap_m": 107, "border_m": 107}}, 144.45),
        ({"district": {"border_m": "40"}, "because": "nonsense", "border": [1]}, 300),
        ({"district": {"border_m": True, "next": {"m": float("nan")}}}, 300),
        ({"district": {"border_m": 1e300}}, 300),
    ],
)
def test_the_nearest_border_within_500_metres_is_in_view(reason: dict[str, Any], metres: float) -> None:
    assert picture.radius_m(reason) == pytest.approx(metres)


@pytest.mark.django_db
def test_the_areas_on_both_sides_of_a_border_are_drawn_with_the_pin(a_city: TinyCity) -> None:
    sketch = drawn(NEAR_THE_EDGE)
    assert kinds(sketch) == {"area", "pin", "pin-hole"}, "beyond this border lies a gap"
    assert kinds(drawn(BETWEEN)) == {"area", "area-beside", "pin", "pin-hole"}


@pytest.mark.django_db
def test_names_are_in_the_readers_language(a_city: TinyCity) -> None:
    with override("ru"):
        sketch = drawn(NEAR_THE_EDGE)
    assert sketch is not None
    assert "Запад" in [name for entry in sketch.legend for name in entry.names]


@pytest.mark.django_db
@pytest.mark.parametrize("reason", [None, {}, {"how": "staff"}, {"shapes": None}, {"shapes": [1]}, {"shapes": {"here": [10**9]}}])
def test_without_shapes_there_is_no_picture(a_city: TinyCity, reason: Any) -> None:
    assert picture.draw_decision(reason, *IN_WEST) is None


@pytest.mark.django_db
def test_a_place_in_no_district_has_no_picture(a_city: TinyCity) -> None:
    assert drawn(NOWHERE) is None


@pytest.mark.django_db
def test_a_picture_costs_one_query(a_city: TinyCity) -> None:
    place = facts_sql.read(Question(*IN_WEST, "pothole"))
    assert place.facts is not None
    reason = choose(place.facts, place.rules).reason
    with CaptureQueriesContext(connection) as asked:
        assert picture.draw_decision(reason, *IN_WEST) is not None
    assert len(asked) == 1


@pytest.mark.django_db
def test_a_border_close_by_is_drawn_although_it_did_not_decide(a_city: TinyCity) -> None:
    a_border(a_city)
    place = facts_sql.read(Question(*JUST_OUTSIDE, "pothole"))
    assert place.facts is not None
    decision = choose(place.facts, place.rules)
    assert decision.rule is None
    sketch = picture.of_decision(decision, *JUST_OUTSIDE)
    assert sketch is not None
    assert {name for entry in sketch.legend for name in entry.names} == {"West", "Outer", "Ring"}
