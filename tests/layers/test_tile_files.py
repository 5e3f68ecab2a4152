"""Default tiles kept as files: what is kept, when a file goes, and that nginx sends what the documents promise."""

import gzip
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.conf import LazySettings
from pytest_django import DjangoCaptureOnCommitCallbacks

from issues.counted import COUNTED
from issues.map_layers import APPEALS
from issues.models import Appeal
from layers import tile_files, upkeep
from layers.filters import Selection
from layers.pyramid import LEVELS
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.layers.reading import around, ask

ROOT = Path(__file__).resolve().parents[2]
FAR = around(IN_WEST, 12)


@pytest.fixture
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.TILE_DIR = tmp_path
    return tmp_path


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.django_db
def test_without_a_folder_nothing_is_kept(a_city: TinyCity, tmp_path: Path) -> None:
    an_appeal(a_city)
    ask("appeals", FAR)
    assert files(tmp_path) == set()


@pytest.mark.django_db
def test_a_default_tile_of_counts_is_kept_and_nothing_else(a_city: TinyCity, folder: Path) -> None:
    an_appeal(a_city)
    tile = ask("appeals", FAR).content
    for other in ("state=new", "lang=en", "category=lamp", "from=2025-01-01"):
        ask("appeals", FAR, other)
    ask("appeals", around(IN_WEST, 15))
    ask("appeals", around(IN_EAST, 14))  # empty
    ask("districts", FAR)
    name = f"tiles/appeals/12/{FAR.x}/{FAR.y}.mvt"
    assert files(folder) == {name, f"{name}.gz"}
    assert (folder / name).read_bytes() == tile
    assert gzip.decompress((folder / f"{name}.gz").read_bytes()) == tile
    assert (folder / name).stat().st_mode & 0o777 == 0o644


@pytest.mark.django_db
def test_a_merged_change_deletes_the_files_of_its_tiles_alone(
    a_city: TinyCity, folder: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    appeals = [an_appeal(a_city, at=place) for place in (IN_WEST, IN_EAST)]
    for place in (IN_WEST, IN_EAST):
        for zoom in LEVELS:
            ask("appeals", around(place, zoom))
    with django_capture_on_commit_callbacks(execute=True):
        upkeep.merge_all()
    assert files(folder) == set(), "they were as fresh, but that is not looked at"
    for place in (IN_WEST, IN_EAST):
        for zoom in LEVELS:
            ask("appeals", around(place, zoom))
    Appeal.objects.filter(pk=appeals[0].pk).update(state="done")
    with django_capture_on_commit_callbacks(execute=True):
        upkeep.merge_all()
    left = {path for path in files(folder) if path.endswith(".mvt")}
    west = {f"tiles/appeals/{tile.z}/{tile.x}/{tile.y}.mvt" for tile in (around(IN_WEST, zoom) for zoom in LEVELS)}
    east = {f"tiles/appeals/{tile.z}/{tile.x}/{tile.y}.mvt" for tile in (around(IN_EAST, zoom) for zoom in LEVELS)}
    assert left == east - west
    assert left


@pytest.mark.django_db
def test_a_tile_that_changed_while_it_was_written_is_not_kept(folder: Path) -> None:
    tile_files.keep(APPEALS, FAR, Selection(), b"old", again=lambda: b"new")
    assert files(folder) == set()
    tile_files.keep(APPEALS, FAR, Selection(), b"same", again=lambda: b"same")
    assert len(files(folder)) == 2


@pytest.mark.django_db
def test_a_folder_that_cannot_be_written_costs_no_tile(a_city: TinyCity, settings: LazySettings, tmp_path: Path) -> None:
    an_appeal(a_city)
    (tmp_path / "tiles").write_text("in the way")
    settings.TILE_DIR = tmp_path
    assert ask("appeals", FAR).status_code == 200


@pytest.mark.django_db
def test_counting_from_scratch_deletes_all(
    a_city: TinyCity, folder: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    an_appeal(a_city)
    ask("appeals", FAR)
    with django_capture_on_commit_callbacks(execute=True):
        upkeep.rebuild(COUNTED)
    assert files(folder) == set()


class _Behind(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"from behind: {self.path}".encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def nginx(folder: Path) -> Iterator[str]:
    """The address of a real nginx with the example's own configuration, in front of a server that says what it was asked."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    folder.chmod(0o755)
    behind = ThreadingHTTPServer(("127.0.0.1", 0), _Behind)
    Thread(target=behind.serve_forever, daemon=True).start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = (ROOT / "docs/nginx.conf").read_text()
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "127.0.0.1:8000": f"127.0.0.1:{behind.server_port}",
        "/srv/citymap/tiles": str(folder),
    }.items():
        assert old in text
        text = text.replace(old, new)
    paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = folder / "nginx.conf"
    config.write_text(
        f"user root; daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}} "
        f"http {{ access_log off; {paths} {text} }}"
    )
    process = subprocess.Popen([program, "-p", folder, "-c", config])
    try:
        for _attempt in range(100):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)
        behind.shutdown()
        behind.server_close()


def _get(address: str, **headers: str) -> tuple[dict[str, str], bytes]:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=10) as answer:
        return {name.lower(): value for name, value in answer.headers.items()}, answer.read()


@pytest.mark.django_db
def test_nginx_sends_a_stored_tile_until_it_changes(
    a_city: TinyCity, folder: Path, nginx: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    path = f"/tiles/appeals/{FAR.z}/{FAR.x}/{FAR.y}.mvt"
    appeal = an_appeal(a_city)
    assert _get(nginx + path)[1] == f"from behind: {path}".encode(), "not stored yet"
    tile = ask("appeals", FAR)
    headers, sent = _get(nginx + path)
    assert sent == tile.content
    assert headers["content-type"] == tile["Content-Type"]
    assert headers["cache-control"] == tile["Cache-Control"]
    assert headers["access-control-allow-origin"] == "*"
    packed, data = _get(nginx + path, **{"Accept-Encoding": "gzip"})
    assert packed["content-encoding"] == "gzip"
    assert gzip.decompress(data) == tile.content
    with pytest.raises(urllib.error.HTTPError) as unchanged:
        _get(nginx + path, **{"If-None-Match": headers["etag"]})
    assert unchanged.value.code == 304
    for query in ("?state=new", "?from=2025-01-01"):
        assert _get(nginx + path + query)[1] == f"from behind: {path}{query}".encode()
    assert _get(f"{nginx}/")[1] == b"from behind: /"
    Appeal.objects.filter(pk=appeal.pk).update(state="done")
    with django_capture_on_commit_callbacks(execute=True):
        upkeep.merge_all()
    assert _get(nginx + path)[1] == f"from behind: {path}".encode()
