"""The request as the server hands it to Django: its text is UTF-8, whatever it says of itself."""

from typing import Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters


class _Utf8:
    """Django decodes with whatever codec the client names, even with one that is none for text, before any of our code can refuse."""

    content_type: str | None
    content_params: dict[str, str] | None

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (LookupError, UnicodeError):  # an extended parameter (RFC 2231) in an encoding that is none
            self.content_type, self.content_params = "", {}


class _WsgiRequest(_Utf8, WSGIRequest):
    pass


class _AsgiRequest(_Utf8, ASGIRequest):
    pass


class Wsgi(WSGIHandler):
    """The WSGI application with such requests."""

    request_class = _WsgiRequest


class Asgi(ASGIHandler):
    """The ASGI application with such requests."""

    request_class = _AsgiRequest
