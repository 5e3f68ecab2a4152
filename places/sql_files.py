"""The functions that reckon money, a file each: ``places/sql/NAME.NUMBER.sql``. A file that a migration has installed never changes.

To change a function, write its next number and a migration that installs it; ``digest`` keeps the migration true for ever.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "sql"


class Changed(Exception):
    """A file is no longer what its migration has installed elsewhere."""


def text(name: str, number: int, digest: str) -> str:
    """Return a file; raises `Changed` when its digest is another one."""
    path = FOLDER / f"{name}.{number}.sql"
    told = path.read_text(encoding="utf-8")
    if digest_of(told) != digest:
        raise Changed(f"{path.name} differs from what its migration installs: write {name}.{number + 1}.sql instead")
    return told


def digest_of(told: str) -> str:
    """Return what tells this text from another one."""
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def newest() -> dict[str, str]:
    """Return the text of the newest file of each function."""
    numbers: dict[str, int] = {}
    for path in FOLDER.glob("*.*.sql"):
        name, number, _suffix = path.name.split(".")
        numbers[name] = max(int(number), numbers.get(name, 0))
    return {name: (FOLDER / f"{name}.{number}.sql").read_text(encoding="utf-8") for name, number in numbers.items()}
