"""What is thrown away by the clock: photos no form claimed, and from where a report came. Run by beat; twice is harmless."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from celery import shared_task
from django.utils import timezone

from issues import photos
from issues.models import IntakeKey, Photo

KEPT: Final = dt.timedelta(days=1)
_AT_MOST: Final = 5000


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
    for file in _files_between(before - 3 * KEPT.total_seconds(), before):
        if not Photo.objects.filter(name=file.name[:32]).exists():
            file.unlink(missing_ok=True)
            removed += 1
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
    """Forget from which neighbourhood of the network reports came a day ago; return how many."""
    old = IntakeKey.objects.filter(address_block__isnull=False, created_at__lt=timezone.now() - KEPT)
    return old.update(address_block=None)


#: For the beat schedule (``citymap/settings/base.py``), like ``notifications.tasks.BEAT``.
BEAT: Final[dict[str, dict[str, Any]]] = {
    "photos-forget": {"task": "issues.housekeeping.forget_unattached_photos", "schedule": 3600.0},
    "address-blocks-forget": {"task": "issues.housekeeping.forget_address_blocks", "schedule": 3600.0},
}
