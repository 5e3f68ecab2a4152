"""Invented works for a demonstration city: projects, contracts, payments and repairs on its real streets, from a fixed seed.

The same ground and the same first day give the same works in every run. Nothing here happened, no firm exists, and the data set says so.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Final

from works.ground import Ground
from works.invented_ground import Lane, lanes
from works.invented_projects import projects_on
from works.invented_repairs import repairs_on
from works.records import Record

SEED: Final = 20_260_401


def invented_records(ground: Ground, anchor: dt.date) -> Iterator[Record]:
    """Yield the works, the ones others lean on first; days are counted from ``anchor``. Nothing where the city has too few streets."""
    chance = random.Random(SEED)  # noqa: S311  # for a demonstration, not for a secret
    found: list[Lane] = lanes()
    if len(found) < _FEWEST:
        return
    yield from projects_on(found, chance, anchor, ground.currency)
    yield from repairs_on(found, chance, anchor, ground.currency)


#: Streets of some length that a demonstration needs.
_FEWEST: Final = 8
