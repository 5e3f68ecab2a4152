"""REST at ``/api/``: single things and small pages of them as GeoJSON, for apps and sites. Files and features are for bulk.

Every layer with a key is here as soon as it is declared, under the names and filters that it has in all doors. A page is one
statement. Pages are cut by key, so none repeats or leaves out a row while others come and go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer

from layers.answers import answer
from layers.declaration import MapLayer
from layers.doors import require_known
from layers.finding import spoken
from opendata.rest_door import Door, GeoJson, asked_language, open_layer, open_layers
from opendata.rest_rows import one, page, parse_page
from opendata.rest_serializers import feature_of
from opendata.rest_story import Stories


class Root(Door):
    """Where everything else begins."""

    renderer_classes = (JSONRenderer,)

    def get(self, request: Any, layers: Sequence[MapLayer]) -> HttpResponse:
        require_known(self.asker, "lang")
        language = spoken(asked_language(self.asker))
        with translation.override(language):
            document = {
                "title": _("Things on the map, one by one"),
                "description": _("Single things and small pages of them. Whole data sets are downloads."),
                "layers": [_told(layer, self.asker) for layer in open_layers(layers, self.asker)],
                "links": [
                    _link(self.asker, "service-desc", reverse("api-schema"), "application/vnd.oai.openapi+json"),
                    _link(self.asker, "service-doc", reverse("api-docs"), "text/html"),
                    _link(self.asker, "related", reverse("data"), "text/html"),
                    _link(self.asker, "related", reverse("ogc"), "application/json"),
                ],
            }
        renderer = request.accepted_renderer
        return self.whole(renderer.render(document, request.accepted_media_type), renderer.media_type, language)


class Things(Door):
    """A page of a layer."""

    renderer_classes = (GeoJson, JSONRenderer)

    def get(self, request: Any, layers: Sequence[MapLayer], name: str) -> HttpResponse:
        layer = open_layer(layers, name, self.asker)
        wanted = parse_page(layer, self.asker.GET)
        found = page(layer, wanted)
        context = {"next": _next(self.asker, found.after) if found.after else None}
        document = feature_of(layer)(found.rows, many=True, context=context).data
        return _sent(request, self.asker, layer, document, wanted.selection.language)


class Thing(Door):
    """One thing, with links to its page and to itself in the other doors, and its story where there is one."""

    renderer_classes = (GeoJson, JSONRenderer)

    def get(self, request: Any, layers: Sequence[MapLayer], stories: Stories, name: str, key: str) -> HttpResponse:
        layer = open_layer(layers, name, self.asker)
        require_known(self.asker, "lang")
        language = asked_language(self.asker)
        row = one(layer, key, language)
        members: dict[str, Any] = {"links": _links(layer, key, self.asker)}
        if layer.name in stories:
            with translation.override(spoken(language)):
                members["story"] = stories[layer.name].tell(key, self.asker.build_absolute_uri)
        document = feature_of(layer)(row, context={"members": members}).data
        return _sent(request, self.asker, layer, document, language)


def _sent(request: Any, asker: HttpRequest, layer: MapLayer, document: Mapping[str, Any], language: str) -> HttpResponse:
    renderer = request.accepted_renderer
    response = answer(asker, layer, renderer.render(document, request.accepted_media_type), renderer.media_type)
    response["Content-Language"] = spoken(language)
    return response


def _told(layer: MapLayer, asker: HttpRequest) -> dict[str, str]:
    return {
        "name": layer.name,
        "title": str(layer.title),
        "description": str(layer.description),
        "href": asker.build_absolute_uri(reverse("api-things", kwargs={"name": layer.name})),
    }


def _links(layer: MapLayer, key: str, asker: HttpRequest) -> list[dict[str, str]]:
    """Where the thing is found: here, on its page, as an OGC feature; and the page of things it belongs to."""
    here = reverse("api-thing", kwargs={"name": layer.name, "key": key})
    feature = reverse("ogc-item", kwargs={"name": layer.name, "feature": key})
    things = reverse("api-things", kwargs={"name": layer.name})
    links = [_link(asker, "self", here, GeoJson.media_type)]
    if layer.page:
        links.append(_link(asker, "alternate", layer.page.replace("{key}", quote(key, safe="")), "text/html"))
    links.append(_link(asker, "related", feature, GeoJson.media_type))
    return [*links, _link(asker, "collection", things, GeoJson.media_type)]


def _link(asker: HttpRequest, rel: str, path: str, media_type: str) -> dict[str, str]:
    return {"rel": rel, "href": asker.build_absolute_uri(path), "type": media_type}


def _next(asker: HttpRequest, after: str) -> str:
    query = asker.GET.copy()
    query["after"] = after
    return asker.build_absolute_uri(f"{asker.path}?{urlencode(query, doseq=True)}")


root = Root.as_view()
things = Things.as_view()
thing = Thing.as_view()
