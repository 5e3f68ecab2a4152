"""Files of boundaries, and how they are sent to the workshop."""

from __future__ import annotations

import json
from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gis_data.models import BoundaryDraft

SET: Final = "/desk/routing/sets/districts"


def strip(code: str, west: float, east: float, **texts: str) -> dict[str, Any]:
    """A district of Testville as GeoJSON: from one longitude to another."""
    ring = [[west, 50.0], [east, 50.0], [east, 50.05], [west, 50.05], [west, 50.0]]
    properties = {"code": code, "name": code.title(), **texts}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def geojson(*features: dict[str, Any], **members: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", **members, "features": list(features)}).encode()


#: The east has won the gap and a third of the west.
MOVED: Final = geojson(strip("west", 10.0, 10.03), strip("east", 10.03, 10.09))


def send(client: Client, content: bytes, name: str = "areas.geojson", address: str = SET, **fields: str) -> Any:
    return client.post(f"{address}/upload", {"file": SimpleUploadedFile(name, content), **fields})


def a_draft(client: Client, content: bytes = MOVED) -> BoundaryDraft:
    answer = send(client, content)
    assert answer.status_code == 302, answer.content.decode()
    return BoundaryDraft.objects.get(pk=int(answer["Location"].rsplit("/", 1)[1]))


def words(answer: Any) -> str:
    """The page as people read it, without the marks of its language."""
    return " ".join(answer.content.decode().split())
