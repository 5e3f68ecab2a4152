"""A throwaway database for a bench."""

import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection


@contextlib.contextmanager
def throwaway_database() -> Iterator[str]:
    """A throwaway database of its own on the running cluster, migrated; Django's connection points at it meanwhile."""
    before, name = connection.settings_dict["NAME"], f"bench_{secrets.token_hex(4)}"
    _admin(f'CREATE DATABASE "{name}"')
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True, env=environment_of(name), cwd=settings.ROOT)
        yield name
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        _admin(f'DROP DATABASE "{name}" WITH (FORCE)')


def _admin(statement: str) -> None:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute(statement)


def environment_of(name: str, **more: str) -> dict[str, str]:
    parts = urlsplit(os.environ["DATABASE_URL"])
    return {**os.environ, "DATABASE_URL": urlunsplit(parts._replace(path=f"/{name}")), **more}
