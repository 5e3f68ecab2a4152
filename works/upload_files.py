"""Where the files of an upload lie: in a folder of their own under ``MEDIA_ROOT/works``, under names of the mapping's, never shown to the web.

A file is copied in pieces from where the web server put it; none is ever read as a whole here.
"""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from works.mapping_types import SetMapping

_MB: Final = 1024**2
_CHUNK: Final = 256 * 1024
#: Megabytes of one file by its format, where less is taken than of an upload as a whole: these are parsed in one go, or hold
#: their texts in memory. As they are sent; what they unpack to is limited by their readers.
MOST_MB: Final[Mapping[str, int]] = {"xlsx": 128, "geojson": 64, "json": 64, "ocds": 64, "oc4ids": 64}
_PROGRESS: Final = "progress.json"
_SENT: Final = "sent"
_EVERY_S: Final = 0.5


class UploadProblem(Exception):
    """What was sent cannot be taken: ``errors`` holds a sentence by the field of the form."""

    def __init__(self, field: str, sentence: str) -> None:
        self.errors = {field: sentence}
        super().__init__(sentence)


class Sent(Protocol):
    """A file that came with a form."""

    @property
    def name(self) -> str | None: ...
    @property
    def size(self) -> int | None: ...
    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]: ...


def folder_of(token: str) -> Path:
    """The folder of an upload; ``token`` is its random name."""
    return Path(settings.MEDIA_ROOT) / "works" / token


def sources_of(token: str) -> Path:
    """Where the files that were sent lie: apart, for their names are the mapping's, and it may call one like a file of ours."""
    return folder_of(token) / _SENT


def keep(mapping: SetMapping, sent: Sequence[Sent]) -> tuple[str, dict[str, int]]:
    """Keep the files that the mapping names; return the folder's name and ``{file: bytes}``. Raises `UploadProblem`."""
    chosen = _matched(mapping, sent)
    _check_sizes(mapping, chosen)
    token = secrets.token_hex(16)
    folder = sources_of(token)
    try:
        folder_of(token).mkdir(mode=0o700, parents=True)
        folder.mkdir(mode=0o700)
        for name, file in chosen.items():
            with (folder / name).open("wb") as out:
                for chunk in file.chunks(_CHUNK):
                    out.write(chunk)
    except OSError:
        remove(token)
        raise UploadProblem("files", _("The files could not be kept: the disk is full or away. Try again later.")) from None
    return token, {name: file.size or 0 for name, file in chosen.items()}


def remove(token: str) -> None:
    """Delete everything of an upload; twice is harmless."""
    shutil.rmtree(folder_of(token), ignore_errors=True)


def remove_sources(token: str) -> None:
    """Delete the files that were sent, and keep what was found in them."""
    shutil.rmtree(sources_of(token), ignore_errors=True)


def _matched(mapping: SetMapping, sent: Sequence[Sent]) -> dict[str, Sent]:
    """The file for each name of the mapping. Where it names one and one came, that is it, whatever it is called."""
    if not sent:
        raise UploadProblem("files", _("Choose the files that the mapping reads."))
    wanted = list(dict.fromkeys(one.file for one in mapping.files))
    if len(wanted) == 1 and len(sent) == 1:
        return {wanted[0]: sent[0]}
    came = {str(file.name): file for file in sent}
    if missing := [name for name in wanted if name not in came]:
        raise UploadProblem(
            "files", _("The mapping names these files, and they were not sent: %(files)s.") % {"files": ", ".join(missing)}
        )
    if strange := [name for name in came if name not in wanted]:
        raise UploadProblem("files", _("The mapping does not name these files: %(files)s.") % {"files": ", ".join(strange)})
    return {name: came[name] for name in wanted}


def _check_sizes(mapping: SetMapping, chosen: Mapping[str, Sent]) -> None:
    for name, file in chosen.items():
        if not file.size:
            raise UploadProblem("files", _("%(file)s is empty. Choose it again.") % {"file": name})
        most = min(MOST_MB.get(one.format, settings.WORKS_UPLOAD_MB) for one in mapping.files if one.file == name)
        if file.size > most * _MB:
            words = {"file": name, "megabytes": number_format(most)}
            raise UploadProblem(
                "files", _("%(file)s is larger than %(megabytes)s MB, the most that is taken of its format.") % words
            )
    if sum(file.size or 0 for file in chosen.values()) > settings.WORKS_UPLOAD_MB * _MB:
        words = {"megabytes": number_format(settings.WORKS_UPLOAD_MB)}
        raise UploadProblem("files", _("The files are larger than %(megabytes)s MB together.") % words)


class Progress:
    """Says in a file how far a check has come: its own transaction, still open, can say nothing to anybody."""

    def __init__(self, token: str) -> None:
        self._path = folder_of(token) / _PROGRESS
        self._next = 0.0

    def __call__(self, label: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _EVERY_S
            part = self._path.with_suffix(".part")
            part.write_text(json.dumps({"label": label, "rows": done}), encoding="utf-8")
            part.replace(self._path)


def progress(token: str) -> dict[str, Any]:
    """How far the check has come: ``{"label", "rows"}``, empty before its first row."""
    try:
        found = json.loads((folder_of(token) / _PROGRESS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
