"""A view in other hands: the page that other sites put into a frame, and the page that offers all ways to share a view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from layers.doors import read_only
from layers.feeds import has_feed
from layers.filters import Area, Selection, parse
from layers.finding import spoken
from layers.map_page import tile_queries, tile_sources
from layers.problems import Problem
from layers.scene import Scene


@dataclass(frozen=True, slots=True)
class Shared:
    """The addresses of a view, absolute, each with the filters and the language; ``feed`` is '' for a layer without one."""

    page: str
    feed: str
    file: str
    frame: str
    picture: str


def shared(scene: Scene, query: str, language: str) -> Shared:
    """Return where the view with this canonical ``query`` is to be had; asks nothing."""
    told = "&".join(filter(None, (query, f"lang={language}")))
    feed = reverse("feed", kwargs={"name": scene.shown.name}) if has_feed(scene.shown) else ""
    return Shared(
        page=settings.PUBLIC_URL + scene.page + (f"?{query}" if query else ""),
        feed=f"{settings.PUBLIC_URL}{feed}?{told}" if feed else "",
        file=f"{settings.PUBLIC_URL}{reverse('single-file')}?{told}",
        frame=f"{settings.PUBLIC_URL}{reverse('embed')}?{told}",
        picture=f"{settings.PUBLIC_URL}{reverse('preview')}?{told}",
    )


@read_only
def embed(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The map alone, for frames of other sites: no form, no cookie, links open beside. Without script, its picture."""
    selection = parse(scene.shown, request.GET)
    language = spoken(selection.language)
    with translation.override(language):
        query = _without_language(selection)
        links = shared(scene, query, language)
        context = {
            "title": _title(scene, selection),
            "config": _config(scene, selection, query),
            "links": links,
            "picture": f"{reverse('preview')}?{links.picture.partition('?')[2]}",
            "states": [] if scene.state is None else list((scene.state.values or {}).items()),
        }
        response = render(request, "layers/embed.html", context)
    # Of all our pages this one alone, and only when it has something to show.
    response["Content-Security-Policy"] = build_policy(replace={"frame-ancestors": ["*"]})
    response.xframe_options_exempt = True  # how Django's middleware is told
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "public, max-age=300"
    response["Content-Language"] = language
    return response


@require_safe
def share(request: HttpRequest, scene: Scene) -> HttpResponse:
    """All ways to take a view along. An address that makes no sense is said on the page, with status 400."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    try:
        selection = parse(scene.shown, request.GET)
    except Problem as problem:
        return render(request, "layers/share.html", {"problem": str(problem), "back": scene.page}, status=problem.status)
    links = shared(scene, _without_language(selection), language)
    title = _title(scene, selection)
    context = {
        "title": title,
        "back": local(links.page),
        "links": links,
        "local": {name: local(getattr(links, name)) for name in ("feed", "file", "frame", "picture")},
        "snippet": render_to_string("layers/embed_snippet.html", {"title": title, "frame": links.frame}).strip(),
    }
    return render(request, "layers/share.html", context)


def local(address: str) -> str:
    """The address within the site: the reader may be at another of its hosts."""
    return address.removeprefix(settings.PUBLIC_URL)


def _title(scene: Scene, selection: Selection) -> str:
    teller = scene.teller()
    teller.learnt.update(scene.names())
    return " · ".join([str(scene.shown.title), *teller.asked(selection)])


def _without_language(selection: Selection) -> str:
    return Selection(selection.asked).query()


def _config(scene: Scene, selection: Selection, query: str) -> dict[str, Any]:
    """What the map module reads, see frontend/src/map/config.ts."""
    layers = (scene.shown, *scene.ground)
    config: dict[str, Any] = {
        "tiles": tile_sources(layers, [layer.name for layer in layers if layer.geometry != "line"]),
        "query": query,
        "queries": tile_queries(layers, {}) | {scene.shown.name: query},
        "states": {} if scene.state is None else {code: str(words) for code, words in (scene.state.values or {}).items()},
        "categories": dict(scene.names()),
        "page": scene.shown.page.replace("{key}", ""),
    }
    boxes = [one.box for one in selection.asked if isinstance(one, Area) and one.box[0] < one.box[2]]
    return config | {"area": list(boxes[0])} if boxes else config
