"""Taking a report in: `parse` what was typed, `submit` it whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from issues import answers, deadlines, intake_sql, public_id, tracking
from issues.address_block import hashed
from issues.errors import Invalid, KeyConflict, OutsideCity, SwappedCoordinates
from issues.intake_form import Submission, parse
from issues.routing.choose import Decision, choose
from issues.routing.facts import Facts
from issues.routing.facts_sql import Question
from notifications import outbox

__all__ = ["Receipt", "Submission", "parse", "submit"]

_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a report: its reference, the secret of its tracking link, who got it (names) and by when.

    ``department`` is None when a dispatcher has to decide; ``held`` means it waits for a look before anybody sees it;
    ``repeated`` that the same form had arrived before and this is the same answer.
    """

    public_id: str
    token: str
    department: Mapping[str, str] | None
    due_at: dt.datetime | None
    held: bool
    repeated: bool


def submit(submission: Submission) -> Receipt:
    """Take the report in: one statement reads the facts, one writes everything that follows from them.

    Raises `Invalid` (category, answers), `OutsideCity`, `SwappedCoordinates` (with the point that was probably meant) and
    `KeyConflict`. The same form again, also at the same moment, is one appeal and the same answer. A connection that broke
    (the database was started anew, say) is opened again and everything tried once more: thanks to the key that is harmless,
    whatever became of the first try.
    """
    try:
        return _submit(submission)
    except (OperationalError, InterfaceError):
        if connection.connection is None or connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        return _submit(submission)


def _submit(submission: Submission) -> Receipt:
    body = _body_hash(submission)
    block = hashed(submission.address_block)
    found = _read(submission, block)
    if found.used:
        return _repeat(submission, body, found.used)
    _check_place(submission, found)
    token = tracking.token_for(submission.key)
    new = _decide(submission, found, body, block, token)
    reference = _write(new)
    if reference is None:  # the same form was quicker on another connection
        used = _read(submission, block).used
        assert used is not None  # keys outlive the forms they belong to
        return _repeat(submission, body, used)
    transaction.on_commit(outbox.ring, robust=True)
    department = new.decision.department
    return Receipt(
        public_id=reference,
        token=token,
        department=department.names if department else None,
        due_at=new.due_at,
        held=new.visibility == "held",
        repeated=False,
    )


def _read(submission: Submission, block: bytes | None) -> intake_sql.Found:
    said = submission
    asked = Question(said.lon, said.lat, said.category, said.answers, said.side)
    return intake_sql.read(said.key, asked, block, settings.FLOOD_LIMIT)


def _check_place(submission: Submission, found: intake_sql.Found) -> None:
    lon, lat = submission.lon, submission.lat
    if lon is None or lat is None or (found.place.inside and abs(lat) <= 90):
        return
    if found.place.swapped_inside:
        raise SwappedCoordinates(lon=lat, lat=lon)
    raise OutsideCity


def _decide(
    submission: Submission, found: intake_sql.Found, body: bytes, block: bytes | None, token: str
) -> intake_sql.NewAppeal:
    """Everything the writing statement needs, worked out without another query."""
    kind, facts = _category(found)
    decision = choose(facts, found.place.rules)
    flood = found.recent >= settings.FLOOD_LIMIT
    visibility = "held" if flood else "public" if kind["public"] else "private"
    due = decision.due or (dt.timedelta(seconds=kind["due"]) if kind["due"] is not None else None)
    return intake_sql.NewAppeal(
        key=submission.key,
        body_hash=body,
        address_block=block,
        now=found.place.now,
        public_id=public_id.new(),
        category_id=kind["id"],
        visibility=visibility,
        lon=submission.lon,
        lat=submission.lat,
        address=submission.address,
        text=submission.text,
        words_public=visibility == "public" and kind["words"] == "at_once",
        answers=answers.checked(kind["questions"], submission.answers),
        flags=_flags(submission, decision, flood=flood),
        source=submission.source,
        due_at=deadlines.due_at(found.place.now, due),
        name=submission.name,
        email=submission.email,
        phone=submission.phone,
        language=submission.language,
        tracking_hash=tracking.hash_of(token),
        event_data={"held": "flood"} if flood else {},
        decision=decision,
        rule_set_id=found.place.rules.number,
        photos=list(submission.photos),
        letters_to=_letters_to(submission, decision, flood=flood),
    )


def _category(found: intake_sql.Found) -> tuple[Mapping[str, Any], Facts]:
    """The category as it is in force today; an emergency is no report."""
    place = found.place
    if place.category is None or place.facts is None:
        raise Invalid({"category": _("This kind of problem is not on the list (any more). Choose another one.")})
    if place.category["emergency"]:
        raise Invalid({"category": _("This needs help at once and cannot wait for a report. Call the emergency number.")})
    return place.category, place.facts


def _flags(submission: Submission, decision: Decision, *, flood: bool) -> list[str]:
    """What staff should know at a glance: ``gap``, ``border``, ``broken`` (a rule), ``open`` (nobody's), ``urgent``, ``no_location``, ``flood``."""
    flags: list[str] = list(decision.marks)
    if submission.lon is None:
        flags.append("no_location")
    if flood:
        flags.append("flood")
    return flags


def _letters_to(submission: Submission, decision: Decision, *, flood: bool) -> list[str]:
    """Nobody hears of a held report until it is released: a flood must not become a flood of letters to a third person."""
    if flood:
        return []
    return [to for to, wanted in (("reporter", submission.email), ("department", decision.department_id)) if wanted]


def _write(new: intake_sql.NewAppeal) -> str | None:
    """Write; return the reference, or None when the key was used meanwhile. A reference that is taken is drawn again."""
    for _try in range(_TRIES):
        try:
            return new.public_id if intake_sql.write(new) else None
        except IntegrityError as error:
            if "public_id" not in str(error) or connection.in_atomic_block:
                raise
            new = replace(new, public_id=public_id.new())
    raise RuntimeError("no free reference found")


def _repeat(submission: Submission, body: bytes, used: intake_sql.Used) -> Receipt:
    if used.body_hash != body:
        raise KeyConflict
    token = tracking.token_for(submission.key)
    return Receipt(used.public_id, token, used.department, used.due_at, used.held, repeated=True)


def _body_hash(submission: Submission) -> bytes:
    """What makes two forms the same report: everything but key, language and where they came from."""
    said = submission
    row = [
        said.category,
        said.side,
        said.lon,
        said.lat,
        said.text,
        said.answers,
        said.address,
        said.photos,
        said.name,
        said.email,
        said.phone,
    ]
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).digest()
