"""The mapping of an upload: one of the city's pack, one that was published before, or one that comes with it as TOML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from gis_data.models import City
from gis_data.names import in_language
from gis_data.pack_types import PackError
from works.mapping import FOLDER, MAX_BYTES, mapping_files, parse_mapping
from works.mapping_types import SetMapping
from works.models import UploadState, WorksUpload
from works.upload_files import Sent, UploadProblem

PACKS: Final = Path(__file__).resolve().parents[1] / "gis_data/packs"
#: What a mapping that was sent is called in sentences.
_CALLED: Final = Path("mapping.toml")
_MOST_LISTED: Final = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """A mapping that is known here; ``files`` are the names of those it reads."""

    value: str
    label: str
    files: tuple[str, ...]
    text: str


def choices() -> list[Choice]:
    """Mappings of the pack, then the last published ones of other data sets."""
    found: dict[str, Choice] = {}
    for file in _of_the_pack():
        text = file.read_text(encoding="utf-8")
        _add(found, f"pack:{file.stem}", text)
    published = WorksUpload.objects.filter(state=UploadState.PUBLISHED).order_by("-pk")
    for pk, text in published.values_list("pk", "mapping")[:_MOST_LISTED]:
        _add(found, f"upload:{pk}", text)
    return list(found.values())


def _of_the_pack() -> list[Path]:
    pack = City.objects.values_list("pack", flat=True).first() or ""
    folder = PACKS / pack / FOLDER
    return mapping_files(folder) if pack and "/" not in pack and folder.is_dir() else []


def _add(found: dict[str, Choice], value: str, text: str) -> None:
    try:
        mapping = parse_mapping(text, _CALLED)
    except PackError:
        return  # written for another version: nobody can choose it
    if mapping.code not in found and _files(mapping):
        label = in_language(mapping.names) or mapping.code
        found[mapping.code] = Choice(value, f"{label} ({mapping.code})", _files(mapping), text)


def _files(mapping: SetMapping) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.file for one in mapping.files if one.file))


def read_choice(chosen: str, written: str, sent: Sent | None) -> tuple[SetMapping, str]:
    """The mapping and its TOML: the file that was sent, else what was written in the form, else what was chosen. Raises `UploadProblem`."""
    if sent is not None:
        return _parsed(_text_of(sent), "toml_file")
    if written.strip():
        return _parsed(written, "toml")
    for choice in choices() if chosen else []:
        if choice.value == chosen:
            return _parsed(choice.text, "mapping")
    raise UploadProblem("mapping", _("Choose a mapping, or send one."))


def _text_of(sent: Sent) -> str:
    if (sent.size or 0) > MAX_BYTES:
        raise UploadProblem("toml_file", _("This file is too large for a mapping."))
    try:
        return b"".join(sent.chunks()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UploadProblem("toml_file", _("The mapping is not UTF-8 text. Save it again with the encoding UTF-8.")) from None


def _parsed(text: str, field: str) -> tuple[SetMapping, str]:
    if "\x00" in text or len(text) > MAX_BYTES:
        raise UploadProblem(field, _("This is no mapping: it is too long, or holds signs that no text has."))
    text = text.replace("\r\n", "\n")
    try:
        mapping = parse_mapping(text, _CALLED)
    except PackError as error:
        where = ": ".join(filter(None, [f"[{error.section}]" if error.section else "", error.key, error.sentence]))
        raise UploadProblem(field, _("The mapping cannot be used. %(where)s") % {"where": where}) from None
    if any(one.format == "invented" for one in mapping.files):
        raise UploadProblem(field, _("This mapping invents works for a demo. Here only what files say is taken."))
    return mapping, text
