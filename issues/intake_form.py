"""A report as typed, turned into a `Submission`: what makes no sense is refused by field, nothing invisible gets in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import QueryDict
from django.utils.translation import gettext as _

from issues.answers import FIELD, Answer
from issues.errors import Invalid

#: Sources whose reports may come without a place: somebody wrote or called and could not say where.
NO_PLACE_NEEDED: Final = frozenset({"phone", "letter"})
LONGEST_TEXT: Final = 4000
MOST_ANSWERS: Final = 60
MOST_PHOTOS: Final = 3
LONGEST_SIDE: Final = 140
#: Control characters (line feed and tab excepted), marks that turn the direction of text, and halves of characters.
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_NUMBER: Final = re.compile(r"-?[0-9]{1,4}(?:[.,][0-9]{1,30})?")
_PHOTO: Final = re.compile(r"[0-9a-f]{32}")
_PHONE: Final = re.compile(r"[0-9+()./ \-–x#*]{3,40}")


@dataclass(frozen=True, slots=True)
class Submission:
    """A report as somebody sent it, cleaned. ``lon``/``lat`` are degrees (SRID 4326); both None means no place.

    ``lat`` may lie beyond ±90 here (exchanged coordinates are recognised later, against the city).
    ``side`` is where the resident said the problem is, close to a border ("set/area" code, '' if nobody asked).
    ``address_block`` is the reporter's network neighbourhood (see ``issues/address_block.py``); only its keyed hash is stored.
    """

    key: UUID
    category: str
    lon: float | None
    lat: float | None
    text: str = ""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    address: str = ""
    photos: tuple[str, ...] = ()
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = "en"
    address_block: str = ""
    source: str = "web"
    side: str = ""


def parse(data: Mapping[str, str], *, address_block: str, language: str, source: str = "web") -> Submission:
    """Read the fields of a form; raises `Invalid` (field → sentence).

    Fields: ``key`` (UUID), ``category`` (code), ``lon``, ``lat``, ``text``, ``address``, ``photo`` (many: Photo.name),
    ``name``, ``email``, ``phone``, and ``q-<question code>`` for answers (many for several choices), ``side``. A ``QueryDict`` keeps
    the many; a plain mapping has one of each. Errors about the place are under ``place``, about an answer under ``q-<code>``.
    """
    faults: dict[str, str] = {}
    place = _place(data, faults, needed=source not in NO_PLACE_NEEDED)
    submission = Submission(
        key=_key(data, faults),
        category=_category(data, faults),
        lon=place[0],
        lat=place[1],
        text=_text(data, faults),
        answers=_answers(data),
        address=_line(data, "address")[:240],
        photos=tuple(dict.fromkeys(one for one in _many(data, "photo") if _PHOTO.fullmatch(one)))[:MOST_PHOTOS],
        name=_short(data, "name", 150, faults),
        email=_email(data, faults),
        phone=_phone(data, faults),
        language=language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
        address_block=address_block,
        source=source,
        side=_line(data, "side")[:LONGEST_SIDE],
    )
    if faults:
        raise Invalid(faults)
    return submission


def clean(text: str) -> str:
    """Return text without what cannot be seen, lines ended by a single line feed."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _line(data: Mapping[str, str], name: str) -> str:
    return " ".join(clean(str(data.get(name, ""))).split())


def _many(data: Mapping[str, str], name: str) -> list[str]:
    values = data.getlist(name) if isinstance(data, QueryDict) else [data.get(name, "")]
    return [str(value) for value in values]


def _key(data: Mapping[str, str], faults: dict[str, str]) -> UUID:
    try:
        return UUID(str(data.get("key", "")))
    except ValueError:
        faults["key"] = _("This form is damaged. Start a new report.")
        return UUID(int=0)


def _category(data: Mapping[str, str], faults: dict[str, str]) -> str:
    code = _line(data, "category")
    if not code or len(code) > 80:
        faults["category"] = _("Choose what the problem is.")
    return code


def _place(data: Mapping[str, str], faults: dict[str, str], *, needed: bool) -> tuple[float | None, float | None]:
    lon, lat = _line(data, "lon"), _line(data, "lat")
    if not lon and not lat:
        if needed:
            faults["place"] = _("Say where the problem is: put the pin on the map or choose an address.")
        return None, None
    numbers = [_number(lon), _number(lat)]
    if None in numbers:
        faults["place"] = _(
            "The place is not readable. Write latitude and longitude as numbers, for example 60.1699 and 24.9384."
        )
    return numbers[0], numbers[1]


def _number(text: str) -> float | None:
    """A number of degrees; 1e9, NaN, 1_000 and the like are none."""
    if not _NUMBER.fullmatch(text):
        return None
    value = round(float(text.replace(",", ".")), 7)
    return value if math.isfinite(value) and abs(value) <= 180 else None


def _text(data: Mapping[str, str], faults: dict[str, str]) -> str:
    text = clean(str(data.get("text", "")))
    if len(text) > LONGEST_TEXT:
        faults["text"] = _("This is too long: %(limit)d characters at most.") % {"limit": LONGEST_TEXT}
    return text


def _answers(data: Mapping[str, str]) -> dict[str, Answer]:
    """Answers by code of the question; what the category does not ask is left out later."""
    found: dict[str, Answer] = {}
    for name in data:
        if name.startswith(FIELD) and len(found) < MOST_ANSWERS:
            given = [one for one in map(clean, _many(data, name)) if one]
            if given:
                found[clean(name.removeprefix(FIELD))] = given if len(given) > 1 else given[0]
    return found


def _short(data: Mapping[str, str], name: str, limit: int, faults: dict[str, str]) -> str:
    value = _line(data, name)
    if len(value) > limit:
        faults[name] = _("This is too long: %(limit)d characters at most.") % {"limit": limit}
    return value


def _email(data: Mapping[str, str], faults: dict[str, str]) -> str:
    email = _line(data, "email")
    if email:
        try:
            validate_email(email)
        except ValidationError:
            faults["email"] = _("This is not an e-mail address. Correct it, or leave it empty.")
        if len(email) > 254:
            faults["email"] = _("This is not an e-mail address. Correct it, or leave it empty.")
    return email


def _phone(data: Mapping[str, str], faults: dict[str, str]) -> str:
    phone = _line(data, "phone")
    if phone and not _PHONE.fullmatch(phone):
        faults["phone"] = _("This is not a phone number. Correct it, or leave it empty.")
    return phone
