"""How a layer's bytes travel: conditional, compressed where it pays, kept by caches only as long as the layer says."""

from __future__ import annotations

import gzip
import hashlib
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers

from layers.declaration import MapLayer

#: Below this size compressing costs more than it saves (a packet carries about 1,400 bytes).
WORTH_COMPRESSING: Final = 1_000
#: Beyond this level a tile shrinks by a few per cent and takes twice as long.
_GZIP_LEVEL: Final = 4


def answer(
    request: HttpRequest, layer: MapLayer, data: bytes, media_type: str, *, for_ever: bool = False, language: str = ""
) -> HttpResponse:
    """Return ``data`` (204 when empty), or 304 when the asker names it in If-None-Match.

    ``for_ever``: the address names an edition, so it may be kept as long as there is room. ``language`` is that of its texts, which
    the address alone decides; '' for what has none.
    """
    kept = cache_control(layer.fresh_seconds, everybodys=not layer.permission, for_ever=for_ever)
    return answer_of_many(request, data, media_type, kept, everybodys=not layer.permission, language=language)


def answer_of_many(
    request: HttpRequest, data: bytes, media_type: str, kept: str, *, everybodys: bool, language: str = ""
) -> HttpResponse:
    """Return the same for what comes from no single layer; ``kept`` is what `cache_control` said."""
    # Weak, for the compressed and the plain form share it.
    etag = f'W/"{hashlib.blake2b(data, digest_size=12).hexdigest()}"'
    response = HttpResponse(data, content_type=media_type) if data else HttpResponse(status=204)
    if not data:
        del response["Content-Type"]
    response["ETag"] = etag
    response["Cache-Control"] = kept
    if language:
        response["Content-Language"] = language
    if everybodys:
        response["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(response, ["Accept-Encoding"])
    conditional = get_conditional_response(request, etag=etag, response=response)
    if not isinstance(conditional, HttpResponse):
        return response
    if conditional is not response:  # 304: a browser checks CORS again on what it got, not on what it has
        if everybodys:
            conditional["Access-Control-Allow-Origin"] = "*"
        return conditional
    if len(data) >= WORTH_COMPRESSING and takes_gzip(request):
        response.content = gzip.compress(data, _GZIP_LEVEL, mtime=0)
        response["Content-Encoding"] = "gzip"
    return response


def cache_control(fresh_seconds: int, *, everybodys: bool, for_ever: bool = False) -> str:
    """Return how caches may keep an answer: ``everybodys`` is what all may see, ``for_ever`` what never changes at its address."""
    if not everybodys:
        return "private, no-cache"
    if for_ever:
        return "public, max-age=31536000, immutable"
    if fresh_seconds <= 1:  # live: a cache may lend one copy to a crowd, but never show yesterday's
        return f"public, max-age={fresh_seconds}, must-revalidate"
    return f"public, max-age={fresh_seconds}, stale-while-revalidate={fresh_seconds}"


def takes_gzip(request: HttpRequest) -> bool:
    """Whether the asker says that it reads gzip."""
    for offer in request.headers.get("Accept-Encoding", "").lower().split(","):
        coding, _, quality = offer.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
