"""Photos of appeals: made safe before any transaction, kept without an appeal until intake attaches them.

How a photo is made safe stands in ``gis_data/photo_files.py``; ours lie in ``MEDIA_ROOT/photos``.
"""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_data import photo_files
from gis_data.photo_files import SIZES, Encoded, Readable
from issues.address_block import hashed
from issues.errors import PhotoRefused
from issues.models import Photo

__all__ = ["SIZES", "Encoded", "PhotoRefused", "path", "reencode", "refuse_flood", "remove_files", "store_unattached"]

#: Photos an hour from one address block: what as many reports may hold as are taken from it unseen (``intake_form.MOST_PHOTOS`` each).
_OF_A_REPORT: Final = 3


def reencode(raw: Readable) -> Encoded:
    """Make a photo safe; raises `PhotoRefused` with a sentence. Call it before any transaction begins."""
    try:
        return photo_files.reencode(raw)
    except photo_files.NotAPhoto as refused:
        raise PhotoRefused(str(refused)) from None


def refuse_flood(address_block: str) -> None:
    """Raise `PhotoRefused` when this hour's photos from the block ('' is none) are as many as we take; ask before decoding.

    Those that a report claimed count as well: they are never swept, so they fill the disk all the more.
    """
    block = hashed(address_block)
    if block is None:
        return
    most = _OF_A_REPORT * settings.FLOOD_LIMIT
    recent = Photo.objects.filter(address_block=block, created_at__gt=timezone.now() - dt.timedelta(hours=1))
    if recent[:most].count() >= most:
        raise PhotoRefused(
            _("Too many photos came from your network in the last hour. Send the report without this photo, or try again later.")
        )


def store_unattached(encoded: Encoded, address_block: str = "") -> Photo:
    """Write the files and a row without appeal; intake attaches it by ``Photo.name``, else it is swept after a day.

    Of ``address_block`` a keyed hash is kept for a day, for `refuse_flood`; '' for what staff send, which is not counted.
    """
    name = secrets.token_hex(16)
    with transaction.atomic():
        photo = Photo.objects.create(
            name=name,
            width=encoded.width,
            height=encoded.height,
            size=len(encoded.jpeg),
            address_block=hashed(address_block),
        )
        photo_files.write(folder(), name, encoded)
    return photo


def path(name: str, size: str = "") -> Path:
    """Where the file of a photo lies (``size``: '' or one of `SIZES`); raises `ValueError` for a name that is none."""
    return photo_files.path(folder(), name, size)


def folder() -> Path:
    """The folder of all photos."""
    return Path(settings.MEDIA_ROOT) / "photos"


def remove_files(name: str) -> int:
    """Remove the files of a photo whose row is gone; return how many there were."""
    return photo_files.remove(folder(), name)
