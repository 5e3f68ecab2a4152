"""A cell table finds, for very many points at once, which of a set's areas covers each (degrees, SRID 4326).

A grid lies over the areas. A cell that no border touches belongs as a whole to the same areas, so its answer is written down
once; only points in the other cells, a few of a hundred, are judged against the shapes. GEOS judges them with exact
arithmetic and PostGIS with plain: within a hair of a border the two may differ, and there `Exact` has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis_data.plane import edges

Floats: TypeAlias = NDArray[np.float64]
#: Numbers of areas, `NOBODY` where none covers the point.
Owners: TypeAlias = NDArray[np.int32]
#: Judges longitudes and latitudes as the database would.
Exact: TypeAlias = Callable[[Floats, Floats], Owners]

NOBODY: Final = -1
#: Stands in the table for a cell that a border touches.
_BORDER: Final = -2
#: In degrees; a tenth of a millimetre, thousands of times the roundings of either arithmetic.
_HAIR: Final = 1e-9
#: In degrees; smaller cells would let a hair reach beyond the cells marked for a border.
_SMALLEST_CELL: Final = 1e-6
#: In cells: borders are marked at points a step apart at most, and as far around each as covers the way to the next with room.
_STEP: Final = 0.25
_AROUND: Final = 0.15
#: Points looked up in one go: their intermediate results stay in the processor's cache.
_AT_ONCE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class _Grid:
    """``columns`` × ``rows`` cells, row by row from the south-west corner (``west``, ``south``); ``across``, ``up`` cells a degree."""

    west: float
    south: float
    across: float
    up: float
    columns: int
    rows: int

    @classmethod
    def over(cls, areas: Sequence[BaseGeometry], size: int) -> _Grid:
        """The grid with ``size`` cells along each side of the areas' box, and one more on each side of it."""
        shapes = [area for area in areas if not area.is_empty] or [shapely.Point(0, 0)]
        west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object)).tolist()
        width, height = max((east - west) / size, _SMALLEST_CELL), max((north - south) / size, _SMALLEST_CELL)
        columns, rows = int(np.ceil((east - west) / width)) + 2, int(np.ceil((north - south) / height)) + 2
        return cls(west - width, south - height, 1 / width, 1 / height, columns, rows)

    def cells(self, lon: Floats, lat: Floats) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """The numbers of the points' cells, 0 for a point beyond the grid, and which points lie in it."""
        x, y = (lon - self.west) * self.across, (lat - self.south) * self.up
        inside = (x >= 0) & (x < self.columns) & (y >= 0) & (y < self.rows)
        if not inside.all():
            x, y = np.where(inside, x, 0), np.where(inside, y, 0)
        return y.astype(np.intp) * self.columns + x.astype(np.intp), inside


