"""A layer as a data set: what it holds, how much of it, how fresh it is, under what terms. Read from the declaration and its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache
from django.db.models import Count, Max
from django.utils import timezone

from layers.declaration import Licence, MapLayer
from layers.grid import Box

#: Counting ten million rows takes a second: a page may show a number of this age.
_COUNTED_S: Final = 60


@dataclass(frozen=True, slots=True)
class Link:
    """Where something is found: its name, what it is good for, its address."""

    title: str
    note: str
    address: str


@dataclass(frozen=True, slots=True)
class Download:
    """A file of a data set."""

    suffix: str
    title: str
    note: str
    media_type: str
    address: str


@dataclass(frozen=True, slots=True)
class Extent:
    """How many rows there are, and when the last of them changed (None where the layer does not say)."""

    rows: int
    changed: dt.datetime | None


@dataclass(frozen=True, slots=True)
class DataSet:
    """What is said of a layer in one language. ``box`` is west, south, east, north in degrees (SRID 4326)."""

    name: str
    title: str
    description: str
    extent: Extent
    licence: Licence | None
    credits: Sequence[str]
    box: Box | None
    fresh_seconds: int

    @property
    def live(self) -> bool:
        """Whether what changes is in it at once."""
        return self.fresh_seconds <= 1

    @property
    def fresh_minutes(self) -> int:
        return max(1, round(self.fresh_seconds / 60))


def data_set(layer: MapLayer, language: str) -> DataSet:
    """Return what is said of the layer: one query for its extent, and what finding licence, credits and box costs."""
    return DataSet(
        name=layer.name,
        title=str(layer.title),
        description=str(layer.description),
        extent=extent(layer),
        licence=layer.licence(language),
        credits=tuple(layer.attribution(language)),
        box=layer.bounds(),
        fresh_seconds=layer.fresh_seconds,
    )


def extent(layer: MapLayer) -> Extent:
    """Count the rows that may be shown; at most a minute old."""
    kept = f"opendata-extent-{layer.name}-{timezone.localdate()}"
    found = cache.get(kept)
    if found is None:
        moment = {"changed": Max(layer.updated)} if layer.updated else {}
        found = layer.queryset().aggregate(rows=Count("pk"), **moment)
        cache.set(kept, found, _COUNTED_S)
    return Extent(found["rows"], found.get("changed"))
