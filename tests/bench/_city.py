"""The database of a bench about maps and lists: appeals of a city, real or seeded."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from issues.counted import COUNTED
from issues.models import Appeal
from layers import upkeep
from layers.models import PyramidTotal
from tests.bench._synthetic import make_appeals

SEEDED: Final = 220_000


def vacuum() -> None:
    """Clean up behind much writing, as a server at rest would have by itself."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE layers_pyramidpart, layers_pyramidtotal, layers_pyramiddelta, layers_pyramidtile")


@contextlib.contextmanager
def database(rows: int) -> Iterator[str]:
    """The address of the database to use; Django's connection points at it meanwhile."""
    url, before = os.environ["DATABASE_URL"], connection.settings_dict["NAME"]
    if rows:
        name = f"bench_tiles_{rows}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if cursor.fetchone() is None:
                cursor.execute(f'CREATE DATABASE "{name}"')
        connection.close()
        connection.settings_dict["NAME"] = name
        url = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"],
            check=True,
            env={**os.environ, "DATABASE_URL": url},
            cwd=settings.ROOT,
        )
    try:
        yield url
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def fill(rows: int) -> None:
    """Fill an empty database; count what is not counted yet (a run before may have been stopped)."""
    if not Appeal.objects.filter(point__isnull=False).exists():
        boston = settings.DATA and settings.DATA / "boston"
        if boston and boston.is_dir() and not rows:
            call_command("load_city", settings.ROOT / "gis_data/packs/boston", data=boston, stdout=sys.stderr)
        else:
            make_appeals(rows or SEEDED)
    if not PyramidTotal.objects.exists():
        upkeep.rebuild(COUNTED)
        vacuum()
