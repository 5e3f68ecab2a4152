"""The one SQL statement behind a tile, put together from small named pieces.

Rows come from the layer's own queryset and nowhere else. The box of the tile is brought into the SRID of the column, never the
column into that of the tile, so that the spatial index is used. Numbers and texts are parameters; the only names that enter the
text are the layer's own, which `layers.declaration` has checked to be plain words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.gis.geos import Polygon
from django.db import OperationalError, connection
from django.db.models import ExpressionWrapper, F, Func, IntegerField, TextField
from django.db.models.lookups import Exact
from psycopg.errors import QueryCanceled

from layers import pyramid_stored_sql, pyramid_tile_sql
from layers.declaration import MapLayer
from layers.filters import Selection
from layers.grid import BUFFER, EXTENT, HALF, SQUARE_ZOOM, Box, Tile
from layers.prepared import one_value
from layers.problems import TooMuchWork
from layers.pyramid import DEEP

#: A tile that takes longer is refused: under load, a few such tiles would otherwise hold every connection.
LONGEST_MS: Final = 5_000
#: Cells along a side of a tile: 32 screen pixels wide on a 512-pixel tile. A power of two, so that a cell is a shift.
CELLS: Final = 16
_CELL_BITS: Final = (EXTENT // CELLS).bit_length() - 1
#: Detail below this many units (an eighth of a pixel each) is dropped from lines and polygons.
_DETAIL: Final = 4

# For this statement alone. A map asks for many tiles at once, so each does with one process: parallel workers were asked for by the
# planner because ST_AsMVTGeom is declared costly, and doubled the time of a tile; so did compiling its plan to machine code.
_LIMITS: Final = """SELECT set_config('statement_timeout', %s, true), set_config('jit', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true); """


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and its parameters; gives one row with one value, the tile's bytes.

    ``bounded``: it reads few rows whatever is there, and is run without limits, which cost a tenth of it. ``prepared``: the
    same text serves many tiles, with ``$1`` placeholders, and the server keeps its plan.
    """

    sql: str
    params: tuple[Any, ...]
    bounded: bool = False
    prepared: bool = False


def statement(layer: MapLayer, tile: Tile, selection: Selection) -> Statement:
    """Return the statement for a tile: counts per cell, points, or shapes, as the layer declares for this zoom.

    Counts are read where they are kept in advance and can answer what was asked; else the rows are counted, with the same result.
    """
    if layer.pyramid and layer.counted_at(tile.z):
        selection = selection.whole_months()
        if wanted := pyramid_tile_sql.reading(layer, selection):
            if pyramid_tile_sql.is_default(layer.pyramid, wanted):
                return Statement(*pyramid_stored_sql.read(layer, layer.pyramid, tile), bounded=True, prepared=True)
            return Statement(*pyramid_tile_sql.statement(layer, layer.pyramid, tile, wanted), bounded=True, prepared=True)
    if layer.counted_at(tile.z):
        # One unit more on each side than the tile: the exact edge is drawn by whole units, below.
        rows = _rows(layer, tile, selection, margin=1)
        pieces = _cells(layer, tile)
    elif layer.geometry == "point":
        rows = _rows(layer, tile, selection, margin=BUFFER)
        pieces = _drawn(layer, tile, *_point_on_grid(layer))
    else:
        rows = _rows(layer, tile, selection, margin=BUFFER)
        pieces = _drawn(layer, tile, *_shape_on_grid(layer, tile))
    return Statement(f"WITH chosen AS NOT MATERIALIZED ({rows.sql}) {pieces.sql}", rows.params + pieces.params)


def fetch(wanted: Statement, longest_ms: int = LONGEST_MS) -> bytes:
    """Run the statement (one round trip) and return the tile, b'' when nothing is in it; raises `TooMuchWork`."""
    if wanted.prepared:
        return one_value(wanted.sql, wanted.params) or b""
    try:
        with connection.cursor() as cursor:
            if wanted.bounded:
                cursor.execute(wanted.sql, wanted.params)
            else:
                cursor.execute(_LIMITS + wanted.sql, (str(longest_ms), *wanted.params))
                cursor.nextset()
            (tile,) = cursor.fetchone()
    except OperationalError as stopped:
        if isinstance(stopped.__cause__, QueryCanceled):
            raise TooMuchWork from stopped
        raise
    return bytes(tile or b"")


def _rows(layer: MapLayer, tile: Tile, selection: Selection, margin: int) -> Statement:
    """The rows of the tile: its key, its shape as stored, and the attributes that this tile needs."""
    fields = layer.fields
    if layer.counted_at(tile.z):
        fields = (layer.field(layer.grid_value),) if layer.grid_value else ()
    chosen = (
        layer.queryset()
        .filter(selection.condition(layer), *_inside(layer, tile, margin))
        .order_by()
        .values(
            tile_key=F("pk"),
            # Named as text, for GeoDjango would otherwise have the shape sent as bytes.
            tile_shape=ExpressionWrapper(F(layer.tile_column or layer.geometry_column), output_field=TextField()),
            **{f"field_{field.name}": field.expression(selection.language) for field in fields},
        )
    )
    sql, params = chosen.query.sql_with_params()
    return Statement(sql, tuple(params))


