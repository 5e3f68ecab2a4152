"""What is thrown away by the clock: photos no form claimed, and from where a report came. Run by beat; twice is harmless."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from celery import shared_task
from django.utils import timezone

from issues import photos
from issues.models import IntakeKey, Photo

KEPT: Final = dt.timedelta(days=1)
_AT_MOST: Final = 5000
#: Files that are looked up by one query.
_AT_ONCE: Final = 500


@shared_task(acks_late=False, ignore_result=True, expires=3600.0)
def forget_unattached_photos() -> int:
    """Delete photos that no form claimed for a day, and files that no row knows; return how many files went."""
    before = timezone.now() - KEPT
    removed = 0
    unclaimed = Photo.objects.filter(appeal__isnull=True, created_at__lt=before)
    for name in list(unclaimed.values_list("name", flat=True)[:_AT_MOST]):
        deleted, _rows = unclaimed.filter(name=name).delete()  # one that was claimed this moment stays
        removed += photos.remove_files(name) if deleted else 0
    return removed + _remove_strays(before.timestamp())


def _remove_strays(before: float) -> int:
    """Files left by a process that died between file and row, at most three days old (older ones were seen before)."""
    removed = 0
    files = _files_between(before - 3 * KEPT.total_seconds(), before)
    while some := list(islice(files, _AT_ONCE)):
        names = [re.split(r"[-.]", file.name, maxsplit=1)[0] for file in some]  # without size and ending
        known = set(Photo.objects.filter(name__in=names).values_list("name", flat=True))
        strays = [file for file, name in zip(some, names, strict=True) if name not in known]
        for file in strays:
            file.unlink(missing_ok=True)
        removed += len(strays)
    return removed


def _files_between(since: float, before: float) -> Iterator[Path]:
    for file in photos.folder().glob("??/*"):
        try:
            if since < file.stat().st_mtime < before:
                yield file
        except FileNotFoundError:
            continue


@shared_task(acks_late=False, ignore_result=True, expires=3600.0)
def forget_address_blocks() -> int:
    """Forget from which neighbourhood of the network reports and photos came a day ago; return how many."""
    old = {"address_block__isnull": False, "created_at__lt": timezone.now() - KEPT}
    return sum(kind.objects.filter(**old).update(address_block=None) for kind in (IntakeKey, Photo))


#: For the beat schedule (``citymap/settings/base.py``), like ``notifications.tasks.BEAT``.
BEAT: Final[dict[str, dict[str, Any]]] = {
    "photos-forget": {"task": "issues.housekeeping.forget_unattached_photos", "schedule": 3600.0},
    "address-blocks-forget": {"task": "issues.housekeeping.forget_address_blocks", "schedule": 3600.0},
}
