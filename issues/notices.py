"""Who is told of which change, and in which words: a table, the outbox rows it makes, and the letter itself."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import Crew
from gis_data.models import City
from gis_data.names import in_language
from issues import public_id, states, tracking
from issues.models import Appeal, Event, EventKind, IntakeKey, Reporter, Visibility
from issues.routing.words import reason_in_words
from notifications import outbox
from notifications.channels import email
from notifications.channels.base import Letter, Permanent

Recipient = Literal["reporter", "department"]


@dataclass(frozen=True, slots=True)
class Notice:
    """``to`` gets the letter ``template``; ``followers`` also those whose reports were joined with this one."""

    to: Recipient
    template: str
    followers: bool = False
    channel: str = "mail"


#: Change → who is told, in which letter (``frontend/templates/mail/<template>.txt``). A change that is not here is told to nobody.
NOTICES: Final[Mapping[EventKind, tuple[Notice, ...]]] = {
    EventKind.OPENED: (Notice("reporter", "opened"), Notice("department", "new_for_service")),
    EventKind.RELEASED: (Notice("reporter", "opened"), Notice("department", "new_for_service")),
    EventKind.ROUTED: (Notice("reporter", "routed"), Notice("department", "new_for_service")),
    EventKind.ACCEPTED: (Notice("reporter", "accepted"),),
    EventKind.PLANNED: (Notice("reporter", "planned"),),
    EventKind.STARTED: (Notice("reporter", "started", followers=True),),
    EventKind.DONE: (Notice("reporter", "done", followers=True),),
    EventKind.COULD_NOT: (Notice("reporter", "could_not"), Notice("department", "could_not_for_service")),
    EventKind.REPLIED: (Notice("reporter", "replied"),),
    EventKind.REJECTED: (Notice("reporter", "rejected", followers=True),),
    EventKind.CLOSED: (Notice("reporter", "closed", followers=True),),
    EventKind.REOPENED: (Notice("reporter", "reopened", followers=True),),
    EventKind.MERGED: (Notice("reporter", "merged"),),
}


def put(appeal: Appeal, event: Event) -> None:
    """Write the outbox rows for ``event`` in the running transaction; the doorbell rings after commit.

    Nothing is told about a held report: a flood must not become a flood of letters to a third person. A service that gets many
    reports at once, because rules or boundaries changed, has one letter about all of them (``issues/batch_notice.py``).
    """
    if appeal.visibility == Visibility.HELD:
        return
    together = "batch" in event.data or "undone" in event.data
    for notice in NOTICES.get(EventKind(event.kind), ()):
        if notice.to == "department":
            _put(notice, appeal.pk, event.pk, known=appeal.department_id is not None and not together)
            continue
        wanted = {appeal.pk, *_followers(appeal, notice)}
        for told in Reporter.objects.filter(appeal__in=wanted).exclude(email="").values_list("appeal_id", flat=True):
            _put(notice, told, event.pk)


def _followers(appeal: Appeal, notice: Notice) -> Iterator[int]:
    if notice.followers:
        yield from Appeal.objects.filter(parent=appeal.pk).values_list("pk", flat=True)


def _put(notice: Notice, appeal_id: int, event_id: int, *, known: bool = True) -> None:
    if known:
        payload = {"appeal": appeal_id, "event": event_id, "to": notice.to}
        outbox.put(notice.channel, _key(payload), payload)


def _key(payload: Mapping[str, Any]) -> str:
    """The outbox key of a letter; ``issues/intake_sql.py`` writes the same."""
    return f"mail:{payload['event']}:{payload['appeal']}:{payload['to']}"


def deliver_mail(payload: Mapping[str, Any]) -> None:
    """Outbox handler ``mail``: ``{"appeal": id, "event": id, "to": "reporter" | "department"}`` → one letter.

    The address is read only now, so a person erased meanwhile gets nothing, and the outbox needs no rewriting.
    """
    event = Event.objects.select_related("appeal__category", "appeal__department").filter(pk=payload["event"]).first()
    if event is None:
        raise Permanent("the change is not there")
    notice = next((one for one in NOTICES.get(EventKind(event.kind), ()) if one.to == payload["to"]), None)
    if notice is None:
        raise Permanent("nobody of this kind is told of this change")
    appeal = event.appeal
    if payload["appeal"] != appeal.pk:  # somebody whose report was joined with this one
        appeal = Appeal.objects.select_related("category", "department").get(pk=payload["appeal"])
    letter = _to_reporter(appeal, event, notice) if notice.to == "reporter" else _to_department(appeal, event, notice)
    if letter is not None:
        email.send(letter)


def _to_reporter(appeal: Appeal, event: Event, notice: Notice) -> Letter | None:
    person = Reporter.objects.filter(appeal=appeal.pk).exclude(email="").first()
    if person is None:
        return None
    key = IntakeKey.objects.filter(appeal=appeal.pk).values_list("key", flat=True).first()
    page = reverse("tracking", args=[tracking.token_for(key)]) if key else reverse("appeal", args=[appeal.public_id])
    return _letter(person.email, person.language, appeal, event, notice, page)


def _to_department(appeal: Appeal, event: Event, notice: Notice) -> Letter | None:
    if appeal.department is None or not appeal.department.email:
        return None
    languages = City.objects.values_list("languages", flat=True).first() or [settings.LANGUAGE_CODE]
    return _letter(appeal.department.email, languages[0], appeal, event, notice, reverse("desk-appeal", args=[appeal.public_id]))


def _letter(to: str, language: str, appeal: Appeal, event: Event, notice: Notice, page: str) -> Letter:
    """Render ``mail/<template>.txt``: its first line is the subject, the rest the body."""
    city = City.objects.first()
    zone = ZoneInfo(city.time_zone if city else "UTC")
    with override(language), timezone.override(zone):  # templates turn every time into the current zone
        text = render_to_string(f"mail/{notice.template}.txt", _context(appeal, event, page, language, city))
    subject, _sep, body = text.strip().partition("\n")
    body = re.sub(r"\n\s*\n+", "\n\n", body.strip())
    key = _key({"event": event.pk, "appeal": appeal.pk, "to": notice.to})
    return Letter(to=to, subject=subject, body=body + "\n", language=language, message_id=email.message_id(key))


def _context(appeal: Appeal, event: Event, page: str, language: str, city: City | None) -> dict[str, Any]:
    """What a letter may say: nothing the resident wrote, and no personal data."""
    decision = appeal.decisions.order_by("-id").first()
    crew = Crew.objects.filter(code=event.data.get("crew", "")).first()
    day = event.data.get("day")
    return {
        "reference": public_id.dashed(appeal.public_id),
        "category": in_language(appeal.category.names, language),
        "address": appeal.address,
        "department": in_language(appeal.department.names, language) if appeal.department else "",
        "due_at": appeal.due_at,
        "reason": reason_in_words(decision.reason, language) if decision else "",
        "state": states.public_word(event.state),
        "words": event.words,
        "crew": in_language(crew.names, language) if crew else "",
        "day": dt.date.fromisoformat(day) if day else None,
        "into": public_id.dashed(event.data["into"]) if event.data.get("into") else "",
        "joined": event.appeal_id != appeal.pk,
        "city": in_language(city.names, language) if city else "CityMap",
        "link": settings.PUBLIC_URL + page,
    }
