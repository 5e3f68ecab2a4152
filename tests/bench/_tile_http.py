"""Tiles over HTTP by 16 connections: ours against tipg with the same rows and attributes, and from nginx against its static files."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from django.conf import settings

from layers.grid import Tile
from tests.bench import report
from tests.bench._load import Load, load
from tests.bench._tipg import COLLECTION, make_view, tipg
from tests.bench._web import free_port, server

ROUNDS: Final = 3
#: How many times as many requests a second as tipg.
GOALS: Final = {14: 40.0, 15: 1.5, 16: 1.5}
WORKERS: Final = 2
NGINX_GOAL: Final = 0.8
Densest = Callable[[int], list[Tile]]


def bench_http(url: str, densest: Densest, seconds: float) -> bool:
    """Both servers with two processes each, in turn."""
    make_view()
    good = True
    with server(url, workers=WORKERS) as web, tipg(WORKERS) as peer:
        for zoom, goal in GOALS.items():
            tiles = densest(zoom)
            ours = [f"/tiles/appeals/{one.z}/{one.x}/{one.y}.mvt" for one in tiles]
            theirs = [f"/collections/{COLLECTION}/tiles/WebMercatorQuad/{one.z}/{one.x}/{one.y}" for one in tiles]
            pairs = _in_turn((web.port, ours), (peer.port, theirs), seconds)
            good &= _print(f"tiles_http_z{zoom}", pairs, "tipg, the same rows and attributes, 16 connections", goal)
            good &= _print_p95(f"tiles_http_z{zoom}", pairs)
    return good


def _in_turn(ours: tuple[int, Sequence[str]], theirs: tuple[int, Sequence[str]], seconds: float) -> list[tuple[Load, Load]]:
    for port, paths in (ours, theirs):
        load(port, paths, seconds / 4)
    return [(load(*ours, seconds), load(*theirs, seconds)) for _round in range(ROUNDS)]


def _print(name: str, pairs: list[tuple[Load, Load]], against: str, goal: float) -> bool:
    ratio = statistics.median_low(ours.rate / theirs.rate for ours, theirs in pairs)
    ours, theirs = next(pair for pair in pairs if pair[0].rate / pair[1].rate == ratio)
    return report.line(f"{name}_rate", ours.rate, "requests/s", against=against, against_value=theirs.rate, goal=goal)


def _print_p95(name: str, pairs: list[tuple[Load, Load]]) -> bool:
    ours, theirs = (
        statistics.median(report.percentile(pair[side].took, 0.95) * 1000 for pair in pairs) for side in (0, 1)
    )  # fmt: skip
    return report.line(f"{name}_p95", ours, "ms", against="tipg", against_value=theirs, goal=1.0, lower_is_better=True)


def bench_nginx(url: str, densest: Densest, seconds: float) -> bool:
    """Default tiles that were asked for once, as ``docs/nginx.conf`` has nginx send them, against copies of the same files."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        sys.stderr.write("nginx is not installed: its part is left out\n")
        return True
    with tempfile.TemporaryDirectory(dir=settings.VAR) as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "kept").mkdir()
        with server(url, TILE_DIR=str(folder / "kept")) as web, _nginx(program, folder, web.port) as (port, process):
            paths = [f"/tiles/appeals/{one.z}/{one.x}/{one.y}.mvt" for zoom in range(10, 15) for one in densest(zoom)]
            _warm(port, paths)
            shutil.copytree(folder / "kept/tiles", folder / "plain")
            plain = [path.replace("/tiles/", "/plain/", 1) for path in paths]
            return _bench_files(port, process, paths, plain, seconds)


def _bench_files(port: int, process: int, paths: list[str], plain: list[str], seconds: float) -> bool:
    load(port, paths, seconds / 4)
    pairs, busy = [], []
    for _round in range(ROUNDS):
        before = _busy(process)
        ours = load(port, paths, seconds)
        between = _busy(process)
        theirs = load(port, plain, seconds)
        pairs.append((ours, theirs))
        busy.append(((between - before) / len(ours.took), (_busy(process) - between) / len(theirs.took)))
    report.line(
        "tiles_nginx_processor", statistics.median(one for one, _other in busy), "ms/request", against="a static file of nginx",
        against_value=statistics.median(other for _one, other in busy), lower_is_better=True,
    )  # fmt: skip
    return _print("tiles_nginx", pairs, "static files of nginx", NGINX_GOAL)


def _warm(port: int, paths: list[str]) -> None:
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for path in paths:
        web.request("GET", path)
        web.getresponse().read()
    web.close()


def _busy(process: int) -> float:
    """Milliseconds that a process has had of a processor."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e6


@contextlib.contextmanager
def _nginx(program: str, folder: Path, behind: int) -> Iterator[tuple[int, int]]:
    """Its port and its process, which runs alone."""
    port = free_port()
    text = (settings.ROOT / "docs/nginx.conf").read_text()
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{port}; location /plain/ {{ root {folder}; }}",
        "127.0.0.1:8000": f"127.0.0.1:{behind}",
        "/srv/citymap/tiles": str(folder / "kept"),
        "$host": f"127.0.0.1:{behind}",
    }.items():
        text = text.replace(old, new)
    paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"user root; daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}} "
        f"http {{ access_log off; keepalive_requests 100000000; {paths} {text} }}"
    )
    process = subprocess.Popen([program, "-p", folder, "-c", folder / "nginx.conf"])
    try:
        web = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        for _attempt in range(100):
            with contextlib.suppress(OSError):
                web.connect()
                break
            time.sleep(0.05)
        web.close()
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)
