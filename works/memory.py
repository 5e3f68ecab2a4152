"""How much memory one upload may take: a small file can be written so that reading it would starve everything else on its host."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

#: Bytes above what the process holds already.
MOST: Final = 2 * 1024**3
_HELD: Final = Path("/proc/self/statm")


@contextmanager
def limited() -> Iterator[None]:
    """Let the process grow by `MOST` bytes of address space inside; beyond that Python raises ``MemoryError``.

    The limit is one for the process; the lock of loads lets no two blocks run at once. Without ``/proc`` there is none.
    """
    if not _HELD.exists():
        yield
        return
    held = int(_HELD.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    set_already = [one for one in before if one != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([held + MOST, *set_already]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
