"""What the tests of files, pictures and frames to give away share: a street to draw, and a reader of a page."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

from django.contrib.gis.geos import LineString, MultiLineString

from gis_data.models import Street


def a_street(lat: float = 50.04) -> None:
    """A street across Testville, from west to east."""
    line = MultiLineString(LineString((10.0, lat), (10.09, lat)), srid=4326)
    Street.objects.create(source_id="1", names={"en": "Main"}, geometry=line)


class Reader(HTMLParser):
    """What a browser would find: tags with attributes, scripts, the data, all words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.data: Any = None
        self.words = ""
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in = tag if tag in {"script", "style"} else ""
        if dict(attrs).get("type") == "application/json":
            self._in = "json"

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "script":
            self.scripts.append(data)
        elif self._in == "json":
            self.data = json.loads(data)
        elif not self._in:
            self.words += data

    def the(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.tags if name == tag and attributes.items() <= found.items()]

    def meta(self, name: str) -> str:
        found = (one for one in self.the("meta") if name in (one.get("property"), one.get("name")))
        return str(next(found, {}).get("content", ""))
