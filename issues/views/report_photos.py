"""The photo step: pictures are made safe in a limited child process and stored, unattached, before the form goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from issues import photos
from issues.address_block import block_of
from issues.intake_form import MOST_PHOTOS
from issues.models import Photo
from issues.views.photos import DRAFT, signed
from issues.views.report_draft import Draft, Outcome


def show(draft: Draft) -> dict[str, Any]:
    """Context of the step: thumbnails of what is stored, and whether more may come."""
    known = waiting(draft)
    return {"photos": thumbnails(known), "room": MOST_PHOTOS - len(known), "most": MOST_PHOTOS}


def waiting(draft: Draft) -> list[Photo]:
    """The draft's photos that exist and belong to no report yet: a name of any other photo opens nothing."""
    rows = {row.name: row for row in Photo.objects.filter(name__in=draft.photos, appeal__isnull=True, task__isnull=True)}
    return [rows[name] for name in draft.photos if name in rows]


def thumbnails(rows: list[Photo]) -> list[dict[str, Any]]:
    """Addresses that only whoever holds this form can open."""
    return [
        {"name": row.name, "src": signed(row.name, DRAFT, size="thumb"), "width": row.width, "height": row.height} for row in rows
    ]


def check(request: HttpRequest, draft: Draft) -> Outcome:
    """Remove one, or take what was sent; a refused picture is one sentence and loses nothing else."""
    draft = replace(draft, photos=tuple(row.name for row in waiting(draft)))
    if gone := request.POST.get("remove", ""):
        return Outcome(replace(draft, photos=tuple(name for name in draft.photos if name != gone)), stay=True)
    stored = list(draft.photos)
    sentences: list[str] = []
    block = block_of(request.META)
    for upload in request.FILES.getlist("file"):
        if len(stored) >= MOST_PHOTOS:
            sentences.append(_("%(most)d photos at most: the others were left out.") % {"most": MOST_PHOTOS})
            break
        try:
            photos.refuse_flood(block)
        except photos.PhotoRefused as refused:
            sentences.append(str(refused))
            break
        try:
            stored.append(photos.store_unattached(photos.reencode(upload), block).name)
        except photos.PhotoRefused as refused:
            sentences.append(f"{upload.name}: {refused}" if upload.name else str(refused))
    draft = replace(draft, photos=tuple(stored))
    errors = {"file": " ".join(sentences)} if sentences else {}
    return Outcome(draft, errors, stay=request.POST.get("go") == "add")
