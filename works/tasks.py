"""The Celery side of uploads. What waits stands in the database: a task that is lost or comes twice does no harm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from celery import shared_task

from works import upload_job

_UPLOADS: Final = "works.tasks.uploads"
#: A file of 500 MB takes the better part of an hour.
_LONGEST_S: Final = 6 * 3600


@shared_task(name=_UPLOADS, acks_late=False, ignore_result=True, time_limit=_LONGEST_S)
def uploads() -> None:
    """Check or publish what waits, and what a worker that died has left."""
    upload_job.work_off()


def ring(_payload: Mapping[str, Any]) -> None:
    """``works-upload`` ``{"upload": id}``: let a worker look. A task of its own, for it may take longer than a message is leased."""
    uploads.apply_async(retry=False)


#: For the beat schedule, like ``issues.housekeeping.BEAT``: finds what a dead worker has left.
BEAT: Final[dict[str, dict[str, Any]]] = {
    "works-uploads": {"task": _UPLOADS, "schedule": 20.0, "options": {"expires": 20.0}},
}
