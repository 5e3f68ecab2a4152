"""The fields of a layer as properties of its features: what is selected, what may be compared with it, its JSON schema."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any, Final, cast

from django.db.models import CharField, Q, TextField
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.functions import Cast
from django.db.models.lookups import Exact

from layers.declaration import AnyField, FieldKind, MapLayer

Value = str | int | float | bool | dt.date

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?([0-9]{1,60}(\.[0-9]{0,60})?|\.[0-9]{1,60})([eE][+-]?[0-9]{1,3})?", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_LONGEST: Final = 500
_JSON_TYPES: Final[dict[FieldKind, dict[str, Any]]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
}
#: What the doors themselves ask for by these names; a field of the same name is no parameter.
RESERVED: Final = frozenset(
    {"f", "lang", "limit", "after", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs"}
)


def compared(layer: MapLayer) -> tuple[AnyField, ...]:
    """Return the fields that may be asked for by name and value, beside the layer's own filters."""
    taken = RESERVED | {name for one in layer.filters for name in one.parameters}
    return tuple(field for field in layer.fields if field.name not in taken)


def selected(layer: MapLayer, field: AnyField, language: str) -> Combinable | BaseExpression:
    """Return what to select: of the type that the field says, for a property never changes its type."""
    expression = field.expression(language)
    if field.kind == "text":
        (found,) = layer.queryset().values(chosen=expression).query.annotation_select.values()
        if not isinstance(found.output_field, CharField | TextField):
            return Cast(cast("Combinable", expression), TextField())
    return expression


def equal(layer: MapLayer, field: AnyField, value: Value, language: str) -> Q:
    """Return that a field has this value."""
    return Q(Exact(selected(layer, field, language), value))


def parse_value(field: AnyField, text: str) -> Value:
    """Read a value of the field's kind; raises `ValueError`."""
    match field.kind:
        case "integer":
            return int(_checked(_WHOLE, text))
        case "number":
            number = float(_checked(_NUMBER, text))
            if math.isinf(number):
                raise ValueError(text)
            return number
        case "boolean":
            return {"true": True, "false": False}[text] if text in {"true", "false"} else bool(_checked(_WHOLE, ""))
        case "date":
            return dt.date.fromisoformat(_checked(_DAY, text))
        case "text":
            if len(text) > _LONGEST or "\0" in text:
                raise ValueError(text)
            return text


def json_type(field: AnyField) -> dict[str, Any]:
    """Return the JSON schema of the field's values. Which codes a choice knows is said where it is fixed."""
    known = {"enum": list(field.values)} if field.values else {}
    return {**_JSON_TYPES[field.kind], **known}


def schema(layer: MapLayer, address: str, *, of_filters: bool) -> dict[str, Any]:
    """Return the JSON schema of a feature's properties, or, ``of_filters``, of what may be asked for."""
    place = {"point": "point", "line": "multilinestring", "polygon": "multipolygon", "mixed": "any"}[layer.geometry]
    properties: dict[str, Any] = {field.name: {"title": str(field.title), **json_type(field)} for field in layer.fields}
    if layer.key and not of_filters:
        properties[layer.key]["x-ogc-role"] = "id"
    properties["geometry"] = {"title": str(layer.title), "x-ogc-role": "primary-geometry", "format": f"geometry-{place}"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "type": "object",
        "title": str(layer.title),
        "description": str(layer.description),
        "properties": properties,
        "additionalProperties": False,
    }


def _checked(form: re.Pattern[str], text: str) -> str:
    if not form.fullmatch(text):
        raise ValueError(text)
    return text
