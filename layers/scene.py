"""What is drawn when a view leaves the house, as one file or as a picture: the things asked for, on the outlines of the city.

Everything comes from the layers' own querysets, with a limit on rows and on time. Geometries are GeoJSON, SRID 4326.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.gis.geos import Polygon
from django.db.models import F, Q, Value

from layers.declaration import AnyField, MapLayer, NameField
from layers.declaration_checks import BadDeclaration
from layers.filters import Area, Selection
from layers.grid import Box
from layers.headlines import Headline, Teller
from layers.rows_sql import fetch_rows
from layers.scene_shapes import corners
from layers.scene_sql import outline, size

#: More than these are neither read on a map nor quickly opened.
MOST_THINGS: Final = 2_000
#: Shapes of the ground, of each layer; the largest are taken.
MOST_SHAPES: Final = 2_500
#: Detail smaller than this share of what is drawn is dropped from the ground.
_DETAIL: Final = 1 / 4_000
#: How much of the ground beside the view comes along on each side, as a share of it.
_SURROUNDINGS: Final = 0.5
#: The least that is shown around a thing, in degrees: about 600 m.
_AROUND: Final = 0.006
_WORLD: Final[Box] = (-180.0, -85.0, 180.0, 85.0)


@dataclass(frozen=True, slots=True)
class Scene:
    """Which layer's things are shown, and what lies under them; ``headline`` says what a thing is called.

    ``page`` is the address of the page that shows the same; ``names`` gives the words of all codes that ``headline`` names. All layers must be everybody's, for a file goes from hand to hand.
    """

    shown: MapLayer
    ground: tuple[MapLayer, ...] = ()
    headline: Headline | None = None
    page: str = "/"
    names: Callable[[], Mapping[str, str]] = dict

    def __post_init__(self) -> None:
        if closed := [layer.name for layer in (self.shown, *self.ground) if layer.permission]:
            raise BadDeclaration(f"layer “{closed[0]}” is not for everybody, so no view of it can be given away")

    def teller(self) -> Teller:
        return Teller(self.shown, self.headline)

    @property
    def state(self) -> AnyField | None:
        """The field whose few fixed values give the things their colours and shapes."""
        return next((one for one in self.shown.fields if one.values), None)


@dataclass(frozen=True, slots=True)
class Ground:
    """The shapes of one layer, the largest first, each with its name ('' without)."""

    layer: MapLayer
    shapes: tuple[tuple[dict[str, Any], str], ...]


@dataclass(frozen=True, slots=True)
class View:
    """Rows as `Teller.columns` names them, newest first, with ``shape``; ``cut`` when there are more than are shown.

    ``box`` is west, south, east, north. ``as_of`` is when the newest of the things last changed.
    """

    rows: Sequence[dict[str, Any]]
    cut: bool
    ground: tuple[Ground, ...]
    box: Box
    as_of: dt.datetime | None


def read(scene: Scene, teller: Teller, selection: Selection, only: Q | None = None, wide: float = 0.0) -> View:
    """Read what is shown and its ground: a statement for each layer. Raises `TooMuchWork`.

    ``wide`` makes the box as many times wider than high, on the ground.
    """
    layer = scene.shown
    moment = F(layer.updated) if layer.updated else Value(None)
    newest = (f"-{layer.created}", "-pk") if layer.created else ("-pk",)
    found = layer.queryset().filter(selection.condition(layer), (f"{layer.geometry_column}__isnull", False), only or Q())
    columns = {**teller.columns(selection.language), "moment": moment, "shape": outline(layer.geometry_column, _WORLD, 0.0)}
    rows = fetch_rows(found.order_by(*newest).values(**columns)[: MOST_THINGS + 1])
    cut, rows = len(rows) > MOST_THINGS, [row for row in rows[:MOST_THINGS] if row["shape"]]
    for row in rows:
        row["shape"] = json.loads(row["shape"])
        teller.learn(row)
    box = _box(layer, rows, selection)
    box = _widened(box, wide) if wide else box
    ground = tuple(_ground(under, _grown(box), selection.language) for under in scene.ground)
    return View(rows, cut, ground, box, max((row["moment"] for row in rows if row["moment"]), default=None))


def _grown(box: Box) -> Box:
    """The box with its surroundings: where the ground is cut must not be seen, and a reader of a file looks around."""
    west, south, east, north = box
    more_x, more_y = (east - west) * _SURROUNDINGS, (north - south) * _SURROUNDINGS
    return (max(west - more_x, -180.0), max(south - more_y, -90.0), min(east + more_x, 180.0), min(north + more_y, 90.0))


def _ground(layer: MapLayer, box: Box, language: str) -> Ground:
    named = next((one.expression(language) for one in layer.fields if isinstance(one, NameField)), Value(""))
    frame = Polygon.from_bbox(box)
    frame.srid = 4326
    shape = outline(layer.geometry_column, box, max(box[2] - box[0], box[3] - box[1]) * _DETAIL)
    found = layer.queryset().filter((f"{layer.geometry_column}__bboverlaps", frame))
    largest = found.alias(size=size(layer.geometry_column)).order_by("-size", "pk")
    rows = fetch_rows(largest.values(shape=shape, called=named)[:MOST_SHAPES])
    shapes = ((json.loads(row["shape"]), str(row["called"] or "")) for row in rows if row["shape"])
    return Ground(layer, tuple((shape, name) for shape, name in shapes if not _is_empty(shape)))


def _is_empty(shape: dict[str, Any]) -> bool:
    return not (shape.get("coordinates") or shape.get("geometries"))


def _box(layer: MapLayer, rows: Sequence[dict[str, Any]], selection: Selection) -> Box:
    """The area asked for; else what holds all things, with some ground around; else the whole city."""
    for one in selection.asked:
        if isinstance(one, Area) and one.box[0] < one.box[2]:
            return one.box
    places = [place for row in rows for place in corners(row["shape"])]
    if not places:
        return layer.bounds() or _WORLD
    west, south = min(x for x, _y in places), min(y for _x, y in places)
    east, north = max(x for x, _y in places), max(y for _x, y in places)
    more = max(_AROUND, (east - west) * 0.05, (north - south) * 0.05)
    return (max(west - more, -180.0), max(south - more, -90.0), min(east + more, 180.0), min(north + more, 90.0))


def _widened(box: Box, wide: float) -> Box:
    west, south, east, north = box
    shrink = max(math.cos(math.radians((south + north) / 2)), 0.01)
    across, upward = max((east - west) * shrink, 1e-6), max(north - south, 1e-6)
    across, upward = max(across, upward * wide), max(upward, across / wide)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    return (middle_x - across / shrink / 2, middle_y - upward / 2, middle_x + across / shrink / 2, middle_y + upward / 2)
