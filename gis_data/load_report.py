"""What a load did, file by file: read, loaded, unchanged, repaired, skipped, and why. Printed as one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

#: Told while a load goes on: what is being loaded, rows done, rows in all (0 = unknown).
Progress = Callable[[str, int, int], None]


class Writable(Protocol):
    """A text file, or what stands for one."""

    def write(self, text: str, /) -> Any: ...


def no_progress(label: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class FileTally:
    """Counts of one file. ``read`` = ``loaded`` + ``unchanged`` + what was skipped; repaired and noted rows are among these."""

    name: str
    read: int = 0
    loaded: int = 0
    unchanged: int = 0
    repairs: Counter[str] = field(default_factory=Counter)
    skips: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    refusal: str = ""

    def repaired(self, reason: str, count: int = 1) -> None:
        """Count rows that were put right."""
        self.repairs[reason] += count

    def skipped(self, reason: str, count: int = 1) -> None:
        """Count rows that were left out."""
        self.skips[reason] += count

    def noted(self, reason: str, count: int = 1) -> None:
        """Count rows that were kept as they are but deserve a look."""
        self.notes[reason] += count

    def refused(self, sentence: str) -> None:
        """The file is broken: nothing of it was loaded."""
        self.refusal = sentence
        self.loaded = self.unchanged = 0


@dataclass(slots=True)
class LoadReport:
    """Tallies in the order in which files were first named."""

    files: dict[str, FileTally] = field(default_factory=dict)

    def file(self, name: str) -> FileTally:
        """Return the tally of ``name``, a new one at first use."""
        return self.files.setdefault(name, FileTally(name))

    @property
    def broken(self) -> list[FileTally]:
        """Files of which nothing was loaded because something in them is wrong."""
        return [tally for tally in self.files.values() if tally.refusal]

    @property
    def changed(self) -> bool:
        """Say whether anything in the database is new."""
        return any(tally.loaded for tally in self.files.values())

    def print(self, out: Writable) -> None:
        """Write the table, then the reasons under it."""
        out.write("\n".join(self.lines()) + "\n")

    def lines(self) -> Iterator[str]:
        """The table line by line: numbers first, then every reason with its count."""
        width = max([len("file"), *(len(name) for name in self.files)])
        head = f"{'file':<{width}} {'read':>9} {'loaded':>9} {'unchanged':>9} {'repaired':>9} {'skipped':>9}"
        yield head
        yield "-" * len(head)
        for tally in self.files.values():
            numbers = (tally.read, tally.loaded, tally.unchanged, tally.repairs.total(), tally.skips.total())
            yield f"{tally.name:<{width}} " + " ".join(f"{number:>9,}" for number in numbers)
        for tally in self.files.values():
            if tally.refusal:
                yield f"REFUSED {tally.name}: {tally.refusal}"
            for word, reasons in (("repaired", tally.repairs), ("skipped", tally.skips), ("noted", tally.notes)):
                yield from (f"  {tally.name}: {word} {count:,}: {reason}" for reason, count in reasons.most_common() if count)
