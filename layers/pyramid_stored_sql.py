"""Tiles without filters, kept finished beside the counts of coarse zooms: the statement that reads one, and that which writes them.

A finished tile says what its counts say: who changes counts writes their tiles in the same transaction. It is read only while no note
lies in the tile; else, and where none is kept, the counts and the notes are read, with the same result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from django.db import connection
from psycopg.types.numeric import Int4, Int8

from layers.declaration import MapLayer
from layers.grid import EXTENT, Tile
from layers.pyramid import CELL_BITS, DEEP, NUMBER_AT, STORED, ZOOM_AT, Pyramid, cell_shift, tile_of

#: The bits of a tile's number that say where in the world it is.
_INSIDE: Final = (1 << ZOOM_AT) - 1
#: As the functions of the first migration take them, and the key of the tile before them.
_COLUMNS: Final = "tile, first_cell, last_cell, first_place, last_place, bits, shift, west, north"
_TYPES: Final = ("bigint",) * 5 + ("integer",) * 4


def read(layer: MapLayer, pyramid: Pyramid, tile: Tile) -> tuple[str, tuple[Any, ...]]:
    """Return SQL text with ``$1`` placeholders and parameters. The text is one for each zoom, so that the server keeps few plans.

    Cells and places follow from the number of the tile: that arithmetic costs less than a parameter.
    """
    bits = cell_shift(tile.z) + 2 * CELL_BITS  # of the places in a tile
    cell = f"(($1 >> {ZOOM_AT}) << {ZOOM_AT}) + (($1 & {_INSIDE}) << {2 * CELL_BITS})"
    place = f"{pyramid.places[0]} + (($1 & {_INSIDE}) << {bits})"
    places = f"{place}, {place} + {(1 << bits) - 1}"
    numbers = f"{cell}, {cell} + {(1 << 2 * CELL_BITS) - 1}, {places}, {cell_shift(tile.z)}, {DEEP - tile.z}, $2, $3"
    counted = f"({_drawn(layer, pyramid, numbers, '$4')})"
    params = (Int8(pyramid.key_of(tile)), Int4(tile.x * EXTENT), Int4(tile.y * EXTENT), layer.name)
    if tile.z not in STORED:
        return f"SELECT {counted}", params
    waits = f"SELECT FROM layers_pyramiddelta AS d WHERE d.place BETWEEN {places.replace(',', ' AND')}"
    kept = f"SELECT t.data FROM layers_pyramidtile AS t WHERE t.tile = $1 AND NOT EXISTS ({waits})"
    return f"SELECT coalesce(({kept}), {counted})", params


def write(layer: MapLayer, pyramid: Pyramid, keys: Collection[int]) -> None:
    """Write the finished tiles with these numbers (`Pyramid.key_of`) anew.

    Those of zooms that are not kept are passed over, and so are those in which a note lies already: they are not read until it is
    merged, and then they are written.
    """
    rows = list(_rows(pyramid, keys))
    if not rows:
        return
    arrays = ", ".join(f"%s::{kind}[]" for kind in _TYPES)
    drawn = _drawn(layer, pyramid, _COLUMNS.removeprefix("tile, "), "%s")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO layers_pyramidtile AS old (tile, data)
            SELECT tile, coalesce(({drawn}), '') FROM unnest({arrays}) AS asked ({_COLUMNS})
            WHERE NOT EXISTS (SELECT FROM layers_pyramiddelta AS d WHERE d.place BETWEEN first_place AND last_place) ORDER BY tile
            ON CONFLICT (tile) DO UPDATE SET data = excluded.data WHERE old.data <> excluded.data""",  # numbers and checked words
            [layer.name, *map(list, zip(*rows, strict=True))],
        )


def every_key(pyramid: Pyramid) -> list[int]:
    """Return the numbers of all tiles that have counts."""
    first = pyramid.cells[0]
    ends = [(first + (zoom << ZOOM_AT), first + (zoom + 1 << ZOOM_AT) - 1) for zoom in STORED]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT DISTINCT ((cell >> {ZOOM_AT}) << {ZOOM_AT}) | ((cell & {_INSIDE}) >> {2 * CELL_BITS})
            FROM layers_pyramidtotal JOIN unnest(%s::bigint[], %s::bigint[]) AS zoom (first, last) ON cell BETWEEN first AND last""",
            [*map(list, zip(*ends, strict=True))],
        )
        return [key for (key,) in cursor.fetchall()]


def _drawn(layer: MapLayer, pyramid: Pyramid, numbers: str, name: str) -> str:
    """The tile from counts and notes."""
    return f"""SELECT ST_AsMVT(drawn, {name}, {EXTENT}, 'geom') FROM (
        SELECT geom, n AS count, ('{{{",".join(pyramid.codes)}}}'::text[])[value] AS "{layer.grid_value}"
        FROM layers_totals({numbers})) AS drawn"""  # checked words


def _rows(pyramid: Pyramid, keys: Collection[int]) -> Iterator[tuple[int, ...]]:
    for key in sorted(keys):
        if key >> NUMBER_AT == pyramid.number and (tile := tile_of(key)).z in STORED:
            places = *pyramid.cells_of(tile), *pyramid.places_of(tile)
            yield key, *places, cell_shift(tile.z), DEEP - tile.z, tile.x * EXTENT, tile.y * EXTENT
