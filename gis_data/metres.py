"""Metres as degrees of longitude and latitude (SRID 4326), for boxes that an index cuts before metres are measured."""

from __future__ import annotations

import math
from typing import Final

#: Of latitude, on a sphere with the length of the equator.
_METRES_A_DEGREE: Final = 111_320.0
#: Near the equator the spheroid's degree of latitude is 0.7 % shorter than the sphere's.
_ROOM: Final = 1.01
#: Beyond it degrees of longitude shrink to nothing.
_POLAR: Final = 89.0


def box(metres: float, lat: float) -> tuple[float, float]:
    """Half sizes (east, north) in degrees of a box that surely holds a circle of ``metres`` around a place at ``lat``.

    Towards the poles, beyond 89°, the box stops growing wider; no city lies there.
    """
    north = metres / _METRES_A_DEGREE * _ROOM
    return north / math.cos(math.radians(min(abs(lat), _POLAR))), north
