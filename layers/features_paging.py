"""Pages by key: each begins behind the last row of the one before, so none is repeated or left out while rows come and go.

The newest come first where a layer knows when each came to be; else rows stand in the order of their keys.
"""

from __future__ import annotations

import re
from typing import Final

from django.db.models import Q
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext as _

from layers import positions
from layers.declaration import MapLayer
from layers.features_time import always_known
from layers.problems import BadRequest

DEFAULT_LIMIT: Final = 100
MOST: Final = 10_000

_WHOLE: Final = re.compile(r"0*[1-9][0-9]*", re.ASCII)


def parse_limit(text: str) -> int:
    """Read ``limit``; more than `MOST` is `MOST` (``fc-limit-response-1``). Raises `BadRequest`."""
    if not _WHOLE.fullmatch(text):
        raise BadRequest(_("“limit” takes a whole number from 1 on."))
    digits = text.lstrip("0")
    return MOST if len(digits) > len(str(MOST)) else min(MOST, int(digits))


def by_time(layer: MapLayer) -> bool:
    """Whether rows stand in the order of time. A moment that may be missing, or that another table holds, gives no order."""
    return bool(_moment(layer))


def order(layer: MapLayer) -> tuple[OrderBy, ...]:
    """Return the order of the rows; it leaves no two of them equal."""
    return positions.in_order(layer, _moment(layer))


def behind(layer: MapLayer, text: str) -> Q:
    """Return what stands behind a position that a page gave; raises `BadRequest`."""
    try:
        return positions.behind(layer, _moment(layer), positions.parse_position(text))
    except ValueError:
        raise BadRequest(_("“after” takes what a link to the next page holds, nothing else.")) from None


def _moment(layer: MapLayer) -> str:
    return layer.created if layer.created and always_known(layer, layer.created) else ""
