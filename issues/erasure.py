"""Taking a person out of the records. The appeal stays: the city's problem outlives who reported it.

Gone afterwards: the reporter's row (name, e-mail, phone, tracking link), the form's key with the hash of the network address,
the demo's letters, name, e-mail and phone in the text and the answers (anybody's e-mails and phone numbers, to be sure), and the photos that came with the report (a picture
can show a face or a name plate, and nobody can ask the person any more; ``keep_photos`` keeps them after a human look).
Kept: pin, category, events and decisions, which never hold personal data, and the crew's own photos.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Final

from django.db import transaction

from accounts.models import User
from issues import changes, photos, words
from issues.models import Appeal, Event, EventKind, IntakeKey, PhotoKind, Reporter
from issues.redaction import redact
from notifications.channels.demo import erase_letters

REMOVED: Final = "[…]"


@dataclass(slots=True)
class Erased:
    """What was taken out."""

    appeals: int = 0
    reporters: int = 0
    keys: int = 0
    words: int = 0
    photos: int = 0
    letters: int = 0
    accounts: int = 0

    def add(self, other: Erased) -> None:
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


def erase_reference(reference: str, *, keep_photos: bool = False) -> Erased:
    """Erase the reporter of one appeal. Nothing found is no error: it may have been done before."""
    return _erase_all(Appeal.objects.filter(public_id=reference).values_list("pk", flat=True), keep_photos=keep_photos)


def erase_email(email: str, *, keep_photos: bool = False) -> Erased:
    """Erase a person by e-mail address: every report, every demo letter, and the account if it is a resident's."""
    theirs = Reporter.objects.filter(email__iexact=email).values_list("appeal", flat=True)
    total = _erase_all(theirs, keep_photos=keep_photos)
    total.letters += erase_letters(email)
    total.accounts += _erase_account(email)
    return total


def _erase_all(appeals: Iterable[int], *, keep_photos: bool) -> Erased:
    total = Erased()
    for appeal in list(appeals):
        total.add(_erase_one(appeal, keep_photos=keep_photos))
    return total


def _erase_one(appeal_id: int, *, keep_photos: bool) -> Erased:
    """One appeal in one transaction; photo files go after it, since a file cannot be rolled back."""
    gone = Erased()
    names: list[str] = []
    with changes.locked(appeal_id) as row:
        person = Reporter.objects.filter(appeal=row).first()
        if person:
            gone.words = _take_out_words(row, person)
            if person.email and not _has_other_reports(person):
                gone.letters = erase_letters(person.email)
            gone.reporters = person.delete()[0]
        gone.keys = IntakeKey.objects.filter(appeal=row).delete()[0]
        if not keep_photos:
            names = list(row.photos.filter(kind=PhotoKind.REPORT).values_list("name", flat=True))
            gone.photos = row.photos.filter(name__in=names).delete()[0]
        if gone != Erased():
            gone.appeals = 1
            changes.record(row, EventKind.ERASED, None)
        transaction.on_commit(lambda: _remove_files(names))
    return gone


def _has_other_reports(person: Reporter) -> bool:
    """Letters are kept by address: those about other reports of the same person stay until these are erased too."""
    return Reporter.objects.filter(email__iexact=person.email).exclude(pk=person.pk).exists()


def _remove_files(names: list[str]) -> None:
    for name in names:
        photos.remove_files(name)


def _take_out_words(row: Appeal, person: Reporter) -> int:
    """Replace the person's name, e-mail and phone in what they wrote; return how many places."""
    found = 0

    def clean(value: Any) -> Any:
        nonlocal found
        if isinstance(value, list):
            return [clean(one) for one in value]
        if isinstance(value, dict):
            return {key: clean(one) for key, one in value.items()}
        if not isinstance(value, str):
            return value
        for pattern in words.personal_patterns(person):
            value, times = pattern.subn(REMOVED, value)
            found += times
        others = redact(value)
        found += others.phones + others.emails
        return others.text

    row.text, row.answers, row.address = clean(row.text), clean(row.answers), clean(row.address)
    if found:
        row.save(update_fields=["text", "answers", "address"])
    return found


def still_named(email: str) -> int:
    """Changes whose public words name the address all the same (they cannot be edited; a human has to decide)."""
    return Event.objects.filter(words__iregex=re.escape(email)).count()


def _erase_account(email: str) -> int:
    """A resident's account goes with its addresses; a member of staff keeps theirs until the membership ends."""
    user = User.objects.filter(email__iexact=email, memberships__isnull=True, is_staff=False).first()
    if user is None:
        return 0
    user.delete()
    return 1
