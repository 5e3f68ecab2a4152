"""What was typed into the search box: parsed at the door into words, what may be a reference, and a place to be near to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from django.http import QueryDict
from django.utils.translation import gettext as _

from layers.once import single
from layers.problems import BadRequest

LONGEST: Final = 100
_MOST_WORDS: Final = 8
_KNOWN: Final = ("q", "lang", "near")
#: What an index of trigrams can look up: three letters or digits side by side.
_LONG: Final = re.compile(r"[^\W_]{3}")
_LETTER: Final = re.compile(r"[^\W_]")
#: A text of names has quotation marks around each (`layers.names`), and a backslash before one that belongs to it.
_BETWEEN: Final = re.compile(r"[\s,;\"\\]+")
_NUMBER: Final = re.compile(r"[+-]?\d{1,3}(\.\d{1,15})?", re.ASCII)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}", re.ASCII)
#: References are dashed and spaced as people like, and have zeros and ones that look like letters.
_DASHES: Final = str.maketrans("", "", " -–—\u00a0")
_FORMS: Final[tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...]] = ("NFC", "NFD", "NFKC", "NFKD")
_DIGITS: Final = str.maketrans("OIL", "011")


@dataclass(frozen=True)
class Question:
    """What is looked for; ``near`` is a longitude and a latitude in degrees (SRID 4326). ``language`` '' is none in particular."""

    text: str
    near: tuple[float, float] | None = None
    language: str = ""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the text; those without a letter or digit are left out."""
        return tuple(word for word in _BETWEEN.split(self.text) if _LETTER.search(word))[:_MOST_WORDS]

    @cached_property
    def references(self) -> tuple[str, ...]:
        """As what a reference may be stored: as typed, and in capitals or small letters without dashes."""
        found: list[str] = []
        for text in dict.fromkeys((self.text, unicodedata.normalize("NFKC", self.text))):
            plain = text.translate(_DASHES)
            found += [text, plain, plain.upper(), plain.lower(), plain.upper().translate(_DIGITS)]
        return tuple(dict.fromkeys(found))

    @property
    def enough(self) -> bool:
        """Whether one word has three letters or digits side by side: with less, half of everything would be found."""
        return any(is_long(word) for word in self.words)


def forms(text: str) -> tuple[str, ...]:
    """Return a text in each form in which Unicode may write it, the usual one first; one form for most texts.

    Files bring names with accents that are signs of their own, and keyboards digits of double width: it is one word to people.
    """
    return tuple(dict.fromkeys(unicodedata.normalize(form, text) for form in _FORMS))


def is_long(word: str) -> bool:
    return _LONG.search(word) is not None


def parse(query: QueryDict) -> Question:
    """Read ``q``, ``near`` and ``lang``; raises `BadRequest`. No ``q`` is an empty question."""
    for name in query:
        if name not in _KNOWN:
            raise BadRequest(
                _("“%(name)s” is not a parameter of the search. It knows: %(known)s.")
                % {"name": name[:40], "known": ", ".join(_KNOWN)}
            )
        single(query, name)
    text = unicodedata.normalize("NFC", " ".join(query.get("q", "").split()))
    if len(text) > LONGEST or not text.isprintable():
        raise BadRequest(_("What is looked for is one line of at most %(most)s characters.") % {"most": LONGEST})
    return Question(text, _near(query.get("near", "")), _language(query.get("lang", "")))


def _near(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    parts: Sequence[str] = text.split(",")
    if len(parts) == 2 and all(_NUMBER.fullmatch(part) for part in parts):
        lon, lat = float(parts[0]), float(parts[1])
        if abs(lon) <= 180 and abs(lat) <= 90:
            return lon, lat
    raise BadRequest(_("“near” takes two numbers in degrees: longitude, latitude."))


def _language(text: str) -> str:
    if text and not _LANGUAGE.fullmatch(text):
        raise BadRequest(_("“%(name)s” takes the code of a language, such as en or ru.") % {"name": "lang"})
    return text
