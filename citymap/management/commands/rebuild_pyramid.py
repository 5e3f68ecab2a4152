"""``rebuild_pyramid [LAYER…]``: count all points of a layer anew, as its tiles show them from afar."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from citymap.layers import LAYERS
from layers import upkeep


class Command(BaseCommand):
    help = (
        "Count all points of a layer from scratch (of all layers with counts by default), in one transaction; nobody waits for it. "
        "Needed when a declaration says otherwise what is counted, or the city's time zone is another."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("layers", nargs="*", metavar="LAYER", help="names of layers")

    def handle(self, *args: Any, layers: list[str], **options: Any) -> None:
        pyramids = {layer.name: layer.pyramid for layer in LAYERS if layer.pyramid}
        if unknown := sorted(set(layers) - set(pyramids)):
            raise CommandError(f"No counts are kept for {', '.join(unknown)}; they are for {', '.join(sorted(pyramids))}.")
        for name in layers or pyramids:
            began = time.monotonic()
            rows = upkeep.rebuild(pyramids[name])
            self.stdout.write(f"{name}: {rows:,} counted in {time.monotonic() - began:.1f} s")
        if not connection.in_atomic_block:  # what was there before is dead now, and tiles would read over it
            with connection.cursor() as cursor:
                cursor.execute("VACUUM (ANALYZE) layers_pyramidpart, layers_pyramidtotal, layers_pyramiddelta")
