"""Which format is wanted: ``?f=`` if given, else what the header Accept likes best (RFC 9110, 12.5.1)."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from layers.features_problems import NotAcceptable
from layers.problems import BadRequest

JSON: Final = "json"
HTML: Final = "html"
_MOST_RANGES: Final = 50


def choose_format(request: HttpRequest, json_types: tuple[str, ...], *, strictly: bool = True) -> str:
    """Return `JSON` or `HTML`; raises `BadRequest` and `NotAcceptable`, unless errors are to be told: then JSON is as good."""
    asked = request.GET.getlist("f")
    if asked:
        if len(asked) == 1 and asked[0] in {JSON, HTML}:
            return asked[0]
        if strictly:
            raise BadRequest(_("“f” takes one of: json, html."))
        return JSON
    offers = {JSON: json_types, HTML: ("text/html",)}
    liked = {name: liking(request.headers.get("Accept") or "*/*", types) for name, types in offers.items()}
    best = max(liked, key=lambda name: liked[name])  # equal: JSON, which stands first
    if not liked[best][0] and strictly:
        raise NotAcceptable
    return best if liked[best][0] else JSON


def liking(accept: str, types: tuple[str, ...]) -> tuple[float, int]:
    """How much one of ``types`` is liked (0 to 1), and how exactly it was named. The most exact range decides about a type."""
    best = (0.0, 0)
    for media_type in types:
        exact, quality = 0, 0.0
        for text in accept.split(",")[:_MOST_RANGES]:
            media_range, *parameters = (part.strip().lower() for part in text.split(";"))
            if (how := _exactness(media_range, media_type)) > exact:
                exact, quality = how, _quality(parameters)
        best = max(best, (quality, exact if quality else 0))
    return best


def _exactness(media_range: str, media_type: str) -> int:
    if media_range == media_type:
        return 3
    if media_range == media_type.partition("/")[0] + "/*":
        return 2
    return 1 if media_range == "*/*" else 0


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _sign, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return 0.0
            return min(1.0, quality) if quality > 0 else 0.0
    return 1.0
