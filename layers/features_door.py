"""The frame around every resource of OGC API – Features: methods, formats, languages, errors, conditional answers.

A view returns what it has to tell (`Told`); the frame says it as JSON or as a page. Errors carry the members of RFC 9457 and
those of the OGC exception schema, so that either kind of reader understands them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, Final, ParamSpec
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from layers.answers import WORTH_COMPRESSING, cache_control, takes_gzip
from layers.features_formats import HTML, JSON, choose_format
from layers.features_problems import CODES, NotAllowed, TooLong
from layers.finding import spoken
from layers.one_answer import one_answer
from layers.problems import BadRequest, Problem

P = ParamSpec("P")
_METHODS: Final = "GET, HEAD, OPTIONS"
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}", re.ASCII)
_TOKEN: Final = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]*')


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, understood as far as all resources share it; ``given`` are its other parameters."""

    request: HttpRequest
    format: str
    language: str
    given: QueryDict

    @property
    def spoken(self) -> str:
        """The language in which texts are given."""
        return translation.get_language() or settings.LANGUAGE_CODE

    @property
    def is_page(self) -> bool:
        return self.format == HTML

    def allow(self, known: Sequence[str]) -> None:
        """Raise `BadRequest` when something else was asked for than ``known``."""
        known = [*known, "f", "lang"]
        for name in self.given:
            if name not in known:
                raise BadRequest(
                    _("“%(name)s” is not a parameter of this address. It knows: %(known)s.")
                    % {"name": name[:40], "known": ", ".join(known)}
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a view tells: a document, and the template that shows the same as a page.

    ``sent`` is the document as bytes where the database wrote it; ``stamp`` is what the ETag is made of then, for the time of
    the answer is in ``sent``. ``open`` documents are everybody's: caches may keep them, and pages of other sites may read them.
    """

    template: str
    document: Mapping[str, Any] = field(default_factory=dict)
    sent: bytes = b""
    stamp: bytes = b""
    media_type: str = "application/json"
    context: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    open: bool = True
    fresh_seconds: int = 300


def resource(
    json_types: tuple[str, ...] = ("application/json",),
) -> Callable[[Callable[Concatenate[Ask, P], Told]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """Make a view of a function that tells; ``json_types`` are the media types that its JSON form satisfies."""

    def framed(view: Callable[Concatenate[Ask, P], Told]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @csrf_exempt  # nothing is changed here, and a POST is to hear 405 rather than 403
        @wraps(view)
        def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method == "OPTIONS":
                return _options()
            try:
                with one_answer():
                    return _answered(request, json_types, lambda ask: view(ask, *args, **kwargs))
            except Problem as problem:
                return _refusal(request, json_types, problem)

        return answered

    return framed


def _answered(request: HttpRequest, json_types: tuple[str, ...], tell: Callable[[Ask], Told]) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        raise NotAllowed
    _require_text(request)
    chosen = choose_format(request, json_types)
    language = _asked_language(request)
    # A document speaks the language of its address, never that of a cookie: caches keep it for many people.
    wanted = language or (translation.get_language() if chosen == HTML else None) or ""
    with translation.override(spoken(wanted)):
        told = tell(Ask(request, chosen, language, request.GET))
        if chosen == HTML:
            return _page(request, told)
        return _document(request, told)


def _require_text(request: HttpRequest) -> None:
    """Refuse an address that is no text: Django would put a sign of its own in the place of each wrong byte."""
    try:
        text = unquote_to_bytes(request.META.get("QUERY_STRING", "")).decode()
    except UnicodeError:
        raise BadRequest(_("The address is not written in UTF-8.")) from None
    if "\0" in text:
        raise BadRequest(_("The address holds a NUL character."))
    for name in request.GET:
        if not all(request.GET.getlist(name)):
            raise BadRequest(_("“%(name)s” is given without a value.") % {"name": name[:40]})


def _asked_language(request: HttpRequest) -> str:
    values = request.GET.getlist("lang")
    if len(values) > 1:
        raise BadRequest(_("“%(name)s” is given more than once.") % {"name": "lang"})
    if values and not _LANGUAGE.fullmatch(values[0]):
        raise BadRequest(_("“%(name)s” takes the code of a language, such as en or ru.") % {"name": "lang"})
    return values[0] if values else ""


def _document(request: HttpRequest, told: Told) -> HttpResponse:
    data = told.sent or json.dumps(told.document, ensure_ascii=False).encode()
    response = HttpResponse(data, content_type=told.media_type)
    response["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
    response["Cache-Control"] = cache_control(told.fresh_seconds, everybodys=told.open)
    _open(response, told.open)
    for name, value in told.headers.items():
        response[name] = value
    return _conditional(request, response, told.stamp or data)


def _page(request: HttpRequest, told: Told) -> HttpResponse:
    document = json.loads(told.sent) if told.sent else told.document
    response = render(request, f"ogc/{told.template}.html", {"document": document, **told.context})
    response["Cache-Control"] = "private, no-cache"
    # What a page shows depends on the person (language, colours, log-in); the token of its forms differs each time.
    return _conditional(request, response, _TOKEN.sub(rb"\1", response.content))


def _conditional(request: HttpRequest, response: HttpResponse, stamp: bytes) -> HttpResponse:
    """Return the answer, or 304 when the asker has it. The ETag is weak: compressed and plain bytes share it."""
    response["ETag"] = etag = f'W/"{hashlib.blake2b(stamp, digest_size=12).hexdigest()}"'
    patch_vary_headers(response, ["Accept", "Accept-Encoding"])
    conditional = get_conditional_response(request, etag=etag, response=response)
    if conditional is None or conditional is response:
        return _compressed(request, response)
    kept = HttpResponse(status=conditional.status_code)
    for name in ("ETag", "Cache-Control", "Vary", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"):
        if name in response:
            kept[name] = response[name]
    if kept.status_code == HTTPStatus.NOT_MODIFIED:
        del kept["Content-Type"]
    return kept


def _compressed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    # Pages are left alone: they hold the token of a form beside words of the address, which their compressed length would betray.
    if response.has_header("Access-Control-Allow-Origin") and len(response.content) >= WORTH_COMPRESSING and takes_gzip(request):
        response.content = gzip.compress(response.content, 1, mtime=0)
        response["Content-Encoding"] = "gzip"
    return response


def _open(response: HttpResponse, everybodys: bool = True) -> None:
    if everybodys:
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "Content-Crs, ETag, Link"


def _options() -> HttpResponse:
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    del response["Content-Type"]
    response["Allow"] = response["Access-Control-Allow-Methods"] = _METHODS
    response["Access-Control-Allow-Headers"] = "Accept, Accept-Language, If-None-Match"
    response["Access-Control-Max-Age"] = "86400"
    _open(response)
    return response


def _refusal(request: HttpRequest, json_types: tuple[str, ...], problem: Problem) -> HttpResponse:
    status = problem.status
    document = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": str(problem),
        "code": CODES[status],
        "description": str(problem),
    }
    if choose_format(request, json_types, strictly=False) == JSON:
        data = json.dumps(document, ensure_ascii=False).encode()
        response = HttpResponse(data, status=status, content_type="application/problem+json")
        _open(response)
    else:
        response = render(request, "ogc/problem.html", {"document": document}, status=status)
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Accept"])
    if isinstance(problem, NotAllowed):
        response["Allow"] = _METHODS
    if isinstance(problem, TooLong):
        response["Retry-After"] = "10"
    return response
