"""Routing's work for the background: outbox handlers. Each may be called again at any time and goes on where it stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from gis_data import city_time
from gis_data.drafts import DraftProblem, publish_draft
from gis_data.models import BoundaryDraft, DraftState
from issues import moves, new_boundaries
from issues.models import Replay, ReplayState, RuleSet, RuleSetState
from issues.routing import publish
from issues.routing.derive import derive_missing, missing
from issues.routing.replay import try_boundaries, try_rules
from notifications import outbox

#: Shorter than the lease of a message, so that nobody else takes it over meanwhile.
_SECONDS: Final = 45.0
#: More than the clocks of two machines differ.
_CLOCKS_DIFFER: Final = dt.timedelta(minutes=1)


def run_replay(payload: Mapping[str, Any]) -> None:
    """``routing-replay`` ``{"replay": id}``: try the draft, keep the result. A draft thrown away meanwhile took its replay along."""
    replay = Replay.objects.select_related("rule_set", "boundary_draft__boundary_set").filter(pk=payload["replay"]).first()
    if replay is None or replay.state != ReplayState.WAITING:
        return
    try:
        if replay.rule_set is not None:
            replay.result = try_rules(replay.rule_set, replay.since)
        elif replay.boundary_draft is not None:
            replay.result = try_boundaries(replay.boundary_draft, replay.since)
        replay.state = ReplayState.DONE
    except DraftProblem as problem:
        replay.state, replay.error = ReplayState.FAILED, str(problem)[:240]
    replay.finished_at = timezone.now()
    replay.save(update_fields=["state", "result", "error", "finished_at"])


def read_facts(_payload: Mapping[str, Any]) -> None:
    """``routing-facts``: read the ground at the pins of appeals that were never decided here; the rest by a message of its own."""
    derive_missing(_SECONDS)
    if missing(limit=1):
        ask_for_facts()


def ask_for_facts() -> None:
    """Queue the reading of the ground for all appeals without facts."""
    with transaction.atomic():
        outbox.put("routing-facts", f"routing-facts:{uuid4()}", {})


def move_open(payload: Mapping[str, Any]) -> None:
    """``routing-move`` ``{"rule_set": id}`` or ``{"boundary_draft": id}``: on their first day open appeals follow.

    ``day`` is the first day as it was planned when the message was written.
    """
    if "rule_set" in payload:
        rule_set = RuleSet.objects.filter(pk=payload["rule_set"], state=RuleSetState.PUBLISHED, moved_at=None).first()
        # Withdrawn or replaced before its day: then there is nothing to follow.
        if rule_set is None or not rule_set.valid or not _has_come(rule_set.valid.lower, payload):
            return
        if publish.in_force(city_time.today()) != rule_set:
            return
        done = moves.apply_rules(rule_set, None, _SECONDS)
    else:
        draft = BoundaryDraft.objects.filter(pk=payload["boundary_draft"], state=DraftState.PUBLISHED).first()
        if draft is None or not _has_come(draft.valid_from, payload):
            return
        new_boundaries.begin(draft, city_time.today())
        done = not draft.moves_open or draft.moved_at is not None or moves.apply_boundaries(draft, None, _SECONDS)
    if not done:
        with transaction.atomic():
            outbox.put("routing-move", f"routing-move:{uuid4()}", payload)


def _has_come(first: dt.date | None, payload: Mapping[str, Any]) -> bool:
    """Whether the message speaks of the first day as it is planned now, and that day has come.

    What was withdrawn may have been published again for another day, with a message of its own. The database's clock, by which
    messages come, may be ahead of ours: then this one is written again for a little later.
    """
    if first is not None and payload.get("day", first.isoformat()) != first.isoformat():
        return False
    if first is None or first <= city_time.today():
        return True
    with transaction.atomic():
        outbox.put("routing-move", f"routing-move:{uuid4()}", payload, city_time.morning(first) + _CLOCKS_DIFFER)
    return False


def publish_rules(draft: RuleSet, day: dt.date, *, moves_open: bool) -> None:
    """Put rules into force from ``day``, and let open appeals follow that morning; raises `issues.errors.Invalid`."""
    with transaction.atomic():
        publish.publish_rules(draft, day, moves_open=moves_open)
        if moves_open:
            _put_move("rules", {"rule_set": draft.pk}, day)


def publish_boundaries(draft: BoundaryDraft, day: dt.date, *, moves_open: bool) -> None:
    """Put boundaries into force from ``day``; crews, staff and open appeals follow that morning. Raises `DraftProblem`."""
    with transaction.atomic():
        publish_draft(draft, day, moves_open)
        _put_move("boundaries", {"boundary_draft": draft.pk}, day)


def _put_move(what: str, ids: Mapping[str, int], day: dt.date) -> None:
    """One message for a morning to come, however often the same is withdrawn and published again for it."""
    # A message for today may have come and gone while another day was planned.
    turn = day.isoformat() if day > city_time.today() else str(uuid4())
    key = ":".join(["routing-move", what, *map(str, ids.values()), turn])
    outbox.put("routing-move", key, {**ids, "day": day.isoformat()}, city_time.morning(day))
