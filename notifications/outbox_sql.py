"""The statements of the outbox. Times are the database's own, so no worker's wrong clock can spoil a lease."""

from typing import Final

PUT: Final = """
INSERT INTO notifications_outboxmessage (kind, key, payload, available_at)
VALUES (%s, %s, %s, coalesce(%s, statement_timestamp()))
ON CONFLICT (key) DO NOTHING
"""

# MATERIALIZED: without it the planner may run the locking select again for every row it joins.
_CLAIM: Final = """
WITH due AS MATERIALIZED (
    SELECT id, leased_until FROM notifications_outboxmessage
    WHERE {which} = %s AND done_at IS NULL AND dead_at IS NULL
      AND available_at <= statement_timestamp()
      AND (leased_until IS NULL OR leased_until <= statement_timestamp())
    ORDER BY available_at, id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE notifications_outboxmessage AS message
SET leased_until = statement_timestamp() + make_interval(secs => %s),
    attempts = message.attempts + 1,
    crashes = message.crashes + (due.leased_until IS NOT NULL)::int
FROM due WHERE message.id = due.id
RETURNING message.id, kind, key, payload, attempts, crashes
"""
CLAIM_KIND: Final = _CLAIM.format(which="kind")
CLAIM_ID: Final = _CLAIM.format(which="id")

# The try's number guards every verdict: a worker that outlived its lease cannot overwrite its successor's.
_SETTLE: Final = """
UPDATE notifications_outboxmessage SET leased_until = NULL, {change}
WHERE id = %s AND attempts = %s AND done_at IS NULL AND dead_at IS NULL
"""
DONE: Final = _SETTLE.format(change="done_at = clock_timestamp(), error = ''")
DEAD: Final = _SETTLE.format(change="dead_at = clock_timestamp(), error = %s")
AGAIN: Final = _SETTLE.format(change="available_at = clock_timestamp() + make_interval(secs => %s), error = %s")

SEND_AGAIN: Final = """
UPDATE notifications_outboxmessage
SET dead_at = NULL, leased_until = NULL, attempts = 0, crashes = 0, available_at = statement_timestamp(), error = ''
WHERE id = %s AND dead_at IS NOT NULL
"""

# Counting stops at 10,000: a health check must stay cheap when there is most to tell.
LAG: Final = """
SELECT (SELECT count(*) FROM (SELECT 1 FROM notifications_outboxmessage
                              WHERE done_at IS NULL AND dead_at IS NULL AND available_at <= statement_timestamp()
                              LIMIT 10000) AS due),
       (SELECT count(*) FROM (SELECT 1 FROM notifications_outboxmessage
                              WHERE done_at IS NULL AND dead_at IS NULL LIMIT 10000) AS open),
       coalesce((SELECT extract(epoch FROM statement_timestamp() - min(available_at)) FROM notifications_outboxmessage
                 WHERE done_at IS NULL AND dead_at IS NULL AND available_at <= statement_timestamp()), 0)::float,
       (SELECT count(*) FROM notifications_outboxmessage WHERE dead_at IS NOT NULL)
"""

FORGET: Final = """
DELETE FROM notifications_outboxmessage
WHERE id IN (SELECT id FROM notifications_outboxmessage
             WHERE done_at < statement_timestamp() - make_interval(days => %s) LIMIT 10000)
"""
