"""What a resident has typed so far. It travels in hidden fields from step to step; the server remembers nothing.

A draft is text as typed, not yet sense: `issues.intake.parse` turns it into a typed `Submission` at the end.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.core.signing import Signer
from django.http import QueryDict
from django.utils.crypto import constant_time_compare

from issues.answers import FIELD, Answer
from issues.intake_form import MOST_PHOTOS

#: Longer than any honest field except the text, which may be refused for its length but is never cut.
_FIELD_LIMIT: Final = 300
_PHOTO: Final = re.compile(r"[0-9a-f]{32}")
_SEAL: Final = Signer(salt="issues.report.address")


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything of the form, as typed; NUL characters are gone, nothing else is changed."""

    key: str
    lon: str = ""
    lat: str = ""
    address: str = ""
    seal: str = ""
    category: str = ""
    side: str = ""
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    photos: tuple[str, ...] = ()
    text: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""

    @classmethod
    def fresh(cls, lon: str = "", lat: str = "", category: str = "") -> Draft:
        """A new form with its own idempotency key."""
        return cls(key=str(uuid.uuid4()), lon=lon, lat=lat, category=category)

    @classmethod
    def read(cls, post: QueryDict) -> Draft:
        """The draft in a sent form. Missing fields are empty; a field sent twice counts once (photos and answers excepted)."""
        answers = {
            name.removeprefix(FIELD)[:80]: tuple(filter(None, map(_clean, post.getlist(name))))
            for name in post
            if name.startswith(FIELD)
        }
        photos = dict.fromkeys(name for name in post.getlist("photo") if _PHOTO.fullmatch(name))
        fields = {
            name: _clean(post.get(name, ""))[:_FIELD_LIMIT]
            for name in ("lon", "lat", "address", "seal", "category", "side", "name", "email", "phone")
        }
        return cls(
            key=_key(post.get("key", "")),
            text=_clean(post.get("text", "")).replace("\r\n", "\n"),
            answers=answers,
            photos=tuple(photos)[:MOST_PHOTOS],
            **fields,
        )

    def hidden(self, shown: frozenset[str]) -> Iterator[tuple[str, str]]:
        """Names and values for hidden inputs: every filled field that the step does not show itself."""
        for name in ("key", "lon", "lat", "address", "seal", "category", "side", "text", "name", "email", "phone"):
            if name not in shown and (value := getattr(self, name)):
                yield name, value
        for photo in self.photos:
            yield "photo", photo
        if FIELD not in shown:
            yield from ((FIELD + code, one) for code, answer in self.answers.items() for one in answer)

    def answered(self) -> dict[str, Answer]:
        """The answers as `issues.answers` takes them: one as text, several as a list."""
        return {code: answer[0] if len(answer) == 1 else list(answer) for code, answer in self.answers.items() if answer}

    def sealed(self) -> Draft:
        """The same with the server's seal on place and address.

        An address is public at once, so it must be one that the ground gave us, never words somebody wrote into the hidden field.
        """
        return replace(self, seal=_SEAL.signature(self._place()) if self.address else "")

    def trusted_address(self) -> str:
        """The address if its seal fits the place, else ''."""
        return self.address if self.address and _fits(self.seal, self._place()) else ""

    def _place(self) -> str:
        return f"{self.lon}|{self.lat}|{self.address}"


def trusted_address(post: QueryDict) -> str:
    """The address of a sent form if the server's seal fits it and its place, else ''."""
    address = post.get("address", "")
    place = f"{post.get('lon', '')}|{post.get('lat', '')}|{address}"
    return address if address and _fits(post.get("seal", ""), place) else ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step made of the input: the draft, sentences by field, whether to stay, and more for its template."""

    draft: Draft
    errors: dict[str, str] = field(default_factory=dict)
    stay: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


def _fits(seal: str, place: str) -> bool:
    return constant_time_compare(seal, _SEAL.signature(place))


def _clean(value: str) -> str:
    return value.replace("\x00", "").strip()


def _key(value: str) -> str:
    """The key as sent; a key that is none is replaced, so that an old or broken page can still be sent."""
    try:
        return str(uuid.UUID(value))
    except ValueError:
        return str(uuid.uuid4())
