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
from django.db.models import F, Max, Q, Sum
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
#: A report that took too long even alone.
_PUT_OFF: Final = Q(what=LinkNote.What.APPEAL, after__isnull=False)


@dataclass(frozen=True, slots=True)
class Done:
    """How many things were looked at, and how many pairs are new."""

    looked: int = 0
    found: int = 0

    def __add__(self, other: Done) -> Done:
        return Done(self.looked + other.looked, self.found + other.found)


def sweep(seconds: float, tell: Callable[[Done], None] | None = None) -> Done:
    """Take steps until nothing is noted that can be done now, somebody else is at it or the time is over.

    ``tell`` hears what was done so far after each.
    """
    ends, done, at_once = time.monotonic() + seconds, Done(), AT_ONCE
    while at_once and (began := time.monotonic()) < ends:
        try:
            step = _step(at_once)
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
                break  # somebody decides on one of these links just now: the next minute
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            at_once = _less(at_once)
            continue
        if step is None:
            break
        at_once = _as_many(at_once, time.monotonic() - began)
        done += step
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
    """Single things first: a load of a million waits behind what a person has just done, not the other way round. Put-off reports last."""
    notes = LinkNote.objects.order_by("id")
    single = notes.filter(low=F("high"), after=None)
    return list(single[:at_most]) or list(notes.exclude(_PUT_OFF)[:1]) or list(notes[:1])


def _look(notes: list[LinkNote], at_once: int) -> Done:
    first = notes[0]
    if first.after is not None and first.what != LinkNote.What.APPEAL:
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
    ids = list(_numbers(note)[:at_once])
    if len(ids) < at_once:
        note.delete()
    else:
        note.low = ids[-1] + 1
        note.save(update_fields=["low"])
    return Done(len(ids), _pairs(note.what, ids))


def _numbers(note: LinkNote) -> Any:
    """Of the things that there are between the two ends of a note."""
    return _MODELS[note.what].objects.filter(id__gte=note.low, id__lte=note.high).order_by("id").values_list("id", flat=True)


def _with_some_reports(note: LinkNote, at_once: int) -> Done:
    """One work with the next reports in the order of their numbers."""
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


def _less(at_once: int) -> int:
    """How many things the next step looks at after a statement was stopped; 0 when what is left has to wait."""
    less = 0
    with transaction.atomic():
        if links_sql.begin() and (notes := _notes(at_once)):
            asked = _asked(notes, at_once)
            less = max(1, asked // 8) if asked > 1 else int(_put_off(notes[0]))
        links_sql.end()
    return less


def _asked(notes: list[LinkNote], at_once: int) -> int:
    """How many things, or times `_OF_ONE` reports, these notes had looked at in one step."""
    first = notes[0]
    if first.after is None:
        return len(notes) if first.low == first.high else min(at_once, first.high - first.low + 1)
    return 1 if first.what == LinkNote.What.APPEAL else at_once


def _put_off(note: LinkNote) -> bool:
    """Even one thing takes too long: a work is looked at in steps from now on, a report when nothing else is noted.

    False where that was so already: it goes behind its like and has to wait.
    """
    logger.warning("looking for links of %s takes too long", note)
    one = _numbers(note).first() or note.low
    LinkNote.objects.filter(what=note.what, low=one, high=one, after__isnull=False).delete()
    LinkNote.objects.create(what=note.what, low=one, high=one, after=note.after or 0)
    if one < note.high:
        note.low = one + 1
        note.save(update_fields=["low"])
    else:
        note.delete()
    return note.after is None
