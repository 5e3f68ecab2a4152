"""What every channel shares: a letter, and the two ways in which it can fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class Permanent(Exception):
    """Trying again cannot help (no such mailbox). Its text is kept and shown to staff: no personal data in it."""


class Passing(Exception):
    """Trying again later may help (server away). Its text is kept and shown to staff: no personal data in it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one person. ``message_id`` is the same at every try, so that a repeat can be recognised.

    ``body`` is plain text. ``headers`` may not name what the other fields already say.
    """

    to: str
    subject: str
    body: str
    language: str
    message_id: str
    headers: Mapping[str, str] = field(default_factory=dict)
