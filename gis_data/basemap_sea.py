"""The sea and big lakes of an extract, whose shores an extract cuts off at its edge. Pure; polygons in SRID 4326.

OpenStreetMap draws the sea by its shore alone: lines with land on the left and water on the right
(wiki: Tag:natural=coastline). The extract's box closes what the shore leaves open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

Position = tuple[float, float]
#: An end of a shore this near to the edge of the extract was cut off there (degrees).
_NEAR: Final = 0.002
_ASIDE: Final = 1e-7


def runs(nodes: Iterable[Position | None]) -> list[list[Position]]:
    """Pieces of a way between the nodes an extract left out (None)."""
    found: list[list[Position]] = [[]]
    for node in nodes:
        if node is None:
            found.append([])
        else:
            found[-1].append(node)
    return [run for run in found if len(run) > 1]


def joined_at_start(nodes: Sequence[Position | None]) -> list[Position | None]:
    """A closed way that was cut, begun anew at a cut, so that no run is broken by where the way happens to start."""
    if not nodes or nodes[0] != nodes[-1] or None not in nodes:
        return list(nodes)
    cut = nodes.index(None)
    ring = list(nodes[:-1])
    return ring[cut:] + ring[:cut]


def sea(shores: Iterable[Sequence[Position]], box: BaseGeometry) -> list[BaseGeometry]:
    """Polygons of water to the right of the shores, inside the box. Empty where there is no shore."""
    pieces = shapely.MultiLineString([list(shore) for shore in shores])
    whole = shapely.get_parts(shapely.line_merge(pieces, directed=True))
    lines = [line for line in (_to_edge(shapely.get_coordinates(shore).tolist(), box) for shore in whole) if line is not None]
    if not lines:
        return []
    right = shapely.MultiPoint([point for line in lines for point in _right_of(line)])
    shapely.prepare(right)
    return [face for face in _faces(lines, box) if face.intersects(right)]


def cut_lake(shore: Sequence[Position], box: BaseGeometry) -> BaseGeometry | None:
    """The part of a cut lake inside the box: of the two sides of its shore the smaller one, for the direction is unknown."""
    line = _to_edge(shore, box)
    faces = _faces([line], box) if line is not None else []
    return min(faces, key=lambda face: face.area) if len(faces) > 1 else None


def _faces(lines: list[BaseGeometry], box: BaseGeometry) -> list[BaseGeometry]:
    net = shapely.union_all([box.exterior, *lines])
    return [face for face in shapely.get_parts(shapely.polygonize([net])) if box.buffer(_ASIDE).covers(face)]


def _to_edge(shore: Sequence[Position], box: BaseGeometry) -> BaseGeometry | None:
    """The shore with its cut ends drawn on to the edge of the box; None where it ends in the middle, bounding nothing."""
    points = [(x, y) for x, y in shore]
    if points[0] != points[-1]:
        first, last = _edge_near(points[0], box), _edge_near(points[-1], box)
        if first is None or last is None:
            return None
        points = [first, *points, last]
    return shapely.LineString(points)


def _edge_near(end: Position, box: BaseGeometry) -> Position | None:
    """Where an end goes on to the edge: a hair beyond it, so that the lines cross whatever the rounding."""
    point = shapely.Point(end)
    edge = box.exterior.interpolate(box.exterior.project(point))
    if point.distance(edge) > _NEAR and box.covers(point):
        return None
    return (edge.x + (edge.x - end[0]) * 1e-6, edge.y + (edge.y - end[1]) * 1e-6) if box.covers(point) else end


def _right_of(line: BaseGeometry) -> Iterator[Position]:
    """Points a centimetre to the right of the middle of each piece."""
    coordinates = shapely.get_coordinates(line)
    for (x1, y1), (x2, y2) in pairwise(coordinates):
        length = math.hypot(x2 - x1, y2 - y1)
        if length > _ASIDE:
            yield ((x1 + x2) / 2 + (y2 - y1) / length * _ASIDE, (y1 + y2) / 2 - (x2 - x1) / length * _ASIDE)
