"""The doorbell: tells the workers that the outbox has something for them. It may be lost; the sweep then finds the rows.

A thread of its own does the publishing, so that a request never waits for a broker that is slow, stopped or gone,
and so that many rings in a moment cost one message.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

PAUSE = 0.25  # seconds between two messages of one process
PAUSE_AFTER_FAILURE = 2.0


class Doorbell:
    """Calls ``publish`` soon after ``ring()``, at most once in ``pause`` seconds; the last ring is never swallowed."""

    def __init__(self, publish: Callable[[], None], pause: float = PAUSE, after_failure: float = PAUSE_AFTER_FAILURE) -> None:
        self._publish = publish
        self._pause = pause
        self._after_failure = after_failure
        self._forget_thread()
        # A forked child has no copy of the thread, and may have a copy of a lock that nobody will ever open.
        os.register_at_fork(after_in_child=self._forget_thread)

    def _forget_thread(self) -> None:
        self._rung = threading.Event()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """Return at once (microseconds); never raises."""
        if self._rung.is_set():
            return
        self._rung.set()
        if self._thread is None:
            self._start_thread()

    def _start_thread(self) -> None:
        with self._start:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._run, name="outbox-doorbell", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads, or the interpreter is closing: the sweep will do
                self._rung.clear()
                return
            self._thread = thread

    def _run(self) -> None:
        while True:
            self._rung.wait()
            self._rung.clear()
            time.sleep(self._pause if self._try_publish() else self._after_failure)

    def _try_publish(self) -> bool:
        try:
            self._publish()
        except Exception as error:  # noqa: BLE001  # whatever a broker client may raise, the caller's work is already safe
            logger.info("doorbell not heard (%s); the sweep will deliver", type(error).__name__)
            return False
        return True
