"""A small map as a drawing: what is drawn where, how little it takes, where words stand, and that nothing odd breaks it."""

import gzip
import json
import math
import re
from pathlib import Path

import pytest
import shapely
from django.utils.translation import override
from shapely import LineString, MultiPoint, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from layers.sketch import Role, Shape, draw
from layers.sketch_labels import DrawnLabel
from tests.layers.sketching import EAST, WEST, Page, around, at, decision, kinds, lines, path, render


def test_a_decision_is_drawn_from_the_ground_up_and_told_from_the_pin_down() -> None:
    sketch = decision()
    assert kinds(sketch) == ["area-beside", "area", "street", "asset", "pin", "pin-hole"]
    assert [(entry.words, entry.names) for entry in sketch.legend] == [
        ("Pin", ()),
        ("The lamp", ("Lamp 12",)),
        ("The nearest street", ("Main Street",)),
        ("The district that decided", ("West",)),
        ("The neighbour across the border", ("East",)),
    ]
    assert sorted(label.lines for label in sketch.labels) == [("East",), ("Lamp 12",), ("Main Street",), ("West",)]
    assert sketch.description.startswith("Pin; The lamp Lamp 12; The nearest street Main Street; ")


def test_north_is_up_and_a_metre_is_as_long_to_the_east() -> None:
    line = LineString([at(0, 0), at(100, 0), at(100, 100), at(-100, -150)])
    (drawn,) = lines(path(around(Shape(line, "street")), "street"))
    assert drawn[0] == (240.0, 160.0)
    assert drawn[1:] == [pytest.approx(place, abs=0.2) for place in ((320, 160), (320, 80), (160, 280))]  # 160 px are 200 m


def test_a_pin_stands_with_its_tip_on_its_place() -> None:
    assert path(around(Shape(Point(*at(50, 0)), "pin")), "pin").startswith("M280 160c")


@pytest.mark.parametrize("radius_m", [1, 7, 30, 99, 200, 1_234, 40_000, 5_000_000])
def test_the_bar_is_a_round_number_of_metres_and_neither_long_nor_short(radius_m: float) -> None:
    sketch = around(Shape(WEST, "area"), radius_m=radius_m)
    assert re.fullmatch(r"[125]0*", str(sketch.scale_m))
    assert 55 <= sketch.scale_px <= 140
    assert sketch.scale_px / sketch.scale_m == pytest.approx(min(160 / radius_m, 60), rel=0.01)


@pytest.mark.parametrize(
    ("radius_m", "english", "russian"),
    [(200, "100\xa0m", "100\xa0"), (2_000, "1\xa0km", "1\xa0"), (90_000, "50\xa0km", "50\xa0")],
)
def test_the_bar_is_written_in_metres_or_kilometres(radius_m: float, english: str, russian: str) -> None:
    sketch = around(Shape(WEST, "area"), radius_m=radius_m)
    assert sketch.scale == english
    assert english in render(sketch)
    with override("ru"):
        assert sketch.scale.startswith(russian)


def test_a_shape_is_cut_a_little_beyond_the_edges_of_the_view() -> None:
    sketch = around(Shape(box(-10, 20, 60, 80), "area"), radius_m=100)
    (ring,) = lines(path(sketch, "area"))
    assert sorted(set(ring)) == [(-48, -32), (-48, 352), (528, -32), (528, 352)]


def test_what_is_not_seen_is_not_in_the_legend() -> None:
    sketch = around(
        Shape(WEST, "area", "West"),
        Shape(Point(*at(500, 0)), "pin"),
        Shape(box(*at(310, 0), *at(320, 9)), "flaw", "Beyond the edge"),
    )
    assert kinds(sketch) == ["area"]
    assert [entry.words for entry in sketch.legend] == ["Area"]
    assert [label.lines for label in sketch.labels] == [("West",)]


