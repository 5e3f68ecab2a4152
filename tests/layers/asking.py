"""OGC API – Features as a program reads it."""

import json
from collections.abc import Iterator
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.test import Client
from django.utils.http import urlencode

ROOT = "/ogc/"
#: One address of each resource.
EVERY_GET = [
    "",
    "conformance",
    "api",
    "collections",
    "collections/districts",
    "collections/districts/schema",
    "collections/districts/queryables",
    "collections/districts/items",
    "collections/districts/items/west",
]


def shape(text: str) -> Any:
    """A geometry from its text (EWKT)."""
    return GEOSGeometry(text)


def ask(path: str = "", accept: str = "", **query: Any) -> Any:
    """The answer to a GET below the landing page."""
    asked = urlencode({name: str(value) for name, value in query.items()})
    return Client().get(ROOT + path + (f"?{asked}" if asked else ""), headers={"Accept": accept} if accept else {})


def told(path: str = "", **query: Any) -> dict[str, Any]:
    """The document at ``path``; anything but 200 fails."""
    response = ask(path, **query)
    assert response.status_code == 200, response.content
    document: dict[str, Any] = json.loads(response.content)
    return document


def items(layer: str = "appeals", **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told(f"collections/{layer}/items", **query)["features"]
    return found


def ids(layer: str = "appeals", **query: Any) -> list[str]:
    return [feature["id"] for feature in items(layer, **query)]


def href(document: dict[str, Any], rel: str, media_type: str = "") -> str:
    """The address of the link with this relation (and type); '' when there is none."""
    found = [link["href"] for link in document["links"] if link["rel"] == rel and link["type"].startswith(media_type)]
    assert len(found) <= 1 or media_type == ""
    return found[0] if found else ""


def follow(address: str) -> dict[str, Any]:
    """The document at an absolute address of ours."""
    assert address.startswith("http://testserver/ogc/")
    response = Client().get(address.removeprefix("http://testserver"))
    assert response.status_code == 200, response.content
    document: dict[str, Any] = json.loads(response.content)
    return document


def walk(layer: str = "appeals", **query: Any) -> Iterator[dict[str, Any]]:
    """All features of all pages."""
    asked: set[str] = set()
    page = told(f"collections/{layer}/items", **query)
    while True:
        assert page["numberReturned"] == len(page["features"])
        yield from page["features"]
        if not (address := href(page, "next")):
            return
        assert address not in asked, "the walk goes in a circle"
        asked.add(address)
        page = follow(address)
