"""Looking for pairs in small steps: each takes some notes of what changed, writes the pairs and forgets the notes, in one transaction.

Notes are written by triggers together with the change (migration 0016), so nothing is missed, whenever it is committed. Killed at any
moment, a step has happened whole or not at all, and whoever comes next goes on. One worker at a time takes a step.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from django.db import OperationalError, transaction
from django.db.models import F, Max, Sum
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled

from issues import links_sql
from issues.models import Appeal, LinkNote
from works.models import Project, Repair

logger = logging.getLogger(__name__)

#: Things looked at in one step; fewer where that takes longer than some seconds, and an eighth of them when a statement was stopped.
AT_ONCE: Final = 200
_QUICK, _SLOW = 1.0, 2.5
#: Reports looked at in one step for one work that has very many around it.
_OF_ONE: Final = 50
_MODELS: Final[dict[str, Any]] = {LinkNote.What.APPEAL: Appeal, LinkNote.What.REPAIR: Repair, LinkNote.What.PROJECT: Project}


@dataclass(frozen=True, slots=True)
class Done:
    """How many things were looked at, and how many pairs are new."""

    looked: int = 0
    found: int = 0


def sweep(seconds: float, tell: Callable[[Done], None] | None = None) -> Done:
    """Take steps until nothing is noted, somebody else is at it or the time is over; ``tell`` hears what was done so far after each."""
    ends, done, at_once = time.monotonic() + seconds, Done(), AT_ONCE
    while (began := time.monotonic()) < ends:
        try:
            step = _step(at_once)
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
                break  # somebody decides on one of these links just now: the next minute
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            if at_once == 1 and not _put_off():
                break
            at_once = max(1, at_once // 8)
            continue
        if step is None:
            break
        at_once = _as_many(at_once, time.monotonic() - began)
        done = Done(done.looked + step.looked, done.found + step.found)
        if tell:
            tell(done)
    return done


def _as_many(at_once: int, took: float) -> int:
    """How many things the next step looks at."""
    if took > _SLOW:
        return max(1, at_once // 2)
    return min(AT_ONCE, at_once * 2) if took < _QUICK else at_once


def note_everything() -> bool:
    """Note that every report is to be looked at with all works; false while somebody else takes a step."""
    with transaction.atomic():
        if not links_sql.begin():
            return False
        last = Appeal.objects.aggregate(last=Max("id"))["last"]
        if last is not None:
            LinkNote.objects.filter(what=LinkNote.What.APPEAL, high__lte=last).delete()
            LinkNote.objects.create(what=LinkNote.What.APPEAL, low=0, high=last)
        links_sql.end()
    return True


def left() -> int:
    """How many numbers are noted: of things to look at, with those in between that are no thing or did not change."""
    return LinkNote.objects.aggregate(left=Sum(F("high") - F("low") + 1))["left"] or 0


def _step(at_once: int) -> Done | None:
    with transaction.atomic():
        if not links_sql.begin():
            return None
        notes = _notes(at_once)
        step = _look(notes, at_once) if notes else None
        links_sql.end()
    return step


def _notes(at_most: int) -> list[LinkNote]:
    """Single things first: a load of a million waits behind what a person has just done, not the other way round."""
    single = LinkNote.objects.filter(low=F("high"), after=None).order_by("id")
    return list(single[:at_most]) or list(LinkNote.objects.order_by("id")[:1])


def _look(notes: list[LinkNote], at_once: int) -> Done:
    first = notes[0]
    if first.after is not None:
        return _with_some_reports(first, at_once * _OF_ONE)
    if first.low != first.high:
        return _some_of(first, at_once)
    found = 0
    for what in LinkNote.What.values:
        found += _pairs(what, {note.low for note in notes if note.what == what})
    LinkNote.objects.filter(pk__in=[note.pk for note in notes]).delete()
    return Done(len(notes), found)


def _some_of(note: LinkNote, at_once: int) -> Done:
    """The first things of a long note; the rest stays noted."""
    things = _MODELS[note.what].objects.filter(id__gte=note.low, id__lte=note.high).order_by("id")
    ids = list(things.values_list("id", flat=True)[:at_once])
    if len(ids) < at_once:
        note.delete()
    else:
        note.low = ids[-1] + 1
        note.save(update_fields=["low"])
    return Done(len(ids), _pairs(note.what, ids))


def _with_some_reports(note: LinkNote, at_once: int) -> Done:
    """One work with the next reports in the order of their numbers."""
    if note.after == 0:
        links_sql.withdraw(note.what, [note.low])
    ids = list(Appeal.objects.filter(id__gt=note.after).order_by("id").values_list("id", flat=True)[:at_once])
    if len(ids) < at_once:
        note.delete()
    else:
        note.after = ids[-1]
        note.save(update_fields=["after"])
    return Done(len(ids), links_sql.of_both(note.what, note.low, ids) if ids else 0)


def _pairs(what: str, ids: Collection[int]) -> int:
    if not ids:
        return 0
    return links_sql.of_reports(sorted(ids)) if what == LinkNote.What.APPEAL else links_sql.of_works(what, sorted(ids))


def _put_off() -> bool:
    """Even one thing takes too long: a work is looked at in steps from now on, a report waits behind all others. False: it has to wait."""
    with transaction.atomic():
        note = next(iter(_notes(1)), None) if links_sql.begin() else None
        if note is None:
            return False
        logger.warning("looking for links of %s takes too long", note)
        in_steps = note.what != LinkNote.What.APPEAL and note.after is None
        if note.low < note.high:
            LinkNote.objects.create(what=note.what, low=note.low + 1, high=note.high)
        LinkNote.objects.create(what=note.what, low=note.low, high=note.low, after=0 if in_steps else note.after)
        note.delete()
        links_sql.end()
    return in_steps
