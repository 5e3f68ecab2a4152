"""A check that a demo cannot write to strangers."""

from collections.abc import Sequence
from typing import Any, Final

from django.apps.config import AppConfig
from django.conf import settings
from django.core import checks

INBOX: Final = "notifications.channels.demo.DemoInbox"


@checks.register(checks.Tags.security)
def demo_mail_stays_here(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Whoever visits a demo may type anybody's address."""
    if not settings.DEMO_MODE or settings.EMAIL_BACKEND == INBOX:
        return []
    return [
        checks.Error(
            "This is a demo, but its mail would leave the machine.",
            hint=f"Set EMAIL_BACKEND to {INBOX}.",
            id="notifications.E001",
        )
    ]
