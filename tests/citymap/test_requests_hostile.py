"""What a client says about its own text: only UTF-8 is believed, anything else is a sentence and never an error of ours."""

import importlib
import io
from collections.abc import Iterable
from typing import Any

import pytest
from django.test import Client

from citymap.requests import Asgi, Wsgi

NOT_UTF8 = [
    "text/plain; charset=rot13",
    "text/plain; charset=undefined",
    "text/plain; charset=unicode_escape",
    "text/plain; charset=utf-7",
    'multipart/form-data; boundary=B; charset="raw_unicode_escape"',
    "application/x-www-form-urlencoded; charset=latin-1",
    "text/plain; charset*=undefined''x",
]


def ask(content_type: str, method: str = "GET", query: str = "category=%5cud800") -> tuple[str, dict[str, str], bytes]:
    """Send one request to the application the server runs, past the test client's own request class."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": "/no-such-page", "QUERY_STRING": query, "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": "3", "SERVER_NAME": "testserver", "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(b"a=b"), "wsgi.url_scheme": "http", "wsgi.errors": io.StringIO(),
    }  # fmt: skip
    head: list[Any] = []
    body: Iterable[bytes] = Wsgi()(environ, lambda status, headers, *_: head.extend((status, dict(headers))))  # type: ignore[arg-type]
    return head[0], head[1], b"".join(body)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("content_type", NOT_UTF8)
def test_text_in_another_encoding_is_refused_with_a_sentence(content_type: str, method: str) -> None:
    status, headers, body = ask(content_type, method)
    assert status.startswith("415")
    assert b"UTF-8" in body
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "text/plain; charset=UTF-8", 'a/b; charset="utf8"', "a/b; x*=rot13''%ff"]
)
def test_utf8_and_silence_are_read(content_type: str) -> None:
    assert ask(content_type)[0].startswith("404")


@pytest.mark.django_db
@pytest.mark.parametrize("entry", ["wsgi", "asgi"])
def test_both_entry_points_take_such_requests(entry: str) -> None:
    application = importlib.import_module(f"citymap.{entry}").application
    assert isinstance(application, Wsgi if entry == "wsgi" else Asgi)


def test_a_refusal_before_any_view_and_a_file_carry_the_policy_too() -> None:
    for response in (
        Client().post("/report", data=b"", content_type="text/plain", CONTENT_LENGTH=str(65 * 1024 * 1024)),
        Client().get("/basemap/city.pmtiles"),
    ):
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"