def test_without_a_circle_everything_is_seen_with_a_margin() -> None:
    sketch = draw([Shape(WEST, "area"), Shape(EAST, "area-beside"), Shape(Point(*at(0, 3000)), "pin")], title="All")
    places = [place for one in sketch.paths if one.kind.startswith("area") for ring in lines(one.d) for place in ring]
    places += lines(path(sketch, "pin").partition("c")[0])[0]
    assert all(31 <= x <= 449 and 31 <= y <= 289 for x, y in places)
    assert min(y for _x, y in places) == pytest.approx(32, abs=0.2)
    assert max(y for _x, y in places) == pytest.approx(288, abs=0.2)


def test_a_hole_stays_a_hole_and_an_islet_nobody_sees_goes() -> None:
    lake, pond = box(*at(-50, -50), *at(50, 50)), box(*at(100, 0), *at(100.2, 0.2))
    district = box(*at(-150, -150), *at(150, 150)).difference(lake).difference(pond)
    islets = [box(*at(160 + i, 0), *at(160.2 + i, 0.2)) for i in range(9)]
    assert len(lines(path(around(Shape(MultiPolygon([district, *islets]), "area")), "area"))) == 2
    alone = around(Shape(MultiPolygon(islets), "area"))
    assert len(lines(path(alone, "area"))) == 1
    findings = around(Shape(MultiPolygon(islets), "flaw"))
    assert len(lines(path(findings, "flaw"))) == 9


def test_thousands_of_vertices_become_a_short_path_on_the_same_line() -> None:
    turns = [2 * math.pi * i / 6600 for i in range(6600)]
    round_one = Polygon([at(150 * math.cos(turn), 150 * math.sin(turn)) for turn in turns])
    d = path(around(Shape(round_one, "area")), "area")
    (ring,) = lines(d)
    assert len(d) < 600
    assert all(abs(math.dist(place, (240, 160)) - 120) < 0.2 for place in ring)
    corners = [*ring, ring[0]]
    assert Polygon(corners).area == pytest.approx(math.pi * 120**2, rel=0.005)


@pytest.fixture(scope="module")
def neighbourhoods(real_data: Path) -> dict[str, BaseGeometry]:
    with gzip.open(real_data / "boston/neighborhoods.geojson.gz") as file:
        features = json.load(file)["features"]
    return {feature["properties"]["Name"]: shapely.geometry.shape(feature["geometry"]) for feature in features}


def test_a_whole_city_of_real_shapes_is_a_small_drawing(neighbourhoods: dict[str, BaseGeometry]) -> None:
    sketch = draw([Shape(shape, "area", name) for name, shape in neighbourhoods.items()], title="Boston")
    assert len(sketch.paths) == sketch.legend[0].count == 26
    assert len(render(sketch).encode()) < 30_000
    assert 3 <= len(sketch.labels) <= 12
    wide = draw([Shape(shape, "outline", name) for name, shape in neighbourhoods.items()], title="Boston", width=960, height=640)
    assert sum(len(one.d) for one in wide.paths) < 30_000


