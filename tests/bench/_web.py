"""A web server for a bench, started as ``script/server`` starts it."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from django.conf import settings


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def server(url: str, workers: int = 1, **more: str) -> Iterator[http.client.HTTPConnection]:
    """One connection to a web server started as ``script/server`` starts it, with ``more`` in its environment."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "citymap.wsgi:application", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(workers), "--blocking-threads", "8", "--no-ws",
    ]  # fmt: skip
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1",
        **more,
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment, cwd=settings.ROOT, stdout=log, stderr=log)
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


def wait(web: http.client.HTTPConnection, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 40
    while time.monotonic() < ends and process.poll() is None:
        with contextlib.suppress(OSError):
            web.request("GET", "/tiles/districts.json")
            web.getresponse().read()
            return
        web.close()
        time.sleep(0.2)
    raise SystemExit("the web server did not start")
