"""Personal data out of texts that others wrote before they become public: phone numbers, e-mail addresses, titled names.

Pure functions. They would rather take out a work order's number than leave a phone number in: a number of seven
or more digits goes, however it is cut up, unless it is a date, a time or a case number the caller vouches for. A name
without a courtesy title cannot be told from other words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

PHONE: Final = "[phone removed]"
NUMBER: Final = "[number removed]"  # so many digits in one piece may be a telephone's or not
EMAIL: Final = "[e-mail removed]"
NAME: Final = "[name removed]"

#: Every repetition below is bounded: a hostile text costs linear time.
_AT: Final = r"(?:[ \t]{0,2}@[ \t]{0,2}|[ \t]{0,2}[(\[{<][ \t]{0,2}at[ \t]{0,2}[)\]}>][ \t]{0,2}|[ \t]{1,2}at[ \t]{1,2})"
_DOT: Final = r"(?:[ \t]{0,2}\.[ \t]{0,2}|[ \t]{0,2}[(\[{<][ \t]{0,2}dot[ \t]{0,2}[)\]}>][ \t]{0,2}|[ \t]{1,2}dot[ \t]{1,2})"
_SPELLED_DOT: Final = r"(?:[ \t]{0,2}[(\[{<][ \t]{0,2}dot[ \t]{0,2}[)\]}>][ \t]{0,2}|[ \t]{1,2}dot[ \t]{1,2})"
_TOP: Final = r"(?:com|org|net|edu|gov|mil|info|biz|io|us|uk|eu|de|fr|fi|ru|su|kz|by|ua|рф)"
_EMAIL: Final = re.compile(
    # The plain form, the form with a bracketed "at", and a sign with a word on both sides but no domain that ends well.
    r"[\w.+%'’-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}"
    rf"|[\w.+%'’-]{{1,64}}[ \t]{{1,2}}@[ \t]{{0,2}}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,3}}{_DOT}{_TOP}\b"
    rf"|[\w.+%'’-]{{1,64}}@[ \t]{{1,2}}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,3}}{_DOT}{_TOP}\b"
    rf"|[\w.+%'’-]{{1,64}}[ \t]{{0,2}}[(\[{{<][ \t]{{0,2}}at[ \t]{{0,2}}[)\]}}>][ \t]{{0,2}}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,4}}"
    rf"|[\w.+%'’-]{{1,64}}{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,3}}{_SPELLED_DOT}{_TOP}\b",
    re.IGNORECASE,
)
#: Most texts hold neither: two quick looks save nine tenths of the time.
_MAYBE_EMAIL: Final = re.compile(r"@|\bat\b", re.IGNORECASE)
_DIGIT: Final = re.compile(r"\d")
_LETTER: Final = re.compile(r"[^\W\d_]")

_GAP: Final = r"[\s().\-‐‑‒–—−_*~·•\u200b\u2060\ufeff]{0,4}"
_KEPT: Final = (
    r"(?P<kept>(?<!\d)(?:"
    r"\d{4}-\d{1,2}-\d{1,2}(?:[ T]{1,2}\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?"
    r"|\d{1,2}(?P<cut>[-./])\d{1,2}(?P=cut)(?:\d{4}|\d{2})"
    r"|\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?"
    r")(?![-./:]?\d))"
)
#: A match may not end inside a date or a time that follows the number.
_END: Final = r"(?!\d)(?!(?<=\D\d)[/:]\d{1,2}(?!\d))(?!(?<=\D\d\d)[/:]\d{1,2}(?!\d))"
_EXTENSION: Final = r"(?:[ ,]{0,2}(?:x|ext|extension|доб)[. :]{0,2}\d{1,6}(?!\d))?"
_NUMBER: Final = re.compile(
    _KEPT
    + r"|(?P<slashed>(?<!\d)(?:\(?\d{3}\)?[ ]?/[ ]?\d{3}[ ./-]{0,2}|\d{3}/)\d{4}(?!\d))"
    + rf"|(?P<number>(?<!\d)\+?\(?\d(?:{_GAP}\d){{6,14}}{_END}{_EXTENSION})"
    + r"|(?P<long>\d{7,})",
    re.IGNORECASE,
)
_DIGIT_WORDS: Final = (
    "zero|oh|one|two|three|four|five|six|seven|eight|nine|ноль|нуль|один|два|три|четыре|пять|шесть|семь|восемь|девять"
)
_SPELLED: Final = re.compile(rf"\b(?:{_DIGIT_WORDS})(?:[\s,.-]{{1,3}}(?:{_DIGIT_WORDS})){{6,14}}\b", re.IGNORECASE)
#: A courtesy title with the name after it, up to three parts. Titles are case-sensitive: "ms" is also a unit.
_NAME: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx)\b\.?[ \t]{1,2}[A-Z][\w'’-]{0,40}(?:[ \t][A-Z][\w'’-]{0,40}){0,2}")


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text fit for everybody, and how many of what was taken out of it."""

    text: str
    phones: int = 0
    numbers: int = 0
    emails: int = 0
    names: int = 0


@lru_cache(maxsize=4096)
def redact(text: str, keep: re.Pattern[str] | None = None) -> Redacted:
    """Return ``text`` without phone numbers, e-mail addresses and titled names.

    ``keep`` matches whole numbers that are known to be something else, such as the source's case numbers.
    """
    counts = {PHONE: 0, NUMBER: 0, EMAIL: 0, NAME: 0}

    def mail(found: re.Match[str]) -> str:
        if not _LETTER.search(found[0].partition("@")[2] or found[0]):
            return found[0]  # "2 @ 14": an hour, not an address
        counts[EMAIL] += 1
        return EMAIL

    def number(found: re.Match[str]) -> str:
        if found["kept"] or (keep is not None and keep.fullmatch(found[0])):
            return found[0]
        mark = NUMBER if found[0].isdigit() else PHONE
        counts[mark] += 1
        return mark

    def spelled(_found: re.Match[str]) -> str:
        counts[PHONE] += 1
        return PHONE

    def name(_found: re.Match[str]) -> str:
        counts[NAME] += 1
        return NAME

    clean = text
    if _MAYBE_EMAIL.search(clean):
        clean = _EMAIL.sub(mail, clean)
    if _DIGIT.search(clean):
        clean = _NUMBER.sub(number, clean)
    clean = _SPELLED.sub(spelled, clean)
    clean = _NAME.sub(name, clean)
    return Redacted(clean, counts[PHONE], counts[NUMBER], counts[EMAIL], counts[NAME])
