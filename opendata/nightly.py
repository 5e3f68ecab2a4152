"""What the roof does at night: publish what is new, look at the quality of all that is published, write the large files. Run by beat."""

from __future__ import annotations

from typing import Any, Final

from celery import shared_task
from celery.schedules import crontab

from opendata import oc4ids, ocds_publish, quality


@shared_task(acks_late=False, ignore_result=True, expires=6 * 3600.0, time_limit=3 * 3600)  # type: ignore[untyped-decorator]  # Celery has no types
def publish_works() -> None:
    """In this order: the package links to the releases, and verdicts are on both. Again, it publishes nothing new."""
    ocds_publish.publish()
    oc4ids.prepare()
    quality.check_all()


#: For the beat schedule, like ``places.nightly.BEAT``, and after it.
BEAT: Final[dict[str, dict[str, Any]]] = {
    "works-publish": {"task": "opendata.nightly.publish_works", "schedule": crontab(hour=2, minute=10)},
}
