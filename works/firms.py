"""One firm, however it is spelled.

Two names are one firm when their normal forms are equal: letters without case, "ё" as "е", marks and quotation signs gone, words
parted by one blank, and the legal form (ООО, Ltd, GmbH …) told apart from the name but kept: "ООО Путь" and "АО Путь" are two firms.
A missing legal form is not a different one's: "Путь" alone stays by itself. A register number beats all names. Nothing is ever merged because it looks
alike; a person may merge two rows, and that is undone by clearing one field.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

#: Legal forms as they are written → one code for each. The longest writing is looked for first.
_FORMS: Final = {
    "общество с ограниченной ответственностью": "ооо",
    "товарищество с ограниченной ответственностью": "тоо",
    "публичное акционерное общество": "пао",
    "открытое акционерное общество": "оао",
    "закрытое акционерное общество": "зао",
    "акционерное общество": "ао",
    "индивидуальный предприниматель": "ип",
    "государственное унитарное предприятие": "гуп",
    "муниципальное унитарное предприятие": "муп",
    "государственное бюджетное учреждение": "гбу",
    "муниципальное бюджетное учреждение": "мбу",
    "ооо": "ооо",
    "тоо": "тоо",
    "пао": "пао",
    "оао": "оао",
    "зао": "зао",
    "ао": "ао",
    "ип": "ип",
    "гуп": "гуп",
    "муп": "муп",
    "гбу": "гбу",
    "мбу": "мбу",
    "limited liability company": "llc",
    "public limited company": "plc",
    "incorporated": "inc",
    "corporation": "corp",
    "limited": "ltd",
    "company": "co",
    "l l c": "llc",
    "llc": "llc",
    "l l p": "llp",
    "llp": "llp",
    "plc": "plc",
    "inc": "inc",
    "corp": "corp",
    "ltd": "ltd",
    "co": "co",
    "gmbh": "gmbh",
    "ag": "ag",
    "osakeyhtiö": "oy",
    "oyj": "oyj",
    "oy": "oy",
    "ab": "ab",
}
_BY_LENGTH: Final = sorted(_FORMS, key=len, reverse=True)
_JOINED: Final = re.compile(r"(?<=\w)[.'’`](?=\w)")
_SIGNS: Final = re.compile(r"[^\w&+]+|_")
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm or an authority as a source names it; ``scheme`` and ``identifier`` (OCDS Identifier) where it gives a register number."""

    name: str
    scheme: str = ""
    identifier: str = ""


def key_of(name: str) -> str:
    """The normal form of a name; '' when nothing is left of it. The legal form, where there is one, stands last after a "|"."""
    text = unicodedata.normalize("NFKC", name).casefold().replace("ё", "е")
    text = " ".join(_SIGNS.sub(" ", _JOINED.sub("", text)).split())
    text, form = _apart(text)
    text = " ".join("and" if word == "&" else word for word in text.split())
    return f"{text}|{form}"[:_LONGEST] if text and form else text[:_LONGEST]


def _apart(text: str) -> tuple[str, str]:
    """The name without its legal form, which stands at its beginning or its end."""
    for writing in _BY_LENGTH:
        code = _FORMS[writing]
        if text.startswith(f"{writing} "):
            return text[len(writing) + 1 :].strip(), code
        if text.endswith(f" {writing}"):
            return text[: -len(writing) - 1].strip(), code
    return text, ""
