"""The closing text of a case: which state it tells, and what of it everybody may read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from gis_data.pack_request_types import PackClosure, PackRequestLayout
from issues.redaction import Redacted, redact


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case ended: state, words for everybody, flags for staff."""

    state: str
    words: Redacted
    flags: tuple[str, ...] = ()


class Closing:
    """Reads the closing texts of one layout."""

    def __init__(self, layout: PackRequestLayout) -> None:
        self._lead = re.compile(layout.closure_lead) if layout.closure_lead else None
        self._closures = tuple((one, (one.starts or one.contains).casefold()) for one in layout.closures)
        self.case_number = re.compile(layout.case_number) if layout.case_number else None
        self.read = lru_cache(maxsize=8192)(self._read)

    def _read(self, text: str, state: str) -> Outcome:
        """Return the outcome; ``state`` is what the status alone says, and stays where no closure fits."""
        text = " ".join(text.split())
        if self._lead is not None:
            text = self._lead.sub("", text, count=1)
        found = self._find(text)
        if found is None:
            return Outcome(state, redact(text, self.case_number))
        if found.starts:
            text = f"{found.say} {text[len(found.starts) :].lstrip(' .:,;-')}".strip()
        words = redact(text, self.case_number)
        return Outcome(found.state, words, (found.flag,) if found.flag else ())

    def _find(self, text: str) -> PackClosure | None:
        folded = text.casefold()
        for closure, part in self._closures:
            if text[: len(closure.starts)].casefold() == part if closure.starts else part in folded:
                return closure
        return None
