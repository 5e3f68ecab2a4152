"""``bbox``: four numbers, or six with heights, in any system of the layer; what touches the box, edges included.

A feature without a place matches every box (``fc-bbox-response``).
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

from django.contrib.gis.geos import GEOSGeometry, LineString, Point, Polygon
from django.db.models import F, Q
from django.utils.translation import gettext as _

from layers.declaration import MapLayer
from layers.features_crs import Crs
from layers.features_points_sql import InBox
from layers.grid import Box
from layers.problems import BadRequest

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,2})?|[+-]?\.[0-9]{1,30}", re.ASCII)
#: The straight side of a box in one system is curved in another: it is followed in this many steps.
_STEPS: Final = 20


def parse_bbox(text: str, crs: Crs) -> Box:
    """Read the parameter; west > east crosses the antimeridian. Raises `BadRequest`."""
    parts = [part.strip() for part in text.split(",", 6)]
    if len(parts) not in {4, 6} or not all(_NUMBER.fullmatch(part) for part in parts):
        raise BadRequest(_("“bbox” takes four numbers (or six with heights): the lower corner first."))
    numbers = [float(part) for part in parts]
    if len(numbers) == 6:
        if numbers[2] > numbers[5]:
            raise BadRequest(_("In “bbox” the lower corner comes first."))
        del numbers[5], numbers[2]
    if crs.latitude_first:
        numbers = [numbers[1], numbers[0], numbers[3], numbers[2]]
    west, south, east, north = numbers
    least_x, least_y, most_x, most_y = crs.area
    if not (
        least_x <= west <= most_x and least_x <= east <= most_x and least_y <= south <= most_y and least_y <= north <= most_y
    ):
        raise BadRequest(_("“bbox” reaches beyond its coordinate system."))
    if south > north or (west > east and not crs.in_degrees):
        raise BadRequest(_("In “bbox” the lower corner comes first."))
    return west, south, east, north


def touches(layer: MapLayer, box: Box, crs: Crs) -> Q:
    """Return what rows must satisfy to touch the box, or to have no place."""
    column: Any = layer.queryset().model._meta.get_field(layer.geometry_column)
    condition = touching(layer, box, crs)
    return condition | Q((f"{layer.geometry_column}__isnull", True)) if column.null else condition


def touching(layer: MapLayer, box: Box, crs: Crs) -> Q:
    """Return what rows must satisfy to have a place that touches the box."""
    west, south, east, north = box
    boxes = [box] if west <= east else [(west, south, 180.0, north), (-180.0, south, east, north)]
    condition = Q()
    for one in boxes:
        condition |= _in_box(layer, one, crs)
    return condition


def _in_box(layer: MapLayer, box: Box, crs: Crs) -> Q:
    column: Any = layer.queryset().model._meta.get_field(layer.geometry_column)
    if column.geom_type == "POINT" and crs.in_degrees:
        return Q(InBox(F(layer.geometry_column), box), (f"{layer.geometry_column}__bboverlaps", shape_of(box, crs)))
    return Q((f"{layer.geometry_column}__intersects", shape_of(box, crs)))


def shape_of(box: Box, crs: Crs) -> GEOSGeometry:
    """Return the box in the system's SRID: a polygon, or the line or point to which it has shrunk."""
    west, south, east, north = box
    shape: GEOSGeometry
    if west == east and south == north:
        shape = Point(west, south)
    elif west == east or south == north:
        shape = LineString((west, south), (east, north))
    else:
        shape = Polygon(_ring(box, 1 if crs.srid in {4326, 3857} else _STEPS))
    shape.srid = crs.srid
    return shape


def _ring(box: Box, steps: int) -> list[tuple[float, float]]:
    west, south, east, north = box
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    ring = [
        (x + (next_x - x) * step / steps, y + (next_y - y) * step / steps)
        for (x, y), (next_x, next_y) in pairwise(corners)
        for step in range(steps)
    ]
    return [*ring, corners[0]]
