"""The parameters of the doors as OpenAPI 3.0 describes them: those of a layer come from its declaration, and from nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from layers.declaration import BoundingBox, ChoiceMany, DateRange, Filter, MapLayer

Parameter = dict[str, Any]
_MOST_CODES: Final = 200


def query(
    name: str, words: str, schema: Mapping[str, Any], *, required: bool = False, explode: bool = True, example: Any = None
) -> Parameter:
    """Return a parameter of the query; lists are written with commas where it is not ``explode``."""
    shown = {} if example is None else {"example": example}
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": words,
        "schema": dict(schema),
        "style": "form",
        "explode": explode,
        **shown,
    }


def in_path(name: str, words: str, schema: Mapping[str, Any]) -> Parameter:
    """Return a parameter that is a part of the path."""
    return {"name": name, "in": "path", "required": True, "description": words, "schema": dict(schema)}


def language() -> Parameter:
    """Return the parameter that all doors know."""
    words = _("Language of titles and names.")
    return query("lang", words, {"type": "string", "pattern": "^[a-z]{2,3}$"}, example="en")


def filters_of(layer: MapLayer) -> list[Parameter]:
    """Return the layer's own filters, and the language."""
    return [*(parameter for one in layer.filters for parameter in _of(one)), language()]


def _of(one: Filter) -> list[Parameter]:
    match one:
        case ChoiceMany():
            known = list(one.choices) if one.choices is not None else []
            items = {"type": "string", **({"enum": known} if known else {"minLength": 1, "maxLength": 80})}
            schema = {"type": "array", "minItems": 1, "maxItems": _MOST_CODES, "items": items}
            return [query(one.name, str(one.title), schema, explode=False, example=known[:2] or None)]
        case DateRange():
            days = ((one.since, _("first day"), "2025-01-01"), (one.until, _("last day, included"), "2025-12-31"))
            return [
                query(name, f"{one.title}: {which}", {"type": "string", "format": "date"}, example=day)
                for name, which, day in days
            ]
        case BoundingBox():
            words = _("West, south, east, north in degrees (WGS 84). West > east crosses 180°.")
            schema = {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number", "minimum": -180, "maximum": 180}}
            return [query(one.name, f"{one.title}. {words}", schema, explode=False, example=[24.93, 60.16, 24.95, 60.18])]
