"""One change of an appeal: locked, judged by the table of moves, written with its event and its letters, or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from issues import notices, states
from issues.models import Appeal, Event, EventKind, Task, Visibility

_FINAL: Final = frozenset({"done", "rejected", "closed"})


@contextmanager
def locked(appeal_id: int, *others: int) -> Iterator[Appeal]:
    """A transaction that holds the appeal (and ``others``, in the order of their ids, so that two of us cannot deadlock)."""
    with transaction.atomic():
        # NO KEY: other tables' rows may go on pointing at it meanwhile, or a commit that checks such a row would wait for us.
        wanted = sorted({appeal_id, *others})
        rows = {row.pk: row for row in Appeal.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")}
        yield rows[appeal_id]


def move(appeal: Appeal, verb: str) -> None:
    """Take the locked appeal to the state that ``verb`` leads to and save it; raises `NotAllowed`.

    A held appeal moves nowhere: it has to be released first, so that nobody works on a flood.
    """
    if appeal.visibility == Visibility.HELD and verb != "reject":
        raise states.NotAllowed(appeal.state, verb)
    target = states.move(appeal.state, verb)
    now = timezone.now()
    appeal.state = target
    appeal.updated_at = now
    appeal.closed_at = (appeal.closed_at or now) if target in _FINAL else None
    appeal.save(update_fields=["state", "updated_at", "closed_at", "department", "parent"])


def record(
    appeal: Appeal,
    kind: EventKind,
    actor: User | None,
    *,
    words: str = "",
    note: str = "",
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Write the event of a change and the letters it causes, in the running transaction."""
    event = Event.objects.create(
        appeal=appeal,
        kind=kind,
        at=timezone.now(),
        actor=actor,
        state=appeal.state,
        words=words,
        note=note,
        data=dict(data or {}),
    )
    notices.put(appeal, event)
    return event


def withdraw_visit(appeal: Appeal, note: str) -> None:
    """End the open visit of an appeal, if there is one, without an event of its own."""
    Task.objects.filter(appeal=appeal, state__in=["planned", "started"]).update(
        state="could_not", note=note, finished_at=timezone.now()
    )


def plan_visit(appeal: Appeal, crew_id: int, day: dt.date) -> Task:
    """A visit at the end of the crew's day."""
    position = Task.objects.filter(crew_id=crew_id, day=day).count()
    return Task.objects.create(appeal=appeal, crew_id=crew_id, day=day, position=position)
