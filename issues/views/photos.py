"""The re-encoded photos: public ones to everybody, the others only to who may see their report."""

from __future__ import annotations

import re
from typing import Final

from django.core import signing
from django.db.models import Exists, OuterRef
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET

from issues import photos
from issues.models import Appeal, Photo

#: What a signature opens: a photo that belongs to no report yet, or one that its reporter may see.
DRAFT: Final = "draft"
REPORTER: Final = "reporter"
_LIVES_S: Final = {DRAFT: 24 * 3600, REPORTER: 3600}
_NAME: Final = re.compile(r"[0-9a-f]{32}")
_SANDBOX: Final = "default-src 'none'; sandbox"


def signed(name: str, purpose: str, size: str = "") -> str:
    """The photo's address with a short-lived signature for one purpose."""
    mark = _signer(purpose).sign(name).removeprefix(name + ":")
    thumb = f"&size={size}" if size else ""
    return f"{reverse('photo', args=[name])}?{purpose}={mark}{thumb}"


def public(name: str, size: str = "") -> str:
    """The photo's plain address."""
    return reverse("photo", args=[name]) + (f"?size={size}" if size else "")


@require_GET
def photo(request: HttpRequest, name: str) -> HttpResponseBase:
    """One photo as JPEG; ``?size=`` takes the names in `issues.photos.SIZES`. The same 404 for "not there" and "not yours"."""
    size = request.GET.get("size", "")
    if not _NAME.fullmatch(name) or size not in ("", *photos.SIZES):
        raise Http404
    readable = Appeal.objects.public().filter(pk=OuterRef("appeal"))
    row = Photo.objects.filter(name=name).annotate(open=Exists(readable)).first()
    if row is None:
        raise Http404
    everybody = row.public and row.open
    if not everybody and not _may_see(request, row):
        raise Http404
    try:
        file = photos.path(name, size).open("rb")
    except OSError:
        raise Http404 from None
    response = FileResponse(file, content_type="image/jpeg", filename=f"{name}{'-' + size if size else ''}.jpg")
    # Short, for a clerk may hide a photo; never shared when it was not for everybody.
    response["Cache-Control"] = f"{'public' if everybody else 'private'}, max-age=300"
    response["Content-Security-Policy"] = _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Robots-Tag"] = "noindex"
    return response


def _may_see(request: HttpRequest, row: Photo) -> bool:
    if row.appeal_id is None:
        return _fits(request, row.name, DRAFT)
    if _fits(request, row.name, REPORTER):
        return True
    user = request.user
    return user.is_authenticated and Appeal.objects.visible_to(user).filter(pk=row.appeal_id).exists()


def _fits(request: HttpRequest, name: str, purpose: str) -> bool:
    try:
        _signer(purpose).unsign(f"{name}:{request.GET.get(purpose, '')}", max_age=_LIVES_S[purpose])
    except signing.BadSignature:
        return False
    return True


def _signer(purpose: str) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"issues.photo.{purpose}")
