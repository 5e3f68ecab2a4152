"""The OpenAPI 3.0 document of OGC API – Features: every address, parameter and status there is, and nothing from elsewhere.

Each collection has its own paths, because clients (GDAL among them) look there for the properties they may ask for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from layers import features_links as links
from layers.declaration import BoundingBox, ChoiceMany, DateRange, Filter, MapLayer
from layers.features_api_schemas import SCHEMAS, of_feature, of_features
from layers.features_cql import LONGEST
from layers.features_crs import Crs, systems_of
from layers.features_door import Ask
from layers.features_fields import compared, json_type
from layers.features_filter import LANGUAGE, LANGUAGES
from layers.features_paging import DEFAULT_LIMIT, MOST

VERSION: Final = "1.0.0"
Parameter = dict[str, Any]
Operation = dict[str, Any]
Paths = dict[str, dict[str, Operation]]


def document(ask: Ask, layers: Sequence[MapLayer]) -> dict[str, Any]:
    """Return the document that describes the collections of ``layers``."""
    systems = {find: systems_of(layer) for find, layer in {layer.bounds: layer for layer in layers}.items()}
    paths = _common()
    for layer in layers:
        paths |= _of_layer(layer, systems[layer.bounds])
    return {
        "openapi": "3.0.3",
        "info": {
            "title": _("Map layers as features"),
            "version": VERSION,
            "description": _(
                "OGC API – Features, Part 1 (core, GeoJSON, HTML), Part 2 (coordinate systems), Part 3 (CQL2 text). Reading only."
            ),
        },
        "servers": [{"url": links.root(ask).rstrip("/")}],
        "tags": [{"name": "service"}, *({"name": layer.name, "description": str(layer.title)} for layer in layers)],
        "paths": paths,
        "components": {
            "schemas": {
                **SCHEMAS,
                **{f"{layer.name}Feature": of_feature(layer) for layer in layers},
                **{f"{layer.name}Features": of_features(layer) for layer in layers},
            }
        },
    }


def _common() -> Paths:
    told = {
        "/": ("landing", _("Where everything else begins"), "application/json", "Landing"),
        "/conformance": ("conformance", _("Standards that this service keeps"), "application/json", "Conformance"),
        "/collections": ("collections", _("All collections"), "application/json", "Collections"),
        "/api": ("api", _("This description"), links.OPENAPI, "Document"),
    }
    return {
        path: {"get": _operation(name, "service", summary, (), media_type, f"#/components/schemas/{shape}")}
        for path, (name, summary, media_type, shape) in told.items()
    }


def _of_layer(layer: MapLayer, systems: Sequence[Crs]) -> Paths:
    here, name, title = f"/collections/{layer.name}", layer.name, str(layer.title)
    ref = "#/components/schemas/"
    told: list[tuple[str, str, str, tuple[Parameter, ...], str, str]] = [
        (here, "describe", _("About this collection"), (), "application/json", f"{ref}Collection"),
        (f"{here}/schema", "schema", _("Columns (JSON Schema)"), (), links.SCHEMA, f"{ref}Document"),
        (f"{here}/queryables", "queryables", _("What can be asked for (JSON Schema)"), (), links.SCHEMA, f"{ref}Document"),
        (f"{here}/items", "items", title, _of_items(layer, systems), links.GEOJSON, f"{ref}{name}Features"),
        (f"{here}/items/{{featureId}}", "item", _("One of them"), (_id(layer), _system("crs", systems)), links.GEOJSON,
         f"{ref}{name}Feature"),
    ]  # fmt: skip
    return {
        path: {"get": _operation(f"{name}_{what}", name, summary, parameters, media_type, shape)}
        for path, what, summary, parameters, media_type, shape in told
    }


def _operation(name: str, tag: str, summary: str, parameters: tuple[Parameter, ...], media_type: str, schema: str) -> Operation:
    page = {"text/html": {"schema": {"type": "string"}}}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}, **page}
    refusals = {
        "400": _("A parameter that is not known, or a value that makes no sense."),
        "404": _("There is nothing at this address."),
        "405": _("This address can only be read."),
        "406": _("This comes as JSON and as HTML; the header Accept asks for neither."),
        "503": _("The answer took too long. Ask for a smaller area, or for fewer at once."),
    }
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "parameters": [*parameters, *_of_all()],
        "responses": {
            "200": {"description": summary, "content": {media_type: {"schema": {"$ref": schema}}, **page}},
            "304": {"description": _("Nothing has changed since the answer that If-None-Match names.")},
            **{status: {"description": words, "content": problem} for status, words in refusals.items()},
        },
    }


def _of_all() -> list[Parameter]:
    return [
        _query("f", _("Format; it wins over the header Accept."), {"type": "string", "enum": ["json", "html"]}),
        _query("lang", _("Language of titles and names."), {"type": "string", "pattern": "^[a-z]{2,3}$"}),
    ]


def _of_items(layer: MapLayer, systems: Sequence[Crs]) -> tuple[Parameter, ...]:
    numbers = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}
    return (
        _query("limit", _("How many at once; more than the most is the most."), limit),
        _query("after", _("Where a page begins. Taken from a link to the next page, and good as long as the collection is there."),
               {"type": "string", "maxLength": 90}),
        _query("bbox", _("What touches this box: least x, least y, greatest x, greatest y; six numbers hold heights as well."),
               numbers, explode=False),
        _system("bbox-crs", systems),
        _system("crs", systems),
        _query("datetime", _time(layer), {"type": "string", "maxLength": 100}),
        _query("filter", _("A condition in CQL2 text, such as: name = 'value' AND S_INTERSECTS(geometry, BBOX(0,0,1,1))."),
               {"type": "string", "maxLength": LONGEST}),
        _query("filter-lang", _("Language of “filter”."), {"type": "string", "enum": list(LANGUAGES), "default": LANGUAGE}),
        _system("filter-crs", systems),
        *(parameter for one in layer.filters for parameter in _of_filter(one)),
        *(_query(field.name, str(field.title), json_type(field)) for field in compared(layer)),
    )  # fmt: skip


def _time(layer: MapLayer) -> str:
    if not layer.created:
        return _("A moment or an interval. These things have no time, so each matches.")
    return _("When it was made: a moment or an interval (RFC 3339); “..” leaves a side open.")


def _of_filter(one: Filter) -> list[Parameter]:
    match one:
        case ChoiceMany():
            codes: Mapping[str, Any] = {"enum": list(one.choices)} if one.choices is not None else {"minLength": 1}
            items = {"type": "string", **codes}
            return [_query(one.name, str(one.title), {"type": "array", "minItems": 1, "items": items}, explode=False)]
        case DateRange():
            return [_query(name, str(one.title), {"type": "string", "format": "date"}) for name in one.parameters]
        case BoundingBox():
            return []


def _system(name: str, systems: Sequence[Crs]) -> Parameter:
    words = (
        _("System of coordinates of the answer.") if name == "crs" else _("System of coordinates of the places in the question.")
    )
    uris = [one.uri for one in systems]
    return _query(name, words, {"type": "string", "format": "uri", "enum": uris, "default": uris[0]})


def _id(layer: MapLayer) -> Parameter:
    title = str(layer.field(layer.key).title)
    return {"name": "featureId", "in": "path", "required": True, "description": title, "schema": {"type": "string"}}


def _query(name: str, words: str, schema: Mapping[str, Any], *, explode: bool = True) -> Parameter:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": words,
        "schema": dict(schema),
        "style": "form",
        "explode": explode,
    }
