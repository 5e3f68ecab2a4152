"""``/api/docs/``: the same description as ``/api/schema/``, as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from layers.declaration import MapLayer
from layers.features_html import operations
from opendata.rest_door import open_layers
from opendata.rest_schema import describe
from opendata.rest_story import Stories


@require_safe
def docs(request: HttpRequest, layers: Sequence[MapLayer], stories: Stories) -> HttpResponse:
    """All addresses with their parameters, layer by layer, in the language of the page."""
    document = describe(open_layers(layers, request), stories)
    context = {"title": document["info"]["title"], "lead": document["info"]["description"], "groups": _groups(document)}
    return render(request, "opendata/api_docs.html", context)


def _groups(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    groups = {
        tag["name"]: {"name": tag["name"], "title": tag.get("description", ""), "operations": []} for tag in document["tags"]
    }
    for one in operations(document)["operations"]:
        (tag,) = document["paths"][one["path"]][one["method"].lower()]["tags"]
        groups[tag]["operations"].append(one)
    return list(groups.values())
