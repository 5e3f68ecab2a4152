"""Before a view: body limit, files with ranges, the city's time zone, strict headers."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client, RequestFactory

from citymap import middleware

PARTS = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
)


@pytest.fixture
def basemap(settings: LazySettings, tmp_path: Path) -> Path:
    settings.BASEMAP_DIR = tmp_path
    path = tmp_path / "city.pmtiles"
    path.write_bytes(bytes(range(100)))
    return path


def test_a_range_of_the_basemap_is_answered_with_that_range(basemap: Path) -> None:
    response = Client().get("/basemap/city.pmtiles", HTTP_RANGE="bytes=10-19")
    assert response.status_code == 206
    assert b"".join(response) == bytes(range(10, 20))
    assert response["Content-Range"] == "bytes 10-19/100"
    assert "Content-Encoding" not in response


def test_a_new_basemap_is_served_without_a_restart(basemap: Path) -> None:
    client = Client()
    assert len(b"".join(client.get("/basemap/city.pmtiles"))) == 100
    fresh = basemap.with_suffix(".new")
    fresh.write_bytes(b"x" * 7)
    fresh.replace(basemap)
    assert b"".join(client.get("/basemap/city.pmtiles")) == b"x" * 7


def test_a_missing_basemap_is_not_found(basemap: Path) -> None:
    basemap.unlink()
    assert Client().get("/basemap/city.pmtiles").status_code == 404


def test_a_range_beyond_the_end_is_refused(basemap: Path) -> None:
    assert Client().get("/basemap/city.pmtiles", HTTP_RANGE="bytes=500-600").status_code == 416


@pytest.mark.parametrize("length", [str(65 * 1024 * 1024), "-1", "many", "9" * 30])
def test_a_body_no_form_can_need_is_refused_before_it_is_read(length: str) -> None:
    response = Client().post("/report", data=b"", content_type="text/plain", CONTENT_LENGTH=length)
    assert response.status_code == 413


@pytest.mark.parametrize(
    "kind", ["text/plain; charset{}x", "text/plain; charset{}=utf-8", "text/plain; charset={}utf-8", "a/b; charset*0{}x"]
)
def test_a_header_of_blanks_is_read_once(kind: str) -> None:
    """In a process of its own first: a pattern that goes back and forth needs hours, and no thread could stop it."""
    header = kind.format(" " * 400_000)
    reading = "import re, sys; re.search(sys.argv[1], sys.argv[2].replace('_', ' ' * 400_000), re.IGNORECASE)"
    subprocess.run([sys.executable, "-c", reading, middleware._CHARSET.pattern, kind.format("_")], check=True, timeout=120)
    request = RequestFactory().get("/", CONTENT_TYPE=header)
    assert middleware.Utf8Only(lambda _: HttpResponse())(request).status_code == 200


@pytest.mark.django_db
def test_a_cookie_with_a_nul_is_no_cookie() -> None:
    for name in ("sessionid", "django_language", "theme"):
        assert Client(HTTP_COOKIE=f'{name}="\\0001234567"').get("/accounts/login/").status_code == 200


@pytest.mark.django_db
def test_every_answer_carries_the_strict_policy() -> None:
    response = Client().get("/healthz")
    for part in PARTS:
        assert part in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
