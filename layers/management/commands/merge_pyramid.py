"""``merge_pyramid``: take all that was noted of counted points into the counts, as a worker does every two seconds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from layers import upkeep


class Command(BaseCommand):
    help = "Take what was noted into the counts that tiles are made of. Tiles are right without it; running it again is harmless."

    def handle(self, *args: Any, **options: Any) -> None:
        taken = upkeep.merge_all()
        swept = upkeep.sweep()
        self.stdout.write(f"{taken:,} notes taken into the counts, {swept:,} empty counts deleted")
