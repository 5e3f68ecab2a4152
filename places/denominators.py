"""Money for each resident and each kilometre of street, always with the number it was divided by. What is not known is said to be so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from gis_data.population import Population
from places.money_tables import Row

#: A street shorter than this has no sum for a kilometre: the number would say more of the measuring than of the money.
SHORTEST_KM: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Share:
    """A sum divided: of which series, how much, and the rows behind the whole sum."""

    name: str
    amount: Decimal
    href: str


def per(summary: Row, number: Decimal | int | None, least: Decimal | int = SHORTEST_KM) -> Sequence[Share]:
    """Return each sum for one of ``number``; none where that is not known or below ``least``."""
    if number is None or number < least:
        return ()
    return [Share(one.name, one.amount / number, one.href) for one in summary.cells if one.amount is not None]


def population_of(boundary: Any) -> Population | None:
    """Return the latest count of the area as it is in this version (a `gis_data.models.Boundary`). One query."""
    found = Population.objects.filter(boundary_set=boundary.boundary_set_id, code=boundary.code)
    if boundary.valid.lower is not None:
        found = found.filter(counted_on__gte=boundary.valid.lower)
    if boundary.valid.upper is not None:
        found = found.filter(counted_on__lt=boundary.valid.upper)
    return found.order_by("-counted_on").first()
