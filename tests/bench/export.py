r"""``script/bench export``: CSV of seeded appeals as a client gets it over HTTP, against ``psql \copy`` of the same rows; memory of the server.

``--rows N`` appeals (1,000,000 unless said) are made in a database that is kept for the next run. Both ways are timed in turn, several
rounds, so that they meet the same load of the machine; the median counts. The other formats are timed once each.
"""

from __future__ import annotations

import argparse
import http.client
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import connection

from issues.map_layers import APPEALS
from layers.exports_columns import chosen, place_columns
from layers.filters import Selection
from tests.bench import report
from tests.bench._city import database, fill
from tests.bench._web import server

ROWS: Final = 1_000_000
ROUNDS: Final = 3
#: Of the time of psql, and megabytes of the web server's process.
TIME_GOAL, MEMORY_GOAL = 2.0, 200.0


def main(argv: list[str]) -> int:
    """Print a line for time and one for memory of CSV, and two for each other format; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="script/bench export")
    parser.add_argument("--rows", type=int, default=ROWS)
    options = parser.parse_args(argv)
    with database(options.rows) as url, server(url) as web:
        fill(options.rows)
        good = _csv(web, url, _server_process(web))
        shutil.rmtree(settings.VAR / "exports", ignore_errors=True)  # files of the run before would only be sent
        for suffix in ("geojson", "gpkg", "fgb"):
            good &= _other(web, suffix, _server_process(web))
    return 0 if good else 1


def _csv(web: http.client.HTTPConnection, url: str, process: int) -> bool:
    with Watch(process) as watch:
        rounds = [(_timed(lambda: _get(web, "csv")), _timed(lambda: _psql(url))) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(times) for times in zip(*rounds, strict=True))
    good = report.line(
        "export_csv",
        ours,
        "s",
        against="psql \\copy of the same rows",
        against_value=theirs,
        goal=TIME_GOAL,
        lower_is_better=True,
    )
    return report.line("export_csv_memory", watch.most_mb, "MB", goal=MEMORY_GOAL, lower_is_better=True) and good


def _other(web: http.client.HTTPConnection, suffix: str, process: int) -> bool:
    with Watch(process) as watch:
        report.line(f"export_{suffix}", _timed(lambda: _get(web, suffix)), "s", lower_is_better=True)
    return report.line(f"export_{suffix}_memory", watch.most_mb, "MB", goal=MEMORY_GOAL, lower_is_better=True)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _get(web: http.client.HTTPConnection, suffix: str) -> int:
    """The bytes of a whole download."""
    web.request("GET", f"/data/appeals.{suffix}")
    answer = web.getresponse()
    if answer.status != 200:
        raise SystemExit(f"{answer.status} for {suffix}: {answer.read()[:300]!r}")
    size = 0
    while data := answer.read(1024 * 1024):
        size += len(data)
    return size


def _psql(url: str) -> None:
    parts = urlsplit(url)
    rows = chosen(APPEALS, Selection())
    sql, params = rows.query.sql_with_params()
    shown = [f'field_{field.name} AS "{field.name}"' for field in APPEALS.fields]
    shown += [f'{column.source} AS "{column.name}"' for column in place_columns(APPEALS)]
    with connection.cursor() as cursor:
        text = " ".join(cursor.mogrify(f"SELECT {', '.join(shown)} FROM ({sql}) AS rows", params).split())
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        command = f"\\copy ({text}) TO '{file.name}' WITH (FORMAT csv, HEADER true)"
        where = (
            ["-h", parse_qs(parts.query)["host"][0]]
            if parts.query
            else ["-h", parts.hostname or "", "-p", str(parts.port or 5432)]
        )
        subprocess.run(["psql", *where, "-U", parts.username or "", "-d", parts.path[1:], "-qc", command], check=True)


def _server_process(web: http.client.HTTPConnection) -> int:
    """The process that answers: the child of ours with the most memory."""
    children = {int(path.parent.name): path for path in Path("/proc").glob("[0-9]*/stat")}
    ours = [pid for pid in children if _descends(pid)]
    return max(ours, key=_rss_kb)


def _descends(pid: int) -> bool:
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
        if pid == os.getpid():
            return True
    return False


def _rss_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


class Watch:
    """The most memory a process holds meanwhile, looked at ten times a second."""

    def __init__(self, process: int) -> None:
        self._process, self._done, self.most_mb = process, threading.Event(), 0.0
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.1):
            self.most_mb = max(self.most_mb, _rss_kb(self._process) / 1024)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
