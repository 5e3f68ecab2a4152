"""The door of pictures for link previews: ``/preview.png`` for a view, or with a key for one thing and its surroundings."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from layers import scene as scenes
from layers.doors import read_only
from layers.filters import Selection, parse
from layers.finding import spoken, things_called
from layers.preview_draw import HEIGHT, WIDTH, Picture, draw
from layers.problems import BadRequest, Problem
from layers.scene import Scene, View
from layers.scene_shapes import corners, merged
from layers.symbols import number_of

#: Pictures are fetched once by a messenger and shown for weeks; a few minutes keep a crowd away from the database.
_KEPT: Final = "public, max-age=300"
#: Changes with the drawing, so that nobody keeps an old one.
_DRAWING: Final = "1"


_Line: TypeAlias = tuple[tuple[float, float], ...]


class NoSuchThing(Problem):
    """No thing of this key, or none that everybody may see: the two are not told apart."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_("There is nothing of this name."))


@read_only
def preview(request: HttpRequest, scene: Scene) -> HttpResponse:
    """PNG of the view. 304 when the asker has it, without drawing; 400, 404 and 503 as the other doors."""
    query = request.GET.copy()
    keys = query.pop(scene.shown.key, []) if scene.shown.key else []
    selection = parse(scene.shown, query)
    with translation.override(language := spoken(selection.language)):
        picture = _of_one(scene, selection, keys) if keys else _of_view(scene, selection)
    response = HttpResponse(content_type="image/png")
    etag = response["ETag"] = f'"{hashlib.blake2b(repr((_DRAWING, picture)).encode(), digest_size=12).hexdigest()}"'
    response["Cache-Control"] = _KEPT
    response["Content-Language"] = language
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    conditional = get_conditional_response(request, etag=etag, response=response)
    if conditional is not response and isinstance(conditional, HttpResponse):
        return conditional
    response.content = draw(picture)
    return response


def _of_one(scene: Scene, selection: Selection, keys: list[str]) -> Picture:
    if len(keys) > 1:
        raise BadRequest(_("“%(name)s” is given more than once.") % {"name": scene.shown.key})
    try:
        only = Q(pk__in=things_called(scene.shown, keys[0]).values("pk"))
    except ValueError:
        raise NoSuchThing from None
    teller = scene.teller()
    view = scenes.read(scene, teller, selection, only, WIDTH / HEIGHT)
    if not view.rows:
        raise NoSuchThing
    return _picture(scene, view, teller.title(view.rows[0]), keys[0], pin=True)


def _of_view(scene: Scene, selection: Selection) -> Picture:
    teller = scene.teller()
    view = scenes.read(scene, teller, selection, wide=WIDTH / HEIGHT)
    title = " · ".join([str(scene.shown.title), *teller.asked(selection)])
    return _picture(scene, view, title, _how_many(view))


def _how_many(view: View) -> str:
    number = number_format(len(view.rows), force_grouping=True)
    if view.cut:
        return _("the newest %(number)s") % {"number": number}
    return ngettext("%(number)s on the map", "%(number)s on the map", len(view.rows)) % {"number": number}


def _picture(scene: Scene, view: View, title: str, words: str, *, pin: bool = False) -> Picture:
    areas: list[_Line] = []
    lines: list[_Line] = []
    for ground in view.ground:
        for geometry in merged([shape for shape, _name in ground.shapes]):
            if geometry["type"] == "MultiPolygon":
                areas += [_line(rings[0]) for rings in geometry["coordinates"]]
            elif geometry["type"] == "MultiLineString":
                lines += [_line(line) for line in geometry["coordinates"]]
    beneath = " · ".join(filter(None, (words, urlsplit(settings.PUBLIC_URL).hostname)))
    return Picture(view.box, tuple(areas), tuple(lines), tuple(_spots(scene, view)), title, beneath, pin)


def _line(places: list[Any]) -> _Line:
    return tuple((place[0], place[1]) for place in places)


def _spots(scene: Scene, view: View) -> list[tuple[float, float, int]]:
    """Each thing once, by its first corner."""
    field = scene.state
    return [
        (*corners(row["shape"])[0], number_of(field, row[f"field_{field.name}"]) if field else 0)
        for row in view.rows
        if corners(row["shape"])
    ]
