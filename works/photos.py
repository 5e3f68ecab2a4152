"""Attach photos to works, and remove them: rows and files together. How a photo is made safe stands in ``gis_data/photo_files.py``."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from gis_data import city_time, photo_files
from gis_data.photo_files import Encoded
from works.models import Project, Repair, WorksPhoto

#: Photos of one repair or project.
MOST: Final = 12
LONGEST_NOTE: Final = 200


class NotAttached(Exception):
    """A photo that cannot be attached: a sentence for who sent it, and the ``field`` that it is about."""

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


def folder() -> Path:
    """The folder of all photos of works."""
    return Path(settings.MEDIA_ROOT) / "works-photos"


def path(name: str, size: str = "") -> Path:
    """Where the file of a photo lies; raises `ValueError` for a name that is none."""
    return photo_files.path(folder(), name, size)


def of(works: Repair | Project) -> dict[str, Any]:
    """What narrows photos to those of one repair or project."""
    return {"repair": works} if isinstance(works, Repair) else {"project": works}


def attach(works: Repair | Project, encoded: Encoded, time: str, taken_on: dt.date | None = None, note: str = "") -> WorksPhoto:
    """Keep a re-encoded photo of works; raises `NotAttached` where there are enough, or for a day to come."""
    if taken_on is not None and not dt.date(1900, 1, 1) <= taken_on <= city_time.today():
        raise NotAttached(
            "taken_on", _("This day is still to come, or too long ago. Choose the day on which the photo was taken.")
        )
    if len(note) > LONGEST_NOTE or any(ord(sign) < 32 for sign in note):
        raise NotAttached("note", _("Write one line of at most %(number)d characters.") % {"number": LONGEST_NOTE})
    with transaction.atomic():
        # Two senders at once: the second waits here, and then sees how many there are.
        type(works)._default_manager.select_for_update(of=("self",), no_key=True).only("pk").get(pk=works.pk)
        if WorksPhoto.objects.filter(**of(works)).count() >= MOST:
            raise NotAttached("photo", _("There are %(number)d photos already. Remove one first.") % {"number": MOST})
        return _kept(works, encoded, secrets.token_hex(16), time=time, taken_on=taken_on, note=note)


def remove(photo: WorksPhoto) -> None:
    """Delete the row, and the files once that is sure."""
    with transaction.atomic():
        photo.delete()
        transaction.on_commit(lambda: photo_files.remove(folder(), photo.name))


def _kept(works: Repair | Project, encoded: Encoded, name: str, **values: Any) -> WorksPhoto:
    size = {"width": encoded.width, "height": encoded.height, "size": len(encoded.jpeg)}
    photo_files.write(folder(), name, encoded)  # a file without its row does no harm, a row without its file shows a gap
    return WorksPhoto.objects.create(**of(works), name=name, **size, **values)
