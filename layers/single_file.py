"""The door of shareable maps: ``/map.html`` is a view as one file that opens anywhere and asks nobody for anything.

Leaflet, style and data are inside. Words from the data go through Django's escaping and through JSON, never through folium's
templates, and the file's own policy lets no script run but the ones whose hashes it names.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from shapely.geometry import shape as shapely_shape

from layers import scene as scenes
from layers.answers import answer
from layers.declaration import AnyField
from layers.doors import read_only
from layers.filters import Selection, parse
from layers.finding import spoken
from layers.front_files import built
from layers.headlines import Teller
from layers.one_answer import one_answer
from layers.scene import Scene, View
from layers.single_file_map import draw
from layers.symbols import number_of, symbol_of

_IMAGE: Final = re.compile(r"url\((images/[\w.-]+\.png)\)")
#: More names than these hide the map.
_MOST_LABELS: Final = 60


@dataclass(frozen=True, slots=True)
class LegendLine:
    """A state or a category: its number in the data, its words, how many there are, its symbol ('' without)."""

    number: int
    words: str
    count: int
    symbol: SafeString | str = ""


@read_only
@one_answer()
def single_file(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The view as a download. 400 for unknown parameters, 503 when it takes too long; 304 when the asker has it."""
    selection = parse(scene.shown, request.GET)
    with translation.override(language := spoken(selection.language)):
        data = document(scene, selection)
    response = answer(request, scene.shown, data, "text/html; charset=utf-8", language=language)
    response["Content-Disposition"] = f'attachment; filename="{scene.shown.name}.html"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Robots-Tag"] = "noindex"
    return response


def document(scene: Scene, selection: Selection) -> bytes:
    """Return the file in the active language; raises `TooMuchWork`. The same rows give the same bytes."""
    teller = scene.teller()
    view = scenes.read(scene, teller, selection)
    drawn = draw(view.ground, view.box)
    scripts = [_leaflet_script(), _own(drawn.script), _text("layers/single_file.js")]
    query = Selection(selection.asked).query()  # the page speaks its reader's language
    licence = scene.shown.licence(selection.language)
    context = {
        "language": spoken(selection.language),
        "policy": _policy(scripts),
        "leaflet_style": _leaflet_style(),
        "style": _text("layers/single_file.css"),
        "scripts": scripts,
        "map": _own(drawn.element),
        "title": " · ".join([str(scene.shown.title), *teller.asked(selection)]),
        "as_of": date_format(timezone.localtime(view.as_of), "SHORT_DATETIME_FORMAT") if view.as_of else "",
        "most": scenes.MOST_THINGS if view.cut else 0,
        "count": len(view.rows),
        "state": scene.state,
        "states": _states(scene.state, view),
        "category": teller.layer.field(scene.headline.of) if scene.headline and scene.headline.of else None,
        "categories": _categories(teller, view),
        "things": (things := _things(scene, teller, view)),
        "data": {
            "map": drawn.variable,
            "things": things,
            "labels": _labels(view),
            "titles": [str(one.title) for one in scene.shown.fields],
        },
        "address": settings.PUBLIC_URL + scene.page + (f"?{query}" if query else ""),
        "credits": scene.shown.attribution(selection.language),
        "licence": licence,
    }
    return render_to_string("layers/single_file.html", context).encode()


def _things(scene: Scene, teller: Teller, view: View) -> list[dict[str, Any]]:
    """What the file's script and its list know of each thing; as short as the list of two thousand asks for."""
    numbers = {code: number for number, code in enumerate(teller.learnt)}
    of = scene.headline.of if scene.headline else ""
    page = scene.shown.page
    return [
        {
            "shape": row["shape"],
            "state": number_of(scene.state, row[f"field_{scene.state.name}"]) if scene.state else 0,
            "category": numbers.get(str(row[f"field_{of}"]), -1) if of else -1,
            "title": teller.title(row),
            "facts": [teller.said(one, row[f"field_{one.name}"]) for one in scene.shown.fields],
            "page": settings.PUBLIC_URL + page.replace("{key}", quote(str(row[f"field_{scene.shown.key}"]), safe=""))
            if page
            else "",
        }
        for row in view.rows
    ]


def _states(field: AnyField | None, view: View) -> list[LegendLine]:
    if field is None or not field.values:
        return []
    counts = Counter(str(row[f"field_{field.name}"]) for row in view.rows)
    return [LegendLine(n, str(words), counts[code], symbol_of(n).svg()) for n, (code, words) in enumerate(field.values.items())]


def _categories(teller: Teller, view: View) -> list[LegendLine]:
    of = teller.headline.of if teller.headline else ""
    counts = Counter(str(row[f"field_{of}"]) for row in view.rows) if of else Counter[str]()
    lines = [LegendLine(number, name, counts[code]) for number, (code, name) in enumerate(teller.learnt.items())]
    return sorted(lines, key=lambda line: line.words.casefold())


def _labels(view: View) -> list[list[Any]]:
    """Names of areas with a place (latitude, longitude) within each."""
    named = [
        (shapely_shape(shape).point_on_surface(), name)
        for ground in view.ground
        if ground.layer.geometry == "polygon"
        for shape, name in ground.shapes
        if name
    ]
    return [[round(place.y, 5), round(place.x, 5), name] for place, name in named[:_MOST_LABELS]]


def _policy(scripts: list[SafeString]) -> str:
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{one}'" for one in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _text(template: str) -> SafeString:
    return _own(render_to_string(template).strip())


def _own(markup: str) -> SafeString:
    """Markup in which nothing comes from the data but numbers."""
    return mark_safe(markup)  # noqa: S308


@cache
def _leaflet_script() -> SafeString:
    lines = built("leaflet/leaflet.js").read_text().splitlines()
    return _own("\n".join(line for line in lines if not line.startswith("//# sourceMappingURL")))


@cache
def _leaflet_style() -> SafeString:
    """Leaflet's style with its pictures inside."""

    def inlined(found: re.Match[str]) -> str:
        return f"url(data:image/png;base64,{base64.b64encode(built('leaflet/' + found[1]).read_bytes()).decode()})"

    return _own(_IMAGE.sub(inlined, built("leaflet/leaflet.css").read_text()))
