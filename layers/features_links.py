"""Links between the resources of OGC API – Features (RFC 8288): absolute, each with the type that its address yields by itself."""

from __future__ import annotations

from typing import Final, TypedDict
from urllib.parse import quote, urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from layers.declaration import Licence, MapLayer
from layers.features_door import Ask
from layers.features_formats import HTML, JSON

GEOJSON: Final = "application/geo+json"
OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA: Final = "application/schema+json"
QUERYABLES: Final = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
_PAGE: Final = "text/html"


class Link(TypedDict):
    href: str
    rel: str
    type: str
    title: str


def root(ask: Ask) -> str:
    """Return the absolute address of the landing page; it ends in a slash."""
    return ask.request.build_absolute_uri(reverse("ogc"))


def address(ask: Ask, path: str, **query: str) -> str:
    """Return the absolute address of ``path`` below the landing page, in the language of the request."""
    asked = {**query, **({"lang": ask.language} if ask.language else {})}
    return root(ask) + quote(path) + (f"?{urlencode(asked, safe=',:/')}" if asked else "")


def link(ask: Ask, rel: str, path: str, title: str, media_type: str = "application/json", form: str = JSON) -> Link:
    """Return a link to one form of a resource."""
    return {"href": address(ask, path, f=form), "rel": rel, "type": media_type, "title": title}


def both(ask: Ask, rel: str, path: str, title: str, media_type: str = "application/json") -> list[Link]:
    """Return a link to the JSON form of a resource and one to its page."""
    return [link(ask, rel, path, title, media_type), link(ask, rel, path, title, _PAGE, HTML)]


def self_and_alternate(ask: Ask, path: str, media_type: str = "application/json") -> list[Link]:
    """Return what each document says of itself, with what was asked of it."""
    words = {JSON: (media_type, _("This document as JSON")), HTML: (_PAGE, _("This document as a page"))}
    links: list[Link] = []
    for form, (kind, title) in sorted(words.items(), key=lambda one: one[0] != ask.format):
        rel = "self" if form == ask.format else "alternate"
        links.append({"href": address_of(ask, path, form), "rel": rel, "type": kind, "title": title})
    return links


def address_of(ask: Ask, path: str, form: str, *, without: tuple[str, ...] = (), **changed: str) -> str:
    """Return the address of the request itself in a form, with some of its parameters changed or left out."""
    given = [(name, value) for name, values in ask.given.lists() for value in values if name not in {"f", *without, *changed}]
    return root(ask) + quote(path) + "?" + urlencode([*given, *changed.items(), ("f", form)], safe=",:/")


def landing(ask: Ask) -> list[Link]:
    """Return the links of the landing page."""
    return [
        *self_and_alternate(ask, ""),
        link(ask, "service-desc", "api", _("Description of this service (OpenAPI 3.0)"), OPENAPI),
        link(ask, "service-doc", "api", _("Description of this service as a page"), _PAGE, HTML),
        *both(ask, "conformance", "conformance", _("Standards that this service keeps")),
        *both(ask, "data", "collections", _("Collections")),
    ]


def of_collection(ask: Ask, layer: MapLayer, licence: Licence | None) -> list[Link]:
    """Return the links of a collection, the same wherever it is described."""
    here = f"collections/{layer.name}"
    links = [
        link(ask, "self", here, _("This collection")),
        link(ask, "alternate", here, _("This collection as a page"), _PAGE, HTML),
        *_to_items(ask, layer, f"{here}/items"),
        link(ask, "describedby", f"{here}/schema", _("Columns (JSON Schema)"), SCHEMA),
        *both(ask, QUERYABLES, f"{here}/queryables", _("What can be asked for (JSON Schema)"), SCHEMA),
    ]
    if licence and licence.url:
        links.append({"href": licence.url, "rel": "license", "type": _PAGE, "title": licence.title})
    return links


def _to_items(ask: Ask, layer: MapLayer, path: str) -> list[Link]:
    """A program finds the address bare: GDAL puts an id behind it. A person's browser would get the page again."""
    links = both(ask, "items", path, str(layer.title), GEOJSON)
    if not ask.is_page:
        links[0]["href"] = address(ask, path)
    return links


def of_items(ask: Ask, layer: MapLayer, limit: int, after: str) -> list[Link]:
    """Return the links of a page of items; ``after`` is where the next one begins, '' for none."""
    here = f"collections/{layer.name}/items"
    links = self_and_alternate(ask, here, GEOJSON)
    kind = _PAGE if ask.is_page else GEOJSON
    if after:
        href = address_of(ask, here, ask.format, limit=str(limit), after=after)
        links.append({"href": href, "rel": "next", "type": kind, "title": _("Next page")})
    if "after" in ask.given:
        first = address_of(ask, here, ask.format, without=("after",))
        links.append({"href": first, "rel": "first", "type": kind, "title": _("First page")})
    return [*links, link(ask, "collection", f"collections/{layer.name}", str(layer.title))]


def of_item(ask: Ask, layer: MapLayer, feature: str) -> list[Link]:
    """Return the links of one feature."""
    links = self_and_alternate(ask, f"collections/{layer.name}/items/{feature}", GEOJSON)
    links.append(link(ask, "collection", f"collections/{layer.name}", str(layer.title)))
    if layer.page:
        href = ask.request.build_absolute_uri(layer.page.replace("{key}", quote(feature, safe="")))
        links.append({"href": href, "rel": "related", "type": _PAGE, "title": _("Its own page")})
    return links
