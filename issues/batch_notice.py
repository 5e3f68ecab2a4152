"""Letters about a change of rules or boundaries as a whole.

A service has one about all the reports that it got at once, or got back. Administrators have one about the crews and people
whose area has ended by new boundaries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from accounts.areas import LeftBehind, left_behind
from accounts.models import Department, Role, User
from gis_data import city_time
from gis_data.models import BoundaryDraft, City
from gis_data.names import in_language
from issues.models import RerouteBatch
from notifications import outbox
from notifications.channels import email
from notifications.channels.base import Letter

KIND = "batch-mail"


def put(batch: RerouteBatch, *, undone: bool) -> None:
    """Write the outbox rows: one for each service that got reports by the batch, or by taking it back."""
    moves = batch.moves.exclude(undone=None) if undone else batch.moves.all()
    told = moves.values_list("before_id" if undone else "after_id", flat=True).distinct()
    with transaction.atomic():
        for department in sorted(number for number in set(told) if number is not None):
            payload = {"batch": batch.pk, "department": department, "undone": undone}
            outbox.put(KIND, _key(payload), payload)


def put_left_behind(draft: BoundaryDraft, left: Sequence[LeftBehind]) -> None:
    """Write the outbox rows: one for each administrator, once a publication, if it left somebody in an area that ended."""
    if not any(one.area.boundary_set_id == draft.boundary_set_id for one in left):
        return
    with transaction.atomic():
        for number in _administrators().values_list("pk", flat=True):
            payload = {"boundary_draft": draft.pk, "administrator": number}
            outbox.put(KIND, _key(payload), payload)


def deliver(payload: Mapping[str, Any]) -> None:
    """Outbox handler ``batch-mail`` → one letter, or none if there is nobody (any more) to write to or of.

    ``{"batch": id, "department": id, "undone": bool}`` for a service, ``{"boundary_draft": id, "administrator": id}`` else.
    """
    letter = _to_administrator(payload) if "administrator" in payload else _to_service(payload)
    if letter is not None:
        email.send(letter)


def _to_service(payload: Mapping[str, Any]) -> Letter | None:
    department = Department.objects.get(pk=payload["department"])
    if not department.email:
        return None
    batch = RerouteBatch.objects.get(pk=payload["batch"])
    moves = (
        batch.moves.filter(before=department).exclude(undone=None) if payload["undone"] else batch.moves.filter(after=department)
    )
    words = {"count": moves.count(), "undone": payload["undone"], "department": department, "link": reverse("desk")}
    return _letter("batch_for_service", department.email, payload, words)


def _to_administrator(payload: Mapping[str, Any]) -> Letter | None:
    """What is so by now: who has got another area meanwhile is not named."""
    person = _administrators().filter(pk=payload["administrator"]).first()
    draft = BoundaryDraft.objects.select_related("boundary_set").get(pk=payload["boundary_draft"])
    left = [one for one in left_behind(city_time.today()) if one.area.boundary_set_id == draft.boundary_set_id]
    if person is None or not left:
        return None
    words = {"count": len(left), "left": left, "group": draft.boundary_set, "link": reverse("workshop")}
    return _letter("left_behind", person.email, payload, words)


def _administrators() -> QuerySet[User]:
    """Those who decide where crews and staff work; a superuser may do all that an administrator may."""
    may = Q(memberships__role=Role.ADMIN) | Q(is_superuser=True)
    return User.objects.filter(may, is_active=True).order_by("pk").distinct()


def _letter(template: str, to: str, payload: Mapping[str, Any], words: dict[str, Any]) -> Letter:
    """Render ``mail/<template>.txt`` in the city's first language: its first line is the subject, the rest the body."""
    city = City.objects.first()
    language = ((city.languages if city else None) or [settings.LANGUAGE_CODE])[0]
    words = {
        **words,
        "city": in_language(city.names, language) if city else "CityMap",
        "link": settings.PUBLIC_URL + words["link"],
    }
    with override(language):
        text = render_to_string(f"mail/{template}.txt", words)
    subject, _sep, body = text.strip().partition("\n")
    return Letter(to=to, subject=subject, body=body.strip() + "\n", language=language, message_id=email.message_id(_key(payload)))


def _key(payload: Mapping[str, Any]) -> str:
    if "administrator" in payload:
        return f"left:{payload['boundary_draft']}:{payload['administrator']}"
    return f"batch:{payload['batch']}:{payload['department']}:{'undone' if payload['undone'] else 'moved'}"
