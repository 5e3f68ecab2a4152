"""Places of works as OC4IDS and OCDS write them (Location): GeoJSON, SRID 4326, longitude first, seven decimals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from shapely.geometry.base import BaseGeometry

from gis_data.names import in_language
from opendata.standard_shapes import Shape, present
from works.models import ProjectPlace, Repair

#: About a centimetre.
_DECIMALS: Final = 7


def locations(places: Sequence[ProjectPlace], language: str) -> list[Shape]:
    """The places of a project. One that is only named gives its district by name and code, never a shape: nobody said where in it."""
    found: list[Shape] = []
    for place in places:
        if place.kind == "named":
            found.append(_named(place, language))
        else:
            found += _drawn(str(place.number), place.name, place.geometry)
    return [one for one in found if len(one) > 1]


def repair_locations(repairs: Sequence[Repair]) -> list[Shape]:
    """The places of repairs, under their public numbers."""
    return [one for repair in repairs for one in _drawn(repair.public_id, repair.address, repair.geometry)]


def geometries(shape: GEOSGeometry | None) -> Iterator[Shape]:
    """A shape as geometries of the kinds that the standards know; a collection is one for each of its parts."""
    if shape is None or shape.empty:
        return
    for part in _simple(shapely.from_wkb(bytes(shape.wkb))):
        rounded = shapely.transform(part, lambda ends: np.round(ends, _DECIMALS) + 0.0)  # no “-0.0”
        if rounded.geom_type.endswith("Polygon"):
            rounded = shapely.orient_polygons(rounded)
        plain = json.loads(shapely.to_geojson(rounded))
        yield {"type": plain["type"], "coordinates": plain["coordinates"]}


def _simple(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    if shape.geom_type == "GeometryCollection":
        for part in shapely.get_parts(shape):
            yield from _simple(part)
    elif not shape.is_empty:
        yield shapely.force_2d(shape)


def _drawn(number: str, name: str, shape: GEOSGeometry | None) -> list[Shape]:
    drawn = list(geometries(shape))
    if not drawn:
        return []
    if len(drawn) == 1:
        return [present(id=number, description=name, geometry=drawn[0])]
    return [present(id=f"{number}.{part}", description=name, geometry=one) for part, one in enumerate(drawn, start=1)]


def _named(place: ProjectPlace, language: str) -> Shape:
    boundary = place.boundary
    gazetteer = {"scheme": boundary.boundary_set.code, "identifiers": [boundary.code]} if boundary else {}
    name = place.name or (in_language(boundary.names, language) if boundary else "")
    return present(id=str(place.number), description=name, gazetteer=gazetteer)
