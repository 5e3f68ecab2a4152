"""Settings of the workers that the fault tests start and kill: real mail to a sink, short leases, handlers of their own."""

import os

from citymap.settings.test import *  # noqa: F403
from notifications.outbox import Policy

EMAIL_BACKEND = "notifications.channels.smtp.SmtpBackend"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(os.environ["SINK_PORT"])
EMAIL_TIMEOUT = 5
OUTBOX_HANDLERS = "tests.faults.handlers.HANDLERS"
OUTBOX_POLICIES = {"mail": Policy(lease=3, first_wait=0.2), "poison": Policy(lease=1)}
