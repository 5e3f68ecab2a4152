"""Where a page of a list begins: behind the thing with this key, at this moment. Both are public, so the address of a page tells nothing more.

A primary key in it would: its gaps say how many things there are that nobody may see. Rows stand in the order of the moment and then
of the key that all doors give, so a page can begin behind a thing that has gone in the meantime.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.db.models.lookups import GreaterThan, LessThan

from layers.declaration import MapLayer
from layers.features_fields import selected
from layers.finding import key_value

#: A moment as `written` writes it, or none; and a key without signs that nobody sees.
_POSITION: Final = re.compile(
    r"(?:([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)Z)?,([^\x00-\x1f\x7f]{1,240})"
)
#: Longer than any position; for who describes the parameter.
LONGEST: Final = 270
#: The same in SQL, of a column called ``moment``.
WRITTEN_SQL: Final = """to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


@dataclass(frozen=True, slots=True)
class Position:
    """Behind which thing a page begins; ``moment`` is None in the order of keys alone."""

    moment: dt.datetime | None
    key: str

    def __str__(self) -> str:
        return f"{written(self.moment) if self.moment else ''},{self.key}"


def written(moment: dt.datetime) -> str:
    """Return the moment as RFC 3339 writes it, in UTC, to the microsecond."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse_position(text: str) -> Position:
    """Read what ``str(Position)`` wrote; raises ValueError."""
    found = _POSITION.fullmatch(text)
    if not found:
        raise ValueError(text)
    return Position(dt.datetime.fromisoformat(found[1]).replace(tzinfo=dt.UTC) if found[1] else None, found[2])


def in_order(layer: MapLayer, moment: str) -> tuple[OrderBy, ...]:
    """Return the order of the rows: the newest by the column ``moment`` first, or by key where that is ''. No two of them are equal."""
    key: Any = _key(layer)
    if not moment:
        return (OrderBy(key),)
    return (OrderBy(F(moment), descending=True), OrderBy(key, descending=True))


def behind(layer: MapLayer, moment: str, position: Position) -> Q:
    """Return what stands behind a position in the order of `in_order`; raises ValueError for what can be none of this layer."""
    if bool(moment) != (position.moment is not None):
        raise ValueError("a position of another order")
    key = key_value(layer, position.key)
    if not moment:
        return Q(GreaterThan(_key(layer), key))
    # The first part alone is what the index can go by.
    return Q((f"{moment}__lte", position.moment)) & (Q((f"{moment}__lt", position.moment)) | Q(LessThan(_key(layer), key)))


def _key(layer: MapLayer) -> Any:
    return selected(layer, layer.field(layer.key), "")