def _inside(layer: MapLayer, tile: Tile, margin: int) -> Iterator[Any]:
    """The conditions that choose what the tile shows, by the index that there is for them."""
    column = layer.tile_column
    if column is None or (layer.squares and tile.z < SQUARE_ZOOM):
        yield f"{layer.geometry_column}__bboverlaps", _polygon(tile.box_in_degrees(margin), 4326)
    elif layer.squares:
        # Points beyond the edge would each cost a look into the next square, and a map draws those of the tile alone.
        yield Exact(Func(F(column), function="layers_square", output_field=IntegerField()), tile.square)
        if tile.z > SQUARE_ZOOM:
            yield f"{column}__bboverlaps", _polygon(tile.box(), 3857)
    else:
        yield f"{column}__bboverlaps", _polygon(tile.box(margin), 3857)


def _polygon(box: Box, srid: int) -> Polygon:
    polygon = Polygon.from_bbox(box)
    polygon.srid = srid
    return polygon


def _cells(layer: MapLayer, tile: Tile) -> Statement:
    """Counts per cell, at the middle of what was counted.

    Places are whole units of the world at the deepest counted zoom, the same for every tile: each point is in exactly one cell of
    exactly one tile, sums have no rounding, and the same rows give the same bytes. Counting by cell and value first needs no
    sorting of points, which the ``mode()`` aggregate would. OFFSET 0 keeps the places from being worked out once per mention, and
    the edge is drawn after counting because the planner, not knowing how many rows an edge leaves, would sort instead of hashing.
    """
    value = f"field_{layer.grid_value}" if layer.grid_value else "NULL::text"
    named = f', (array_agg(value ORDER BY n DESC, value))[1] AS "{layer.grid_value}"' if layer.grid_value else ""
    shape = "tile_shape" if layer.tile_column else "ST_Transform(tile_shape, 3857)"
    deepest = max(DEEP, (layer.grid_below or 0) - 1)
    shift, scale = deepest - tile.z, EXTENT / Tile(deepest, 0, 0).side
    sql = f"""
    , placed AS (
        SELECT floor((ST_X({shape}) + %s) * %s)::int AS u, floor((%s - ST_Y({shape})) * %s)::int AS v, {value} AS value
        FROM chosen OFFSET 0),
    counted AS (
        SELECT (u >> {shift + _CELL_BITS}) - {tile.x * CELLS} AS i, (v >> {shift + _CELL_BITS}) - {tile.y * CELLS} AS j,
               value, count(*) AS n, sum(u) AS u, sum(v) AS v
        FROM placed GROUP BY 1, 2, 3),
    drawn AS (
        SELECT ST_MakePoint((div(sum(u), sum(n))::bigint >> {shift}) - {tile.x * EXTENT},
                            (div(sum(v), sum(n))::bigint >> {shift}) - {tile.y * EXTENT}) AS geom, sum(n)::bigint AS count{named}
        FROM counted WHERE i BETWEEN 0 AND {CELLS - 1} AND j BETWEEN 0 AND {CELLS - 1}
        GROUP BY i, j ORDER BY layers_morton(i, j))
    SELECT ST_AsMVT(drawn, %s, {EXTENT}, 'geom') FROM drawn"""  # names are checked words, see the top
    return Statement(sql, (HALF, scale, HALF, scale, layer.name))


def _drawn(layer: MapLayer, tile: Tile, shape: str, *params: Any) -> Statement:
    """The things themselves with their attributes, in the order of their keys, so that the same rows give the same bytes.

    ST_AsMVT itself leaves out what ST_AsMVTGeom made nothing of; a condition would have each shape worked out twice.
    """
    fields = "".join(f', field_{field.name} AS "{field.name}"' for field in layer.fields)
    sql = f"""
    , drawn AS (
        SELECT ST_AsMVTGeom({shape}, ST_MakeEnvelope(%s, %s, %s, %s, 3857), {EXTENT}, {BUFFER}, true) AS geom{fields}
        FROM chosen ORDER BY tile_key)
    SELECT ST_AsMVT(drawn, %s, {EXTENT}, 'geom') FROM drawn"""  # names are checked words
    return Statement(sql, (*params, *tile.box(), layer.name))


def _point_on_grid(layer: MapLayer) -> tuple[Any, ...]:
    """A point in SRID 3857."""
    return ("tile_shape",) if layer.tile_column else ("ST_Transform(tile_shape, 3857)",)


def _shape_on_grid(layer: MapLayer, tile: Tile) -> tuple[Any, ...]:
    """A line or polygon in SRID 3857: cut to the tile first, so that a big shape is not transformed whole for each tile."""
    box, cut = tile.box_in_degrees(2 * BUFFER), "ST_ClipByBox2D(tile_shape, ST_MakeEnvelope(%s, %s, %s, %s, 4326))"
    shape = f"ST_Transform({cut}, 3857)"
    if layer.tile_column:
        box, shape = tile.box(2 * BUFFER), "ST_ClipByBox2D(tile_shape, ST_MakeEnvelope(%s, %s, %s, %s, 3857))"
    if tile.z == layer.max_zoom:
        return shape, *box
    return f"ST_Simplify({shape}, %s)", *box, _DETAIL * tile.side / EXTENT
