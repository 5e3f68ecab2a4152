"""The streets and things of the loaded city on which invented works are put. Shapes are degrees, SRID 4326."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from gis_data.metres import metres_per_degree
from gis_data.models import Asset, Street
from works.firms import Firm

_CLASSES: Final = ("primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "pedestrian")
_SHORTEST_M: Final = 25.0

#: Firms that do not exist; the later writings are those of careless clerks.
ASPHALT: Final = ("Kuvitelma Asfaltti Oy", "KUVITELMA ASFALTTI OY", "Kuvitelma-Asfaltti, Oy", "Oy Kuvitelma Asfaltti")
PAVING: Final = ("Satu Kiveys Oy", "Satu Kiveys OY", "SATU  KIVEYS OY")
PIPES: Final = ("Haave Putki Oy", "Haave Putki, Oy")
LIGHTS: Final = ("Tarina Valo Oy", "TARINA VALO OY")
GREEN: Final = ("Unelma Viherpalvelu Oy", "Unelma Viherpalvelu Osakeyhtiö")
BUILDERS: Final = ("Esimerkki Rakennus Oyj", "Esimerkki Rakennus OYJ")
MARKERS: Final = ("Malli Tiemerkintä Ab", "Malli Tiemerkintä AB")
OTHERS: Final = ("Keksitty Infra Oy", "Olematon Urakointi Oy", "Satunnainen Maanrakennus Ky")
#: The register of offices that only the demonstration has; codes of a pack's services.
SCHEME: Final = "DEMO"


@dataclass(slots=True)
class Lane:
    """A street by its name: its pieces with their numbers in the source."""

    name: str
    pieces: list[tuple[str, BaseGeometry]] = field(default_factory=list)

    def whole(self) -> BaseGeometry:
        """All pieces as one (multi)line."""
        merged = shapely.line_merge(shapely.union_all([line for _number, line in self.pieces]))
        return merged if merged.geom_type in {"LineString", "MultiLineString"} else self.pieces[0][1]


def lanes() -> list[Lane]:
    """Streets that carry traffic, in the order of their names. One query."""
    found: dict[str, Lane] = {}
    rows = Street.objects.filter(road_class__in=_CLASSES).order_by("source_id").values_list("source_id", "names", "geometry")
    for number, names, geometry in rows.iterator():
        name = str(names.get("fi") or next(iter(names.values()), ""))
        for part in shapely.get_parts(shapely.from_wkb(bytes(geometry.wkb))):
            if name and metres_of(part) >= _SHORTEST_M:
                found.setdefault(name, Lane(name)).pieces.append((number, part))
    return [found[name] for name in sorted(found)]


def assets(kind: str) -> list[tuple[str, BaseGeometry]]:
    """Things of one kind with their numbers. One query."""
    rows = Asset.objects.filter(kind=kind).order_by("source_id").values_list("source_id", "geometry")
    return [(number, shapely.from_wkb(bytes(geometry.wkb))) for number, geometry in rows]


def metres_of(line: BaseGeometry) -> float:
    """Length of a line in degrees, in metres."""
    east, north = metres_per_degree(line.centroid.y)
    return float(shapely.transform(line, lambda places: places * (east, north)).length)


def spot(line: BaseGeometry, chance: random.Random) -> BaseGeometry:
    """A point on a line."""
    return rounded(line.interpolate(chance.uniform(0.05, 0.95), normalized=True))


def stretch(line: BaseGeometry, chance: random.Random, share: float) -> BaseGeometry:
    """A part of a line, ``share`` of its length."""
    begins = chance.uniform(0, 1 - share)
    return rounded(substring(line, begins, begins + share, normalized=True))


def nudged(point: BaseGeometry, chance: random.Random, metres: float) -> BaseGeometry:
    """A point up to some metres away."""
    east, north = metres_per_degree(point.y)
    return rounded(
        shapely.Point(point.x + chance.uniform(-metres, metres) / east, point.y + chance.uniform(-metres, metres) / north)
    )


def rounded(shape: BaseGeometry) -> BaseGeometry:
    """Coordinates to a tenth of a metre: libraries differ in what stands behind it."""
    return shapely.transform(shape, lambda places: places.round(6))


def firm(writings: Sequence[str], chance: random.Random) -> Firm:
    """A firm, mostly written as it should be."""
    return Firm(writings[0] if chance.random() < 0.6 else chance.choice(list(writings)))


def office(code: str, name: str) -> Firm:
    """A service of the demonstration city as a public body."""
    return Firm(name, SCHEME, code)


def euros(low: int, high: int, chance: random.Random) -> Decimal:
    """An amount to the cent, as bills are."""
    return Decimal(chance.randint(low * 100, high * 100)) / 100


def round_euros(low: int, high: int, chance: random.Random) -> Decimal:
    """An amount in thousands, as plans are."""
    return Decimal(chance.randint(low // 1000, high // 1000) * 1000)