@dataclass(frozen=True, slots=True, eq=False)
class CellTable:
    """The areas of one boundary set, ready for looking up points; of two areas that cover a point the earlier wins.

    ``cells`` holds for each cell of the grid its area, `NOBODY` or ``_BORDER``; ``edges`` are all edges of the areas, a line each.
    Looking up changes nothing: threads may share a table.
    """

    areas: tuple[BaseGeometry, ...]
    grid: _Grid
    cells: NDArray[np.int32]
    edges: shapely.STRtree

    @classmethod
    def build(cls, areas: Sequence[BaseGeometry], size: int = 1024) -> CellTable:
        """Make the table for valid (multi)polygons, SRID 4326; raises ValueError for other types and a ``size`` below 1.

        It takes 4 bytes a cell and some 300 an edge; the areas stay prepared.
        """
        if size < 1:
            raise ValueError(f"a grid of {size} cells")
        if wrong := {area.geom_type for area in areas} - {"Polygon", "MultiPolygon"}:
            raise ValueError(f"areas are (multi)polygons, not {', '.join(sorted(wrong))}")
        grid = _Grid.over(areas, size)
        outline, _area = edges(np.array(areas, dtype=object))
        cells = np.zeros(grid.columns * grid.rows, np.int32)
        _mark(grid, cells, outline)
        tree = shapely.STRtree(shapely.linestrings(outline))
        _warm(areas, tree)
        _fill(grid, cells, areas)
        return cls(tuple(areas), grid, cells, tree)

    def locate(self, lon: Floats, lat: Floats, exact: Exact | None = None) -> Owners:
        """The number of the first area that covers each point (its border counts), `NOBODY` where none does.

        With ``exact`` the points within 1e-9° of any border are judged by it, all in one call; without it by GEOS.
        """
        found = np.empty(lon.shape, np.int32)
        near = np.zeros(lon.shape, np.bool_)
        for start in range(0, lon.size, _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            found[part], near[part] = self._locate(lon[part], lat[part], by_hair=exact is not None)
        if exact is not None and near.any():
            found[near] = exact(lon[near], lat[near])
        return found

    def _locate(self, lon: Floats, lat: Floats, by_hair: bool) -> tuple[Owners, NDArray[np.bool_]]:
        """The owners by GEOS, and with ``by_hair`` which points are too close to a border for it and left open."""
        cell, inside = self.grid.cells(lon, lat)
        found = np.where(inside, self.cells[cell], np.int32(NOBODY))
        near = np.zeros(lon.shape, np.bool_)
        asked = np.flatnonzero(found == _BORDER)
        if by_hair:
            points = shapely.points(lon[asked], lat[asked])
            near[asked[self.edges.query(points, predicate="dwithin", distance=_HAIR)[0]]] = True
            asked = asked[~near[asked]]
        found[asked] = _owners(self.areas, lon[asked], lat[asked])
        return found, near


def _mark(grid: _Grid, cells: NDArray[np.int32], outline: Floats) -> None:
    """Write `_BORDER` to every cell that an edge of ``outline`` touches, and to some beside them."""
    ends = (outline - (grid.west, grid.south)) * (grid.across, grid.up)
    ways = ends[:, 1] - ends[:, 0]
    steps = np.maximum(np.ceil(np.abs(ways).max(axis=1) / _STEP), 1).astype(np.intp)
    edge = np.repeat(np.arange(len(ends)), steps + 1)
    last = np.cumsum(steps + 1)
    share = (np.arange(edge.size) - (last - steps - 1)[edge]) / steps[edge]
    x, y = (ends[edge, 0] + ways[edge] * share[:, None]).T
    for up in (-_AROUND, _AROUND):
        for right in (-_AROUND, _AROUND):
            cells[np.floor(y + up).astype(np.intp) * grid.columns + np.floor(x + right).astype(np.intp)] = _BORDER


def _warm(areas: Sequence[BaseGeometry], tree: shapely.STRtree) -> None:
    """Have every index built now: GEOS builds each at the first question, and not safely from two threads."""
    shapely.prepare(np.array(areas, dtype=object))
    for area in areas:
        if not area.is_empty:
            shapely.intersects_xy(area, *area.bounds[:2])
    tree.query(shapely.Point(0, 0))


def _fill(grid: _Grid, cells: NDArray[np.int32], areas: Sequence[BaseGeometry]) -> None:
    """Write the owner of every cell that is not at a border. Such cells side by side in a row have one: one question for all."""
    table = cells.reshape(grid.rows, grid.columns)
    free = table != _BORDER
    starts = free.copy()
    starts[:, 1:] &= ~free[:, :-1]
    row, column = np.nonzero(starts)
    lon, lat = grid.west + (column + 0.5) / grid.across, grid.south + (row + 0.5) / grid.up
    owners = _owners(areas, lon.astype(np.float64), lat.astype(np.float64))
    table[free] = owners[np.cumsum(starts.ravel())[free.ravel()] - 1]


def _owners(areas: Sequence[BaseGeometry], lon: Floats, lat: Floats) -> Owners:
    """The first prepared area that covers each point, by GEOS."""
    order = np.argsort(lat)
    lon, lat = lon[order], lat[order]
    by_lat = np.full(lat.shape, NOBODY, np.int32)
    for number, (west, south, east, north) in enumerate(shapely.bounds(np.array(areas, dtype=object))):
        start, end = np.searchsorted(lat, south), np.searchsorted(lat, north, "right")
        open_ = (by_lat[start:end] == NOBODY) & (lon[start:end] >= west) & (lon[start:end] <= east)
        at = start + np.flatnonzero(open_)
        by_lat[at[shapely.intersects_xy(areas[number], lon[at], lat[at])]] = number
    found = np.empty_like(by_lat)
    found[order] = by_lat
    return found


# The points come grouped by the area whose box holds them, so that PostGIS keeps the area's index from point to point; OFFSET 0
# keeps the planner from reading the shape anew for each point.
_ASK: Final = """
SELECT place.number, min(area.number)
FROM unnest(%s::int[], %s::bytea[], %s::int[], %s::int[]) AS area (number, wkb, first, last)
CROSS JOIN LATERAL (SELECT ST_GeomFromWKB(area.wkb, 4326) AS shape OFFSET 0) AS read
CROSS JOIN LATERAL unnest((%s::int[])[first:last], (%s::float8[])[first:last], (%s::float8[])[first:last]) AS place (number, lon, lat)
WHERE ST_Covers(read.shape, ST_SetSRID(ST_MakePoint(place.lon, place.lat), 4326))
GROUP BY place.number
"""


def postgis_exact(areas: Sequence[BaseGeometry]) -> Exact:
    """Judge by PostGIS's own ST_Covers: one statement a call, which carries the shapes that may cover one of the points."""
    return partial(_ask_postgis, tuple(areas), shapely.bounds(np.array(areas, dtype=object)))


def _ask_postgis(areas: tuple[BaseGeometry, ...], boxes: Floats, lon: Floats, lat: Floats) -> Owners:
    found = np.full(lon.shape, NOBODY, np.int32)
    held = [np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)) for west, south, east, north in boxes]
    asked = [number for number, points in enumerate(held) if points.size]
    if not asked:
        return found
    points = np.concatenate([held[number] for number in asked])
    ends = np.cumsum([held[number].size for number in asked])
    firsts = ends - [held[number].size - 1 for number in asked]
    shapes = [shapely.to_wkb(areas[number]) for number in asked]
    lists = (points.tolist(), lon[points].tolist(), lat[points].tolist())
    with connection.cursor() as cursor:
        cursor.execute(_ASK, [asked, shapes, firsts.tolist(), ends.tolist(), *lists])
        for point, area in cursor:
            found[point] = area
    return found
