"""What a crew does on the street: visits in order; start, done, could not. Same rules as ``issues/triage.py``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.contrib.gis.db.models.functions import Area
from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone

from accounts.models import Crew, Role, User
from issues import changes, states
from issues.models import Appeal, EventKind, Photo, PhotoKind, Task, TaskState, Visibility
from issues.words import public_words


def of_member(user: User) -> QuerySet[Task]:
    """Tasks of the crews ``user`` belongs to (none for anybody else)."""
    if not user.is_active:
        return Task.objects.none()
    return Task.objects.filter(crew__in=user.memberships.filter(role=Role.CREW).values("crew"))


def propose_crew(appeal: Appeal) -> Crew | None:
    """The crew of the appeal's service that the deciding rule named, else the active one whose area covers the pin.

    Of several the smallest such area, else one without area; a crew with an area is never proposed for a pin outside it, nor
    for a report without a place, unless the rule named it. Two queries.
    """
    if appeal.department_id is None:
        return None
    named = appeal.decisions.order_by("-id").values_list("reason__crew__code", flat=True).first()
    works_here = Q(area__isnull=True) | Q(code=named or "")
    if appeal.point is not None:
        works_here |= Q(area__geometry__covers=appeal.point)
    crews = Crew.objects.filter(works_here, department=appeal.department_id, active=True)
    by_rule = Case(When(code=named or "", then=0), default=1)
    return crews.order_by(by_rule, Area("area__geometry").asc(nulls_last=True), F("code")).first()


def start(task: Task, actor: User) -> None:
    """The crew is on the spot."""
    with changes.locked(task.appeal_id) as row:
        visit = _open_visit(task, "start")
        changes.move(row, "start")
        _settle(visit, TaskState.STARTED, started_at=timezone.now())
        changes.record(row, EventKind.STARTED, actor, data={"task": visit.pk})


def done(task: Task, actor: User, note: str, photos: Sequence[Photo]) -> None:
    """Fixed; ``note`` is public, ``photos`` are stored unattached ones and become the photos after the work."""
    with changes.locked(task.appeal_id) as row:
        visit = _open_visit(task, "done")
        changes.move(row, "done")
        words = public_words(row, note, field="note", needed=False)
        _settle(visit, TaskState.DONE, note=words, finished_at=timezone.now())
        Photo.objects.filter(pk__in=[photo.pk for photo in photos], appeal__isnull=True).update(
            appeal=row, task=visit, kind=PhotoKind.AFTER, public=row.visibility == Visibility.PUBLIC
        )
        changes.record(row, EventKind.DONE, actor, words=words, data={"task": visit.pk})


def could_not(task: Task, actor: User, reason: str) -> None:
    """Not possible this time; the public ``reason`` goes back to the desk, which plans again."""
    with changes.locked(task.appeal_id) as row:
        visit = _open_visit(task, "could_not")
        changes.move(row, "could_not")
        words = public_words(row, reason, field="note")
        _settle(visit, TaskState.COULD_NOT, note=words, finished_at=timezone.now())
        changes.record(row, EventKind.COULD_NOT, actor, words=words, data={"task": visit.pk})


def _open_visit(task: Task, verb: str) -> Task:
    """The visit as it is now (the appeal is locked, so it stays so); a withdrawn or finished one moves nowhere."""
    visit = Task.objects.select_related("appeal").get(pk=task.pk)
    if visit.state not in {TaskState.PLANNED, TaskState.STARTED}:
        raise states.NotAllowed(visit.appeal.state, verb)
    return visit


def _settle(visit: Task, state: TaskState, **changed: str | dt.datetime) -> None:
    visit.state = state
    for name, value in changed.items():
        setattr(visit, name, value)
    visit.save(update_fields=["state", *changed])
