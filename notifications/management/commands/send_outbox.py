"""``send_outbox``: carry out what is due in this process, without Celery."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from notifications import outbox
from notifications.models import OutboxMessage


class Command(BaseCommand):
    help = "Carries out what is due in the outbox, in this process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, help="at most so many messages")
        parser.add_argument("--again", action="store_true", help="first give every dead letter a fresh start")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"]:
            dead = OutboxMessage.objects.filter(dead_at__isnull=False).values_list("id", flat=True)
            self.stdout.write(f"{sum(map(outbox.send_again, list(dead)))} dead letters wait again")
        tally = outbox.work_off(limit=options["limit"])
        self.stdout.write(f"{tally.done} carried out, {tally.again} put off, {tally.dead} given up")
