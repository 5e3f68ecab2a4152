"""Texts for tables that a spreadsheet will open: what it would run as a formula gets an apostrophe in front. One rule, in Python and in SQL."""

from __future__ import annotations

import re
from typing import Final

_BLANK: Final = r"\u0001-\u0020\u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff"
#: What a spreadsheet may take for a formula: = + - @ (and their wide forms) after nothing but blanks, or a tab or line break first.
#: An apostrophe first is defused as well, so that taking one away gives back every text. PostgreSQL reads the pattern alike.
LIVE: Final = re.compile(rf"^[\u0027\u0009\u000a\u000d]|^[{_BLANK}]*[=+@\uff1d\uff0b\uff0d\uff20-]")


def disarmed(text: str) -> str:
    """The text as a spreadsheet shows it and does not run it."""
    return f"'{text}" if LIVE.match(text) else text
