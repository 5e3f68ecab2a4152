"""Waiting on a condition, never on the clock alone."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(condition: Callable[[], T], seconds: float = 10, pause: float = 0.02) -> T:
    """Return what ``condition`` returns as soon as it is true; fail when ``seconds`` are over."""
    ends = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < ends, f"still not so after {seconds} s: {condition}"
        time.sleep(pause)
