"""``propose_links [--all]``: look for works near reports, as the clock does each minute; or look at everything again."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from functools import partial
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from issues import links_sweep

#: Seconds between two lines of progress.
_ROUND: Final = 5.0
#: Seconds without a thing looked at: somebody else has the turn all the time, or what is left takes too long.
_PATIENCE: Final = 60.0


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
        """One sweep as long as it takes, so that how much goes into a step is not forgotten. While the clock takes a step, wait for it."""
        self._next_line = time.monotonic() + _ROUND
        done, ends = links_sweep.Done(), time.monotonic() + _PATIENCE
        while time.monotonic() < ends:
            new = links_sweep.sweep(float("inf"), partial(self._tell, done))
            done += new
            if not links_sweep.left():
                break
            if new.looked:
                ends = time.monotonic() + _PATIENCE
            time.sleep(1)  # somebody else takes a step, or decides on a link: asked again, but not without a break
        return done

    def _tell(self, before: links_sweep.Done, new: links_sweep.Done) -> None:
        if time.monotonic() < self._next_line:
            return
        done, left = before + new, links_sweep.left()
        self.stdout.write(f"looked at {done.looked:,}, proposed {done.found:,}, left {left:,}")
        self._next_line = time.monotonic() + _ROUND
