"""One page of a feed: the things that changed last, and where to go on.

A page begins after the last thing of the page before, named by its moment and its key (`layers.positions`), never by number of page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.gis.db.models.functions import AsGeoJSON, PointOnSurface
from django.db.models import F
from django.utils.translation import gettext as _

from layers.filters import Selection
from layers.headlines import Teller
from layers.positions import Position, behind, in_order, parse_position
from layers.problems import BadRequest
from layers.rows_sql import fetch_rows

ENTRIES: Final = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as `Teller.columns` names them, with ``key``, ``updated``, ``created`` and ``place`` (longitude, latitude; None without)."""

    rows: Sequence[dict[str, Any]]
    following: Position | None


def parse_place(text: str) -> Position:
    """Read where a page begins; raises `BadRequest`."""
    try:
        return parse_position(text)
    except ValueError:
        raise _not_a_place() from None


def _not_a_place() -> BadRequest:
    return BadRequest(_("“%(name)s” takes what the link to the next page of the feed says.") % {"name": "before"})


def read(teller: Teller, selection: Selection, before: Position | None) -> Page:
    """Read one page in one statement; raises `TooMuchWork`, and `BadRequest` for a ``before`` that cannot be a key of the layer."""
    layer = teller.layer
    found = layer.queryset().filter(selection.condition(layer), (f"{layer.updated}__isnull", False))
    if before:
        try:
            found = found.filter(behind(layer, layer.updated, before))
        except ValueError:
            raise _not_a_place() from None
    columns = {
        **teller.columns(selection.language),
        "key": layer.field(layer.key).expression(selection.language),
        "updated": F(layer.updated),
        "created": F(layer.created),
        "place": AsGeoJSON(PointOnSurface(layer.geometry_column), precision=6),
    }
    rows = fetch_rows(found.order_by(*in_order(layer, layer.updated)).values(**columns)[: ENTRIES + 1])
    more, rows = len(rows) > ENTRIES, rows[:ENTRIES]
    for row in rows:
        row["place"] = json.loads(row["place"])["coordinates"] or None if row["place"] else None
    return Page(rows, Position(rows[-1]["updated"], str(rows[-1]["key"])) if more else None)
