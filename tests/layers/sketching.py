"""Shapes of Testville to sketch, and a reader of what was drawn."""

import math
import re
from html.parser import HTMLParser
from typing import Any, Final, get_args

from django.template.loader import render_to_string
from shapely import LineString, MultiPoint, Point, box

from layers.sketch import Role, Shape, Sketch, draw

LON, LAT = 24.94, 60.17
M_NORTH: Final = 1 / 111_195  # one metre in degrees
M_EAST: Final = M_NORTH / math.cos(math.radians(LAT))
WEST, EAST = box(LON - 0.02, LAT - 0.01, LON, LAT + 0.01), box(LON, LAT - 0.01, LON + 0.02, LAT + 0.01)
NUMBER: Final = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def at(east: float, north: float) -> tuple[float, float]:
    """The place so many metres east and north of the middle."""
    return LON + east * M_EAST, LAT + north * M_NORTH


def around(*shapes: Shape, radius_m: float = 200, **changes: Any) -> Sketch:
    return draw(shapes, title="Where the pin lies", centre=(LON, LAT), radius_m=radius_m, **changes)


def lines(d: str) -> list[list[tuple[float, float]]]:
    """The places of each part of a path made of M, m, l, h0 and z."""
    parts: list[list[tuple[float, float]]] = []
    x = y = 0.0
    for command, text in re.findall(r"([Mmlhz])([^Mmlhz]*)", d):
        numbers = [float(number) for number in NUMBER.findall(text)]
        if command in "Mm":
            x, y = (numbers[0], numbers[1]) if command == "M" else (x + numbers[0], y + numbers[1])
            parts.append([(x, y)])
        elif command == "l":
            for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
                x, y = x + dx, y + dy
                parts[-1].append((x, y))
        elif command == "z":
            x, y = parts[-1][0]
    return parts


def kinds(sketch: Sketch) -> list[str]:
    return [path.kind for path in sketch.paths]


def path(sketch: Sketch, kind: str) -> str:
    (found,) = (one.d for one in sketch.paths if one.kind == kind)
    return found


def render(*sketches: Sketch) -> str:
    return "".join(render_to_string("components/sketch.html", {"sketch": sketch}) for sketch in sketches)


class Page(HTMLParser):
    """The elements of a page, each with its attributes, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] for _tag, attributes in self.elements if name in attributes]


def decision() -> Sketch:
    return around(
        Shape(Point(LON - 0.0005, LAT), "pin"),
        Shape(Point(*at(60, 40)), "asset", "Lamp 12", "The lamp"),
        Shape(LineString([at(-150, -60), at(150, -60)]), "street", "Main Street", "The nearest street"),
        Shape(EAST, "area-beside", "East", "The neighbour across the border"),
        Shape(WEST, "area", "West", "The district that decided"),
    )


def everything() -> Sketch:
    """A sketch in which every kind of path occurs."""
    ground = [box(*at(-250 + 40 * i, -100), *at(-220 + 40 * i, 100)) for i in range(len(get_args(Role)))]
    shapes = [Shape(shape, role, f"A {role}") for role, shape in zip(get_args(Role), ground, strict=True)]
    specks = [Shape(box(*at(100, 150), *at(101, 151)), role) for role in ("gained", "lost", "flaw")]
    crowd = Shape(MultiPoint([at(2 * i, -150) for i in range(151)]), "point", legend="Crowd")
    return around(*shapes, *specks, crowd)
