"""The things that lines name, read in batches: a file has so many that one statement would not bear all their keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from django.db.models import QuerySet

_BATCH: Final = 4_000


def of_keys(rows: QuerySet[Any, Any], keys: Iterable[int]) -> Iterator[Any]:
    """Yield the rows with these keys, in no order. One query for a page."""
    waiting = iter(set(keys))
    while batch := list(islice(waiting, _BATCH)):
        yield from rows.filter(pk__in=batch)
