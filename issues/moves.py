"""Open appeals follow new rules or boundaries on the day these come into force: as one batch, with notice, and reversibly.

An appeal moves when it still is where the old rules would put it and the new ones put it elsewhere. One that a member of
staff sent somewhere stays, and so does one on which a crew has started. What was decided in the past keeps its reason.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from gis_data import city_time
from gis_data.models import BoundaryDraft
from gis_data.versions import shapes_on
from issues import batch_notice, changes, states
from issues.flags import TO_CHECK
from issues.models import (
    Appeal,
    AppealFacts,
    EventKind,
    FactKey,
    RerouteBatch,
    RerouteMove,
    RoutingDecision,
    RuleSet,
)
from issues.rerouting import BY_HAND
from issues.routing import facts_sql, replay_ground, replay_sql
from issues.routing.choose import Decision, choose
from issues.routing.derive import STEP, derive
from issues.routing.facts_sql import Question
from issues.routing.replay import Case, Outcome, Trial, rules_outcome

#: So many appeals move in one transaction.
_AT_ONCE: Final = 100

Places = dict[int, int | None]


@dataclass(frozen=True, slots=True)
class Undone:
    """How many appeals went back, and how many were left because people have worked on them since."""

    moved_back: int
    left: int


def apply_rules(rule_set: RuleSet, actor: User | None, seconds: float | None = None) -> bool:
    """Move open appeals to where ``rule_set``, in force by now, sends them; return whether all are done.

    After ``seconds`` it stops between two transactions; called again it goes on with the same batch.
    """
    trial = Trial(None, old_set=_before(rule_set))
    outcome = rules_outcome(rule_set, trial)
    found: Places = {}
    for before, cases in _by_service(outcome, outcome.moved).items():
        combined = [(key, slot, answers) for key, _same, slot, answers in cases]
        found |= dict.fromkeys(replay_sql.open_of(combined, trial.params), before)
    batch = _batch(actor, rule_set=rule_set) if found else None
    done = batch is None or _move_all(batch, found, actor, seconds)
    if done:
        RuleSet.objects.filter(pk=rule_set.pk, moved_at=None).update(moved_at=timezone.now())
    return done


def apply_boundaries(draft: BoundaryDraft, actor: User | None, seconds: float | None = None) -> bool:
    """Read the ground of open appeals in the changed area again, and move those that now belong elsewhere; see `apply_rules`."""
    assert draft.valid_from is not None  # a published one
    trial = Trial(None)
    trial.look_at(trial.rules)
    old, new = (shapes_on(draft.boundary_set, day) for day in (draft.valid_from - dt.timedelta(days=1), trial.day))
    cases = replay_ground.cases_between(draft.boundary_set, old, new, trial.params)
    changed = [case for case in cases.counted if case[0] != case[1]]
    outcome = Outcome(counted={case: cases.counted[case] for case in changed}, keys=cases.keys)
    for case in changed:
        outcome.before[case] = trial.decide(cases.keys[case[0]], case[2], case[3], trial.rules)
        outcome.after[case] = trial.decide(cases.keys[case[1]], case[2], case[3], trial.rules)
    found: Places = {}
    for before, moved in _by_service(outcome, outcome.moved).items():
        found |= dict.fromkeys(cases.open_of(moved), before)
    batch = _batch(actor, boundary_draft=draft) if found else None
    done = batch is None or _move_all(batch, found, actor, seconds)
    if done:
        _read_again(cases.open_of(changed))
        BoundaryDraft.objects.filter(pk=draft.pk, moved_at=None).update(moved_at=timezone.now())
    return done


def undo(batch: RerouteBatch, actor: User | None) -> Undone:
    """Send the appeals of a batch back to where they were, except those on which people have decided since."""
    moved_back = left = 0
    with transaction.atomic():
        row = RerouteBatch.objects.select_for_update().get(pk=batch.pk)
        if row.undone_at is not None:
            raise states.NotAllowed("", "undo", _("This batch was undone already."))
        for move in row.moves.filter(undone=None).select_related("before", "after").order_by("appeal_id"):
            if _back(row, move, actor):
                moved_back += 1
            else:
                left += 1
        row.undone_at, row.undone_by = timezone.now(), actor
        row.save(update_fields=["undone_at", "undone_by"])
        batch_notice.put(row, undone=True)
    return Undone(moved_back, left)


def _by_service(outcome: Outcome, cases: Iterable[Case]) -> dict[int | None, list[Case]]:
    """The cases by the service that has them."""
    found: dict[int | None, list[Case]] = {}
    for case in cases:
        before = outcome.before[case]
        found.setdefault(before.id if before else None, []).append(case)
    return found


def _before(rule_set: RuleSet) -> RuleSet | None:
    """The set that was in force until ``rule_set`` was: the one that ended on its first day or was replaced on it."""
    first = rule_set.valid.lower if rule_set.valid else None
    ended = RuleSet.objects.filter(state="published").exclude(pk=rule_set.pk)
    if first is None:
        return None
    return ended.filter(valid__endswith=first).order_by("-published_at").first() or rule_set.based_on


def _batch(actor: User | None, **of: Any) -> RerouteBatch:
    """The batch of this change: begun anew, or the one that was interrupted."""
    found = RerouteBatch.objects.filter(undone_at=None, **of).order_by("-pk").first()
    return found or RerouteBatch.objects.create(actor=actor, **of)


def _move_all(batch: RerouteBatch, found: Places, actor: User | None, seconds: float | None) -> bool:
    ends = None if seconds is None else time.monotonic() + seconds
    ids = sorted(found.keys() - set(batch.moves.values_list("appeal_id", flat=True)))
    for start in range(0, len(ids), _AT_ONCE):
        if ends is not None and time.monotonic() >= ends:
            return False
        with transaction.atomic():
            RerouteBatch.objects.select_for_update().get(pk=batch.pk)  # two workers take turns
            for appeal in ids[start : start + _AT_ONCE]:
                _move(batch, appeal, found[appeal], actor)
    batch_notice.put(batch, undone=False)
    return True


def _move(batch: RerouteBatch, appeal: int, before: int | None, actor: User | None) -> None:
    with changes.locked(appeal) as row:
        last = row.decisions.order_by("-id").values_list("reason", flat=True).first() or {}
        if row.department_id != before or last.get("how") in BY_HAND or row.state not in {"new", "accepted", "planned"}:
            return
        decision = _decided_anew(row)
        if decision is None or decision.department_id == row.department_id or row.visibility == "held":
            return
        event = _send(row, decision.department_id, actor, {"batch": batch.pk}, decision)
        RerouteMove.objects.create(batch=batch, appeal=row, before_id=before, after_id=decision.department_id, event=event)


def _decided_anew(row: Appeal) -> Decision | None:
    """What is decided about an appeal today, as reported when it was. One query."""
    point = row.point
    place = facts_sql.read(Question(point.x if point else None, point.y if point else None, row.category.code, row.answers))
    if place.facts is None:
        return None
    local = row.created_at.astimezone(city_time.zone()).replace(tzinfo=None)
    return choose(replace(place.facts, at=local), place.rules)


def _send(row: Appeal, department: int | None, actor: User | None, data: dict[str, Any], decision: Decision) -> Any:
    """Write what follows from a decision made anew; the appeal is locked."""
    row.department_id = department
    row.district_id = decision.district.id if decision.district else None
    row.flags = list(dict.fromkeys([*(one for one in row.flags if one not in TO_CHECK), *decision.marks]))
    changes.move(row, "reroute")
    row.save(update_fields=["district", "flags"])
    changes.withdraw_visit(row, "")
    key = decision.fact_key
    FactKey.objects.get_or_create(pk=key.id, defaults={"key": key.json})
    AppealFacts.objects.filter(appeal=row).update(key=key.id, day=decision.facts.day)
    RoutingDecision.objects.create(
        appeal=row,
        department_id=department,
        rule_set_id=decision.reason.get("rule_set"),
        rule_id=decision.rule.id if decision.rule else None,
        boundary_id=decision.boundary.id if decision.boundary else None,
        facts_id=key.id,
        actor=actor,
        reason={**decision.reason, **data},
    )
    code = decision.department.code if decision.department else ""
    return changes.record(row, EventKind.ROUTED, actor, data={"department": code, **data})


def _back(batch: RerouteBatch, move: RerouteMove, actor: User | None) -> bool:
    with changes.locked(move.appeal_id) as row:
        last = row.decisions.order_by("-id").values_list("reason", flat=True).first() or {}
        if row.department_id != move.after_id or last.get("batch") != batch.pk or row.state not in {"new", "accepted", "planned"}:
            return False
        row.department_id = move.before_id
        changes.move(row, "reroute")
        changes.withdraw_visit(row, "")
        named = {"code": move.before.code, "names": move.before.names} if move.before else None
        RoutingDecision.objects.create(
            appeal=row, department=move.before, actor=actor, reason={"how": "undone", "batch": batch.pk, "department": named}
        )
        code = move.before.code if move.before else ""
        move.undone = changes.record(row, EventKind.ROUTED, actor, data={"department": code, "undone": batch.pk})
        move.save(update_fields=["undone"])
    return True


def _read_again(appeals: Iterable[int]) -> None:
    """Facts and district of open appeals on changed ground, also of those that stay with their service."""
    ids = list(appeals)
    for start in range(0, len(ids), STEP):
        some = ids[start : start + STEP]
        derive(some)
        replay_sql.set_districts(some, city_time.today())
