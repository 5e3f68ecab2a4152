"""``publish_ocds``: publish what is new in contracts as releases, and look at the quality of all that is published, as the clock does each night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from opendata import oc4ids, ocds_publish, quality


class Command(BaseCommand):
    help = (
        "Publish OCDS releases of contracts that are new or changed, prepare the OC4IDS package, and check the quality of both."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"releases: {ocds_publish.publish()}")
        oc4ids.prepare()
        for subject, findings in quality.check_all().items():
            self.stdout.write(f"{subject}: {findings} findings")
