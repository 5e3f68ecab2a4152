"""The doorbell: cheap, never in the way, and the last ring counts."""

import os
import threading
import time
from collections.abc import Iterator

import pytest

from notifications import outbox
from notifications.doorbell import Doorbell
from tests.notifications.deadline import eventually


class Bell:
    """Counts how often it was heard; may be broken or stuck."""

    def __init__(self) -> None:
        self.heard = 0
        self.broken = False
        self.stuck = threading.Event()
        self.stuck.set()

    def publish(self) -> None:
        self.heard += 1
        self.stuck.wait()
        if self.broken:
            raise ConnectionError


@pytest.fixture
def bell() -> Iterator[Bell]:
    bell = Bell()
    yield bell
    bell.stuck.set()


def test_a_ring_is_heard(bell: Bell) -> None:
    Doorbell(bell.publish).ring()
    assert eventually(lambda: bell.heard == 1)


def test_many_rings_in_a_moment_are_heard_as_few_and_the_last_is_not_swallowed(bell: Bell) -> None:
    doorbell = Doorbell(bell.publish, pause=0.1)
    doorbell.ring()
    eventually(lambda: bell.heard == 1)
    for _ in range(1000):
        doorbell.ring()
    assert eventually(lambda: bell.heard == 2)
    doorbell.ring()
    assert eventually(lambda: bell.heard == 3)


def test_a_ring_does_not_wait_for_a_broker_that_hangs(bell: Bell) -> None:
    bell.stuck.clear()
    doorbell = Doorbell(bell.publish)
    doorbell.ring()
    eventually(lambda: bell.heard == 1)
    began = time.monotonic()
    for _ in range(100):
        doorbell.ring()
    assert time.monotonic() - began < 0.05


def test_a_broken_broker_is_tried_again_and_nothing_is_raised(bell: Bell) -> None:
    bell.broken = True
    doorbell = Doorbell(bell.publish, pause=0.01, after_failure=0.02)
    doorbell.ring()
    eventually(lambda: bell.heard == 1)
    doorbell.ring()
    assert eventually(lambda: bell.heard == 2)


def test_a_ring_costs_microseconds() -> None:
    outbox.ring()
    began = time.process_time()
    for _ in range(10_000):
        outbox.ring()
    assert (time.process_time() - began) / 10_000 < 50e-6


def test_a_forked_child_rings_too(bell: Bell) -> None:
    doorbell = Doorbell(bell.publish)
    doorbell.ring()
    eventually(lambda: bell.heard == 1)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover  # another process
        heard = bell.heard
        doorbell.ring()
        eventually(lambda: bell.heard > heard)
        os.write(writer, b"heard")
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.read() == b"heard"
    os.waitpid(child, 0)
