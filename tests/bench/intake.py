"""``script/bench intake``: the real last POST of ``/report`` against pgbench running its writing statement alone.

Both take turns on one cluster (three rounds each, 16 connections, fsync on). The server is granian as ``script/server``
starts it; the request passes every middleware, carries its CSRF cookie and token and a fresh key, and is answered by a
redirect to the tracking page. Each request comes from another address block, as reports do, through one trusted proxy.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import secrets
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection

from issues import intake, intake_sql
from issues.routing.facts_sql import Question
from tests import factories
from tests.bench import report
from tests.bench._database import environment_of, throwaway_database
from tests.bench._synthetic import make_appeals

CONNECTIONS: Final = 16
ROUNDS: Final = 3
GOAL: Final = 0.15
WARM_UP: Final = 2.0
_KEY_HOLE: Final = b"00000000-0000-4000-8000-000000000000"
_BLOCK_HOLE: Final = b"100.000.000.007"


def main(argv: list[str]) -> int:
    """Print two JSON lines: requests a second and the 95th percentile, each against pgbench."""
    options = _options(argv)
    with throwaway_database() as name, tempfile.TemporaryDirectory() as folder:
        _fill(options.rows)
        script = Path(folder) / "write.sql"
        script.write_text(_pgbench_script())
        with _server(name, options) as port:
            client = Client(port)
            client.run(WARM_UP)
            rounds = [(client.run(options.seconds), _pgbench(name, script, options.seconds)) for _round in range(ROUNDS)]
    for ours, floor in rounds:
        print(f"round: {len(ours) / options.seconds:.0f} requests/s, pgbench {len(floor) / options.seconds:.0f}", file=sys.stderr)
    return 0 if _print(rounds, options.seconds) else 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench intake")
    parser.add_argument("--rows", type=int, default=100_000, help="appeals that are there already")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of a round")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8)
    return parser.parse_args(argv)


def _print(rounds: list[tuple[list[float], list[float]]], seconds: float) -> bool:
    ratio = statistics.median(len(ours) / len(floor) for ours, floor in rounds)
    ours, floor = next(pair for pair in rounds if len(pair[0]) / len(pair[1]) == ratio)
    ok = report.line(
        "intake", len(ours) / seconds, "requests/s", against="pgbench, the same writing statement, 16 clients",
        against_value=len(floor) / seconds, goal=GOAL,
    )  # fmt: skip
    report.line(
        "intake_p95", report.percentile(ours, 0.95) * 1000, "ms", against="pgbench, the same writing statement, 16 clients",
        against_value=report.percentile(floor, 0.95) * 1000, lower_is_better=True,
    )  # fmt: skip
    return ok


def _fill(rows: int) -> None:
    """Testville with 25 districts of 300 vertices each in place of its two, 3,000 pieces of street, and an archive."""
    tiny = factories.build_city()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_crew SET area_id = NULL; UPDATE accounts_membership SET area_id = NULL")
        cursor.execute("DELETE FROM gis_data_boundary WHERE boundary_set_id = %s", [tiny.sets["districts"].pk])
        cursor.execute(
            """INSERT INTO gis_data_boundary (boundary_set_id, code, names, geometry, valid, repaired)
            SELECT %s, 'd' || x || y, '{"en": "District"}',
                   ST_Multi(ST_Segmentize(ST_MakeEnvelope(10 + x * 0.02, 50 + y * 0.012, 10.02 + x * 0.02, 50.012 + y * 0.012, 4326), 0.0002)),
                   '[2020-01-01,)', '' FROM generate_series(0, 4) AS x, generate_series(0, 4) AS y""",
            [tiny.sets["districts"].pk],
        )
        cursor.execute(
            """INSERT INTO gis_data_street (source_id, names, road_class, owner, geometry)
            SELECT 's' || x || '-' || y, '{"en": "Street"}', (ARRAY['primary', 'secondary', 'residential'])[1 + mod(x + y, 3)], 'city',
                   ST_SetSRID(ST_Multi(ST_MakeLine(
                       ST_MakePoint(10 + x * 0.002, 50 + y * 0.001), ST_MakePoint(10.002 + x * 0.002, 50.0005 + y * 0.001))), 4326)
            FROM generate_series(0, 49) AS x, generate_series(0, 59) AS y"""
        )
    if rows:
        make_appeals(rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextlib.contextmanager
def _server(name: str, options: argparse.Namespace) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "citymap.wsgi:application", "--host", "127.0.0.1",
        "--port", str(port), "--workers", str(options.workers), "--blocking-threads", str(options.threads),
        "--backpressure", "256", "--no-ws",
    ]  # fmt: skip
    environment = environment_of(
        name, TRUSTED_PROXIES="1", PORT=str(port), PUBLIC_URL=f"http://127.0.0.1:{port}", ALLOWED_HOSTS="127.0.0.1",
        CSRF_TRUSTED_ORIGINS=f"http://127.0.0.1:{port}",
    )  # fmt: skip
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment, cwd=settings.ROOT, stdout=log, stderr=log)
        try:
            _wait(port, process)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
            if process.returncode not in (0, -signal.SIGTERM):
                log.seek(0)
                sys.stderr.write(log.read().decode()[-2000:])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 40
    while time.monotonic() < ends and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/report", timeout=10):
            return
        time.sleep(0.2)
    raise SystemExit("the server did not start")


class Client:
    """Keep-alive connections in one loop, each sending its next form as soon as the last is answered.

    Costs some 40 µs of processor time a request: little beside the server it measures on the same two cores.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.head, self.body = self._request()

    def _request(self) -> tuple[bytes, bytes]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/report", timeout=10) as page:
            cookie = page.headers["Set-Cookie"].split(";")[0]
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
        assert token is not None
        sent = factories.a_submission()
        form = {
            "csrfmiddlewaretoken": token[1], "step": "contact", "go": "send", "key": _KEY_HOLE.decode(), "category": sent.category,
            "lon": sent.lon, "lat": sent.lat, "text": sent.text, "q-depth": "deep", "name": sent.name, "email": sent.email,
        }  # fmt: skip
        body = urlencode(form).encode()
        head = (
            f"POST /report HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {cookie}\r\nAccept-Language: en\r\n"
            f"Origin: http://127.0.0.1:{self.port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"X-Forwarded-For: {_BLOCK_HOLE.decode()}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode(), body

    def _next(self) -> bytes:
        number = secrets.randbits(16)
        block = b"100.%03d.%03d.007" % (number >> 8, number & 255)
        block = b".".join(str(int(part)).encode() for part in block.split(b".")).ljust(len(_BLOCK_HOLE))
        return self.head.replace(_BLOCK_HOLE, block) + self.body.replace(_KEY_HOLE, str(uuid.uuid4()).encode())

    def run(self, seconds: float) -> list[float]:
        """Send for so long; return the seconds each answer took. Anything but the redirect ends the bench."""
        selector = selectors.DefaultSelector()
        began: dict[socket.socket, float] = {}
        for _number in range(CONNECTIONS):
            one = socket.create_connection(("127.0.0.1", self.port), timeout=20)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(one, selectors.EVENT_READ)
            began[one] = time.perf_counter()
            one.sendall(self._next())
        took: list[float] = []
        ends = time.perf_counter() + seconds
        while (now := time.perf_counter()) < ends:
            for key, _mask in selector.select(timeout=1):
                one = cast("socket.socket", key.fileobj)
                answer = one.recv(65536)
                if answer[9:12] != b"303":
                    raise SystemExit(f"not a redirect: {answer[:2000]!r}")
                now = time.perf_counter()
                took.append(now - began[one])
                began[one] = now
                one.sendall(self._next())
        for one in began:
            one.recv(65536)
            one.close()
        return took


def _pgbench_script() -> str:
    """The writing statement with the values of a real report in place of its parameters; what is unique is drawn by SQL."""
    sent = factories.a_submission()
    found = intake_sql.read(sent.key, Question(sent.lon, sent.lat, sent.category, sent.answers), b"0" * 16, 30)
    new = intake._decide(sent, found, b"b" * 32, b"0" * 16, "t" * 22)
    values = intake_sql.parameters(new)
    with connection.cursor() as cursor:
        literals = [cursor.connection.cursor().mogrify("%s", [value]) for value in values]
    literals[0] = "gen_random_uuid()"
    literals[2] = "substr(sha256(gen_random_uuid()::text::bytea), 1, 16)"
    literals[3] = "statement_timestamp()"
    literals[4] = "substr(encode(sha256(gen_random_uuid()::text::bytea), 'base64'), 1, 8)"
    literals[22] = "sha256(gen_random_uuid()::text::bytea)"
    statement = re.sub(r"\$(\d+)", lambda match: f"({literals[int(match[1]) - 1]})", intake_sql.WRITE)
    return " ".join(statement.split()) + ";\n"


def _pgbench(name: str, script: Path, seconds: float) -> list[float]:
    """Run pgbench for so long; return the seconds each transaction took."""
    config = connection.settings_dict
    for old in script.parent.glob("log.*"):
        old.unlink()
    command = ["pgbench", "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2", "-T", str(round(seconds)), "-f", str(script),
               "-l", "--log-prefix", str(script.parent / "log"), "-U", config["USER"], name]  # fmt: skip
    host = config["OPTIONS"].get("host") or config["HOST"]
    environment = {**os.environ, "PGHOST": host, "PGPORT": config["PORT"] or "5432", "PGPASSWORD": config["PASSWORD"]}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return [int(line.split()[2]) / 1e6 for log in script.parent.glob("log.*") for line in log.read_text().splitlines()]
