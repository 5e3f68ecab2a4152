"""Every public door: what the table of addresses lets everybody read, for each layer, and what can be reached from there."""

from __future__ import annotations

import gzip
import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

from citymap.layers import LAYERS
from opendata.models import Release
from tests.factories import IN_WEST
from tests.guards.test_url_roles import TABLE
from tests.layers.reading import around

_LINK: Final = re.compile(
    rb"""(?:href|src|content|action|"href"|"url"|"tiles")\s*[=:]\s*\[?["']((?:http://testserver)?/[^"'\s<>\\]*)"""
)
#: Not doors of data: pages of accounts and staff, forms that change, files of the front end.
_NOT_DATA: Final = re.compile(r"/(accounts|static|desk|crew|i18n|theme|t|demo)(/|$)")
#: Addresses of one route that are followed: filters and pages can be put together without end.
_MOST_OF_A_ROUTE: Final = 40
#: Asked of every address of a layer: what lies where only secret reports are, what is of a private kind, other languages and forms.
_ASKED: Final = ("lang=ru", "f=html", "category=noise", "bbox=10.06,50.01,10.07,50.02", "state=new", "format=json")
_HERE: Final = {name: str(getattr(around(IN_WEST, 14), name)) for name in ("z", "x", "y")}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door gave: everything that was sent, unpacked."""

    address: str
    status: int
    media_type: str
    sent: bytes


def public_routes() -> dict[str, list[str]]:
    """Addresses that the table lets everybody read, by route."""
    found = {route: [row[1] for row in rows if row[0] == "GET" and row[2][0] == 200] for route, rows in TABLE.items()}
    return {route: rows for route, rows in found.items() if rows and not _NOT_DATA.match(f"/{route}")}


def seeds(**references: str) -> Iterator[str]:
    """Where the walk begins; ``references`` fill the blanks of the table."""
    for rows in public_routes().values():
        for row in rows:
            address = _in_testville(row.format_map(_Blanks(references)))
            yield address
            for layer in LAYERS:
                of_layer = re.sub(r"\b(appeals|districts)\b", layer.name, address)
                if of_layer != address or layer.name in address:
                    yield of_layer
                    yield from (f"{of_layer}{'&' if '?' in of_layer else '?'}{asked}" for asked in _ASKED)
    yield from _processes()


def _processes() -> Iterator[str]:
    """Doors of one thing to which no page leads."""
    for ocid in Release.objects.filter(number=1).values_list("ocid", flat=True):
        yield from (f"/data/ocds/{kind}/{ocid}.json" for kind in ("releases", "records"))


def _in_testville(address: str) -> str:
    """The table asks about another city."""
    tile = "14/{x}/{y}".format_map(_HERE)
    for there, here in (("60.5", str(IN_WEST[1])), ("24.5", str(IN_WEST[0])), ("=hole", "=pothole"), ("14/9307/4712", tile)):
        address = address.replace(there, here)
    return address


class _Blanks(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "0"


def get(address: str) -> Answer:
    """Ask as somebody whom nobody knows; everything that is sent counts, headers as well."""
    response: Any = Client().get(address, headers={"Accept-Encoding": "gzip"})
    body = b"".join(response.streaming_content) if response.streaming else response.content
    plain = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    kind = response.get("Content-Type", "").split(";")[0]
    return Answer(address, response.status_code, kind, plain + repr(response.headers).encode() + repr(response.cookies).encode())


def walk(**references: str) -> Iterator[Answer]:
    """Ask at every door once, and follow the links of what is given, as far as they lead to doors."""
    waiting, seen, routes = list(dict.fromkeys(seeds(**references))), set[str](), Counter[str]()
    known = len(waiting)
    for number, address in enumerate(waiting):
        if address in seen:
            continue
        seen.add(address)
        way = route(address)
        if way is None or (number >= known and routes[way] >= _MOST_OF_A_ROUTE):
            continue
        routes[way] += number >= known
        answer = get(address)
        yield answer
        waiting += (link for link in _links(answer) if link not in seen)


def route(address: str) -> str | None:
    """The route of an address, None for what is no door of data."""
    path = urlsplit(address).path
    if _NOT_DATA.match(path):
        return None
    try:
        return resolve(path).route
    except Resolver404:
        return None


def _links(answer: Answer) -> Iterator[str]:
    for found in _LINK.findall(answer.sent):
        link = html.unescape(found.decode()).removeprefix("http://testserver").split("#")[0]
        yield link.format_map(_HERE)
