"""``/api/schema/``: everything a program can read here, as OpenAPI 3.0 in JSON or YAML.

Below ``/api/`` it is made from the layers' declarations by drf-spectacular, with paths of their own for each layer. The other doors
of the site are described by hand in `opendata.rest_doors`; OGC API – Features describes itself at ``/ogc/api``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpResponse
from django.urls import URLPattern, get_script_prefix, path
from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer, OpenApiYamlRenderer2
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView

from layers.declaration import MapLayer
from layers.doors import require_known
from layers.features_api_schemas import SCHEMAS
from layers.finding import spoken
from layers.problems import BadRequest
from opendata.rest import Root, Thing, Things
from opendata.rest_door import Door, asked_language, open_layers
from opendata.rest_doors import other_doors
from opendata.rest_operations import DoorSchema
from opendata.rest_serializers import feature_of
from opendata.rest_shapes import PROBLEM
from opendata.rest_story import Stories

#: Of what is promised here: see "Versions" in docs/api.md.
VERSION: Final = "1.0.0"


class _OpenApi(JSONRenderer):
    """Without the blanks that drf-spectacular indents by: they are more than half of it."""

    media_type = "application/vnd.oai.openapi+json"


class Description(Door):
    """The document. ``?format=json`` and ``?format=yaml`` decide where the header Accept does not."""

    renderer_classes = (JSONRenderer, _OpenApi, OpenApiYamlRenderer2, OpenApiYamlRenderer)

    def perform_content_negotiation(self, request: Any, force: bool = False) -> Any:
        asked = request.GET.get("format")
        if asked is None or force:
            return super().perform_content_negotiation(request, force)
        for renderer in self.get_renderers():
            if renderer.format == asked:
                return renderer, renderer.media_type
        raise BadRequest(_("“%(name)s” takes one of: %(choices)s.") % {"name": "format", "choices": "json, yaml"})

    def get(self, request: Any, layers: Sequence[MapLayer], stories: Stories) -> HttpResponse:
        require_known(self.asker, "format", "lang")
        language = spoken(asked_language(self.asker))
        with translation.override(language):
            document = describe(open_layers(layers, self.asker), stories)
        renderer = request.accepted_renderer
        data = renderer.render(document, request.accepted_media_type, {})
        response = self.whole(data, renderer.media_type, language)
        response["Content-Disposition"] = f'inline; filename="openapi.{renderer.format}"'
        return response


class _Generator(SchemaGenerator):
    """A schema object for each view: the one that views of a class share would be changed by two requests at once."""

    def create_view(self, callback: Any, method: str, request: Any = None) -> APIView:
        view: APIView = super().create_view(callback, method, request)
        self._set_schema_to_view(view, DoorSchema())
        return view


def describe(layers: Sequence[MapLayer], stories: Stories) -> dict[str, Any]:
    """Return the document about ``layers`` in the active language. No query."""
    document: dict[str, Any] = _Generator(patterns=_paths(layers, stories)).get_schema(request=None, public=True)
    document["info"] = {
        "title": _("The city's map for programs"),
        "version": VERSION,
        "description": _(
            "Reading only, without a log-in, for programs of any site. Standard GIS programs use OGC API – Features at /ogc/."
        ),
    }
    document["servers"] = [{"url": get_script_prefix().rstrip("/") or "/"}]
    document["tags"] = [{"name": "service"}, *({"name": one.name, "description": str(one.title)} for one in layers)]
    document["paths"] |= other_doors(layers)
    shared = {"Geometry": SCHEMAS["Geometry"], "Link": SCHEMAS["Link"], "Problem": PROBLEM}
    document["components"]["schemas"] = {**document["components"].get("schemas", {}), **shared}
    return document


def _paths(layers: Sequence[MapLayer], stories: Stories) -> list[URLPattern]:
    """Each layer under its own name, where `citymap.urls` has one address for all."""
    found = [path("api/", Root.as_view()), path("api/schema/", Description.as_view())]
    for layer in layers:
        feature, story = feature_of(layer), stories.get(layer.name)
        whole = feature_of(layer, story) if story else feature
        found.append(path(f"api/{layer.name}/", Things.as_view(layer=layer, feature=feature)))
        found.append(path(f"api/{layer.name}/<path:key>/", Thing.as_view(layer=layer, feature=whole)))
    return found


schema = Description.as_view()
