"""The square of the ground in which a point lies, as a number to index by."""

import math

from django.db import migrations

_HALF = math.pi * 6_378_137.0
_ZOOM = 15


def _along(metres: str) -> str:
    """Which of the squares of a side it is. What lies outside the world, or nowhere, is in the first or the last."""
    return f"least(greatest(floor(({metres}) * {(1 << _ZOOM) / (2 * _HALF)!r}), 0), {(1 << _ZOOM) - 1})::integer"


SQUARE = f"""
CREATE FUNCTION layers_square(point geometry) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN {_along(f"ST_X(point) + {_HALF!r}")} * {1 << _ZOOM} + {_along(f"{_HALF!r} - ST_Y(point)")}
"""


class Migration(migrations.Migration):
    dependencies = [("layers", "0003_kinds_by_month")]

    operations = [migrations.RunSQL(SQUARE, "DROP FUNCTION layers_square(geometry)")]
