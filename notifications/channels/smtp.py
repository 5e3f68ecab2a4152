"""SMTP with an end: a whole conversation may take only so long, however slowly each answer drips in.

The outbox leases a letter for longer than this, so no second worker starts on a letter that is still being sent.
"""

import smtplib
import ssl
import time
from typing import Any, Final

from django.core.mail.backends.smtp import EmailBackend

CONVERSATION: Final = 30.0  # seconds, from connecting to the last answer
GOODBYE: Final = 2.0  # seconds to wait for the answer to QUIT


class _Bounded(smtplib.SMTP):
    """Gives every step the time that is left of the whole conversation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._ends = time.monotonic() + CONVERSATION
        super().__init__(*args, **kwargs)

    def send(self, s: Any) -> None:
        self._tighten()
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        self._tighten()
        return super().getreply()

    def quit(self) -> tuple[int, bytes]:
        self._ends = min(self._ends, time.monotonic() + GOODBYE)
        return super().quit()

    def _tighten(self) -> None:
        left = self._ends - time.monotonic()
        if left <= 0:
            self.close()
            raise TimeoutError("the conversation took too long")
        if self.sock is not None:
            self.sock.settimeout(min(float(self.timeout), left))


class _BoundedSSL(_Bounded, smtplib.SMTP_SSL):
    """The same from a TLS connection."""


class SmtpBackend(EmailBackend):
    """Django's SMTP backend with an end to each conversation, and a goodbye that cannot undo a sent letter."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _BoundedSSL if self.use_ssl else _Bounded

    def _close_connection(self, connection: smtplib.SMTP) -> None:
        # The letter was accepted before QUIT: a server that is rude now must not make us send it twice.
        try:
            connection.quit()
        except (OSError, ssl.SSLError, smtplib.SMTPException):
            connection.close()
