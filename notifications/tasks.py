"""The Celery side of the outbox: tasks that wake up and look. What they find stands in the database.

All may be lost, run late or run twice without harm (two beats only make the workers look twice), so they are
acknowledged early and expire while no worker is there.
"""

from collections.abc import Sequence
from typing import Any, Final

from celery import shared_task

from notifications import outbox

TURN: Final = 15.0  # seconds; well below CELERY_TASK_TIME_LIMIT, so that no turn is cut off inside a letter


@shared_task(name=outbox.RELAY, acks_late=False, ignore_result=True, expires=outbox.RELAY_EXPIRES)
def relay() -> None:
    """Carry out what is due; after a full turn ring for the next, so that other tasks get theirs."""
    tally = outbox.work_off(seconds=TURN)
    if tally.done and outbox.lag().due:
        outbox.ring()


@shared_task(acks_late=False, ignore_result=True, expires=outbox.RELAY_EXPIRES)
def deliver(ids: Sequence[int]) -> None:
    """Carry out these rows."""
    outbox.deliver(ids)


@shared_task(acks_late=False, ignore_result=True, expires=3600.0)
def forget() -> None:
    """Delete what was carried out long ago. Twice is harmless."""
    outbox.forget()


BEAT: Final[dict[str, dict[str, Any]]] = {
    "outbox-sweep": {"task": outbox.RELAY, "schedule": 5.0, "options": {"expires": 5.0}},
    "outbox-forget": {"task": "notifications.tasks.forget", "schedule": 24 * 3600.0},
}
