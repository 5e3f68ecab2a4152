"""Where works lie, as a small map drawn by the server: complete without script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from shapely.geometry import MultiPoint
from shapely.geometry.base import BaseGeometry

from gis_data.models import Street
from layers.sketch import Role, Shape, Sketch, draw

#: Pixels, of 480 across: the map that lies on a drawing has this form too (``frontend/src/styles/_works.scss``).
HEIGHT: Final = 400
#: What is drawn around a single place, metres.
AROUND_M: Final = 250.0
#: Detail below this share of the drawing is left out.
_DETAIL: Final = 1 / 800
_ROLES: Final[dict[int, Role]] = {0: "asset", 1: "street", 2: "area"}
#: More shapes than these are not told apart.
_MOST: Final = 400


def shapes_of(rows: QuerySet[Any], column: str = "geometry") -> list[BaseGeometry]:
    """Return the shapes of some rows (any type, SRID 4326). One query."""
    found = rows.exclude(**{column: None}).values_list(AsWKB(column), flat=True)[:_MOST]
    return [shapely.from_wkb(bytes(one)) for one in found]


def drawn(shapes: Sequence[BaseGeometry], title: str, legend: str, *, streets: Iterable[BaseGeometry] = ()) -> Sketch | None:
    """Draw works, with the streets they belong to beneath them; a single point with what is around it. None for no shapes."""
    parts = [part for shape in shapes for part in getattr(shape, "geoms", [shape]) if not part.is_empty]
    if not parts:
        return None
    west, south, east, north = shapely.total_bounds(parts)
    detail = max(east - west, north - south) * _DETAIL
    points = [part for part in parts if part.geom_type == "Point"]
    others = [Shape(part.simplify(detail), _ROLES[shapely.get_dimensions(part)], legend=legend, emphasis=True)
              for part in parts if part.geom_type != "Point"]  # fmt: skip
    ground = [Shape(one, "street", legend=_("Street")) for one in streets]
    dots = [Shape(MultiPoint(points), "asset" if len(points) <= 30 else "point", legend=legend, emphasis=True)] if points else []
    around: dict[str, Any] = {}
    if detail == 0:
        around = {"centre": (float(west), float(south)), "radius_m": AROUND_M}
    return draw([*ground, *others, *dots], title=title, height=HEIGHT, **around)


def street_shapes(keys: Sequence[int]) -> list[BaseGeometry]:
    """Return the lines of these streets. One query, none for no keys."""
    return shapes_of(Street.objects.filter(pk__in=keys)) if keys else []
