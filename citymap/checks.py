"""Checks that stop a server before it does harm. Each has an id and a hint."""

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection

from accounts.demo import demo_accounts_present

MISSING = "run script/setup, which builds the front end"


@checks.register(checks.Tags.database, deploy=True)
def no_demo_accounts(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """The demo's passwords are public knowledge, so no other server may run on its accounts."""
    if settings.DEMO_MODE or not databases or not demo_accounts_present():
        return []
    return [
        checks.Error(
            "This database holds demo accounts, whose password everybody knows.",
            hint="Use another database, or delete the users marked as demo.",
            id="citymap.E001",
        )
    ]


@checks.register(checks.Tags.staticfiles)
def front_end_is_built(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Without its manifest every page would fail."""
    vite: dict[str, Any] = settings.DJANGO_VITE["default"]
    if vite["dev_mode"] or vite["manifest_path"].exists():
        return []
    return [checks.Warning(f"{vite['manifest_path']} is missing.", hint=MISSING, id="citymap.W001")]


def refuse_demo_accounts() -> None:
    """Stop a web server outside demo mode whose database holds demo accounts. Called by the entry points.

    A database that cannot be reached stops nothing: `/healthz` tells of it, and no log-in works either.
    """
    try:
        found = no_demo_accounts(None, databases=["default"])
    except DatabaseError:
        return
    finally:
        connection.close()
    if found:
        raise SystemExit(f"CityMap cannot start: {found[0].msg} {found[0].hint}")
