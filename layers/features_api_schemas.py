"""The shapes of answers, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from layers.declaration import MapLayer
from layers.features_fields import json_type

Schema = dict[str, Any]


def _object(required: tuple[str, ...], **properties: Schema) -> Schema:
    # An empty list of what is required is not valid.
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


_TEXT: Final[Schema] = {"type": "string"}
_ADDRESS: Final[Schema] = {"type": "string", "format": "uri"}
_LINKS: Final[Schema] = {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}

SCHEMAS: Final[dict[str, Schema]] = {
    "Document": {"type": "object"},
    "Link": _object(("href", "rel"), href=_TEXT, rel=_TEXT, type=_TEXT, title=_TEXT),
    "Landing": _object(("title", "links"), title=_TEXT, description=_TEXT, links=_LINKS),
    "Conformance": _object(("conformsTo",), links=_LINKS, conformsTo={"type": "array", "items": _ADDRESS}),
    "Collections": _object(
        ("links", "collections"),
        links=_LINKS,
        collections={"type": "array", "items": {"$ref": "#/components/schemas/Collection"}},
    ),
    "Collection": _object(
        ("id", "links"),
        id=_TEXT,
        title=_TEXT,
        description=_TEXT,
        attribution=_TEXT,
        license=_TEXT,
        links=_LINKS,
        extent={"$ref": "#/components/schemas/Extent"},
        itemType={"type": "string", "enum": ["feature"]},
        crs={"type": "array", "items": _ADDRESS},
        storageCrs=_ADDRESS,
    ),
    "Extent": _object(
        (),
        spatial=_object(
            ("bbox",),
            bbox={
                "type": "array",
                "minItems": 1,
                "items": {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number"}},
            },
            crs=_ADDRESS,
        ),
        temporal=_object(
            ("interval",),
            interval={
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "items": {"type": "string", "format": "date-time", "nullable": True},
                },
            },
            trs=_ADDRESS,
        ),
    ),
    "Geometry": {**_object(("type", "coordinates"), type=_TEXT, coordinates={"type": "array", "items": {}}), "nullable": True},
    "Problem": _object(
        ("type", "title", "status", "detail", "code", "description"),
        type=_TEXT,
        title=_TEXT,
        status={"type": "integer", "minimum": 400, "maximum": 599},
        detail=_TEXT,
        code=_TEXT,
        description=_TEXT,
    ),
}


def of_feature(layer: MapLayer) -> Schema:
    """Return the shape of one feature of a layer."""
    properties = {field.name: {**json_type(field), "title": str(field.title), "nullable": True} for field in layer.fields}
    for one in properties.values():
        one.pop("enum", None)  # OpenAPI 3.0 would want null among the values
    return _object(
        ("type", "id", "geometry", "properties"),
        type={"type": "string", "enum": ["Feature"]},
        id=_TEXT,
        geometry={"$ref": "#/components/schemas/Geometry"},
        properties={"type": "object", "required": list(properties), "properties": properties, "additionalProperties": False},
        links=_LINKS,
    )


def of_features(layer: MapLayer) -> Schema:
    """Return the shape of a page of features of a layer."""
    return _object(
        ("type", "features", "links", "timeStamp", "numberReturned"),
        type={"type": "string", "enum": ["FeatureCollection"]},
        numberMatched=_COUNT,
        numberReturned=_COUNT,
        timeStamp={"type": "string", "format": "date-time"},
        links=_LINKS,
        features={"type": "array", "items": {"$ref": f"#/components/schemas/{layer.name}Feature"}},
    )
