"""``propose_links [--all]``: look for works near reports, as the clock does each minute; or look at everything again."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from issues import links_sweep

#: Seconds between two lines of progress.
_ROUND: Final = 5.0
#: So often a second is waited for whoever else looks for links.
_PATIENCE: Final = 60


class Command(BaseCommand):
    help = (
        "Propose links between reports and works that changed since the last time, and go on with what was interrupted. With --all every "
        "report and all works are looked at again. What staff decided on is left as it is. It may be stopped at any moment: nothing is "
        "lost, and the clock goes on with the rest."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", dest="everything", help="look at everything, not only at what changed")

    def handle(self, *args: Any, everything: bool, **options: Any) -> None:
        if everything and not links_sweep.note_everything():
            raise CommandError("The clock looks for links just now. Try again in a minute.")
        try:
            done = self._until_nothing_is_left()
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. Nothing is lost: the clock goes on with the rest, and so does this command without --all."
            ) from None
        self.stdout.write(f"proposed: {done.found:,}")
        if left := links_sweep.left():
            self.stdout.write(f"left for the clock: {left:,}")

    def _until_nothing_is_left(self) -> links_sweep.Done:
        """While the clock takes a step of its own, wait for it."""
        done, waited = links_sweep.Done(), 0
        while waited < _PATIENCE:
            step = links_sweep.sweep(_ROUND)
            done = links_sweep.Done(done.looked + step.looked, done.found + step.found)
            left = links_sweep.left()
            if not left:
                break
            if step.looked:
                self.stdout.write(f"looked at {done.looked:,}, proposed {done.found:,}, left {left:,}")
            waited = 0 if step.looked else waited + 1
            if waited:
                time.sleep(1)
        return done
