"""Shapes as GeoJSON for a drawing: cut and simplified to what is seen, and measured so that the largest come first."""

from __future__ import annotations

from django.db.models import F, FloatField, Func, TextField, Value

from layers.grid import Box


def outline(column: str, box: Box, detail: float) -> Func:
    """What of a column (SRID 4326) lies in ``box`` (degrees), without turns smaller than ``detail`` degrees: GeoJSON, or NULL.

    Cut first: a shape much larger than the box is costly to simplify. Five decimals of a degree are a metre.
    """
    edges = Func(*map(Value, box), Value(4326), function="ST_MakeEnvelope", output_field=TextField())
    cut = Func(F(column), edges, function="ST_ClipByBox2D", output_field=TextField())
    simple = Func(cut, Value(detail), function="ST_Simplify", output_field=TextField())
    return Func(simple, Value(5), function="ST_AsGeoJSON", output_field=TextField())


def size(column: str) -> Func:
    """How large a shape is drawn: the length of a line, of an area's border; in degrees, to compare only."""
    shape = F(column)
    length = Func(shape, function="ST_Length2D", output_field=FloatField())
    return Func(length + Func(shape, function="ST_Perimeter2D", output_field=FloatField()), template="%(expressions)s")
