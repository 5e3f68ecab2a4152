"""REST as a program reads it."""

import json
from typing import Any

from django.test import Client
from django.utils.http import urlencode

SITE = "http://testserver"


def ask(path: str = "", headers: dict[str, str] | None = None, **query: Any) -> Any:
    """The answer to a GET below ``/api/``."""
    asked = urlencode({name: str(value) for name, value in query.items()})
    return Client(raise_request_exception=True).get(f"/api/{path}" + (f"?{asked}" if asked else ""), headers=headers or {})


def told(path: str = "", **query: Any) -> dict[str, Any]:
    """The document at ``path``; anything but 200 fails."""
    response = ask(path, **query)
    assert response.status_code == 200, response.content
    document: dict[str, Any] = json.loads(response.content)
    return document


def ids(path: str = "appeals/", **query: Any) -> list[str]:
    """The ids of all pages."""
    page = told(path, **query)
    found = [feature["id"] for feature in page["features"]]
    while page["next"]:
        assert page["next"].startswith(SITE)
        response = Client().get(page["next"].removeprefix(SITE))
        assert response.status_code == 200, response.content
        page = json.loads(response.content)
        assert page["features"], "an empty page was linked to"
        found += [feature["id"] for feature in page["features"]]
        assert len(found) == len(set(found)), "the walk goes in a circle"
    return found
