"""The upkeep of counts on the clock. Lost, late, twice or at the same time does no harm: tiles read what is not yet merged."""

from __future__ import annotations

from typing import Any, Final

from celery import shared_task

from layers import upkeep

#: Seconds; well below CELERY_TASK_TIME_LIMIT.
TURN: Final = 15.0
_EVERY: Final = 2.0


@shared_task(acks_late=False, ignore_result=True, expires=_EVERY)
def merge_counts() -> None:
    """Take what was noted into the counts."""
    upkeep.merge_all(TURN)


@shared_task(acks_late=False, ignore_result=True, expires=3600.0)
def sweep_counts() -> None:
    """Delete cells in which nothing is left."""
    upkeep.sweep()


#: For the beat schedule, like ``issues.housekeeping.BEAT``.
BEAT: Final[dict[str, dict[str, Any]]] = {
    "counts-merge": {"task": "layers.tasks.merge_counts", "schedule": _EVERY, "options": {"expires": _EVERY}},
    "counts-sweep": {"task": "layers.tasks.sweep_counts", "schedule": 24 * 3600.0},
}
