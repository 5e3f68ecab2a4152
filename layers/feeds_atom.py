"""A page of a feed written as Atom (RFC 4287) with places in GeoRSS-Simple (latitude before longitude) and paging by RFC 5005."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring  # writes only

from django.conf import settings
from django.urls import reverse

from layers.declaration import ChoiceMany
from layers.feeds_page import Page
from layers.filters import Selection
from layers.headlines import Teller
from layers.positions import Position, written

MEDIA_TYPE: Final = "application/atom+xml; charset=utf-8"
#: Since when the names below are given out (RFC 4151); a constant, or everything would be new to readers.
_SINCE: Final = "2026"
_NO_CHANGE_YET: Final = "1970-01-01T00:00:00Z"
#: What XML 1.0 cannot hold in any writing.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed is of: the layer and its words, what was asked, in which language it is told, and where this page begins."""

    teller: Teller
    selection: Selection
    language: str
    before: Position | None = None

    @property
    def name(self) -> str:
        """The same for every page of it, whatever host was asked."""
        query = self.selection.query()
        return _tag(f"feeds/{self.teller.layer.name}" + (f"?{quote(query, safe='=&,:%')}" if query else ""))

    def address(self, before: Position | None = None) -> str:
        """Where a page of it is found."""
        path = reverse("feed", kwargs={"name": self.teller.layer.name})
        asked = [self.selection.query(), f"before={quote(str(before), safe=',:')}" if before else ""]
        query = "&".join(filter(None, asked))
        return settings.PUBLIC_URL + path + (f"?{query}" if query else "")


def write(feed: Feed, page: Page) -> bytes:
    """Return the document. Texts are told in the active language."""
    layer = feed.teller.layer
    for row in page.rows:
        feed.teller.learn(row)
    root = Element(
        "feed",
        {"xmlns": "http://www.w3.org/2005/Atom", "xmlns:georss": "http://www.georss.org/georss", "xml:lang": feed.language},
    )
    _text(root, "id", feed.name)
    _text(root, "title", " · ".join([str(layer.title), *feed.teller.asked(feed.selection)]))
    if layer.description:
        _text(root, "subtitle", str(layer.description))
    _text(root, "updated", written(page.rows[0]["updated"]) if page.rows else _NO_CHANGE_YET)
    _text(SubElement(root, "author"), "name", _host())
    _link(root, "self", feed.address(feed.before))
    if feed.before:
        _link(root, "first", feed.address())
    if page.following:
        _link(root, "next", feed.address(page.following))
    _licence(root, feed)
    for row in page.rows:
        _entry(root, feed.teller, row)
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def _licence(root: Element, feed: Feed) -> None:
    licence = feed.teller.layer.licence(feed.language)
    if licence is None:
        return
    if licence.url:
        _link(root, "license", licence.url, "")
    _text(root, "rights", licence.title)


def _entry(root: Element, teller: Teller, row: Mapping[str, Any]) -> None:
    layer = teller.layer
    entry, key = SubElement(root, "entry"), quote(_clean(str(row["key"])), safe="")
    _text(entry, "id", _tag(f"{layer.name}/{key}"))
    _text(entry, "title", teller.title(row))
    _text(entry, "updated", written(row["updated"]))
    _text(entry, "published", written(row["created"] or row["updated"]))
    if layer.page:
        _link(entry, "alternate", settings.PUBLIC_URL + layer.page.replace("{key}", key), "text/html")
    for one in layer.filters:
        value = row.get(f"field_{one.name}") if isinstance(one, ChoiceMany) else None
        if value is not None and isinstance(one, ChoiceMany):
            words = teller.said(layer.field(one.name), value)
            SubElement(entry, "category", {"term": _clean(str(value)), "label": _clean(words)})
    content = _text(entry, "content", "\n".join(f"{title}: {words}" for title, words in teller.facts(row)))
    content.set("type", "text")
    if row["place"]:
        longitude, latitude = row["place"]
        _text(entry, "georss:point", f"{latitude} {longitude}")


def _link(parent: Element, rel: str, href: str, media_type: str = "application/atom+xml") -> None:
    attributes = {"rel": rel, "href": href, "type": media_type}
    SubElement(parent, "link", {name: _clean(value) for name, value in attributes.items() if value})


def _text(parent: Element, tag: str, text: str) -> Element:
    element = SubElement(parent, tag)
    element.text = _clean(text)
    return element


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)


def _tag(specific: str) -> str:
    return f"tag:{_host()},{_SINCE}:{specific}"


def _host() -> str:
    """The host of the public address: the request's own may be any of several."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"
