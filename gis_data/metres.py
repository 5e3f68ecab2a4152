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


#: WGS 84 (EPSG:7030): semi-major axis in metres, first eccentricity squared.
_AXIS: Final = 6_378_137.0
_ECCENTRICITY2: Final = 0.006_694_379_990_14


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Length in metres of one degree (east, north) at latitude ``lat`` on the WGS 84 ellipsoid.

    Scaling degrees by it makes a plane in which distances up to a kilometre are right to 0.1 % at 60° and better nearer to
    the equator. The same is written in SQL in ``gis_data/ground_sql.py``.
    """
    sine = math.sin(math.radians(lat))
    bulge = 1 - _ECCENTRICITY2 * sine * sine
    north = _AXIS * (1 - _ECCENTRICITY2) / bulge**1.5
    east = _AXIS / math.sqrt(bulge) * math.cos(math.radians(lat))
    return math.radians(east), math.radians(north)
