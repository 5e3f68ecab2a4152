"""Shapes between degrees (SRID 4326) and metres on a plane, and what is measured of them there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis_data.metres import metres_per_degree

#: Mean width in metres below which a piece is what rounding leaves of a border.
NOISE_M: Final = 0.02


@dataclass(frozen=True, slots=True)
class Plane:
    """Degrees stretched to metres around one latitude (``east``, ``north`` a degree); half a degree from it 1.5 % off at 60°."""

    east: float
    north: float

    @classmethod
    def around(cls, shapes: Iterable[BaseGeometry]) -> Plane:
        """The plane for the middle latitude of the shapes' box."""
        lats = [lat for shape in shapes if not shape.is_empty for lat in shape.bounds[1::2]] or [0.0]
        return cls(*metres_per_degree((min(lats) + max(lats)) / 2))

    def metres(self, shape: BaseGeometry) -> BaseGeometry:
        """From degrees to metres."""
        return shapely.transform(shape, lambda places: places * (self.east, self.north))

    def degrees(self, shape: BaseGeometry) -> BaseGeometry:
        """From metres to degrees."""
        return shapely.transform(shape, lambda places: places / (self.east, self.north))


def edges(shapes: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Every edge of every ring of the (multi)polygons: their ends, shape (n, 2, 2), and the number of the shape of each."""
    parts, shape = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    places, ring = shapely.get_coordinates(rings, return_index=True)
    together = ring[1:] == ring[:-1]
    return np.stack([places[:-1][together], places[1:][together]], axis=1), shape[part[ring[1:][together]]]


def mean_width(shape: BaseGeometry) -> float:
    """Twice the area by the perimeter: the width of a strip, the radius of a circle; 0 for what has no area."""
    return float(2 * shape.area / shape.length) if shape.length else 0.0


def polygons(shape: BaseGeometry) -> list[BaseGeometry]:
    """The polygons of a shape in metres that are more than the noise of rounding; lines and points are dropped."""
    return [part for part in shapely.get_parts(shape).tolist() if part.geom_type == "Polygon" and mean_width(part) >= NOISE_M]
