"""One cell of a source: what it may hold, and what is wrong with it in one sentence. Pure."""

from __future__ import annotations

from typing import Any, Final

#: What spreadsheets run instead of showing. A leading minus or plus is a number or a plain word far more often; exports disarm these.
_FORMULA: Final = ("=", "@=", "+=", "-=")
SHOWN: Final = 60


class BadCell(ValueError):
    """A cell that cannot be read; the text says why, without repeating the value."""


class Formula(str):
    """A cell of a spreadsheet that holds a formula; the text is what the spreadsheet last computed."""

    __slots__ = ()


def storable(text: str) -> str:
    """The text with a sign in the place of what no file in UTF-8 and no table can hold."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def shown(value: Any) -> str:
    """The value as a report shows it: one line, shortened."""
    text = storable(" ".join(str(value).split()))
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def text_of(value: Any) -> str:
    """The cell as a text without blanks around it; '' for none. Raises `BadCell` for a formula and for what no table can hold."""
    if value is None or value != value:  # noqa: PLR0124  # NaN is an empty number
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dict | list):
        raise BadCell("is a list or a table where a single value is expected")
    text = " ".join(str(value).split())
    if isinstance(value, Formula) or text.startswith(_FORMULA):
        raise BadCell("is a formula; paste the value instead")
    if "\x00" in text or any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        raise BadCell("holds a character that cannot be stored")
    return text


def limited(value: Any, longest: int) -> str:
    """The same, at most ``longest`` characters."""
    text = text_of(value)
    if len(text) > longest:
        raise BadCell(f"is longer than {longest} characters")
    return text


def whole(value: Any, low: int, high: int) -> int | None:
    """A whole number between two; None for an empty cell."""
    text = text_of(value)
    if not text:
        return None
    if not (text.isascii() and text.lstrip("-").isdigit() and low <= int(text[:12]) <= high):
        raise BadCell(f"is no whole number from {low} to {high}")
    return int(text)
