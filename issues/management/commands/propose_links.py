"""``propose_links [--all]``: look for works near reports, as the clock does each minute; or look at everything again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from issues import links


class Command(BaseCommand):
    help = (
        "Propose links between reports and works that came since the last time. With --all every report and all works are looked at "
        "again: after a category has learned which repairs mend it, or after an import. What was proposed before is left as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", dest="everything", help="look at everything, not only at what is new")

    def handle(self, *args: Any, everything: bool, **options: Any) -> None:
        found = links.propose_all() if everything else links.propose_links()
        self.stdout.write(f"proposed: {found}")
