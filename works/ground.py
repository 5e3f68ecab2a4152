"""What the loaders ask of the ground: the city's box, clock and money, its districts by name and by code."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from gis_data.models import Boundary, City
from gis_data.pack_types import Bounds


class NoCity(Exception):
    """No city is loaded, or another one; the text is a sentence for people."""


@dataclass(slots=True)
class Ground:
    """The one city of this database. ``today`` is the day there, whose districts are meant by their names."""

    pack: str
    bounds: Bounds
    zone: ZoneInfo
    currency: str
    today: dt.date
    _names: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    _versions: dict[str, int | None] = field(default_factory=dict)

    def codes_named(self, boundary_set: str, name: str) -> list[str]:
        """Codes of the districts of a set called ``name`` in any language (or by their code). One query a set."""
        if boundary_set not in self._names:
            found: dict[str, list[str]] = {}
            rows = Boundary.objects.on(self.today).filter(boundary_set__code=boundary_set).values_list("code", "names")
            for code, names in rows.order_by("code"):
                for one in {code, *names.values()}:
                    found.setdefault(one.casefold(), []).append(code)
            self._names[boundary_set] = found
        return self._names[boundary_set].get(name.casefold(), [])

    def boundary(self, place: str) -> int | None:
        """The number of the version in force today of "set/code"; None where there is none. One query each, once."""
        if place not in self._versions:
            group, _slash, code = place.partition("/")
            rows = Boundary.objects.on(self.today).filter(boundary_set__code=group, code=code)
            self._versions[place] = rows.values_list("pk", flat=True).first()
        return self._versions[place]


def ground(pack: str = "") -> Ground:
    """Return the city of this database. Raises `NoCity` where there is none, or it is not that of the pack named."""
    city = City.objects.first()
    if city is None:
        raise NoCity("No city is loaded yet: run load_city first.")
    if pack and city.pack != pack:
        raise NoCity(f"This database holds the city '{city.pack}', these works are of '{pack}'.")
    zone = ZoneInfo(city.time_zone)
    return Ground(city.pack, city.bounds.extent, zone, city.currency, dt.datetime.now(zone).date())
