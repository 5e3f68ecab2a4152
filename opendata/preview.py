"""A glance at a data set: some of its rows as a table, and where in the city they lie as a drawing. Complete without script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import shapely
from django.db.models import F, Func, TextField, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry import MultiPoint
from shapely.geometry.base import BaseGeometry

from gis_data.models import Boundary
from layers.declaration import MapLayer
from layers.exports_columns import Column, chosen, field_columns
from layers.filters import Selection
from layers.sketch import Role, Shape, Sketch, draw

#: Rows that are drawn, and the first of them that stand in the table.
DRAWN: Final = {"point": 400, "line": 300}
_SHAPES_DRAWN: Final = 120
TABLED: Final = 8
#: Detail below this share of the whole drawing is left out: a thousandth is half a pixel.
_DETAIL: Final = 1 / 1000
#: The same for districts, in degrees: about 30 m, where a city is seen as a whole.
_DETAIL_OF_DISTRICTS: Final = 0.0003
_MOST_DISTRICTS: Final = 60
_ROLES: Final[dict[str, Role]] = {"Point": "point", "MultiPoint": "point", "LineString": "street", "MultiLineString": "street"}


@dataclass(frozen=True, slots=True)
class Preview:
    """``rows`` hold a text a column; ``seen`` says how many things were looked at, newest or first."""

    columns: tuple[Column, ...]
    rows: list[list[str]]
    sketch: Sketch | None
    seen: int
    newest: bool


def preview(layer: MapLayer, language: str) -> Preview:
    """Return the newest rows, or without moments the first ones. Two queries: the rows along an index, and the districts."""
    rows = chosen(layer, Selection(language=language))
    order = (f"-{layer.created}", "-pk") if layer.created else ("pk",)
    found = list(rows.order_by(*order)[: DRAWN.get(layer.geometry, _SHAPES_DRAWN)])
    columns = field_columns(layer, rows)
    shapes = [(shapely.from_wkb(row["row_shape"]), row) for row in found if row["row_shape"]]
    return Preview(
        columns=columns,
        rows=[[_text(row[column.source]) for column in columns] for row in found[:TABLED]],
        sketch=_sketch(layer, shapes) if shapes else None,
        seen=len(found),
        newest=bool(layer.created),
    )


def _sketch(layer: MapLayer, found: list[tuple[BaseGeometry, dict[str, Any]]]) -> Sketch:
    ground = [] if layer.geometry == "polygon" else list(_districts())
    title = _("Where “%(name)s” lie") % {"name": layer.title}
    points = [point for shape, _row in found if _role(shape) == "point" for point in getattr(shape, "geoms", [shape])]
    west, south, east, north = shapely.total_bounds([shape for shape, _row in found])
    detail = max(east - west, north - south) * _DETAIL
    shapes = [
        Shape(
            shape.simplify(detail),
            _role(shape),
            label=_label(layer, row) if _role(shape) == "area" else "",
            legend=str(layer.title),
        )
        for shape, row in found
        if _role(shape) != "point"
    ]
    if points:
        shapes.append(Shape(MultiPoint(points), "point", legend=str(layer.title)))
    return draw([*ground, *shapes], title=title, width=640, height=400)


def _districts() -> Iterator[Shape]:
    """Outlines of the districts, so that one sees where in the city the things lie."""
    simple = Func(F("geometry"), Value(_DETAIL_OF_DISTRICTS), function="ST_Simplify", output_field=TextField())
    found = Boundary.objects.on(timezone.localdate()).filter(boundary_set__is_district=True)
    for outline in found.values_list(simple, flat=True)[:_MOST_DISTRICTS]:
        if outline:
            yield Shape(shapely.from_wkb(outline), "outline", legend=_("District"))


def _role(shape: BaseGeometry) -> Role:
    return _ROLES.get(shape.geom_type, "area")


def _label(layer: MapLayer, row: dict[str, Any]) -> str:
    """What a thing is called: the field “name” where there is one, else its key."""
    return _text(row.get("field_name") or row[f"field_{layer.key}"])


def _text(value: Any) -> str:
    """A value as the files write it."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
