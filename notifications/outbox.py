"""The outbox: rows written with the change they announce, carried out at least once, found again after any crash.

A row is *claimed* (leased, its try counted, committed) before its handler runs and *settled* after. A worker that dies
leaves a lease behind; when it runs out, another worker claims the row. Celery and Redis only wake the workers up.

Promise: no row is lost, two workers never hold one row at once, and a kill repeats a row only if it struck between the
effect and its settling. Kinds do not wait for each other: a turn goes round them, one row of each.
"""

import json
import logging
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from notifications import outbox_sql as sql
from notifications.channels.base import Passing, Permanent
from notifications.doorbell import Doorbell

logger = logging.getLogger(__name__)

Handler = Callable[[Mapping[str, Any]], None]
RELAY: Final = "notifications.tasks.relay"
RELAY_EXPIRES: Final = 30.0  # seconds: while no worker is there, rings do not pile up
SICK_AFTER: Final = 3  # passing failures in a row, and a turn leaves that kind alone: its server is away, not its letters bad


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient we are with a kind. Times in seconds; ``lease`` must exceed the longest run of its handler."""

    lease: float = 90
    first_wait: float = 10
    longest_wait: float = 2 * 3600
    tries: int = 40  # with these waits more than two days: a mail server may be away for a weekend
    crashes: int = 5  # tries that ended without a verdict: their worker died, perhaps of this very row

    def wait(self, attempts: int) -> float:
        """Return the seconds to wait after so many tries: doubling, up to the longest."""
        return float(min(self.first_wait * 2 ** min(attempts - 1, 30), self.longest_wait))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is this process's to carry out until its lease ends."""

    id: int
    kind: str
    key: str
    payload: dict[str, Any]
    attempts: int
    crashes: int


@dataclass(slots=True)
class Tally:
    """What a turn did: rows carried out, put off, given up."""

    done: int = 0
    again: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class Lag:
    """Rows ``due`` and ``waiting`` at all (each counted up to 10,000), age of the oldest due in ``seconds``, ``dead``."""

    due: int
    waiting: int
    seconds: float
    dead: int

    @property
    def whole_seconds(self) -> int:
        return int(self.seconds)


def put(kind: str, key: str, payload: Mapping[str, Any], available_at: datetime | None = None) -> None:
    """Write one message inside the caller's transaction. The same ``key`` again is no second message.

    ``payload`` names ids, never personal data. The workers are woken after the commit.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.PUT, [kind, key, json.dumps(dict(payload)), available_at])
    transaction.on_commit(ring, robust=True)


def _publish() -> None:
    current_app.send_task(RELAY, retry=False, ignore_result=True, expires=RELAY_EXPIRES)


_doorbell = Doorbell(_publish)


def ring() -> None:
    """Wake the workers up. Costs microseconds, never raises, never waits for the broker; may be called at will."""
    _doorbell.ring()


def work_off(limit: int | None = None, seconds: float | None = None) -> Tally:
    """Carry out what is due, in this process, until nothing is due or ``limit`` rows or ``seconds`` are used up."""
    tally, handlers = Tally(), _handlers()
    ends = None if seconds is None else time.monotonic() + seconds
    failures = dict.fromkeys(handlers, 0)
    left = limit
    while failures:
        for kind in list(failures):
            if (left is not None and left <= 0) or (ends is not None and time.monotonic() >= ends):
                return tally
            claimed = _claim(sql.CLAIM_KIND, kind, policy(kind))
            if claimed is None:
                del failures[kind]
                continue
            left = None if left is None else left - 1
            passing = _carry_out(claimed, handlers[kind], tally)
            failures[kind] = failures[kind] + 1 if passing else 0
            if failures[kind] >= SICK_AFTER:
                del failures[kind]
    return tally


def deliver(ids: Iterable[int]) -> Tally:
    """Carry out these rows, as far as they are due and nobody else holds them."""
    tally, handlers = Tally(), _handlers()
    for message in ids:
        # The kind is known only once the row is claimed, so it is leased like the most patient kind.
        claimed = _claim(sql.CLAIM_ID, message, max(map(policy, handlers), key=lambda each: each.lease))
        if claimed is not None:
            _carry_out(claimed, handlers.get(claimed.kind, _nobody), tally)
    return tally


def send_again(message: int) -> bool:
    """Give a dead letter a fresh start. Return False when there is no such dead letter (any more)."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SEND_AGAIN, [message])
        found = bool(cursor.rowcount == 1)
    if found:
        transaction.on_commit(ring, robust=True)
    return found


def lag() -> Lag:
    """Return how far behind the outbox is. One cheap query."""
    with connection.cursor() as cursor:
        cursor.execute(sql.LAG)
        due, waiting, seconds, dead = cursor.fetchone()
    return Lag(due, waiting, round(seconds, 3), dead)


def forget(days: int = 90) -> int:
    """Delete up to 10,000 messages carried out more than ``days`` ago; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(sql.FORGET, [days])
        return int(cursor.rowcount)


def policy(kind: str) -> Policy:
    """Return the patience for a kind: ``settings.OUTBOX_POLICIES`` may name others."""
    policies: Mapping[str, Policy] = getattr(settings, "OUTBOX_POLICIES", {})
    return policies.get(kind) or Policy()


def _handlers() -> Mapping[str, Handler]:
    # Rows of an unknown kind wait: during a deploy a newer server may write what only newer workers know.
    handlers: Mapping[str, Handler] = import_string(settings.OUTBOX_HANDLERS)
    return handlers


def _nobody(payload: Mapping[str, Any]) -> None:
    raise Passing("no handler knows this kind")


def _claim(statement: str, which: str | int, patience: Policy) -> Claimed | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [which, patience.lease])
        row = cursor.fetchone()
    if row is None:
        return None
    message, kind, key, payload, attempts, crashes = row
    return Claimed(message, kind, key, json.loads(payload), attempts, crashes)


def _carry_out(row: Claimed, handler: Handler, tally: Tally) -> bool:
    """Run the handler and settle the row; return True when it met a passing failure of its channel."""
    patience = policy(row.kind)
    if row.crashes >= patience.crashes:
        _bury(row, f"its worker died {row.crashes} times while carrying it out", tally)
        return False
    try:
        handler({**row.payload, "outbox_key": row.key})
    except Permanent as error:
        _bury(row, str(error), tally)
    except Passing as error:
        _put_off(row, str(error), patience, tally)
        return True
    except Exception as error:  # noqa: BLE001  # a fault of ours must not stop the other rows
        _put_off(row, _without_personal_data(row, error), patience, tally)
    else:
        _settle(sql.DONE, row)
        tally.done += 1
    return False


def _put_off(row: Claimed, error: str, patience: Policy, tally: Tally) -> None:
    if row.attempts >= patience.tries:
        _bury(row, error, tally)
        return
    _settle(sql.AGAIN, row, patience.wait(row.attempts), error[:500])
    tally.again += 1


def _bury(row: Claimed, error: str, tally: Tally) -> None:
    logger.error("outbox message %s (%s) is dead after %s tries: %s", row.id, row.kind, row.attempts, error)
    _settle(sql.DEAD, row, error[:500])
    tally.dead += 1


def _settle(statement: str, row: Claimed, *changes: str | float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [*changes, row.id, row.attempts])


def _without_personal_data(row: Claimed, error: Exception) -> str:
    """Log where it happened and return a short name of it: an exception's own text may quote a person's data."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames[:-6:-1])
    logger.error("outbox message %s (%s) failed: %s at %s", row.id, row.kind, type(error).__name__, where)
    return f"{type(error).__name__} at {where}"
