"""Whether a point lies in a box, edges included, said so that the planner judges it rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, F, Func

from layers.grid import Box

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler


class InBox(Func):
    """The point (degrees, SRID 4326) is in the box.

    For use beside ``&&``, which knows how many rows a box holds but sees places only to single precision. ST_Intersects would
    count as so dear that the planner reads half a table by another index to spare a few hundred calls.
    """

    output_field = BooleanField()

    def __init__(self, column: F, box: Box) -> None:
        super().__init__(column)
        self.box = box

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> tuple[str, tuple[Any, ...]]:  # type: ignore[override]  # Django's has more optional arguments
        point, params = compiler.compile(self.source_expressions[0])
        west, south, east, north = self.box
        x, y = f"ST_X({point}) BETWEEN %s AND %s", f"ST_Y({point}) BETWEEN %s AND %s"
        # A CASE, for bare comparisons would each be taken to leave a small part of the rows.
        return f"CASE WHEN {x} AND {y} THEN true ELSE false END", (*params, west, east, *params, south, north)
