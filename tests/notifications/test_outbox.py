"""The outbox: rows that are written once, carried out, put off, given up, and never lost."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from notifications import outbox, outbox_sql
from notifications.models import OutboxMessage
from notifications.outbox import Policy, Tally
from tests.notifications import recorder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def handlers(settings: LazySettings) -> None:
    settings.OUTBOX_HANDLERS = "tests.notifications.recorder.HANDLERS"
    recorder.carried.clear()


def row(key: str) -> OutboxMessage:
    return OutboxMessage.objects.get(key=key)


def due_now(key: str) -> None:
    """Let the wait of a message be over."""
    OutboxMessage.objects.filter(key=key).update(available_at=timezone.now() - timedelta(seconds=1))


def lease_over(key: str) -> None:
    """Let the lease of a dead worker run out."""
    OutboxMessage.objects.filter(key=key).update(leased_until=timezone.now() - timedelta(seconds=1))


def claim(kind: str) -> outbox.Claimed:
    claimed = outbox._claim(outbox_sql.CLAIM_KIND, kind, Policy())
    assert claimed is not None
    return claimed


def test_a_message_is_carried_out_once() -> None:
    outbox.put("note", "a", {"appeal": 7})
    assert outbox.work_off() == Tally(done=1)
    assert outbox.work_off() == Tally()
    assert recorder.carried == {"a": 1}
    assert row("a").done_at is not None
    assert row("a").leased_until is None


def test_the_same_key_again_is_no_second_message() -> None:
    outbox.put("note", "a", {"appeal": 7})
    outbox.put("note", "a", {"appeal": 8})
    assert OutboxMessage.objects.count() == 1
    assert row("a").payload == {"appeal": 7}


def test_a_message_of_a_transaction_that_failed_was_never_written() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        outbox.put("note", "a", {})
        raise RuntimeError
    assert not OutboxMessage.objects.exists()


def test_a_message_waits_until_it_is_available() -> None:
    outbox.put("note", "later", {}, available_at=timezone.now() + timedelta(hours=1))
    assert outbox.work_off() == Tally()
    due_now("later")
    assert outbox.work_off() == Tally(done=1)


def test_the_limit_of_a_turn_is_kept() -> None:
    for number in range(5):
        outbox.put("note", str(number), {})
    assert outbox.work_off(limit=2) == Tally(done=2)
    assert outbox.work_off(seconds=0) == Tally()
    assert outbox.work_off() == Tally(done=3)


def test_a_permanent_failure_is_dead_at_once_with_its_reason() -> None:
    outbox.put("fail", "a", {"how": "permanent"})
    assert outbox.work_off() == Tally(dead=1)
    assert row("a").dead_at is not None
    assert row("a").error == "no such mailbox"


def test_a_passing_failure_is_tried_again_after_a_growing_wait() -> None:
    outbox.put("fail", "a", {"how": "passing"})
    waits = []
    for _ in range(4):
        assert outbox.work_off() == Tally(again=1)
        assert outbox.work_off() == Tally(), "it was tried again without a wait"
        waits.append((row("a").available_at - timezone.now()).total_seconds())
        due_now("a")
    assert row("a").attempts == 4
    assert [round(wait, -1) for wait in waits] == [10, 20, 40, 80]


def test_the_wait_stops_growing() -> None:
    assert Policy().wait(30) == Policy().wait(4000) == Policy().longest_wait


def test_a_message_that_keeps_failing_is_given_up(settings: LazySettings) -> None:
    settings.OUTBOX_POLICIES = {"fail": Policy(tries=2)}
    outbox.put("fail", "a", {"how": "passing"})
    assert outbox.work_off() == Tally(again=1)
    due_now("a")
    assert outbox.work_off() == Tally(dead=1)
    assert row("a").error == "server away"


def test_a_fault_of_ours_is_tried_again_and_quotes_nobody(caplog: pytest.LogCaptureFixture) -> None:
    outbox.put("fail", "a", {"how": "bug"})
    outbox.put("note", "b", {})
    assert outbox.work_off() == Tally(done=1, again=1)
    assert row("a").error.startswith("ValueError at recorder.py:")
    assert "ValueError" in caplog.text
    assert "canary" not in (caplog.text + row("a").error).lower()


def test_a_sick_channel_is_left_alone_for_the_rest_of_the_turn() -> None:
    for number in range(10):
        outbox.put("fail", f"sick-{number}", {"how": "passing"})
    for number in range(10):
        outbox.put("note", f"well-{number}", {})
    assert outbox.work_off() == Tally(done=10, again=outbox.SICK_AFTER)
    assert OutboxMessage.objects.filter(kind="fail", attempts=0).count() == 7


def test_letters_that_are_bad_themselves_do_not_stop_their_neighbours() -> None:
    for number in range(10):
        outbox.put("fail", f"bug-{number}", {"how": "bug"})
    outbox.put("fail", "well", {})
    assert outbox.work_off() == Tally(done=1, again=10)


def test_kinds_take_turns() -> None:
    for number in range(3):
        outbox.put("fail", f"f{number}", {})
        outbox.put("note", f"n{number}", {})
    assert outbox.work_off(limit=4) == Tally(done=4)
    assert OutboxMessage.objects.filter(done_at=None, kind="note").count() == 1
    assert OutboxMessage.objects.filter(done_at=None, kind="fail").count() == 1


def test_a_kind_that_nobody_knows_yet_waits_and_is_seen() -> None:
    outbox.put("telegraph", "a", {})
    due_now("a")
    assert outbox.work_off() == Tally()
    assert outbox.lag().waiting == 1
    assert outbox.lag().seconds >= 1


def test_a_leased_message_is_not_claimed_by_another_worker() -> None:
    outbox.put("note", "a", {})
    claim("note")
    assert outbox.work_off() == Tally()
    assert outbox.deliver([row("a").pk]) == Tally()


def test_a_message_of_a_dead_worker_is_found_again_and_its_try_counted() -> None:
    outbox.put("note", "a", {})
    claim("note")
    lease_over("a")
    assert outbox.work_off() == Tally(done=1)
    assert (row("a").attempts, row("a").crashes) == (2, 1)


def test_a_message_that_kills_its_workers_is_given_up_without_being_touched_again() -> None:
    outbox.put("note", "poison", {})
    outbox.put("note", "well", {})
    for _ in range(Policy().crashes):
        claim("note")
        lease_over("poison")
        assert row("poison").done_at is None
    assert outbox.work_off() == Tally(done=1, dead=1)
    assert recorder.carried == {"well": 1}
    assert "died 5 times" in row("poison").error


def test_a_worker_that_outlived_its_lease_cannot_overwrite_its_successor() -> None:
    outbox.put("fail", "a", {})
    slow = claim("fail")
    lease_over("a")
    assert outbox.work_off() == Tally(done=1)
    outbox._put_off(slow, "too late", Policy(), Tally())
    assert row("a").done_at is not None
    assert row("a").error == ""


def test_deliver_carries_out_only_what_it_was_asked_for() -> None:
    outbox.put("note", "a", {})
    outbox.put("note", "b", {})
    assert outbox.deliver([row("b").pk, 999_999]) == Tally(done=1)
    assert recorder.carried == {"b": 1}


def test_a_dead_letter_can_be_sent_again_once() -> None:
    outbox.put("fail", "a", {"how": "permanent"})
    outbox.work_off()
    OutboxMessage.objects.filter(key="a").update(payload={})
    assert outbox.send_again(row("a").pk)
    assert not outbox.send_again(row("a").pk)
    assert outbox.work_off() == Tally(done=1)
    assert not outbox.send_again(row("a").pk), "what was carried out must not be sent again"


def test_the_lag_tells_what_waits_for_how_long_and_what_died() -> None:
    assert outbox.lag() == outbox.Lag(0, 0, 0.0, 0)
    outbox.put("note", "due", {})
    OutboxMessage.objects.filter(key="due").update(available_at=timezone.now() - timedelta(minutes=5))
    outbox.put("note", "later", {}, available_at=timezone.now() + timedelta(hours=1))
    outbox.put("fail", "dead", {"how": "permanent"})
    OutboxMessage.objects.filter(key="dead").update(dead_at=timezone.now())
    lag = outbox.lag()
    assert (lag.due, lag.waiting, lag.dead) == (1, 2, 1)
    assert 299 < lag.seconds < 310


def test_old_messages_are_forgotten_and_waiting_or_dead_ones_never() -> None:
    old = timezone.now() - timedelta(days=100)
    for key in ("done", "fresh", "dead", "waiting"):
        outbox.put("note", key, {}, available_at=old)
    OutboxMessage.objects.filter(key="done").update(done_at=old)
    OutboxMessage.objects.filter(key="fresh").update(done_at=timezone.now())
    OutboxMessage.objects.filter(key="dead").update(dead_at=old)
    assert outbox.forget() == 1
    assert set(OutboxMessage.objects.values_list("key", flat=True)) == {"fresh", "dead", "waiting"}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_carry_out_each_message_once() -> None:
    for number in range(60):
        outbox.put("note", str(number), {})
    tallies: list[Tally] = []

    def worker() -> None:
        try:
            tallies.append(outbox.work_off())
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(tally.done for tally in tallies) == 60
    assert set(recorder.carried.values()) == {1}
    assert len(recorder.carried) == 60


@pytest.mark.django_db(transaction=True)
def test_a_claim_never_waits_for_a_locked_row() -> None:
    outbox.put("note", "a", {})
    outbox.put("note", "b", {})
    with transaction.atomic():
        OutboxMessage.objects.select_for_update().get(key="a")
        done: list[Tally] = []

        def worker() -> None:
            done.append(outbox.work_off())
            connection.close()

        thread = threading.Thread(target=worker)
        thread.start()
        thread.join(5)
        assert not thread.is_alive()
    assert done == [Tally(done=1)]
    assert recorder.carried == {"b": 1}


def test_the_commands_work_off_and_report(capsys: pytest.CaptureFixture[str]) -> None:
    outbox.put("fail", "a", {"how": "permanent"})
    call_command("send_outbox")
    assert "0 carried out, 0 put off, 1 given up" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("outbox_state")
    assert "no such mailbox" in capsys.readouterr().out
    call_command("send_outbox", "--again", "--limit", "1")
    assert "1 dead letters wait again" in capsys.readouterr().out


@pytest.mark.parametrize("payload", [{}, {"appeal": 1, "names": {"ru": "Ёлка \\ 'x'"}}, {"deep": [[[]]]}])
def test_a_payload_comes_back_as_it_was(payload: dict[str, Any]) -> None:
    outbox.put("note", "a", payload)
    assert claim("note").payload == payload
