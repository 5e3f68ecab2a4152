"""Texts of request files: cleaned, cut to what their column holds, without personal data; counted in the file's tally."""

from __future__ import annotations

import re
from typing import Final

from gis_data.load_report import FileTally
from gis_data.pack_request_types import PackRequestLayout
from issues.redaction import Redacted, redact

ADDRESS_LENGTH: Final = 240
TEXT_LENGTH: Final = 10_000
NAME_LENGTH: Final = 200
_BLANKS: Final = re.compile(r"\s+")
_WIDE_BLANKS: Final = re.compile(r"\s*\s{2,}\s*")
_CONTROL: Final = dict.fromkeys([*range(32), *range(127, 160)], " ")


class Texts:
    """Cleans the texts of one layout."""

    def __init__(self, layout: PackRequestLayout, tally: FileTally) -> None:
        self._wide_is_comma = layout.double_blank_is_comma
        self._case_number = re.compile(layout.case_number) if layout.case_number else None
        self._tally = tally

    def clean(self, text: str, length: int = TEXT_LENGTH) -> str:
        """Return the text without control characters, cut to ``length``."""
        text = text if text.isprintable() else text.translate(_CONTROL).strip()
        if len(text) > length:
            self._tally.repaired(f"a text cut to {length:,} characters")
            return text[:length].rstrip()
        return text

    def name(self, text: str, length: int = NAME_LENGTH) -> str:
        """Return a name or address on one line."""
        if not text:
            return ""
        if self._wide_is_comma:
            text = _WIDE_BLANKS.sub(", ", text)
        return self.clean(_BLANKS.sub(" ", text), length)

    def public(self, text: str, what: str) -> str:
        """Return the text without personal data; ``what`` names it in the tally."""
        return self.counted(redact(self.clean(text), self._case_number), what)

    def counted(self, redacted: Redacted, what: str) -> str:
        """Count what was taken out; return the rest."""
        for count, of in (
            (redacted.phones, "phone number"),
            (redacted.numbers, "number of 7 or more digits"),
            (redacted.emails, "e-mail address"),
            (redacted.names, "name"),
        ):
            if count:
                self._tally.repaired(f"{of} taken out of a {what}", count)
        return redacted.text


def same(one: str, other: str) -> bool:
    """Say whether two names differ in blanks, commas and letter case only."""
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return _BLANKS.sub("", text).replace(",", "").casefold()
