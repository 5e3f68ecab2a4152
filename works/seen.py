"""Numbers of a data set that came already, so that a thing told twice is written once. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import product
from typing import Final

#: "…/lon,lat" in millionths of a degree: things that have no number but a place.
_PLACE: Final = re.compile(r"(.*?)(-?\d+),(-?\d+)")
_AROUND: Final = [(east, north) for east, north in product((0, -1, 1), repeat=2) if east or north]


@dataclass(slots=True)
class Seen:
    """Which numbers came, and in which file. Places are the same to a millionth of a degree (a tenth of a metre) either way:
    two files that round differently tell of one thing.
    """

    _first: dict[str, tuple[int, str]] = field(default_factory=dict)
    _matched: set[str] = field(default_factory=set)

    def again(self, file: int, local_id: str, said: str, *, by_place: bool) -> tuple[str, str] | None:
        """Return (the number under which it came before, what it said then), or None at its first coming.

        Neighbouring places count only where they came in an earlier file, and each of them once.
        """
        found = self._first.get(local_id)
        if found is not None:
            self._matched.add(local_id)
            return local_id, found[1]
        if by_place:
            for other in _neighbours(local_id):
                near = self._first.get(other)
                if near is not None and near[0] < file and other not in self._matched:
                    self._matched.add(other)
                    return other, near[1]
        self._first[local_id] = (file, said)
        return None

    def __contains__(self, local_id: str) -> bool:
        """Whether the number came, or one that stands for it."""
        return local_id in self._first

    def __len__(self) -> int:
        return len(self._first)


def _neighbours(local_id: str) -> list[str]:
    found = _PLACE.fullmatch(local_id)
    if found is None:
        return []
    lead, lon, lat = found[1], int(found[2]), int(found[3])
    return [f"{lead}{lon + east},{lat + north}" for east, north in _AROUND]
