"""What part of the ground a sketch shows, and how it comes to paper: degrees (SRID 4326) to pixels, y downward.

Near the middle of the view a degree is so many metres to the north and fewer to the east (an equirectangular projection):
true enough within a city. Across the 180th meridian a city is drawn as two far ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from shapely import GeometryCollection
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from layers.sketch_paths import simple_parts

#: Of a degree of latitude, on a sphere; 0.3 % off at most, which no eye sees in a sketch.
_METRES_A_DEGREE: Final = 111_195.0
#: Beyond it degrees of longitude shrink to nothing.
_POLAR: Final = 89.0
_CLOSEST_PX_PER_M: Final = 60.0
#: What the view holds when nothing says how much: a single point with its surroundings.
_LEAST_SPAN_M: Final = 200.0
_MARGIN_PX: Final = 32.0
_BEYOND: Final = 1.2
_SIMPLER_PX: Final = 0.3


@dataclass(frozen=True, slots=True)
class View:
    """What of the ground is seen: the middle in degrees, pixels in a metre, and the paper."""

    lon: float
    lat: float
    px_per_m: float
    width: int
    height: int

    def on_paper(self, geometry: BaseGeometry) -> BaseGeometry:
        """Cut ``geometry`` (degrees, valid) to the surroundings of the view and bring it to pixels."""
        north = _METRES_A_DEGREE * self.px_per_m
        east = north * _shrink(self.lat)
        half_x, half_y = self.width / 2 * _BEYOND / east, self.height / 2 * _BEYOND / north
        near = cut(geometry, self.lon - half_x, self.lat - half_y, self.lon + half_x, self.lat + half_y)
        west, top = self.lon - self.width / 2 / east, self.lat + self.height / 2 / north
        return shapely.simplify(shapely.transform(near, lambda places: (places - (west, top)) * (east, -north)), _SIMPLER_PX)


def checked(geometry: BaseGeometry) -> BaseGeometry:
    """Return the geometry flat, valid and on the globe (what is off goes to its edge); raises ValueError for another SRID or NaN."""
    if shapely.get_srid(geometry) not in {0, 4326}:
        raise ValueError(f"a geometry of SRID {shapely.get_srid(geometry)}; 4326 is wanted")
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise ValueError("a geometry with coordinates that are no finite numbers")
    return valid(shapely.transform(shapely.force_2d(geometry), _on_grid))


def _on_grid(places: Any) -> Any:
    # Corners that differ by the last bits of a number break the repair; a tenth of a millimetre does not.
    return np.round(np.clip(places, (-180, -90), (180, 90)), 9)


def valid(geometry: BaseGeometry) -> BaseGeometry:
    """Return the geometry, repaired where needed; what collapses into a line stays as a line."""
    return geometry if geometry.is_valid else shapely.make_valid(geometry, method="structure", keep_collapsed=True)


def cut(geometry: BaseGeometry, west: float, south: float, east: float, north: float) -> BaseGeometry:
    """What of a geometry lies within a rectangle; perhaps not valid, and a collection where several things are left."""
    try:
        return shapely.clip_by_rect(geometry, west, south, east, north)
    except GEOSException:
        # The quick way breaks on needles whose corners fall together; the slow one does not, part by part.
        rectangle = shapely.box(west, south, east, north)
        return GeometryCollection([shapely.intersection(part, rectangle) for part in simple_parts(valid(geometry))])


def _shrink(lat: float) -> float:
    """How much shorter a degree of longitude is at ``lat`` than one of latitude."""
    return math.cos(math.radians(min(abs(lat), _POLAR)))


def view_of(
    geometries: Sequence[BaseGeometry], centre: tuple[float, float] | None, radius_m: float | None, width: int, height: int
) -> View:
    """Return the box of the circle, or without one the bounds of everything with a margin; raises ValueError."""
    if (centre is None) != (radius_m is None):
        raise ValueError("centre and radius_m go together")
    if centre is not None and radius_m is not None:
        # The comparisons are also false for NaN.
        if not (-180 <= centre[0] <= 180 and -90 <= centre[1] <= 90 and 0 < radius_m < math.inf):
            raise ValueError(f"no circle on the globe: {radius_m} m around {centre}")
        px_per_m = min(width, height) / 2 / radius_m
        return View(*centre, min(px_per_m, _CLOSEST_PX_PER_M), width, height)
    full = [geometry.bounds for geometry in geometries if not geometry.is_empty] or [(0.0, 0.0, 0.0, 0.0)]
    west, south, east, north = (pick(edges) for pick, edges in zip((min, min, max, max), zip(*full, strict=True), strict=True))
    lon, lat = (west + east) / 2, (south + north) / 2
    margin = min(_MARGIN_PX, width / 8, height / 8)
    across = max((east - west) * _METRES_A_DEGREE * _shrink(lat), _LEAST_SPAN_M)
    upward = max((north - south) * _METRES_A_DEGREE, _LEAST_SPAN_M)
    px_per_m = min((width - 2 * margin) / across, (height - 2 * margin) / upward)
    return View(lon, lat, px_per_m, width, height)


def bar(px_per_m: float, longest_px: float) -> int:
    """The longest of 1, 2, 5, 10, 20, 50 … metres that is drawn no longer than ``longest_px``."""
    longest_m = max(longest_px / px_per_m, 1.0)
    ten = int(10 ** math.floor(math.log10(longest_m)))
    return max(step * ten for step in (1, 2, 5) if step * ten <= longest_m)
