"""``outbox_state``: how far behind the outbox is, and what it gave up."""

from typing import Any

from django.core.management.base import BaseCommand

from notifications import outbox
from notifications.models import OutboxMessage


class Command(BaseCommand):
    help = "Shows what waits in the outbox and the newest dead letters. Exit status 1 when there are dead letters."

    def handle(self, *args: Any, **options: Any) -> None:
        lag = outbox.lag()
        self.stdout.write(f"{lag.waiting} waiting, the oldest due for {lag.seconds:.0f} s, {lag.dead} dead")
        for message in OutboxMessage.objects.filter(dead_at__isnull=False).order_by("-dead_at")[:20]:
            self.stdout.write(f"  {message.id} {message.kind} {message.key}: {message.error}")
        if lag.dead:
            raise SystemExit(1)
