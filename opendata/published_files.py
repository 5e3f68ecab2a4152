"""Publications that are written to a file of ours first: once for each state of the data, whoever asks, and sent with ranges."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from layers.exports_ranges import send
from layers.exports_stream import BUILDING_LOCKS, BUILDING_PLACES, TooManyDownloads, snapshot
from opendata.published_sql import one_moment

_FOLDER: Final = "published"
_MAKING: Final = "making-"
#: No file takes this long to be written: whoever began it was killed.
_LONGEST_S: Final = 24 * 3600


def ready(name: str, suffix: str, state: str, write: Callable[[], Iterable[bytes]]) -> Path:
    """Return the file of this ``state``, written now unless it is there; older ones of this name go.

    Raises `layers.exports_stream.TooManyDownloads` when too many files are being built.
    """
    folder = Path(settings.VAR) / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{name}-{state}.{suffix}"
    if not path.exists():
        with snapshot(BUILDING_PLACES, BUILDING_LOCKS):  # holds the place alone; its connection reads nothing
            _build(folder, path, write)
        for old in folder.glob(f"{name}-*.{suffix}"):
            if old != path:
                old.unlink(missing_ok=True)
    return path


def _build(folder: Path, path: Path, write: Callable[[], Iterable[bytes]]) -> None:
    _sweep(folder)
    handle, making = tempfile.mkstemp(prefix=_MAKING, dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(write())
        Path(making).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(making).unlink()
        raise


def _sweep(folder: Path) -> None:
    """Delete what killed ones have left half written."""
    for left in folder.glob(f"{_MAKING}*"):
        with suppress(FileNotFoundError):  # another one sweeps, or it is finished just now
            if left.stat().st_mtime < time.time() - _LONGEST_S:
                left.unlink()


def given(request: HttpRequest, name: str, suffix: str, media_type: str, state: Callable[[], str],
          write: Callable[[], Iterable[bytes]]) -> HttpResponseBase:  # fmt: skip
    """The answer of a door: the file, a part of it, or 304 for who has it."""
    file = _open(name, suffix, state, write)
    about = os.fstat(file.fileno())
    etag = f'"{hashlib.blake2b(f"{file.name} {about.st_mtime_ns}".encode(), digest_size=12).hexdigest()}"'
    known: HttpResponseBase | None = get_conditional_response(request, etag=etag, last_modified=int(about.st_mtime))
    if known is None:
        response = send(request, file, about.st_size, etag, media_type)
    else:
        file.close()
        response = known
    response["ETag"] = etag
    response["Last-Modified"] = http_date(about.st_mtime)
    return opened(response)


def _open(name: str, suffix: str, state: Callable[[], str], write: Callable[[], Iterable[bytes]]) -> BinaryIO:
    with one_moment():
        for _attempt in range(3):  # a newer state may sweep the file away before it is opened
            with suppress(FileNotFoundError):
                return ready(name, suffix, state(), write).open("rb")
    raise TooManyDownloads


def opened(response: HttpResponseBase, kept_s: int = 60) -> HttpResponseBase:
    """Anybody may keep it for a minute and read it from any site."""
    response["Cache-Control"] = f"public, max-age={kept_s}, must-revalidate"
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "Content-Range, ETag, Link"
    return response
