"""Amounts of money as people write them → Decimal to the cent. Pure; no amount ever passes through a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from works.cells import BadCell, text_of

CENT: Final = Decimal("0.01")
#: Numeric(18,2) holds 16 digits before the point.
LARGEST: Final = Decimal(10) ** 16
#: Signs that stand for one currency, or for one of several.
SIGNS: Final = {
    "$": ("USD", "CAD", "AUD", "NZD", "MXN", "ARS", "CLP", "COP", "SGD", "HKD"),
    "€": ("EUR",),
    "£": ("GBP",),
    "₽": ("RUB",),
    "руб.": ("RUB",),
    "руб": ("RUB",),
    "₸": ("KZT",),
    "тенге": ("KZT",),
    "тг": ("KZT",),
    "₴": ("UAH",),
    "zł": ("PLN",),
}
_BLANKS: Final = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_MINUS: Final = str.maketrans({"−": "-", "–": "-", "—": "-"})
_SCALED: Final = re.compile(r"тыс|млн|млрд|thousand|million|billion|\d\s*(?:k|m|bn)$", re.IGNORECASE)
_CODE: Final = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Writing:
    """How a file writes amounts. ``factor`` is what one unit of it is worth: 1000 for a file in thousands.

    ``currency`` holds where the cell names none; a cell that names another one is refused. ``decimal`` is the sign before the
    cents; "." and "," that are not it, blanks and apostrophes may part the digits by threes.
    """

    currency: str
    decimal: str = "."
    factor: Decimal = Decimal(1)
    unknown: tuple[str, ...] = ()


def read(value: Any, writing: Writing) -> Decimal | None:
    """Read one cell; None where it is empty or says "unknown". Zero is zero. Raises `BadCell` with a sentence."""
    text = text_of(value)
    if not text or text in writing.unknown:
        return None
    if _SCALED.search(text):
        raise BadCell("speaks of thousands or millions in words; state a factor for the whole file instead")
    digits = _digits(_without_currency(text.translate(_MINUS), writing), writing)
    try:
        amount = Decimal(digits) * writing.factor
    except InvalidOperation:
        raise BadCell("is no amount of money") from None
    if abs(amount) >= LARGEST:
        raise BadCell("is larger than any amount that can be kept")
    cents = amount.quantize(CENT)
    if cents != amount:
        raise BadCell("is finer than a cent")
    return cents


def _without_currency(text: str, writing: Writing) -> str:
    for sign, codes in SIGNS.items():
        if sign in text:
            if writing.currency not in codes:
                raise BadCell(f"names another currency than {writing.currency}")
            text = text.replace(sign, "", 1)
            break
    for code in _CODE.findall(text):
        if code != writing.currency:
            raise BadCell(f"names another currency than {writing.currency}")
        text = text.replace(code, "", 1)
    return text.strip()


def _digits(text: str, writing: Writing) -> str:
    """The number in Python's writing. "(5.00)" is how book-keepers write minus five."""
    negative = text.startswith("(") and text.endswith(")")
    text = text[1:-1].strip() if negative else text
    if text.startswith("-"):
        negative, text = not negative, text[1:].strip()
    elif text.startswith("+"):
        text = text[1:].strip()
    whole, point, cents = text.partition(writing.decimal)
    whole = _BLANKS.sub(" ", whole)
    for sign in " '’.,":
        if sign != writing.decimal and sign in whole:
            whole = _joined(whole.split(sign))
    if not (whole.isascii() and whole.isdigit()) or (point and not (cents.isascii() and cents.isdigit())):
        raise BadCell("is no amount of money")
    return f"{'-' if negative else ''}{whole}.{cents or 0}"


def _joined(groups: list[str]) -> str:
    """Digits parted by threes. "1,5" is one and a half in some countries: it is refused rather than read as fifteen."""
    if not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:]):
        raise BadCell("is not clear: digits are not parted by threes; does the mapping state the decimal sign?")
    return "".join(groups)
