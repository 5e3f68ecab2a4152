"""One letter to a service about all the reports that a change of rules or boundaries brought it, or took back from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from accounts.models import Department
from gis_data.models import City
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


def _key(payload: Mapping[str, Any]) -> str:
    return f"batch:{payload['batch']}:{payload['department']}:{'undone' if payload['undone'] else 'moved'}"


def deliver(payload: Mapping[str, Any]) -> None:
    """Outbox handler ``batch-mail``: ``{"batch": id, "department": id, "undone": bool}`` → one letter."""
    department = Department.objects.get(pk=payload["department"])
    if not department.email:
        return
    batch = RerouteBatch.objects.get(pk=payload["batch"])
    moves = (
        batch.moves.filter(before=department).exclude(undone=None) if payload["undone"] else batch.moves.filter(after=department)
    )
    city = City.objects.first()
    language = (city.languages if city else None) or [settings.LANGUAGE_CODE]
    with override(language[0]):
        text = render_to_string(
            "mail/batch_for_service.txt",
            {
                "count": moves.count(),
                "undone": payload["undone"],
                "department": in_language(department.names, language[0]),
                "city": in_language(city.names, language[0]) if city else "CityMap",
                "link": settings.PUBLIC_URL + reverse("desk"),
            },
        )
    subject, _sep, body = text.strip().partition("\n")
    letter = Letter(
        to=department.email,
        subject=subject,
        body=body.strip() + "\n",
        language=language[0],
        message_id=email.message_id(_key(payload)),
    )
    email.send(letter)
