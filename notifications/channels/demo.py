"""The demo's mail: kept in the database and shown on the demo inbox page. Nothing leaves the machine."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from notifications.models import DemoLetter


class DemoInbox(BaseEmailBackend):
    """A mail backend that writes `DemoLetter` rows; the same Message-ID to the same person is kept once."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        letters = [letter for message in email_messages for letter in _letters(message)]
        DemoLetter.objects.bulk_create(letters, ignore_conflicts=True)
        return len(email_messages)


def _letters(message: EmailMessage) -> list[DemoLetter]:
    built = message.message()  # as for a real server: a header with a line break in it is refused here
    message_id = str(built["Message-ID"])
    return [
        DemoLetter(
            message_id=f"{message_id}{number or ''}"[-200:],
            recipient=recipient.lower()[:254],
            subject=str(message.subject)[:300],
            body=str(message.body),
        )
        for number, recipient in enumerate(message.recipients())
    ]


def erase_letters(address: str) -> int:
    """Delete what the demo inbox holds for a person; return how many letters."""
    deleted, _ = DemoLetter.objects.filter(recipient__iexact=address.strip()).delete()
    return deleted
