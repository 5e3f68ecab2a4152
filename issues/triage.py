"""What a clerk does to an appeal. Each function is one transaction: lock, check the move, change, event, letters.

Every function raises `issues.states.NotAllowed` when the appeal has moved on meanwhile (also on the second of two clicks)
and `issues.errors.Invalid` for words that are missing, too long, or that would publish the resident's personal data.
The instance given is only used for its id; read it again to see the change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Crew, Department, User
from issues import changes, flags, rerouting, states
from issues.errors import Invalid
from issues.models import Appeal, Event, EventKind, RoutingDecision, Task, Visibility, WordsRule
from issues.tasks import propose_crew
from issues.words import public_words

#: A double click sends the same answer twice; the same words within this time are one answer.
_SAME_ANSWER = dt.timedelta(minutes=1)


def accept(appeal: Appeal, actor: User, crew: Crew | None = None) -> Task | None:
    """Accept a new appeal. Without ``crew`` the crew whose area covers the pin is proposed; a crew found makes the task.

    With a task the appeal is planned for today at once: one event tells both.
    """
    with changes.locked(appeal.pk) as row:
        changes.move(row, "accept")
        chosen = crew or propose_crew(row)
        task = _plan(row, chosen, timezone.localdate()) if chosen else None
        changes.record(row, EventKind.ACCEPTED, actor, data=_visit(task))
    return task


def assign(appeal: Appeal, actor: User, crew: Crew, day: dt.date) -> Task:
    """Give an accepted appeal to ``crew`` for ``day`` (not a past one); an open visit of another crew is withdrawn."""
    if day < timezone.localdate():
        raise Invalid({"day": _("This day is over. Choose today or a later day.")})
    with changes.locked(appeal.pk) as row:
        changes.withdraw_visit(row, "")
        task = _plan(row, crew, day)
        changes.record(row, EventKind.PLANNED, actor, data=_visit(task))
    return task


def _plan(row: Appeal, crew: Crew, day: dt.date) -> Task:
    if crew.department_id != row.department_id or not crew.active:
        raise Invalid({"crew": _("Choose one of the service's crews.")})
    changes.move(row, "assign")
    return changes.plan_visit(row, crew.pk, day)


def _visit(task: Task | None) -> dict[str, str]:
    return {"crew": task.crew.code, "day": task.day.isoformat()} if task else {}


def reply(appeal: Appeal, actor: User, text: str) -> None:
    """Answer in public words; the resident is told. The same words within a minute are a double click."""
    with changes.locked(appeal.pk) as row:
        words = public_words(row, text)
        changes.move(row, "reply")
        recent = Event.objects.filter(appeal=row, kind=EventKind.REPLIED, at__gte=timezone.now() - _SAME_ANSWER)
        if recent.filter(words=words).exists():
            raise states.NotAllowed(row.state, "reply", _("This answer was sent just now."))
        changes.record(row, EventKind.REPLIED, actor, words=words)


def reject(appeal: Appeal, actor: User, reason: str) -> None:
    """Decline, with a public reason."""
    _finish(appeal, actor, reason, "reject", EventKind.REJECTED)


def close(appeal: Appeal, actor: User, reason: str) -> None:
    """Close without works, with a public reason."""
    _finish(appeal, actor, reason, "close", EventKind.CLOSED)


def fix(appeal: Appeal, actor: User, text: str, repair: str = "") -> None:
    """Fixed without a crew's report, with public words on what was done; a visit that waits is withdrawn.

    ``repair`` is the public id of the repair that fixed it ('' where none is known).
    """
    _finish(appeal, actor, text, "fix", EventKind.DONE, {"repair": repair} if repair else {})


def _finish(appeal: Appeal, actor: User, reason: str, verb: str, kind: EventKind, data: Mapping[str, str] | None = None) -> None:
    with changes.locked(appeal.pk) as row:
        changes.move(row, verb)
        words = public_words(row, reason)
        changes.withdraw_visit(row, "")
        changes.record(row, kind, actor, words=words, data=data)


def reroute(appeal: Appeal, actor: User, department: Department, reason: str) -> Department | None:
    """Send to another service, which finds it as new; the reason is public. A visit that waits is withdrawn.

    Returns who got it: None when services had passed it on too often already, so that a dispatcher decides
    (``issues/rerouting.py``). Dispatchers and administrators send it where they want.
    """
    with changes.locked(appeal.pk) as row:
        if row.department_id == department.pk:
            raise states.NotAllowed(row.state, "reroute", _("This service has it already."))
        words = public_words(row, reason)
        before = row.department
        turn = rerouting.to_the_chosen(row, actor, department)
        if before and turn.too_often:
            _pass_on(row, actor, "refuse", turn, words, _refusal(before, turn) | {"wanted": rerouting.named(department)})
        else:
            _pass_on(row, actor, "reroute", turn, words, _staff_reason(before, turn))
    return turn.department


def refuse(appeal: Appeal, actor: User, reason: str) -> Department | None:
    """The service says that it is not theirs, with a public reason: on to the next in line, or to a dispatcher (None is returned)."""
    with changes.locked(appeal.pk) as row:
        before = row.department
        if before is None:
            raise states.NotAllowed(row.state, "refuse", _("No service has this report, so none can refuse it."))
        words = public_words(row, reason)
        turn = rerouting.to_the_next(row, actor)
        _pass_on(row, actor, "refuse", turn, words, _refusal(before, turn))
    return turn.department


def _pass_on(row: Appeal, actor: User, verb: str, turn: rerouting.Turn, words: str, reason: dict[str, Any]) -> None:
    """Write what follows from a turn; the appeal is locked."""
    row.department = turn.department
    changes.move(row, verb)
    row.flags = rerouting.marks(row, turn)
    row.save(update_fields=["flags"])
    changes.withdraw_visit(row, "")
    RoutingDecision.objects.create(appeal=row, department=turn.department, actor=actor, reason=reason)
    data = {"department": turn.department.code if turn.department else ""}
    if reason["how"] == "refused":
        data["refused_by"] = reason["from"]["code"]
    changes.record(row, EventKind.ROUTED, actor, words=words, data=data)


def _staff_reason(before: Department | None, turn: rerouting.Turn) -> dict[str, Any]:
    reason: dict[str, Any] = {"how": "staff", "department": rerouting.named(turn.department)}
    if before:
        reason["from"] = rerouting.named(before)
    return reason | _count(turn)


def _refusal(before: Department, turn: rerouting.Turn) -> dict[str, Any]:
    reason: dict[str, Any] = {"how": "refused", "from": rerouting.named(before), "department": rerouting.named(turn.department)}
    return reason | _count(turn) | ({"runners_up": list(turn.left)} if turn.left else {})


def _count(turn: rerouting.Turn) -> dict[str, int]:
    """``passed`` is what the next turn counts on; ``hops`` says that it was passed on too often."""
    passed = {"passed": turn.hops} if turn.hops else {}
    return passed | ({"hops": turn.hops} if turn.too_often else {})


def check_place(appeal: Appeal, actor: User) -> None:
    """Somebody looked at the place and it is with the right service: what asked for a look is settled."""
    with changes.locked(appeal.pk) as row:
        settled = [flag for flag in row.flags if flag in flags.ABOUT_THE_PLACE]
        if not settled:
            raise states.NotAllowed(row.state, "check", _("Nothing about this place waits for a look (any more)."))
        row.flags = [flag for flag in row.flags if flag not in settled]
        row.updated_at = timezone.now()
        row.save(update_fields=["flags", "updated_at"])
        changes.record(row, EventKind.CHECKED, actor, data={"flags": settled})


def release(appeal: Appeal, actor: User) -> None:
    """Let an appeal held for review out: on the map, and the letters it would have caused."""
    with changes.locked(appeal.pk) as row:
        if row.visibility != Visibility.HELD:
            raise states.NotAllowed(row.state, "release", _("This report is not held (any more)."))
        row.visibility = Visibility.PUBLIC if row.category.public else Visibility.PRIVATE
        row.text_public = row.category.words == WordsRule.AT_ONCE and row.category.public
        row.updated_at = timezone.now()
        row.save(update_fields=["visibility", "text_public", "updated_at"])
        row.photos.filter(kind="report").update(public=row.text_public)
        changes.record(row, EventKind.RELEASED, actor)


def reopen(appeal: Appeal, actor: User, reason: str) -> None:
    """Take a finished appeal up again, with a public reason. One that was joined with another stands for itself again."""
    with changes.locked(appeal.pk) as row:
        words = public_words(row, reason)
        row.parent = None
        changes.move(row, "reopen")
        changes.record(row, EventKind.REOPENED, actor, words=words)


def merge(appeal: Appeal, into: Appeal, actor: User) -> None:
    """Join ``appeal`` with ``into``, which carries on for both; what was joined with ``appeal`` moves along."""
    if appeal.pk == into.pk:
        raise Invalid({"reference": _("This is the same report. Give the reference of the other one.")})
    with changes.locked(appeal.pk, into.pk) as row:
        target = Appeal.objects.get(pk=into.pk)
        if target.parent_id is not None:
            raise Invalid({"reference": _("That report was itself joined with another one. Give the reference of that one.")})
        if target.visibility == Visibility.HELD:
            raise Invalid({"reference": _("That report is held for review. Release it first.")})
        row.parent = target
        changes.move(row, "merge")
        changes.withdraw_visit(row, "")
        Appeal.objects.filter(parent=row).update(parent=target)
        changes.record(row, EventKind.MERGED, actor, data={"into": target.public_id})


def show_words(appeal: Appeal, actor: User, *, public: bool) -> None:
    """Make the resident's words and photos public, or hide them again, where the category allows it."""
    with changes.locked(appeal.pk) as row:
        if public and (row.category.words == WordsRule.NEVER or row.visibility != Visibility.PUBLIC):
            raise states.NotAllowed(row.state, "show", _("Words and photos of this report stay with the service."))
        photos = row.photos.filter(kind="report").exclude(public=public)
        if row.text_public == public and not photos.exists():
            raise states.NotAllowed(row.state, "show", _("This is so already."))
        row.text_public = public
        row.updated_at = timezone.now()
        row.save(update_fields=["text_public", "updated_at"])
        photos.update(public=public)
        changes.record(row, EventKind.SHOWN if public else EventKind.HIDDEN, actor)
