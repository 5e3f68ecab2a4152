"""A sketch of odd and hostile shapes is a sketch, or a refusal."""

import math
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from layers.sketch import Role, Shape, draw
from layers.sketch_view import cut
from tests.layers.sketching import EAST, LAT, LON, WEST, around, at, kinds, lines, render


def odd() -> Iterator[tuple[str, list[BaseGeometry]]]:
    yield "nothing", []
    yield "empty", [Point(), LineString(), Polygon(), MultiPolygon(), GeometryCollection(), MultiPoint()]
    yield "one point", [Point(LON, LAT)]
    yield "the same point", [Point(LON, LAT)] * 3
    yield "far outside", [Point(-70, -40), box(-71, -41, -70, -40)]
    yield "long and thin", [LineString([(LON - 1, LAT), (LON + 1, LAT + 1e-9)]).buffer(1e-9)]
    yield "up and down", [LineString([(LON, LAT - 1), (LON, LAT + 1)])]
    yield "no length", [LineString([(LON, LAT), (LON, LAT)])]
    yield "no area", [Polygon([(LON, LAT), (LON + 1, LAT), (LON, LAT)])]
    yield "bow-tie", [Polygon([at(-50, -50), at(50, 50), at(50, -50), at(-50, 50)])]
    yield "needle", [Polygon([(24.94, 60.17), (25.0, 60.10000000000001), (25.0, 60.1)])]
    yield "ring", [shapely.LinearRing([at(-50, -50), at(50, 50), at(50, -50)])]
    yield (
        "nested",
        [GeometryCollection([GeometryCollection([Point(LON, LAT)]), WEST, EAST, WEST, LineString([at(0, 0), at(9, 9)])])],
    )
    yield "the world", [box(-180, -90, 180, 90)]
    yield "the poles", [Point(0, 90), Point(0, -90)]
    yield "off the globe", [Point(1e300, -1e300), box(-1e9, -1e9, 1e9, 1e9)]
    yield "height", [Point(LON, LAT, math.nan)]


@pytest.mark.parametrize(("name", "geometries"), list(odd()))
@pytest.mark.parametrize("role", get_args(Role))
def test_odd_shapes_are_drawn_or_left_out_but_break_nothing(role: Role, name: str, geometries: list[BaseGeometry]) -> None:
    shapes = [Shape(geometry, role, name) for geometry in geometries]
    for sketch in (draw(shapes, title=name), around(*shapes), around(*shapes, width=1, height=900)):
        page = render(sketch)
        assert "nan" not in page
        assert "inf" not in page
        assert all(re.fullmatch(r"(?:[MmlhacZz][-. \d]*)+", one.d) for one in sketch.paths)
        assert bool(sketch.paths) == bool(sketch.legend) == ("<svg" in page)
    assert bool(draw(shapes, title=name).paths) == any(not geometry.is_empty for geometry in geometries)


def test_a_slit_across_the_edge_of_the_paper_is_cut_all_the_same() -> None:
    left, right, low = -47.9999999988072, 528.0000000104599, 351.99999997387437
    edge = [
        (left, low),
        (left, -31.9999999890058),
        (505.1866526365505, -31.9999999890058),
        (right, 21.599734058440845),
        (right, low),
    ]
    slit = [
        (322.1919028012037, low),
        (240.3318692060097, 159.99999999243428),
        (322.19136767200945, low),
        (321.8624783327369, low),
    ]
    shape = Polygon([*edge, *slit, (240.19912190086993, 160.46701988437064), (321.8624783327369, low)])
    with pytest.raises(shapely.errors.GEOSException):
        shapely.clip_by_rect(shape, 0, 0, 480, 320)
    assert cut(shape, 0, 0, 480, 320).area == pytest.approx(480 * 320, rel=0.001)


@settings(max_examples=150, deadline=None)
@given(
    places=st.lists(st.tuples(st.floats(24.9, 25), st.floats(60.1, 60.2)) | st.just((LON, LAT)), min_size=4, max_size=12),
    role=st.sampled_from(get_args(Role)),
    radius_m=st.floats(1e-3, 1e9),
)
def test_any_tangle_of_lines_is_drawn_within_the_paper(places: list[tuple[float, float]], role: Role, radius_m: float) -> None:
    sketch = around(Shape(Polygon(places), role, "A tangle"), Shape(LineString(places), "street", "A"), radius_m=radius_m)
    drawn = [
        place
        for one in sketch.paths
        if one.kind not in {"pin", "pin-hole"} and "a" not in one.d
        for part in lines(one.d)
        for place in part
    ]
    assert all(-49 <= x <= 529 and -41 <= y <= 361 for x, y in drawn)
    assert all(0 <= label.x <= 480 and 0 <= label.y <= 320 for label in sketch.labels)


@pytest.mark.parametrize("place", [(math.nan, 60), (24, math.nan), (math.inf, 60), (24, -math.inf)])
def test_coordinates_that_are_no_numbers_are_refused(place: tuple[float, float]) -> None:
    for geometry in (Point(place), LineString([(LON, LAT), place]), MultiPoint([(LON, LAT), place])):
        with pytest.raises(ValueError, match="no finite numbers"):
            draw([Shape(geometry, "flaw")], title="-")


def test_coordinates_of_another_system_are_refused() -> None:
    with pytest.raises(ValueError, match="SRID 3067; 4326 is wanted"):
        draw([Shape(shapely.set_srid(Point(385600, 6671500), 3067), "pin")], title="-")
    assert kinds(around(Shape(shapely.set_srid(Point(LON, LAT), 4326), "point"))) == ["point"]


@pytest.mark.parametrize(
    "changes",
    [
        {"centre": (LON, math.nan)}, {"centre": (math.inf, LAT)}, {"centre": (LON, 91)}, {"radius_m": math.nan}, {"radius_m": math.inf},
        {"radius_m": 0}, {"radius_m": -5}, {"centre": None}, {"radius_m": None}, {"width": 0}, {"height": -1},
    ],
)  # fmt: skip
def test_a_circle_or_a_paper_without_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"circle|go together|paper"):
        draw([], title="-", **{"centre": (LON, LAT), "radius_m": 100, **changes})
