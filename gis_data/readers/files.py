"""Opening a file of a pack: local, of a sane size, unpacked on the way. A small file that unpacks to a huge one is refused."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from gis_data.readers.broken import Broken

MAX_WHOLE: Final = 160 * 1024**2  # of what is parsed in memory at once
MAX_STREAMED: Final = 4 * 1024**3  # of what is read row by row
_GZIP: Final = b"\x1f\x8b"


class _Limited(io.RawIOBase):
    """A reader that stops at a limit instead of filling the memory or the disk."""

    def __init__(self, raw: IO[bytes], limit: int, name: str) -> None:
        super().__init__()
        self._raw, self._left, self._limit, self._name = raw, limit, limit, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # io promises any buffer; zip and GDAL give these two
        chunk = self._raw.read(len(buffer))
        self._left -= len(chunk)
        if self._left < 0:
            raise Broken(self._name, 0, f"unpacks to more than {self._limit // 1024**2} MB")
        buffer[: len(chunk)] = chunk
        return len(chunk)


@contextmanager
def opened(path: Path, limit: int) -> Iterator[IO[bytes]]:
    """Open for reading, unpacking gzip by what the file is, not by its name. Raises `Broken`, also from reads inside."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            raw: IO[bytes] = gzip.GzipFile(fileobj=file) if packed else file  # type: ignore[assignment]
            yield io.BufferedReader(_Limited(raw, limit, path.name), 1 << 18)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Broken(path.name, 0, f"the gzip file is damaged: {error}") from None
    except OSError as error:
        raise Broken(path.name, 0, f"cannot be read: {error.strerror or error}") from None


def whole(path: Path, limit: int = MAX_WHOLE) -> bytes:
    """Read a file that is parsed in one go."""
    with opened(path, limit) as file:
        return file.read()
