"""Outbox kind → the function that carries it out (found through ``settings.OUTBOX_HANDLERS``)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from issues import batch_notice, jobs, notices
from works import tasks as works
from works import upload

HANDLERS: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {
    "mail": notices.deliver_mail,
    batch_notice.KIND: batch_notice.deliver,
    "routing-facts": jobs.read_facts,
    "routing-move": jobs.move_open,
    "routing-replay": jobs.run_replay,
    upload.KIND: works.ring,
}
