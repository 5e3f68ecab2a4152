"""What is read once for an answer, however often a door asks for it: who made the data, under what terms, where they lie.

Nothing is kept from one answer to the next, so a change is in the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final, TypeVar

T = TypeVar("T")
_read: Final[ContextVar[dict[Callable[[], Any], Any] | None]] = ContextVar("read", default=None)


@contextmanager
def one_answer() -> Iterator[None]:
    """Inside, each function marked `once_an_answer` runs once at most. Also a decorator of a view; inside another it changes nothing."""
    if _read.get() is not None:
        yield
        return
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def once_an_answer(read: Callable[[], T]) -> Callable[[], T]:
    """Keep what ``read`` returns for the rest of the answer; outside of one it is read anew for each call."""

    @wraps(read)
    def kept() -> T:
        found = _read.get()
        if found is None:
            return read()
        if read not in found:
            found[read] = read()
        value: T = found[read]
        return value

    return kept
