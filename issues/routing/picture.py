"""The small map of a decision: the pin, the areas on both sides of the border, the street and the object that decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _
from shapely.geometry import Point as Spot

from gis_data import shapes
from gis_data.names import in_language
from issues.routing.choose import Border, Decision
from layers.sketch import Role, Shape, Sketch, draw

_ROLES: Final[Mapping[shapes.Part, Role]] = {"here": "area", "across": "area-beside", "street": "street", "asset": "asset"}
#: What a sketch shows around the pin where no border is near, and the least it shows where one is very near.
_USUAL_M: Final = 300.0
_LEAST_M: Final = 60.0
_FARTHEST_M: Final = 500.0
#: What was near enough to decide stands inside the frame, not on its edge.
_ROOM: Final = 1.35
#: A sketch is wider than high, and is drawn a little beyond its edges.
_BESIDE: Final = 2.0


def of_point(reason: Mapping[str, Any] | None, point: Point | None, prefix: str = "") -> Sketch | None:
    """The same as `draw_decision`, for a point (SRID 4326) of ours."""
    return draw_decision(reason, point.x, point.y, prefix) if point is not None else None


def of_decision(decision: Decision, lon: float, lat: float) -> Sketch | None:
    """The same for a decision made now: a border close by is drawn even where it is none of those that decided."""
    border, numbers = decision.border, dict(decision.reason.get("shapes", {}))
    if border:
        numbers["here"] = [border.here.id, *numbers.get("here", ())]
        numbers["across"] = [border.there.id, *numbers.get("across", ())]
    return draw_decision({**decision.reason, "shapes": numbers}, lon, lat)


def draw_border(border: Border, lon: float, lat: float) -> Sketch | None:
    """The two areas on both sides of a border, and the pin (degrees, SRID 4326). One query."""
    numbers = {"here": [border.here.id], "across": [border.there.id]}
    return draw_decision({"border": {"m": border.here.next_m}, "shapes": numbers}, lon, lat)


def draw_decision(reason: Mapping[str, Any] | None, lon: float, lat: float, prefix: str = "") -> Sketch | None:
    """Draw what decided, as ``reason["shapes"]`` names it, around the pin (degrees, SRID 4326).

    None where there is nothing to see: a reason of staff or of an import, or shapes that are gone. One query at most.
    """
    numbers = (reason or {}).get("shapes")
    if not isinstance(numbers, Mapping):
        return None
    radius = radius_m(reason or {})
    found = shapes.read(numbers, lon, lat, radius * _BESIDE)
    if not found:
        return None
    drawn = [Shape(one.geometry, _ROLES[one.part], in_language(one.names)) for one in found]
    title = _("The place and what decided about it")
    return draw([*drawn, Shape(Spot(lon, lat), "pin")], title=title, centre=(lon, lat), radius_m=radius, prefix=prefix)


def radius_m(reason: Mapping[str, Any]) -> float:
    """Metres around the pin that a sketch has to show: as far as the nearest border, the street and the object that decided."""
    borders = list(_borders(reason))
    reached = [min(borders) * _ROOM] if borders else [_USUAL_M]
    reached += [
        metres * _ROOM for part in _parts(reason) if part.get("what") in {"street", "asset"} for metres in _metres(part, "m")
    ]
    return max(_LEAST_M, *reached)


def _borders(reason: Mapping[str, Any]) -> Iterator[float]:
    for part in (*_parts(reason), reason.get("district"), reason.get("gap")):
        if isinstance(part, Mapping):
            yield from _metres(part, "border_m")
            yield from _metres(part, "gap_m")
            yield from _metres(part.get("next"), "m")
    yield from _metres(reason.get("border"), "m")


def _parts(reason: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    because = reason.get("because")
    return [part for part in because if isinstance(part, Mapping)] if isinstance(because, list) else []


def _metres(part: Any, name: str) -> Iterator[float]:
    value = part.get(name) if isinstance(part, Mapping) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _FARTHEST_M:
        yield float(value)
