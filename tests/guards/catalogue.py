"""A gettext catalogue as the guards read it, and the catalogue that the sources ask for today."""

import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from django.conf import LazySettings
from django.core.management import call_command

ROOT: Final = Path(__file__).resolve().parents[2]
ROOMS: Final = (
    *tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"],
    "frontend/templates",
)
_LINE: Final = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) )?"(.*)"$')
_ESCAPED: Final = re.compile(r"\\(.)")


@dataclass(slots=True)
class Entry:
    """One message: its flags and its fields as ``msgid`` → text."""

    flags: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.texts.get("msgctxt", ""), self.texts["msgid"]

    @property
    def translations(self) -> list[str]:
        return [text for name, text in self.texts.items() if name.startswith("msgstr")]


def read(path: Path) -> dict[tuple[str, str], Entry]:
    """Messages by (context, msgid), without the header and without those no longer used."""
    entries = [_entry(block) for block in path.read_text(encoding="utf-8").split("\n\n")]
    return {entry.key: entry for entry in entries if entry.texts.get("msgid")}


def _entry(block: str) -> Entry:
    entry, name = Entry(), ""
    for line in block.splitlines():
        if line.startswith("#,"):
            entry.flags |= {flag.strip() for flag in line[2:].split(",")}
        elif found := _LINE.match(line):
            name = found[1] or name
            text = _ESCAPED.sub(lambda sign: {"n": "\n", "t": "\t"}.get(sign[1], sign[1]), found[2])
            entry.texts[name] = entry.texts.get(name, "") + text
    return entry


def of_the_sources(folder: Path, settings: LazySettings, patch: pytest.MonkeyPatch) -> dict[tuple[str, str], Entry]:
    """Collect the messages of the sources in a copy: the tool leaves working files beside what it reads."""
    for file in _sources():
        copy = folder / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    (folder / "locale").mkdir()
    settings.LOCALE_PATHS = [folder / "locale"]
    patch.chdir(folder)
    call_command("makemessages", locale=["ru"], no_location=True, no_wrap=True, verbosity=0)
    return read(folder / "locale/ru/LC_MESSAGES/django.po")


def _sources() -> Iterator[Path]:
    for room in ROOMS:
        yield from (path for path in (ROOT / room).rglob("*") if path.suffix in {".py", ".html", ".txt"})
