"""Outbox kind → the function that carries it out (found through ``settings.OUTBOX_HANDLERS``)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from issues import notices

HANDLERS: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {
    "mail": notices.deliver_mail,
}
