"""Write down how many people live in the areas of a boundary set, as its file says. Raises `Broken` for what is no number of people."""

from __future__ import annotations

from typing import Final

from gis_data.models import BoundarySet
from gis_data.pack_residents import PackResidents
from gis_data.population import Population
from gis_data.readers import Broken, Feature

_MOST: Final = 2_000_000_000


def residents_of(said: PackResidents | None, feature: Feature, file: str) -> int | None:
    """Return the residents of one area; None where they are not told, which is not nobody."""
    text = feature.text(said.field) if said else ""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST):
        raise Broken(file, feature.row, f"{said.field if said else ''} is {text[:40]!r}, no number of people")
    return int(text)


def put_population(said: PackResidents | None, group: BoundarySet, residents: dict[str, int]) -> int:
    """Bring the counts of this day up to what the file says; return how many are new or different. Two queries, or one."""
    if said is None:
        return 0
    kept = Population.objects.filter(boundary_set=group, counted_on=said.counted_on)
    source = dict(said.source)
    there = {one.code: (one.residents, one.source) for one in kept}
    fresh = [
        Population(boundary_set=group, code=code, counted_on=said.counted_on, residents=number, source=source)
        for code, number in residents.items()
        if there.get(code) != (number, source)
    ]
    kept.exclude(code__in=residents).delete()
    Population.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["boundary_set", "code", "counted_on"],
        update_fields=["residents", "source"],
    )
    return len(fresh)
