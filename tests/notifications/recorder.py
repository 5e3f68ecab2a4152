"""Handlers that tests put behind the outbox through ``settings.OUTBOX_HANDLERS``."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from notifications.channels.base import Passing, Permanent

#: How often each key was carried out.
carried: Counter[str] = Counter()


def note(payload: Mapping[str, Any]) -> None:
    carried[payload["outbox_key"]] += 1


def fail(payload: Mapping[str, Any]) -> None:
    """Fail as the payload says."""
    carried[payload["outbox_key"]] += 1
    match payload.get("how"):
        case "permanent":
            raise Permanent("no such mailbox")
        case "passing":
            raise Passing("server away")
        case "bug":
            raise ValueError("jane.canary@example.org lives at 5 Canary Street")


HANDLERS: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {"note": note, "fail": fail}