def test_two_thousand_points_are_one_path_and_counted() -> None:
    places = [at(-190 + 380 * (i % 50) / 50, -190 + 380 * (i // 50) / 40) for i in range(2000)]
    together = around(Shape(MultiPoint(places), "point", legend="Reports that would move"))
    assert kinds(together) == ["point-many"]
    assert together.legend[0].count == 2000
    assert len(lines(path(together, "point-many"))) == 2000
    assert len(render(together)) < 30_000
    one_by_one = around(*(Shape(Point(place), "point", legend="Reports that would move") for place in places))
    assert one_by_one.paths == together.paths
    assert "Reports that would move (2000)" in Page(render(together)).words


def test_few_points_are_circles_and_those_of_weight_lie_on_top() -> None:
    sketch = around(
        Shape(MultiPoint([at(0, 0), at(9, 0)]), "point", legend="A", emphasis=True), Shape(Point(at(0, 0)), "point", legend="B")
    )
    assert [(one.kind, one.css, one.d.count("a")) for one in sketch.paths] == [
        ("point", "sketch-point", 1),
        ("point", "sketch-point is-strong", 2),
    ]


@pytest.mark.parametrize("role", ["gained", "lost", "flaw"])
def test_a_finding_too_small_to_be_seen_gets_a_ring(role: Role) -> None:
    small, large = box(*at(0, 0), *at(0.01, 0.01)), box(*at(-100, 0), *at(-50, 50))
    assert kinds(around(Shape(small, role))) == [role, f"ring-{role}"]
    assert kinds(around(Shape(large, role))) == [role]
    sliver = LineString([at(-100, 0), at(100, 30)]).buffer(1e-8, cap_style="flat")
    assert kinds(around(Shape(sliver, role))) == [role]
    crowd = [Shape(box(*at(0.1 * i, 0), *at(0.1 * i + 0.05, 1)), role) for i in range(20)]
    assert path(around(*crowd), f"ring-{role}").count("a") == 1


def label_box(label: DrawnLabel) -> BaseGeometry:
    """About the ground that the words take on a desk."""
    half_x, half_y = max(map(len, label.lines)) * 3.2, len(label.lines) * 7
    middle = label.x + {"start": half_x, "middle": 0, "end": -half_x}[label.anchor]
    return box(middle - half_x, label.y - half_y, middle + half_x, label.y + half_y)


def test_words_stand_on_their_area_and_clear_of_the_pin_and_of_each_other() -> None:
    middle = WEST.centroid
    sketch = draw(
        [Shape(WEST, "area", "West"), Shape(EAST, "area-beside", "East"), Shape(middle, "pin"), Shape(middle, "asset", "Lamp")],
        title="-",
    )
    by_name = {label.lines[0]: label_box(label) for label in sketch.labels}
    assert set(by_name) == {"West", "East", "Lamp"}
    (west,), (east,) = lines(path(sketch, "area")), lines(path(sketch, "area-beside"))
    assert Polygon(west).covers(by_name["West"])
    assert Polygon(east).covers(by_name["East"])
    (tip,) = lines(path(sketch, "pin").partition("c")[0])[0]
    pin = box(tip[0] - 10, tip[1] - 27, tip[0] + 10, tip[1])
    assert not any(pin.intersects(words) for words in by_name.values())
    assert not by_name["West"].intersects(by_name["Lamp"])


def test_at_most_twelve_areas_are_labelled_the_largest_first_and_context_last() -> None:
    grid = [
        (i, box(*at(-290 + 98 * (i % 6), -190 + 95 * (i // 6)), *at(-200 + 98 * (i % 6), -130 + 95 * (i // 6) + i)))
        for i in range(24)
    ]
    areas = [Shape(shape, "area", f"A{i}") for i, shape in grid]
    assert [label.lines[0] for label in around(*areas).labels] == [f"A{i}" for i in range(23, 11, -1)]
    mixed = [Shape(shape, "area" if i < 12 else "outline", f"A{i}") for i, shape in grid]
    assert {label.kind for label in around(*mixed).labels} == {"area"}


def test_words_too_long_for_their_area_are_folded_or_left_to_the_legend() -> None:
    narrow = Shape(box(*at(0, 0), *at(70, 70)), "area", "North Harbour")
    assert [label.lines for label in around(narrow).labels] == [("North", "Harbour")]
    tiny = Shape(box(*at(0, 0), *at(12, 12)), "area", "North Harbour")
    assert around(tiny).labels == ()
    assert around(tiny).legend[0].names == ("North Harbour",)
    endless = Shape(WEST, "area", "Verylongname " * 30)
    (label,) = around(endless).labels
    assert len(label.lines) == 2
    assert label.lines[1].endswith("…")


def test_a_word_by_the_edge_stays_whole() -> None:
    sketch = around(Shape(LineString([at(-299, 0), at(-299, 199)]), "street", "A street by the edge"))
    paper = box(0, 0, 480, 320)
    assert len(sketch.labels) == 1
    assert all(paper.covers(label_box(label)) for label in sketch.labels)
