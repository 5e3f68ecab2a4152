"""The peer: tipg over the same rows and columns, in a Python environment of its own that a bench makes for itself."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from tests.bench._web import free_port, wait

VERSION: Final = "1.6.1"
#: The collection that it makes of the view.
COLLECTION: Final = "public.bench_appeals"
_VIEW: Final = """
CREATE OR REPLACE VIEW bench_appeals AS
SELECT a.id AS number, a.public_id AS id, c.code AS category, a.state, a.created_at::date AS created, a.point
FROM issues_appeal AS a JOIN issues_category AS c ON c.id = a.category_id WHERE a.visibility = 'public'
"""


def make_view() -> None:
    """Write the view that it reads: what the layer of appeals shows."""
    with connection.cursor() as cursor:
        cursor.execute(_VIEW)


@contextlib.contextmanager
def tipg(workers: int = 1) -> Iterator[http.client.HTTPConnection]:
    """One connection to it; `make_view` was called before."""
    port = free_port()
    command = [str(_python()), "-m", "uvicorn", "tipg.main:app", "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning",
               "--workers", str(workers)]  # fmt: skip
    environment = {
        **os.environ,
        "DATABASE_URL": _address(),
        "TIPG_DB_ONLY_SPATIAL_TABLES": "TRUE",
        "TIPG_DB_SCHEMAS": '["public"]',
        "TIPG_MAX_FEATURES_PER_TILE": "10000000",
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        web = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            wait(web, process)
            yield web
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode()[-2000:])
            raise
        finally:
            web.close()
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


def _python() -> Path:
    """The Python that has it: the one that ``CITYMAP_TIPG`` names, or an environment made once."""
    if named := os.environ.get("CITYMAP_TIPG"):
        return Path(named)
    folder = settings.VAR / "tipg"
    python = folder / "bin/python"
    if not (folder / f"made-{VERSION}").exists():
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", f"tipg=={VERSION}", "uvicorn"], check=True, stdout=sys.stderr)
        (folder / f"made-{VERSION}").touch()
    return Path(python)


def _address() -> str:
    """The database as tipg's driver reads it: a socket's folder stands, quoted, where a host would."""
    told = connection.settings_dict
    host = told["OPTIONS"].get("host") or told["HOST"]
    port = f":{told['PORT']}" if told["PORT"] else ""
    person = f"{quote(told['USER'])}:{quote(told['PASSWORD'])}" if told["PASSWORD"] else quote(told["USER"])
    return f"postgresql://{person}@{quote(host, safe='')}{port}/{told['NAME']}"
