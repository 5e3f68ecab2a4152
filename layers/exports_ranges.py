"""A file sent whole or in part: single byte ranges with If-Range (RFC 9110, sections 13 and 14), so that a download can go on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO, Final

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

_RANGE: Final = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))", re.ASCII)
_CHUNK: Final = 256 * 1024


class _Unsatisfiable(Exception):
    """A range that begins behind the end of the file."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes ``first`` to ``last``, both included."""

    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1


class FilePart:
    """The bytes of one part of an open file, closed with it."""

    def __init__(self, file: BinaryIO, part: Part) -> None:
        self._file, self._left = file, part.size
        file.seek(part.first)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = self._file.read(min(_CHUNK, self._left))
        if not data:
            self.close()
            raise StopIteration
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()


def send(request: HttpRequest, file: BinaryIO, size: int, etag: str, media_type: str) -> HttpResponseBase:
    """Return the file (``size`` bytes, strong ``etag``) or the part asked for: 200, 206 or 416. The file is closed when it is sent."""
    try:
        part = _asked(request, size, etag)
    except _Unsatisfiable:
        file.close()
        response: HttpResponseBase = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        response["Content-Range"] = f"bytes */{size}"
        return response
    if part is None:
        response = FileResponse(file, content_type=media_type)
        response["Content-Length"] = str(size)
    else:
        response = StreamingHttpResponse(FilePart(file, part), status=HTTPStatus.PARTIAL_CONTENT, content_type=media_type)
        response["Content-Length"] = str(part.size)
        response["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    response["Accept-Ranges"] = "bytes"
    return response


def _asked(request: HttpRequest, size: int, etag: str) -> Part | None:
    """The part that is asked for; None for all of it: no range, several, one we cannot read, or one of another version."""
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    condition = request.headers.get("If-Range", "").strip()
    if not found or request.method != "GET" or (condition and condition != etag):
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        if int(suffix) == 0 or size == 0:
            raise _Unsatisfiable
        return Part(max(0, size - int(suffix)), size - 1)
    part = Part(int(first), min(int(last) if last else size - 1, size - 1))
    if last and int(last) < int(first):
        return None
    if part.first >= size:
        raise _Unsatisfiable
    return part
