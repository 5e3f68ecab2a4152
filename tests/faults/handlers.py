"""What the workers of the fault tests do: a letter for each message, or their own death."""

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any, Final

from notifications.channels import email
from notifications.channels.base import Letter


def letter(payload: Mapping[str, Any]) -> None:
    message_id = email.message_id(payload["outbox_key"])
    email.send(Letter("resident@example.org", "A change", "Something changed.", "en", message_id))


def poison(payload: Mapping[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


HANDLERS: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {"mail": letter, "poison": poison}
