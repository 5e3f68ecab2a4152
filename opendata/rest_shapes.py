"""The shapes of answers that are described by hand (JSON schema as OpenAPI 3.0 writes it)."""

from __future__ import annotations

from typing import Any, Final

Shape = dict[str, Any]


def _object(*optional: str, **properties: Shape) -> Shape:
    needed = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, **({"required": needed} if needed else {})}


def _list(of: Shape, **more: int) -> Shape:
    return {"type": "array", "items": of, **more}


_TEXT: Final[Shape] = {"type": "string"}
_NUMBER: Final[Shape] = {"type": "number"}
_COUNT: Final[Shape] = {"type": "integer", "minimum": 0}
_MONTH: Final[Shape] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}
_BOX: Final[Shape] = _list(_NUMBER, minItems=4, maxItems=4)
_SOMETHING: Final[Shape] = {"type": "object"}

PROBLEM: Final[Shape] = {
    **_object(type=_TEXT, title=_TEXT, status={"type": "integer", "minimum": 400, "maximum": 599}, detail=_TEXT),
    "example": {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "…"},
}
OF_PROBLEM: Final[Shape] = {"$ref": "#/components/schemas/Problem"}
ROOT: Final[Shape] = _object(
    title=_TEXT,
    description=_TEXT,
    layers=_list(_object(name=_TEXT, title=_TEXT, description=_TEXT, href={"type": "string", "format": "uri"})),
    links=_list({"$ref": "#/components/schemas/Link"}),
)
TILEJSON: Final[Shape] = _object(
    "description", "attribution",
    tilejson=_TEXT, name=_TEXT, description=_TEXT, attribution=_TEXT, scheme=_TEXT, tiles=_list(_TEXT, minItems=1),
    minzoom=_COUNT, maxzoom=_COUNT, bounds=_BOX, center=_list(_NUMBER, minItems=3, maxItems=3),
    vector_layers=_list(_SOMETHING, minItems=1),
)  # fmt: skip
COUNTS: Final[Shape] = _object(
    layer=_TEXT,
    total={**_COUNT, "nullable": True},
    filters={"type": "object", "additionalProperties": {"type": "object", "additionalProperties": _COUNT}},
    months=_list(_list({}, minItems=2, maxItems=2)),
    whole_months={"type": "boolean"},
    counted={"type": "boolean"},
)
MONTHS: Final[Shape] = _object(
    layer=_TEXT,
    months=_list(_MONTH),
    zoom=_COUNT,
    cells=_object(lon=_list(_NUMBER), lat=_list(_NUMBER)),
    counts=_list(_SOMETHING),
)
_FOUND: Final[Shape] = _object(
    title=_TEXT, detail=_TEXT, lon={**_NUMBER, "nullable": True}, lat={**_NUMBER, "nullable": True}, box={**_BOX, "nullable": True},
    href=_TEXT,
)  # fmt: skip
SEARCH: Final[Shape] = _object(
    q=_TEXT,
    groups=_list(_object(layer=_TEXT, title=_TEXT, more={"type": "boolean"}, found=_list(_FOUND))),
    similar={"type": "boolean"},
    late=_list(_TEXT),
)
WHO: Final[Shape] = _object(
    place=_object(lat=_NUMBER, lon=_NUMBER),
    category=_TEXT,
    department={**_object(code=_TEXT, names=_SOMETHING), "nullable": True},
    confidence=_TEXT,
    may_change_with=_list(_TEXT),
    emergency={**_SOMETHING, "nullable": True},
    reason=_SOMETHING,
    runners_up=_list(_SOMETHING),
    words={"type": "object", "additionalProperties": _TEXT},
)
ADDRESSES: Final[Shape] = _object(results=_list(_object("metres", text=_TEXT, lat=_NUMBER, lon=_NUMBER, metres=_NUMBER)))
