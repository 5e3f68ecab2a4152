"""One page of a feed: the things that changed last, and where to go on.

A page begins after the last thing of the page before, named by its moment and its key; the rows are counted by the two columns
``updated`` and primary key, never by number of page.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.gis.db.models.functions import AsGeoJSON, PointOnSurface
from django.db.models import Exists, F, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from layers.declaration import MapLayer
from layers.filters import Selection
from layers.finding import things_called
from layers.headlines import Teller
from layers.problems import BadRequest
from layers.rows_sql import fetch_rows

ENTRIES: Final = 50
_PLACE: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)Z,([^\x00-\x1f\x7f]{1,200})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """After which thing a page begins: the one called ``key``, changed at ``moment``."""

    moment: dt.datetime
    key: str

    def __str__(self) -> str:
        return f"{written(self.moment)},{self.key}"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as `Teller.columns` names them, with ``key``, ``updated``, ``created`` and ``place`` (longitude, latitude; None without)."""

    rows: Sequence[dict[str, Any]]
    following: Place | None


def written(moment: dt.datetime) -> str:
    """Return the moment as RFC 3339 writes it, in UTC, to the microsecond."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse_place(text: str) -> Place:
    """Read what ``str(Place)`` wrote; raises `BadRequest`."""
    found = _PLACE.fullmatch(text)
    try:
        moment = dt.datetime.fromisoformat(found[1]).replace(tzinfo=dt.UTC) if found else None
    except ValueError:
        moment = None
    if not found or moment is None:
        raise _not_a_place()
    return Place(moment, found[2])


def _not_a_place() -> BadRequest:
    return BadRequest(_("“%(name)s” takes what the link to the next page of the feed says.") % {"name": "before"})


def read(teller: Teller, selection: Selection, before: Place | None) -> Page:
    """Read one page in one statement; raises `TooMuchWork`, and `BadRequest` for a ``before`` that cannot be a key of the layer."""
    layer = teller.layer
    found = layer.queryset().filter(selection.condition(layer), (f"{layer.updated}__isnull", False))
    if before:
        found = _beyond(found, layer, before)
    columns = {
        **teller.columns(selection.language),
        "key": layer.field(layer.key).expression(selection.language),
        "updated": F(layer.updated),
        "created": F(layer.created),
        "place": AsGeoJSON(PointOnSurface(layer.geometry_column), precision=6),
    }
    rows = fetch_rows(found.order_by(F(layer.updated).desc(), "-pk").values(**columns)[: ENTRIES + 1])
    more, rows = len(rows) > ENTRIES, rows[:ENTRIES]
    for row in rows:
        row["place"] = json.loads(row["place"])["coordinates"] or None if row["place"] else None
    return Page(rows, Place(rows[-1]["updated"], str(rows[-1]["key"])) if more else None)


def _beyond(found: QuerySet[Any], layer: MapLayer, place: Place) -> QuerySet[Any]:
    """Rows after ``place``. When its thing is gone, those of the same moment come again: rather twice than never."""
    try:
        named = things_called(layer, place.key)
    except ValueError:
        raise _not_a_place() from None
    later = Q(pk__lt=Subquery(named.values("pk")[:1])) | ~Exists(named)
    # The plain comparison lets an index start at the right place.
    return found.filter((f"{layer.updated}__lte", place.moment)).filter(Q((f"{layer.updated}__lt", place.moment)) | later)
