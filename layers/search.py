"""The door of the search: words, names and references in all layers that declare what of them can be searched."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from layers import search_sql as sql
from layers.answers import answer_of_many, cache_control
from layers.declaration import MapLayer
from layers.doors import read_only
from layers.finding import may_see, spoken
from layers.grid import Box
from layers.headlines import Headlines, Teller
from layers.problems import Problem, TooMuchWork
from layers.search_match import Match, match, similar
from layers.search_words import LONGEST, Question, parse

#: Seconds for all layers together; each has `sql.LONGEST_MS`.
LONGEST_S: Final = 5.0
#: Things of a layer below the box, and on the page.
FEW, MANY = 5, 20
#: How near the map comes: to a place, and to what is a few metres wide.
_NEAR: Final = 17
_FAR: Final = 6
#: What is found fills about this many of the 512 pixels that the world is wide at zoom 0.
_WIDE: Final = 500


@dataclass(frozen=True, slots=True)
class Found:
    """A thing that was found. ``href`` is its own page ('' for none), ``on_map`` the map at its place; the rest as in `sql.Thing`."""

    title: str
    detail: str
    lon: float
    lat: float
    box: Box | None
    href: str
    on_map: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was found in one layer, the best first; ``more``: there is more than is shown."""

    layer: str
    title: str
    found: Sequence[Found]
    more: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found. ``similar``: nothing is called so, these are written much like it. ``late``: titles of layers left out for time."""

    groups: Sequence[Group]
    similar: bool
    late: tuple[str, ...]


_Raw: TypeAlias = tuple[Teller, list[sql.Thing]]


@read_only
def search_json(request: HttpRequest, layers: Sequence[MapLayer], headlines: Headlines, within: MapLayer) -> HttpResponse:
    """A few things of each layer as JSON, in the language of the address alone; 400 for what makes no sense."""
    question = parse(request.GET)
    language = spoken(question.language)
    with translation.override(language):
        answer = search(_open(layers, request), replace(question, language=language), headlines, within, FEW)
        groups = [_group(one) for one in answer.groups]
        document = {"q": question.text, "groups": groups, "similar": answer.similar, "late": answer.late}
    everybodys = not any(layer.permission for layer in layers)
    kept = cache_control(min((layer.fresh_seconds for layer in layers), default=1), everybodys=everybodys)
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    if answer.late:
        kept = "no-store"  # the next one may be luckier
    return answer_of_many(request, data, "application/json", kept, everybodys=everybodys, language=language)


@require_safe
def search_page(request: HttpRequest, layers: Sequence[MapLayer], headlines: Headlines, within: MapLayer) -> HttpResponse:
    """The same as a page with a form, with more of each layer. What makes no sense is said on it, with status 400."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    context: dict[str, Any] = {"longest": LONGEST}
    try:
        question = replace(parse(request.GET), language=language)
        answer = search(_open(layers, request), question, headlines, within, MANY)
    except Problem as problem:
        return render(request, "layers/search.html", {**context, "problem": str(problem)}, status=problem.status)
    return render(request, "layers/search.html", {**context, "question": question, "groups": answer.groups, "answer": answer})


def search(layers: Sequence[MapLayer], question: Question, headlines: Headlines, within: MapLayer, most: int) -> Answer:
    """Return what is found, layer by layer in their order, or else what is written much like it.

    A statement for each layer, twice where nothing is found, and one for the areas in which things lie. A layer that takes too long
    is left out and named; raises `TooMuchWork` where every one does.
    """
    tellers = [Teller(layer, headlines.get(layer.name)) for layer in layers]
    looking = _Looking(question, most, time.monotonic() + LONGEST_S)
    raw = looking.through(tellers, match)
    guessed = not raw and not looking.late
    if guessed:
        raw = looking.through(tellers, similar)
    if tellers and len(looking.late) == len(tellers):
        raise TooMuchWork
    found = _groups(raw, question, within, most)
    return Answer(
        found, similar=guessed and bool(found), late=tuple(str(one.title) for one in layers if one.name in looking.late)
    )


class _Looking:
    """Looks into one layer after the other while there is time, and remembers the names of those for which there was too little."""

    def __init__(self, question: Question, most: int, ends: float) -> None:
        self.question, self.most, self.ends = question, most, ends
        self.late: set[str] = set()

    def through(self, tellers: Sequence[Teller], how: Callable[[MapLayer, Question], Match | None]) -> list[_Raw]:
        """Return what is found in each, without those in which nothing is."""
        found = []
        for teller in tellers:
            try:
                things = self._in(teller, how(teller.layer, self.question))
            except TooMuchWork:
                self.late.add(teller.layer.name)
            else:
                found.append((teller, things))
        return [(teller, things) for teller, things in found if things]

    def _in(self, teller: Teller, how: Match | None) -> list[sql.Thing]:
        if time.monotonic() > self.ends:
            raise TooMuchWork
        return sql.things(teller.layer, teller, self.question, how, self.most + 1)


def _groups(raw: Sequence[_Raw], question: Question, within: MapLayer, most: int) -> list[Group]:
    places = [(thing.lon, thing.lat) for teller, things in raw if teller.layer.name != within.name for thing in things[:most]]
    try:
        areas = iter(sql.areas(within, places, question.language))
    except TooMuchWork:  # what was found is worth telling also without its district
        areas = iter([""] * len(places))
    groups = []
    for teller, things in raw:
        inside = teller.layer.name != within.name
        found = [_found(teller, thing, next(areas) if inside else "") for thing in things[:most]]
        groups.append(Group(teller.layer.name, str(teller.layer.title), found, len(things) > most))
    return groups


def _open(layers: Sequence[MapLayer], request: HttpRequest) -> list[MapLayer]:
    return [layer for layer in layers if layer.search and may_see(layer, request)]


def _found(teller: Teller, thing: sql.Thing, area: str) -> Found:
    layer = teller.layer
    if layer.key and sql.name_of(layer) == layer.field(layer.key):
        words = teller.title(thing.row)  # what is known by its reference alone is also told in words
    else:
        words = next((teller.said(one, thing.row[f"field_{one.name}"]) for one in layer.fields if one.values), "")
    return Found(
        title=thing.name,
        detail=" · ".join(filter(None, (words, area))),
        lon=round(thing.lon, 6),
        lat=round(thing.lat, 6),
        box=thing.box,
        href=layer.page.replace("{key}", quote(thing.key, safe="")) if layer.page else "",
        on_map=_on_map(thing),
    )


def _on_map(thing: sql.Thing) -> str:
    """The map with the thing in its middle, all of it in view."""
    zoom, lon, lat = _NEAR, thing.lon, thing.lat
    if thing.box:
        west, south, east, north = thing.box
        wide = max(east - west, (north - south) / max(math.cos(math.radians(lat)), 0.01))
        zoom = max(_FAR, min(_NEAR, math.floor(math.log2(360 * _WIDE / (512 * max(wide, 1e-6))))))
        lon, lat = (west + east) / 2, (south + north) / 2
    return f"/#map={zoom}/{lat:.5f}/{lon:.5f}"


def _group(group: Group) -> dict[str, Any]:
    return {
        "layer": group.layer,
        "title": group.title,
        "more": group.more,
        "found": [
            {
                "title": one.title,
                "detail": one.detail,
                "lon": one.lon,
                "lat": one.lat,
                "box": one.box and [round(edge, 6) for edge in one.box],
                "href": one.href,
            }
            for one in group.found
        ],
    }
