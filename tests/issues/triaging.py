"""What became of an appeal."""

from __future__ import annotations

from issues.models import Appeal, Event
from notifications.models import OutboxMessage


def story(appeal: Appeal) -> list[str]:
    return list(Event.objects.filter(appeal=appeal).order_by("id").values_list("kind", flat=True))


def told(appeal: Appeal, kind: str) -> set[str]:
    event = Event.objects.get(appeal=appeal, kind=kind)
    return {message.payload["to"] for message in OutboxMessage.objects.filter(payload__event=event.pk)}


def again(appeal: Appeal) -> Appeal:
    return Appeal.objects.get(pk=appeal.pk)
