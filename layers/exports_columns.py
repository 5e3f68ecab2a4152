"""The columns of a download: a layer's fields under their own names, and the place where the format keeps it in columns too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.core.exceptions import FieldError
from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet, TextField
from django.utils.translation import gettext_lazy as _

from layers.declaration import MapLayer, Words
from layers.filters import Selection

Kind = Literal["text", "integer", "number", "boolean", "date", "moment"]
_KINDS: tuple[Kind, ...] = ("text", "integer", "number", "boolean", "date")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as all formats name it. ``source`` is what holds it in the statement of `chosen`."""

    name: str
    title: Words
    kind: Kind
    source: str
    values: Mapping[str, Words] | None = None


def chosen(layer: MapLayer, selection: Selection) -> QuerySet[Any, dict[str, Any]]:
    """Return the rows that were asked for, in no order: ``row_key``, ``row_shape`` (SRID 4326), ``row_updated`` where the layer
    says when a thing changed, and ``field_`` and its name for each field. Only the layer's own queryset and fields are read.
    """
    updated = {"row_updated": F(layer.updated)} if layer.updated else {}
    return (
        layer.queryset()
        .filter(selection.condition(layer))
        .order_by()
        .values(
            row_key=F("pk"),
            # Named as text, for GeoDjango would otherwise have the shape sent as bytes.
            row_shape=ExpressionWrapper(F(layer.geometry_column), output_field=TextField()),
            **updated,
            **{f"field_{field.name}": field.expression(selection.language) for field in layer.fields},
        )
    )


def field_columns(layer: MapLayer, rows: QuerySet[Any, dict[str, Any]]) -> tuple[Column, ...]:
    """Return the columns of the layer's fields; ``rows`` are those of `chosen`."""
    return tuple(
        Column(field.name, field.title, _kind(field.kind, rows, f"field_{field.name}"), f"field_{field.name}", field.values)
        for field in layer.fields
    )


def place_columns(layer: MapLayer) -> tuple[Column, ...]:
    """Return the columns that hold the place in a table: longitude and latitude of a point, well-known text of other shapes."""
    taken = {field.name for field in layer.fields}
    if layer.geometry == "point":
        return (
            Column(_free("lon", taken), _("Longitude, degrees (WGS 84)"), "number", "ST_X(row_shape)"),
            Column(_free("lat", taken), _("Latitude, degrees (WGS 84)"), "number", "ST_Y(row_shape)"),
        )
    title = _("Shape as well-known text, longitude before latitude, degrees (WGS 84)")
    return (Column(_free("wkt", taken), title, "text", "ST_AsText(row_shape, 7)"),)


def _free(name: str, taken: Iterable[str]) -> str:
    """A name that no field has."""
    return name if name not in taken else _free(f"geom_{name}", taken)


def _kind(declared: str, rows: QuerySet[Any, dict[str, Any]], alias: str) -> Kind:
    """What a field holds: as it is declared, and a moment where the database gives one."""
    try:
        given = rows.query.annotations[alias].output_field
    except FieldError:  # an expression of several kinds
        given = None
    if isinstance(given, DateTimeField):
        return "moment"
    return next((kind for kind in _KINDS if kind == declared), "text")
