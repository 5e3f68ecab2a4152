"""The first day of new boundaries, besides the open appeals that move (``issues/moves.py``): who works there, and what facts say."""

from __future__ import annotations

import datetime as dt
import time
from typing import Final
from uuid import uuid4

from django.db import transaction

from accounts.areas import follow_versions
from gis_data.models import Boundary, BoundaryDraft
from issues import batch_notice
from issues.routing.derive import learn
from notifications import outbox

#: Little of a turn in the background: open appeals move in the same one.
_SECONDS: Final = 20.0


def begin(draft: BoundaryDraft, today: dt.date) -> None:
    """Crews and staff follow their area, administrators hear of those who cannot, and facts learn of a set that is new.

    Again changes nothing. Where very many facts have to learn, the rest is asked for by a message of its own.
    """
    with transaction.atomic():
        batch_notice.put_left_behind(draft, follow_versions(today))
    if _is_new_set(draft) and not _learnt(draft):
        with transaction.atomic():
            outbox.put("routing-move", f"routing-move:{uuid4()}", {"boundary_draft": draft.pk})


def _is_new_set(draft: BoundaryDraft) -> bool:
    """Whether the set had no areas before this draft. One query."""
    earlier = Boundary.objects.filter(boundary_set=draft.boundary_set_id, valid__startswith__lt=draft.valid_from)
    return not earlier.exists()


def _learnt(draft: BoundaryDraft) -> bool:
    """Whether all facts know the set after this turn."""
    ends = time.monotonic() + _SECONDS
    return all(time.monotonic() < ends for _count in learn(draft.boundary_set))
