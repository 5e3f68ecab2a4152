"""A border in Testville beyond which another service is responsible: the road zone "ring" (parks) beside a zone "outer" (roads)."""

from __future__ import annotations

from typing import Final

from gis_data.models import Boundary
from tests.factories import FROM, TinyCity, box, names

#: 7 m inside the ring, 7 m outside of it, and 200 m inside.
JUST_INSIDE: Final = (10.0201, 50.02)
JUST_OUTSIDE: Final = (10.0199, 50.02)
WELL_INSIDE: Final = (10.0229, 50.02)


def a_border(tiny: TinyCity) -> Boundary:
    """The zone "outer" to the west of the ring."""
    return Boundary.objects.create(
        boundary_set=tiny.sets["zones"],
        code="outer",
        names=names("Outer", "Внешняя"),
        geometry=box(10.0, 50.01, 10.02, 50.03),
        valid=(FROM, None),
    )
