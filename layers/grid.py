"""The grid of web map tiles: which square of the ground a tile is (XYZ scheme of OGC WebMercatorQuad, y grows southward).

Boxes are (west, south, east, north); in metres of SRID 3857 unless a name says degrees (SRID 4326).
"""

import math
import re
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from layers.problems import BadRequest

Box = tuple[float, float, float, float]

#: Half the width of the Web Mercator square in metres.
HALF: Final = math.pi * 6_378_137.0
#: Units along the side of one tile (MVT 2.1); 8 of them are one screen pixel of a 512-pixel tile.
EXTENT: Final = 4096
#: How far beyond its edges a tile holds lines and areas (and points without squares), in units, so that no stroke ends at an edge.
BUFFER: Final = 64
DEEPEST: Final = 24
#: The zoom whose tiles are the squares by which an index finds points (`layers_square` in the database).
SQUARE_ZOOM: Final = 15

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tile:
    """One square of the grid; ``0 <= x, y < 2**z``."""

    z: int
    x: int
    y: int

    @property
    def side(self) -> float:
        """Length of a side in metres of SRID 3857."""
        return 2 * HALF / (1 << self.z)

    @property
    def square(self) -> int:
        """The number of the square that it is or lies in, as ``layers_square`` gives it for a point; from `SQUARE_ZOOM` on."""
        up = self.z - SQUARE_ZOOM
        return (self.x >> up) << SQUARE_ZOOM | self.y >> up

    def box(self, margin: float = 0.0) -> Box:
        """The square in SRID 3857, widened on each side by ``margin`` units (of which `EXTENT` make a side)."""
        side, more = self.side, self.side * margin / EXTENT
        west, north = self.x * side - HALF, HALF - self.y * side
        return (west - more, north - side - more, west + side + more, north + more)

    def box_in_degrees(self, margin: float = 0.0) -> Box:
        """The same square in SRID 4326. Exact: a rectangle of Web Mercator is one of longitude and latitude too."""
        west, south, east, north = self.box(margin)
        return (_longitude(west), _latitude(south), _longitude(east), _latitude(north))


def parse_tile(z: str, x: str, y: str, zooms: range) -> Tile:
    """Read a tile's address; raises `BadRequest` for what is no number, outside ``zooms``, or outside the grid."""
    if not all(_NUMBER.fullmatch(part) for part in (z, x, y)):
        raise BadRequest(_("A tile is addressed by three whole numbers: zoom, column, row."))
    tile = Tile(int(z), int(x), int(y))
    if tile.z not in zooms:
        raise BadRequest(_("This layer has tiles from zoom %(first)s to zoom %(last)s.") % {"first": zooms[0], "last": zooms[-1]})
    if not (tile.x < 1 << tile.z and tile.y < 1 << tile.z):
        raise BadRequest(
            _("At zoom %(zoom)s, columns and rows go from 0 to %(last)s.") % {"zoom": tile.z, "last": (1 << tile.z) - 1}
        )
    return tile


def tile_at(lon: float, lat: float, z: int) -> Tile:
    """Return the tile that holds a place (degrees, SRID 4326; latitudes beyond the grid go to its edge)."""
    size = 1 << z
    column = (lon + 180.0) / 360.0 * size
    row = (1.0 - math.asinh(math.tan(math.radians(max(-89.9, min(89.9, lat))))) / math.pi) / 2.0 * size
    return Tile(z, max(0, min(size - 1, math.floor(column))), max(0, min(size - 1, math.floor(row))))


def _longitude(x: float) -> float:
    return x / HALF * 180.0


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(y / HALF * math.pi)))
