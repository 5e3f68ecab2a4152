"""The frame around every resource below ``/api/``: reading only, the same for everybody, errors as problem details (RFC 9457).

Nobody is asked who they are, so no answer depends on a session and none sets a cookie. Layers with a permission are not here.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework.exceptions import MethodNotAllowed, NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView

from layers.answers import WORTH_COMPRESSING, takes_gzip
from layers.declaration import MapLayer
from layers.features_formats import liking
from layers.features_problems import NotAllowed
from layers.finding import data_sets, find_layer, spoken
from layers.problems import BadRequest, Problem, refusal

#: How long caches may keep what is said of the door itself, in seconds.
KEPT_S: Final = 300
_METHODS: Final = "GET, HEAD, OPTIONS"
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}", re.ASCII)


class NotGiven(Problem):
    """The header Accept names nothing that there is."""

    status = HTTPStatus.NOT_ACCEPTABLE

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__(_("The header Accept asks for none of what there is: %(kinds)s.") % {"kinds": ", ".join(kinds)})


class GeoJson(JSONRenderer):
    """GeoJSON (RFC 7946); who asks for plain JSON gets the same."""

    media_type = "application/geo+json"
    format = "geojson"


class Liked(BaseContentNegotiation):
    """What the header Accept likes best; the framework's own does not know that ``q=0`` is a refusal (RFC 9110, 12.4.2)."""

    def select_parser(self, request: Any, parsers: Any) -> None:
        return None

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        accept = request.headers.get("Accept") or "*/*"
        best = max(renderers, key=lambda one: liking(accept, (one.media_type,)))
        if not liking(accept, (best.media_type,))[0]:
            raise NotAcceptable
        return best, best.media_type


class Door(APIView):
    """What all resources share. ``layer`` and ``feature`` (the serializer of its things) are set only where a door of one layer is
    described, not where it is asked.
    """

    http_method_names = ["get", "head", "options"]
    content_negotiation_class = Liked
    layer: MapLayer | None = None
    feature: Any = None
    asker: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.asker = request
        # What goes wrong is told in the language of who asks; what caches keep, in that of the address alone.
        given = request.GET.get("lang", "")
        language = spoken(given) if _LANGUAGE.fullmatch(given) else translation.get_language()
        with translation.override(language):
            return super().dispatch(request, *args, **kwargs)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = HttpResponse(status=HTTPStatus.NO_CONTENT)
        del response["Content-Type"]
        response["Access-Control-Allow-Methods"] = _METHODS
        response["Access-Control-Allow-Headers"] = "Accept, Accept-Language, If-None-Match"
        response["Access-Control-Max-Age"] = "86400"
        response["Access-Control-Allow-Origin"] = "*"
        return response

    def handle_exception(self, exc: Exception) -> Any:
        match exc:
            case Problem():
                problem = exc
            case MethodNotAllowed():
                problem = NotAllowed()
            case NotAcceptable():
                problem = NotGiven([one.media_type for one in self.renderer_classes if one.media_type])
            case _:
                raise exc
        response = refusal(problem)
        if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
            response["Retry-After"] = "10"
        return response

    def whole(self, data: bytes, media_type: str, language: str) -> HttpResponse:
        """An answer about the door itself, the same for everybody; 304 for who has it."""
        etag = f'W/"{hashlib.blake2b(data, digest_size=12).hexdigest()}"'
        response = HttpResponse(data, content_type=media_type)
        found = get_conditional_response(self.asker, etag=etag, response=response)
        answered = found if isinstance(found, HttpResponse) else response
        answered["ETag"] = etag
        answered["Cache-Control"] = f"public, max-age={KEPT_S}"
        answered["Content-Language"] = language
        answered["Access-Control-Allow-Origin"] = "*"
        patch_vary_headers(answered, ["Accept-Encoding"])
        if answered is response and len(data) >= WORTH_COMPRESSING and takes_gzip(self.asker):
            response.content = gzip.compress(data, mtime=0)
            response["Content-Encoding"] = "gzip"
        return answered


def open_layers(layers: Sequence[MapLayer], request: HttpRequest) -> list[MapLayer]:
    """Return the layers that everybody may read and whose things are told apart."""
    return data_sets([layer for layer in layers if not layer.permission], request)


def open_layer(layers: Sequence[MapLayer], name: str, request: HttpRequest) -> MapLayer:
    """Return the one called ``name``; raises `NoSuchLayer`."""
    return find_layer(open_layers(layers, request), name, request)


def asked_language(request: HttpRequest) -> str:
    """Return the language that the address asks for ('' for none); raises `BadRequest`."""
    given = request.GET.get("lang", "")
    if given and not _LANGUAGE.fullmatch(given):
        raise BadRequest(_("“%(name)s” takes the code of a language, such as en or ru.") % {"name": "lang"})
    return given


def in_all_languages(say: Callable[[], str], codes: Sequence[str]) -> dict[str, str]:
    """Return what is said in each language."""
    told = {}
    for code in codes:
        with translation.override(code):
            told[code] = say()
    return told
