"""Letters by e-mail. In demo mode they go to the demo inbox, whatever mail server the settings may name."""

import hashlib
import smtplib
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import BadHeaderError, EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email

from notifications.channels.base import Letter, Passing, Permanent
from notifications.channels.demo import DemoInbox

OURS: Final = frozenset({"to", "cc", "bcc", "from", "sender", "subject", "message-id", "date", "content-language"})


def message_id(key: str) -> str:
    """Return the Message-ID of the letter with this outbox key: the same at every try, and telling nothing."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{urlsplit(settings.PUBLIC_URL).hostname}>"


def send(letter: Letter) -> None:
    """Hand one letter to the mail server. Raises `Permanent` or `Passing`, neither with personal data in its text."""
    message = _message(letter)
    try:
        connection().send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        code = max((code for code, _ in error.recipients.values()), default=0)
        raise _by_code(code, f"address refused ({code})") from None
    except smtplib.SMTPDataError as error:
        raise _by_code(error.smtp_code, f"letter refused ({error.smtp_code})") from None
    except smtplib.SMTPNotSupportedError:
        raise Permanent("the mail server cannot take this kind of address") from None
    except smtplib.SMTPResponseException as error:
        # Greeting, log-in or sender refused: our own settings are wrong, the letter is not. It waits for them.
        raise Passing(f"mail server: {type(error).__name__} ({error.smtp_code})") from None
    except (BadHeaderError, UnicodeError):
        raise Permanent("the letter has an impossible header") from None
    except OSError as error:  # every other error of smtplib is an OSError too
        raise Passing(f"mail server: {type(error).__name__}") from None


def connection() -> BaseEmailBackend:
    """Return where letters go: the mail server of the settings, in demo mode always the demo inbox."""
    chosen: BaseEmailBackend = DemoInbox() if settings.DEMO_MODE else get_connection()
    return chosen


def _message(letter: Letter) -> EmailMessage:
    try:
        validate_email(letter.to)
    except ValidationError:
        raise Permanent("no e-mail address") from None
    if OURS & {name.lower() for name in letter.headers}:
        raise Permanent("a header of the letter contradicts its fields")
    return EmailMessage(
        subject=" ".join(letter.subject.split()),
        body=letter.body,
        to=[letter.to],
        headers={
            "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday answers to us, please
            **letter.headers,
            "Content-Language": letter.language,
            "Message-ID": letter.message_id,
        },
    )


def _by_code(code: int, sentence: str) -> Exception:
    return Permanent(sentence) if code >= 500 else Passing(sentence)
