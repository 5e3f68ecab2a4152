"""OGC API – Features at ``/ogc/``: Part 1 (core, GeoJSON, HTML, OpenAPI 3.0), Part 2 (coordinate systems), Part 3 (CQL2 text).

The collections are the declared layers that have a `key`; one with a `permission` exists only for those who hold it. A page of
items is one statement, and one more for the number of all where there is a further page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from layers import features_api, features_html, features_sql
from layers import features_links as links
from layers.declaration import MapLayer
from layers.features_collection import describe
from layers.features_crs import Crs
from layers.features_door import Ask, Told, resource
from layers.features_fields import equal, parse_value, schema
from layers.features_problems import NoSuchFeature, Nowhere
from layers.features_query import language_of, parse_item, parse_items
from layers.finding import data_sets, find_layer

_PART_1: Final = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
_COMMON: Final = "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/"
_PART_3: Final = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/"
_CQL2: Final = "http://www.opengis.net/spec/cql2/1.0/conf/"
#: Clients change what they do by this list: nothing is in it that is not tested.
CONFORMANCE: Final = (
    *(_PART_1 + name for name in ("core", "geojson", "html", "oas30")),
    *(_COMMON + name for name in ("core", "landing-page", "json", "oas30")),
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    *(_PART_3 + name for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")),
    *(_CQL2 + name for name in ("cql2-text", "basic-cql2", "advanced-comparison-operators", "basic-spatial-functions")),
)
_LONGEST_KEY: Final = 200


@resource()
def landing(ask: Ask, layers: Sequence[MapLayer]) -> Told:
    """Where everything else begins."""
    ask.allow(())
    document = {
        "title": _("Map layers as features"),
        "description": _("Everything public on the map, to read with a program: by area, time and kind, page by page."),
        "links": links.landing(ask),
    }
    return Told(template="landing", document=document)


@resource()
def conformance(ask: Ask, layers: Sequence[MapLayer]) -> Told:
    """Which standards this keeps."""
    ask.allow(())
    document = {"links": links.self_and_alternate(ask, "conformance"), "conformsTo": list(CONFORMANCE)}
    return Told(template="conformance", document=document)


@resource()
def collections(ask: Ask, layers: Sequence[MapLayer]) -> Told:
    """All collections this person may read."""
    ask.allow(())
    shown = data_sets(layers, ask.request)
    document = {"links": links.self_and_alternate(ask, "collections"), "collections": describe(ask, shown)}
    return Told(template="collections", document=document, open=_open(layers), fresh_seconds=_freshest(shown))


@resource()
def collection(ask: Ask, layers: Sequence[MapLayer], name: str) -> Told:
    """One collection, described."""
    layer = _find(ask, layers, name)
    ask.allow(())
    (document,) = describe(ask, [layer])
    return _of_layer(layer, template="collection", document=document)


@resource(("application/schema+json", "application/json"))
def columns(ask: Ask, layers: Sequence[MapLayer], name: str) -> Told:
    """The JSON schema of a feature's properties."""
    layer = _find(ask, layers, name)
    ask.allow(())
    document = schema(layer, links.address(ask, f"collections/{name}/schema"), of_filters=False)
    return _of_layer(
        layer, template="schema", document=document, context=features_html.properties(document), media_type=links.SCHEMA
    )


@resource(("application/schema+json", "application/json"))
def queryables(ask: Ask, layers: Sequence[MapLayer], name: str) -> Told:
    """The JSON schema of what may be asked for."""
    layer = _find(ask, layers, name)
    ask.allow(())
    document = schema(layer, links.address(ask, f"collections/{name}/queryables"), of_filters=True)
    return _of_layer(
        layer, template="schema", document=document, context=features_html.properties(document), media_type=links.SCHEMA
    )


@resource(("application/geo+json", "application/json"))
def items(ask: Ask, layers: Sequence[MapLayer], name: str) -> Told:
    """A page of features. ``numberMatched`` is on the first page alone: counting again for each would cost more than the page."""
    layer = _find(ask, layers, name)
    wanted = parse_items(ask, layer)
    page = features_sql.items(layer, wanted)
    members: dict[str, Any] = {"type": "FeatureCollection"}
    if wanted.behind is None:
        number = features_sql.matched(layer, wanted.condition) if page.next else page.returned
        members |= {} if number is None else {"numberMatched": number}
    members["numberReturned"] = page.returned
    members["links"] = links.of_items(ask, layer, wanted.limit, page.next)
    shown = features_html.table(ask, layer, json.loads(page.features)) if ask.is_page else {}
    return _geojson(layer, members, {"features": page.features}, wanted.crs, template="items", context=shown)


@resource(("application/geo+json", "application/json"))
def item(ask: Ask, layers: Sequence[MapLayer], name: str, feature: str) -> Told:
    """One feature by its id."""
    layer = _find(ask, layers, name)
    crs = parse_item(ask, layer)
    key = layer.field(layer.key)
    try:
        condition = equal(layer, key, parse_value(key, feature[:_LONGEST_KEY]), language_of(ask))
    except ValueError:
        raise NoSuchFeature(feature) from None
    found = features_sql.feature(layer, condition, crs, language_of(ask))
    if not found:
        raise NoSuchFeature(feature)
    members = json.loads(found)
    members["links"] = links.of_item(ask, layer, feature)
    shown = features_html.table(ask, layer, [members]) if ask.is_page else {}
    return _geojson(layer, members, {}, crs, template="item", context=shown)


@resource(("application/vnd.oai.openapi+json", "application/json"))
def api(ask: Ask, layers: Sequence[MapLayer]) -> Told:
    """The OpenAPI document."""
    ask.allow(())
    shown = data_sets(layers, ask.request)
    document = features_api.document(ask, shown)
    return Told(
        template="api",
        document=document,
        media_type=links.OPENAPI,
        open=_open(layers),
        context=features_html.operations(document),
    )


@resource()
def nowhere(ask: Ask, path: str) -> Told:
    """Any other address below the landing page."""
    raise Nowhere


def _geojson(layer: MapLayer, members: dict[str, Any], written: dict[str, str], crs: Crs, **told: Any) -> Told:
    """Tell ``members`` and, after them, what the database wrote. The time of the answer is no part of what the ETag is made of."""
    text = json.dumps(members, ensure_ascii=False)[:-1]
    end = "".join(f',"{name}":{value}' for name, value in written.items()) + "}"
    time = f', "timeStamp": "{timezone.now():%Y-%m-%dT%H:%M:%SZ}"' if written else ""
    stamp = (text + end).encode()
    return _of_layer(
        layer,
        sent=(text + time + end).encode() if written else stamp,
        stamp=stamp,
        media_type=links.GEOJSON,
        headers={"Content-Crs": f"<{crs.uri}>"},
        **told,
    )


def _of_layer(layer: MapLayer, **told: Any) -> Told:
    context = {"layer": layer, **told.pop("context", {})}
    return Told(**told, context=context, open=not layer.permission, fresh_seconds=layer.fresh_seconds)


def _find(ask: Ask, layers: Sequence[MapLayer], name: str) -> MapLayer:
    return find_layer([layer for layer in layers if layer.key], name, ask.request)


def _open(layers: Sequence[MapLayer]) -> bool:
    """Whether the list of layers is the same for everybody."""
    return not any(layer.permission for layer in layers if layer.key)


def _freshest(layers: Sequence[MapLayer]) -> int:
    return min((layer.fresh_seconds for layer in layers), default=300)
