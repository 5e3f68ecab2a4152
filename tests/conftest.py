"""What all tests share: the network is shut, files go to a folder of their own, nothing is remembered between tests."""

import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import translation
from pytest_django import DjangoDbBlocker

from citymap.city import forget_city
from tests.factories import a_city

__all__ = ["a_city"]  # fixtures that every test may ask for

# Playwright runs an event loop in the thread of the test; Django would then refuse every query.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

ROOT = Path(__file__).resolve().parents[1]
DOWNLOADS = Path(os.environ.get("CITYMAP_DOWNLOADS", ROOT / "var/downloads"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the exhaustive matrices as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--full"):
        skip = pytest.mark.skip(reason="exhaustive: runs with --full")
        for item in items:
            if "full" in item.keywords:
                item.add_marker(skip)


class NetworkIsShut(AssertionError):
    """A test tried to reach something beyond this machine."""


def _is_here(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = address[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"localhost", ""}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Switch off, in the test database alone, the triggers that refuse TRUNCATE: Django empties the tables with it after each
    test that commits. ``tests/issues/test_history.py`` switches them on again, inside its own transaction.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_no_truncate_%'")
        for table, trigger in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


@pytest.fixture(autouse=True, scope="session")
def shut_network() -> Iterator[None]:
    """Let sockets connect to this machine alone; names of other machines are not even looked up."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if not _is_here(address):
            raise NetworkIsShut(f"connect to {address}")
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if not _is_here(address):
            raise NetworkIsShut(f"connect to {address}")
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host and not _is_here((host,)):
            raise NetworkIsShut(f"look up {host}")
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(autouse=True)
def nothing_remembered(settings: LazySettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each test has its own media folder, asks the database anew for the city, and speaks the first language: a request of the
    test before it leaves its own language in the thread.
    """
    media = tmp_path_factory.mktemp("media")
    settings.MEDIA_ROOT = media
    forget_city()
    with translation.override(settings.LANGUAGE_CODE):
        yield
    forget_city()
    shutil.rmtree(media, ignore_errors=True)


@pytest.fixture(scope="session")
def demo_extract() -> Path:
    """The OpenStreetMap extract of central Helsinki (fetched by ``script/setup`` and ``script/test``)."""
    path = DOWNLOADS / "demo/Helsinki.osm.pbf"
    if not path.exists():
        pytest.skip(f"{path} is missing: run script/test")
    return path


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of big real data sets named by ``CITYMAP_DATA``; tests that need it are skipped without it."""
    value = os.environ.get("CITYMAP_DATA", "")
    if not value or not Path(value).is_dir():
        pytest.skip("CITYMAP_DATA names no folder")
    return Path(value).resolve()


@pytest.fixture(scope="session")
def standards() -> Path:
    """The folder of schemas and shapes that standards publish, named by ``CITYMAP_STANDARDS``; tests that need it are skipped without."""
    value = os.environ.get("CITYMAP_STANDARDS", "")
    if not value or not Path(value).is_dir():
        pytest.skip("NOT CHECKED against the published standard: CITYMAP_STANDARDS names no folder")
    return Path(value).resolve()


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The address of a running Redis of this test run."""
    value = os.environ.get("REDIS_URL", "")
    if not value:
        pytest.skip("REDIS_URL is not set: run script/test")
    return value


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The distribution's chromium with WebGL in software; elsewhere Playwright's own."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    extra: dict[str, Any] = {"args": ["--enable-unsafe-swiftshader"]}
    if found:
        extra["executable_path"] = found
    return {**browser_type_launch_args, **extra}
