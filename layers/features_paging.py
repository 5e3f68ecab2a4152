"""Pages by key: each begins behind the last row of the one before, so none is repeated or left out while rows come and go.

The newest come first where a layer knows when each came to be; else rows stand in the order of their primary key.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from layers.declaration import MapLayer
from layers.features_time import always_known
from layers.problems import BadRequest

DEFAULT_LIMIT: Final = 100
MOST: Final = 10_000

_WHOLE: Final = re.compile(r"0*[1-9][0-9]*", re.ASCII)
_POSITION: Final = re.compile(r"(?:(-?[0-9]{1,18})\.)?([\w-]{1,64})", re.ASCII)
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_BIGGEST: Final = 2**63


def parse_limit(text: str) -> int:
    """Read ``limit``; more than `MOST` is `MOST` (``fc-limit-response-1``). Raises `BadRequest`."""
    if not _WHOLE.fullmatch(text):
        raise BadRequest(_("“limit” takes a whole number from 1 on."))
    digits = text.lstrip("0")
    return MOST if len(digits) > len(str(MOST)) else min(MOST, int(digits))


def by_time(layer: MapLayer) -> bool:
    """Whether rows stand in the order of time. A moment that may be missing, or that another table holds, gives no order."""
    return bool(layer.created) and always_known(layer, layer.created)


def order(layer: MapLayer) -> tuple[str, ...]:
    """Return the order of the rows; it leaves no two of them equal."""
    return (f"-{layer.created}", "-pk") if by_time(layer) else ("pk",)


def behind(layer: MapLayer, text: str) -> Q:
    """Return what stands behind a place that `place` wrote; raises `BadRequest`."""
    found = _POSITION.fullmatch(text)
    if not found or bool(found[1]) != by_time(layer):
        raise _lost()
    key = _key(layer, found[2])
    if not found[1]:
        return Q(pk__gt=key)
    try:
        moment = _EPOCH + dt.timedelta(microseconds=int(found[1]))
    except OverflowError:
        raise _lost() from None
    # The first part alone is what the index can go by.
    return Q((f"{layer.created}__lte", moment)) & (Q((f"{layer.created}__lt", moment)) | Q(pk__lt=key))


def _key(layer: MapLayer, text: str) -> Any:
    primary = layer.queryset().model._meta.pk
    try:
        key = primary.to_python(text) if primary else text
    except ValidationError:
        raise _lost() from None
    if isinstance(key, int) and not -_BIGGEST <= key < _BIGGEST:
        raise _lost()
    return key


def _lost() -> BadRequest:
    return BadRequest(_("“after” takes what a link to the next page holds, nothing else."))
