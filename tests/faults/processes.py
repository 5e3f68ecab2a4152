"""Real processes that a test starts, kills without warning and starts again: a Redis, Celery workers, a beat."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from django.db import connection

from tests.notifications.deadline import eventually

ROOT = Path(__file__).resolve().parents[2]


class Killable:
    """One process with its children, in a session of its own."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path) -> None:
        self.command, self.env, self.log = command, env, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)

    def kill(self) -> None:
        """SIGKILL to the process and everything it started."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):  # it had ended by itself
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def said(self, words: str) -> bool:
        """Say whether its log holds ``words``; fail with the end of the log when it ended by itself."""
        told = self.log.read_text(errors="replace") if self.log.exists() else ""
        assert self.process is None or self.process.poll() is None, f"it ended: {told[-2000:]}"
        return words in told


class Engines:
    """A private Redis, two workers of one child each, two beats; all end with the ``with`` block."""

    def __init__(self, sink_port: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cm-faults-"))  # short: a socket's path has a limit
        self.socket = self.folder / "redis.sock"
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "DATABASE_URL": database_url(connection.settings_dict),
            "REDIS_URL": f"unix://{self.socket}",
            "CELERY_BROKER_URL": self.broker,  # Celery reads this variable by itself, before any settings
            "SINK_PORT": str(sink_port),
        }
        celery = [sys.executable, "-m", "celery", "-A", "citymap"]
        quiet = ["--without-gossip", "--without-mingle", "-l", "INFO", "-c", "1"]
        redis = [shutil.which("redis-server") or "redis-server", "--port", "0", "--unixsocket", str(self.socket)]
        self.redis = self._killable("redis", [*redis, "--save", "", "--dir", str(self.folder)], env)
        self.workers = [self._killable(f"worker{n}", [*celery, "worker", "-n", f"w{n}@here", *quiet], env) for n in (1, 2)]
        self.beats = [self._killable(f"beat{n}", [*celery, "beat", "-s", str(self.folder / f"beat{n}.db")], env) for n in (1, 2)]

    def _killable(self, name: str, command: list[str], env: dict[str, str]) -> Killable:
        return Killable(command, env, self.folder / f"{name}.log")

    def start_redis(self) -> None:
        """Start Redis, empty as it always is here, and wait until it listens."""
        self.redis.start()
        eventually(self.socket.exists)

    def kill_redis(self) -> None:
        """Kill Redis; all it held is gone."""
        self.redis.kill()
        self.socket.unlink(missing_ok=True)

    @property
    def broker(self) -> str:
        return f"redis+socket://{self.socket}"

    def __enter__(self) -> Self:
        self.start_redis()
        for each in [*self.workers, *self.beats]:
            each.start()
        return self

    def __exit__(self, *error: object) -> None:
        for each in [*self.beats, *self.workers, self.redis]:
            each.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def database_url(database: dict[str, Any]) -> str:
    """Write Django's settings of the running test database as ``DATABASE_URL`` takes them."""
    login = quote(database["USER"]) + (f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else "")
    port = f":{database['PORT']}" if database["PORT"] else ""
    host = database["HOST"]
    if host.startswith("/"):
        return f"postgis://{login}@{port}/{database['NAME']}?host={host}"
    return f"postgis://{login}@{host}{port}/{database['NAME']}"
