"""Feeds as a reader reads them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from xml.etree import ElementTree

from django.test import Client

from issues.models import Appeal

ATOM, GEORSS = "{http://www.w3.org/2005/Atom}", "{http://www.georss.org/georss}"
FEED = "/feeds/appeals.atom"
MORNING = dt.datetime(2025, 3, 1, 8, 0, tzinfo=dt.UTC)


def ask(query: str = "", **headers: str) -> Any:
    return Client().get(FEED + (f"?{query}" if query else ""), headers=headers)


def read(query: str = "") -> ElementTree.Element:
    response = ask(query)
    assert response.status_code == 200, response.content
    root = ElementTree.fromstring(response.content)
    _obey_the_standard(root)
    return root


def _obey_the_standard(root: ElementTree.Element) -> None:
    """RFC 4287 §4.1: what must be there, once, and in which form."""
    assert root.tag == f"{ATOM}feed"
    people = len(root.findall(f"{ATOM}author/{ATOM}name"))
    assert people == 1
    names = [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]
    assert len(set(names)) == len(names)
    for element in (root, *root.findall(f"{ATOM}entry")):
        for tag in ("id", "title", "updated"):
            assert len(element.findall(ATOM + tag)) == 1, tag
            assert element.findtext(ATOM + tag)
        assert re.match(r"tag:testserver,\d{4}:[!-~]+\Z", element.findtext(f"{ATOM}id") or "")
        assert dt.datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "").tzinfo
    for link in root.iter(f"{ATOM}link"):
        assert link.get("href", "").startswith("http"), "a reader does not know where a feed came from"
    for entry in root.findall(f"{ATOM}entry"):
        assert len(entry.findall(f"{ATOM}content")) == 1
        assert len(entry.findall(f"{ATOM}published")) == 1
        assert all(element.get("term") for element in entry.findall(f"{ATOM}category"))


def entries(root: ElementTree.Element) -> list[ElementTree.Element]:
    return root.findall(f"{ATOM}entry")


def link(element: ElementTree.Element, rel: str) -> str:
    return next((one.get("href", "") for one in element.findall(f"{ATOM}link") if one.get("rel") == rel), "")


def updated(appeal: Appeal, minutes: int) -> Appeal:
    Appeal.objects.filter(pk=appeal.pk).update(updated_at=MORNING + dt.timedelta(minutes=minutes))
    return appeal
