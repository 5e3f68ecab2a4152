"""Photos from outside: made safe in a limited child process before any transaction, stored re-encoded under a random name.

Raw bytes are never stored. Files lie in ``<folder>/<name[:2]>/<name>.jpg`` and ``<name>-thumb.jpg``; each room has a folder of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from django.utils.translation import gettext as _

MOST_BYTES: Final = 10 * 1024 * 1024
SECONDS: Final = 30.0
#: The smaller versions by the name that ``?size=`` takes.
SIZES: Final = ("thumb",)
_CHILD: Final = Path(__file__).with_name("photo_child.py")
_CHUNK: Final = 256 * 1024
#: Pictures of one server process that are decoded at the same time: each may take hundreds of megabytes.
_AT_ONCE: Final = threading.BoundedSemaphore(2)
#: Seconds to wait for one of them to end: a thread of the server that waits longer answers nobody.
_PATIENCE_S: Final = 2.0


class NotAPhoto(Exception):
    """A file that is not a photo we can show. ``str()`` is a sentence that says what to do."""


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Encoded:
    """A re-encoded JPEG without metadata (longest side ≤ 2048 px) and its thumbnail (≤ 480 px)."""

    jpeg: bytes
    thumb: bytes
    width: int
    height: int


def reencode(raw: Readable) -> Encoded:
    """Decode and encode again in a limited child process; raises `NotAPhoto` with a sentence.

    Takes JPEG, PNG and WebP by their content, up to 10 MB and 40 million pixels. Call it before any transaction begins.
    """
    data = _read(raw)
    if not _AT_ONCE.acquire(timeout=_PATIENCE_S):
        raise NotAPhoto(_("Many photos are being prepared just now. Try again in a moment."))
    try:
        child = subprocess.run(  # noqa: S603  # our own file, no argument from outside
            [sys.executable, "-I", str(_CHILD)], input=data, capture_output=True, timeout=SECONDS, check=False, env={}
        )
    except subprocess.TimeoutExpired:
        raise NotAPhoto(_sentence("broken")) from None
    finally:
        _AT_ONCE.release()
    return _answer(child.stdout)


def _read(raw: Readable) -> bytes:
    """At most the bytes we take: an endless upload is cut off, not collected."""
    parts, total = [], 0
    while part := raw.read(_CHUNK):
        total += len(part)
        if total > MOST_BYTES:
            raise NotAPhoto(_sentence("too_big"))
        parts.append(part)
    if not total:
        raise NotAPhoto(_sentence("empty"))
    return b"".join(parts)


def _answer(stdout: bytes) -> Encoded:
    """Read the child's answer; a child that was killed by its limits gave none."""
    head, _sep, body = stdout.partition(b"\n")
    try:
        answer = json.loads(head)
    except ValueError:
        raise NotAPhoto(_sentence("broken")) from None
    if code := answer.get("refused"):
        raise NotAPhoto(_sentence(code))
    length = answer["jpeg"]
    if len(body) != length + answer["thumb"]:
        raise NotAPhoto(_sentence("broken"))
    return Encoded(body[:length], body[length:], answer["width"], answer["height"])


def _sentence(code: str) -> str:
    match code:
        case "too_big":
            return _("This file is larger than 10 MB. Send a smaller photo.")
        case "empty":
            return _("This file is empty. Choose the photo again.")
        case "too_many_pixels":
            return _("This picture has more than 40 million pixels. Send a smaller one.")
        case "not_a_photo":
            return _("This file is not a photo we can show. Send a JPEG, PNG or WebP picture.")
    return _("This picture is damaged and cannot be read. Choose another one.")


def path(folder: Path, name: str, size: str = "") -> Path:
    """Where the file of a photo lies (``size``: '' or one of `SIZES`).

    Raises `ValueError` for a name that is none, so that no name from outside can lead out of the folder.
    """
    if not (name.isascii() and name.isalnum() and 8 <= len(name) <= 32) or size not in ("", *SIZES):
        raise ValueError("not the name of a photo")
    return folder / name[:2] / f"{name}{'-' + size if size else ''}.jpg"


def write(folder: Path, name: str, encoded: Encoded) -> None:
    """Write photo and thumbnail, each whole or not at all."""
    _write(path(folder, name), encoded.jpeg)
    _write(path(folder, name, "thumb"), encoded.thumb)


def remove(folder: Path, name: str) -> int:
    """Remove the files of a photo whose row is gone; return how many there were."""
    removed = 0
    for size in ("", *SIZES):
        file = path(folder, name, size)
        removed += file.exists()
        file.unlink(missing_ok=True)
    return removed


def _write(target: Path, content: bytes) -> None:
    """Whole or not at all: a crash leaves no half picture under the real name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, half = tempfile.mkstemp(dir=target.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(half).chmod(0o644)
        Path(half).replace(target)
    except BaseException:
        Path(half).unlink(missing_ok=True)
        raise
