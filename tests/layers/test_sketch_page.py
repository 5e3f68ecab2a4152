"""How a sketch gets into a page: safe, named, told apart without colour, the same in every language."""

import re
from pathlib import Path
from typing import Final, get_args

from django.utils.translation import override
from shapely import Point, box

from layers.sketch import Role, Shape, draw
from tests.layers.sketching import LAT, LON, WEST, Page, around, at, decision, everything, kinds, render

ROOT: Final = Path(__file__).resolve().parents[2]


def test_every_kind_has_its_look_and_every_hatch_its_pattern() -> None:
    styles = (ROOT / "frontend/src/styles/_sketch.scss").read_text()
    sketch = everything()
    assert {*get_args(Role), "ring-gained", "ring-lost", "ring-flaw", "point-many", "pin-hole"} == set(kinds(sketch))
    for kind in kinds(sketch):
        assert re.search(rf"^(?:[^\n]*[ ,])?\.sketch-{kind}\b(?!-)[^\n]*[,{{]$", styles, re.MULTILINE), kind
    page = Page(render(sketch))
    patterns = {f"url(#{attributes['id']})" for tag, attributes in page.elements if tag == "pattern"}
    assert set(page.attributes("fill")) == patterns
    assert len(patterns) == 3


def test_the_page_gets_no_style_no_script_and_no_address() -> None:
    page = Page(render(everything()))
    names = {name for _tag, attributes in page.elements for name in attributes}
    assert not {name for name in names if name in {"style", "href", "xlink:href", "src"} or name.startswith("on")}
    assert {tag for tag, _attributes in page.elements} == {
        "figure", "svg", "title", "desc", "defs", "pattern", "rect", "path", "g", "text", "tspan", "figcaption", "ul", "li", "span", "strong", "p",
    }  # fmt: skip


def test_the_drawing_has_a_name_a_description_and_the_same_symbols_in_its_legend() -> None:
    sketch = around(Shape(WEST, "area", "West"), Shape(Point(LON, LAT), "pin"), description="The pin lies in West.")
    page = Page(render(sketch))
    drawing = next(attributes for tag, attributes in page.elements if tag == "svg")
    assert drawing["role"] == "img"
    titles = {attributes.get("id"): tag for tag, attributes in page.elements if tag in {"title", "desc"}}
    assert titles[drawing["aria-labelledby"]] == "title"
    assert titles[drawing["aria-describedby"]] == "desc"
    for words in (
        "Where the pin lies",
        "The pin lies in West.",
        "Area: West",
        "North is up. The bar in the corner stands for 100\xa0m.",
    ):
        assert words in page.words
    classes = [
        attributes["class"] for tag, attributes in page.elements if tag == "path" and "sketch" in attributes.get("class", "")
    ]
    assert {name: classes.count(name) for name in classes} == {"sketch-area": 2, "sketch-pin": 2, "sketch-pin-hole": 2}


def test_two_drawings_on_one_page_share_no_id() -> None:
    one, other = decision(), everything()
    again = around(Shape(WEST, "area"), prefix="second")
    ids = Page(render(one, other, again)).attributes("id")
    assert len(ids) == len(set(ids)) == 15
    assert again.prefix == "second"
    assert decision().prefix == one.prefix != other.prefix


def test_names_are_words_and_never_markup() -> None:
    hostile = '</title><script>alert(1)</script>"><img src=x onerror=alert(1)>'
    sketch = draw([Shape(WEST, "area", hostile, hostile)], title=hostile, description=hostile)
    page = Page(render(sketch))
    assert {"script", "img"}.isdisjoint(tag for tag, _attributes in page.elements)
    assert page.words.count("<script>alert(1)</script>") >= 4


def test_numbers_of_the_drawing_keep_their_point_in_every_language() -> None:
    sketch = around(Shape(WEST, "area", "Запад"), Shape(box(*at(3, 3), *at(90, 80)), "flaw", "Щель"), radius_m=333, width=2400)
    with override("ru"):
        page = Page(render(sketch))
    measures = [value for name in ("d", "x", "y", "viewbox", "transform", "width", "height") for value in page.attributes(name)]
    assert "0 0 2400 320" in measures
    assert str(sketch.labels[0].x) in measures
    assert any(str(sketch.scale_px) in value for value in measures)
    assert not any("," in value or "\xa0" in value for value in measures)
