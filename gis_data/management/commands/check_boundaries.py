"""``check_boundaries [SET…]``: look for gaps, overlaps and slivers of the boundary sets now, as is done every night."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gis_data.models import BoundarySet, FlawKind
from gis_data.nightly import check_all


class Command(BaseCommand):
    help = (
        "Look for gaps (in sets that are meant to cover the city), overlaps and slivers between the boundaries in force today, "
        "keep what is found for the staff's pages, and print how many there are. Running it again is harmless."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sets", nargs="*", metavar="SET", help="codes of boundary sets (all of them by default)")

    def handle(self, *args: Any, sets: list[str], **options: Any) -> None:
        if unknown := set(sets) - set(BoundarySet.objects.values_list("code", flat=True)):
            raise CommandError(f"There is no boundary set {', '.join(sorted(unknown))}.")
        kinds = list(FlawKind.values)
        self.stdout.write(f"{'set':<24} {'areas':>7} " + " ".join(f"{kind + 's':>9}" for kind in kinds) + f" {'seconds':>8}")
        broken = 0
        started = time.monotonic()
        for done in check_all(sets):
            ended = time.monotonic()
            numbers = " ".join(f"{done.flaws[kind]:>9,}" for kind in kinds)
            self.stdout.write(f"{done.boundary_set:<24} {done.areas:>7,} {numbers} {ended - started:>8.1f}")
            if done.error:
                self.stdout.write(f"  could not be looked at: {done.error}")
                broken += 1
            started = ended
        if broken:
            raise CommandError(f"{broken} of the sets could not be looked at.")
