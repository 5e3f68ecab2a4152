"""What a pack says of the people who live in the areas of a boundary set."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gis_data.names import Names


@dataclass(frozen=True, slots=True)
class PackResidents:
    """Which property of an area says how many live there, the day they were counted, and who counted (by language)."""

    field: str
    counted_on: dt.date
    source: Names
