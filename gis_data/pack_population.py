"""The manifest's words on how many people live in the areas of a boundary set: [boundary_set.residents]."""

from __future__ import annotations

from gis_data.pack_residents import PackResidents
from gis_data.pack_table import Table


def read_residents(table: Table | None) -> PackResidents | None:
    """Return which property of an area holds its residents, when they were counted and by whom; None where the pack says nothing."""
    if table is None:
        return None
    counted_on = table.day("counted_on")
    if counted_on is None:
        table.fail("counted_on", "a date is expected")
    found = PackResidents(field=table.text("field"), counted_on=counted_on, source=table.names("source"))
    table.finish()
    return found
