"""No letter is lost, whatever is killed: workers, beats, Redis with all it held. Each case prints one line of figures."""

import json
import shutil
import time
from collections.abc import Iterator

import pytest

from citymap.celery import app
from notifications import outbox
from notifications.channels.email import message_id
from notifications.doorbell import Doorbell
from notifications.models import OutboxMessage
from notifications.tasks import relay
from tests.faults.processes import Engines
from tests.notifications.deadline import eventually
from tests.notifications.smtp_sink import SmtpSink

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.faults,
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed"),
]
PATIENCE = 45


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        sink.delay = 0.01  # long enough that a kill often strikes inside a letter
        yield sink


@pytest.fixture
def engines(transactional_db: None, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engines]:
    with Engines(sink.port) as engines:

        def publish() -> None:
            with app.connection_for_write(engines.broker) as broker:
                relay.apply_async(retry=False, connection=broker)

        monkeypatch.setattr(outbox, "_doorbell", Doorbell(publish, after_failure=0.25))
        for worker in engines.workers:
            eventually(lambda worker=worker: worker.said("ready."), PATIENCE)  # type: ignore[misc]
        yield engines


def put_letters(first: int, count: int) -> None:
    for number in range(first, first + count):
        outbox.put("mail", f"letter-{number}", {"appeal": number})


def settled() -> bool:
    return not OutboxMessage.objects.filter(done_at=None, dead_at=None).exists()


def settled_while_ringing() -> bool:
    outbox.ring()
    return settled()


def report(case: str, **figures: float) -> None:
    print(json.dumps({"case": case, **figures}))


@pytest.mark.parametrize(("rounds", "each"), [(8, 40), pytest.param(50, 200, marks=pytest.mark.full)])
def test_no_letter_is_lost_when_workers_and_redis_are_killed(engines: Engines, sink: SmtpSink, rounds: int, each: int) -> None:
    kills = 0
    for round_no in range(rounds):
        before = len(sink.ids)
        put_letters(round_no * each, each)
        eventually(lambda before=before: len(sink.ids) > before + 3, PATIENCE)  # type: ignore[misc]
        worker = engines.workers[round_no % 2]
        worker.kill()
        kills += 1
        if round_no % 2:
            engines.kill_redis()
            engines.start_redis()
            engines.beats[round_no // 2 % 2].kill()
            engines.beats[round_no // 2 % 2].start()
        worker.start()
    eventually(settled, PATIENCE + rounds * each / 20)
    keys = {message_id(f"letter-{number}") for number in range(rounds * each)}
    lost, repeats = keys - set(sink.ids), sum(sink.ids.values()) - len(sink.ids)
    report("outbox-kills", letters=len(keys), kills=kills, lost=len(lost), repeats=repeats)
    assert not lost
    assert repeats <= kills
    assert not OutboxMessage.objects.filter(dead_at__isnull=False).exists()


def test_without_redis_writing_stays_quick_and_letters_go_out_when_it_is_back(engines: Engines, sink: SmtpSink) -> None:
    engines.kill_redis()
    took = []
    for number in range(50):
        began = time.monotonic()
        put_letters(number, 1)
        outbox.ring()
        took.append(time.monotonic() - began)
    assert sorted(took)[45] < 0.05  # a few may have met a busy machine; a wait for Redis would show in all
    assert outbox.lag().waiting == 50
    began = time.monotonic()
    engines.start_redis()
    eventually(settled, PATIENCE)
    report("redis-gone", slowest_put_ms=round(max(took) * 1000, 1), caught_up_s=round(time.monotonic() - began, 1))
    assert len(sink.ids) == 50
    assert set(sink.ids.values()) == {1}


def test_a_message_that_kills_its_worker_is_given_up_and_delays_no_other(engines: Engines, sink: SmtpSink) -> None:
    outbox.put("poison", "poison", {})
    put_letters(0, 20)
    eventually(lambda: len(sink.ids) == 20, PATIENCE)
    eventually(settled_while_ringing, PATIENCE)
    poison = OutboxMessage.objects.get(key="poison")
    report("poison", attempts=poison.attempts, crashes=poison.crashes)
    assert poison.dead_at is not None
    assert poison.crashes == outbox.Policy().crashes
    assert set(sink.ids.values()) == {1}
