"""What was odd in a source, row by row: what was put right, what was left out, what was refused. Kept for the report."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from layers.disarming import disarmed
from works.cells import shown, storable

Weight = Literal["noted", "put right", "left out", "refused"]
#: More rows than these are counted, but no longer named one by one: a report is read by people.
MOST_NAMED: Final = 20_000
HEADER: Final = ("data set", "file", "row", "column", "what", "why", "value")


@dataclass(frozen=True, slots=True)
class Remark:
    """One cell or row; ``row`` counts from 1 after the header, 0 is the file as a whole."""

    file: str
    row: int
    column: str
    weight: Weight
    why: str
    value: str = ""


@dataclass(slots=True)
class Remarks:
    """Everything that was said of one data set. Counts hold all of it, ``named`` the first `MOST_NAMED` rows; ``also`` is told each."""

    data_set: str
    named: list[Remark] = field(default_factory=list)
    counts: Counter[tuple[str, Weight, str]] = field(default_factory=Counter)
    also: Callable[[Remark], None] | None = None

    def add(self, file: str, row: int, column: str, weight: Weight, why: str, value: Any = "") -> None:
        """Write one down."""
        column, why = storable(column), storable(why)
        self.counts[file, weight, f"{column}: {why}" if column else why] += 1
        remark = Remark(file, row, column, weight, why, shown(value))
        if len(self.named) < MOST_NAMED:
            self.named.append(remark)
        if self.also is not None:
            self.also(remark)

    def count(self, weight: Weight) -> int:
        """How many there are of this weight."""
        return sum(count for (_file, one, _why), count in self.counts.items() if one == weight)

    @property
    def first_refused(self) -> Remark | None:
        """The first that made the data set unusable."""
        return next((one for one in self.named if one.weight == "refused"), None)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The rows of the report, safe to be opened by a spreadsheet."""
        for one in self.named:
            yield in_report(self.data_set, one)


def in_report(data_set: str, one: Remark) -> tuple[str, ...]:
    """One row of the report, safe to be opened by a spreadsheet; its columns are `HEADER`."""
    cells = (data_set, one.file, str(one.row or ""), one.column, one.weight, one.why, one.value)
    return tuple(map(disarmed, cells))


def write_csv(out: Any, remarks: list[Remarks]) -> int:
    """Write the report as CSV (RFC 4180, UTF-8) to a text file; return how many rows were named."""
    writer = csv.writer(out)
    writer.writerow(HEADER)
    written = 0
    for one in remarks:
        for row in one.rows():
            writer.writerow(row)
            written += 1
    return written
