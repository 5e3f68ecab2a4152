"""The reference of an appeal: seven random Crockford base32 characters and a check character, shown as ``ABCD-EFGH``.

The check is linear over GF(32) with a different weight at each place, so it catches every single wrong character and every
two exchanged ones: a reference read over the phone is either right or refused, never somebody else's appeal.
"""

from __future__ import annotations

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 8
_VALUE: Final = {char: value for value, char in enumerate(ALPHABET)}
#: How people read and type: small letters, O for zero, I and L for one, dashes and spaces anywhere.
_FORGIVEN: Final = str.maketrans("OIL", "011", " -–—\u00a0")


def _times_two(value: int) -> int:
    """Multiply by x in GF(32), the polynomial being x⁵ + x² + 1."""
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value


def _check(digits: list[int]) -> int:
    total = 0
    for digit in digits:  # Horner's rule: the weights are 2⁷, 2⁶, … 2¹, all different in GF(32)
        total = _times_two(total ^ digit)
    return total


def new() -> str:
    """Return a fresh random reference (8 characters, without the dash)."""
    number = secrets.randbits(5 * (LENGTH - 1))
    digits = [(number >> 5 * place) & 31 for place in range(LENGTH - 1)]
    return "".join(ALPHABET[digit] for digit in [*digits, _check(digits)])


def parse(text: str) -> str | None:
    """Return the stored form of what somebody typed, or None when it cannot be a reference."""
    if len(text) > 40:
        return None
    plain = text.upper().translate(_FORGIVEN)
    if len(plain) != LENGTH or any(char not in _VALUE for char in plain):
        return None
    digits = [_VALUE[char] for char in plain]
    return plain if _check(digits[:-1]) == digits[-1] else None


def dashed(reference: str) -> str:
    """Return the reference as people read it: ``ABCD-EFGH``."""
    return f"{reference[:4]}-{reference[4:]}"
