"""What must never come out: reports sent through the real form by a person with an unmistakable name, and the signs to look for."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from issues import triage
from issues.models import Appeal, Event, Photo
from tests.factories import IN_EAST, IN_WEST, TinyCity
from tests.issues.forms import form

NAME: Final = "Zanzibella Canarova"
EMAIL: Final = "zanzibella@canary-mail.example"
PHONE: Final = "+1 555 0142 8379"
WAITING, PRIVATE, HIDDEN, HELD, NOTE, ANSWER = (
    f"quetzal{kind}words" for kind in ("waiting", "private", "hidden", "held", "staff", "answer")
)
CAMERA: Final = "Quetzalcam of a resident"
#: Where only reports lie that nobody may see.
NOBODY_SEES: Final = (10.0654321, 50.0123456)
_NETWORK: Final = "203.0.113.77"


@dataclass(slots=True)
class Planted:
    """The reports by what they are; ``tokens`` open their secret pages, ``signs`` are looked for, each by what it would betray."""

    city: TinyCity
    appeals: dict[str, Appeal] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    signs: dict[str, bytes] = field(default_factory=dict)

    def public(self) -> list[Appeal]:
        return [self.appeals[kind] for kind in ("open", "waiting", "joined")]

    def secret(self) -> list[Appeal]:
        return [self.appeals[kind] for kind in ("private", "hidden", "held")]

    def found_in(self, data: bytes) -> set[str]:
        """What these bytes betray."""
        low = data.lower()
        return {what for what, sign in self.signs.items() if sign in low}


def _a_photo_that_tells() -> bytes:
    """A JPEG with a place, a camera and a comment in it."""
    exif = Image.Exif()
    exif[0x010F] = CAMERA
    exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 0.0, 44.4), 3: "E", 4: (10.0, 3.0, 55.5)})
    held = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(held, "JPEG", exif=exif, comment=CAMERA.encode())
    assert CAMERA.encode() in held.getvalue()
    return held.getvalue()


#: Made once, before any log is watched: making it is said in the log of the test's own process.
PHOTO: Final = _a_photo_that_tells()


def plant(city: TinyCity, settings: LazySettings) -> Planted:
    """Send the reports through the form that residents use, and let staff do what makes some public and some not."""
    planted = Planted(city)
    _send(planted, "open", "lamp", IN_EAST, "The lamp is dark.")
    _send(planted, "waiting", "pothole", IN_WEST, f"Call {NAME}: {WAITING}", **{"q-depth": "deep", "q-where": ANSWER})
    _send(planted, "private", "noise", NOBODY_SEES, PRIVATE)
    _send(planted, "hidden", "pothole", NOBODY_SEES, HIDDEN, **{"q-depth": "flat"})
    _send(planted, "joined", "pothole", IN_WEST, WAITING, **{"q-depth": "flat"})
    settings.FLOOD_LIMIT = len(planted.appeals)  # from here on too many came from one network
    _send(planted, "held", "lamp", NOBODY_SEES, HELD)
    _handle(planted)
    for kind, appeal in planted.appeals.items():
        appeal.refresh_from_db()
        planted.signs |= _signs(kind, appeal)
    planted.signs |= _signs_of_all(planted)
    return planted


def _send(planted: Planted, kind: str, category: str, at: tuple[float, float], text: str, **answers: str) -> None:
    client = Client(REMOTE_ADDR=_NETWORK)
    draft = {"key": str(uuid.uuid4()), "lon": str(at[0]), "lat": str(at[1]), "category": category, "text": text, **answers}
    file = SimpleUploadedFile(f"{NAME}.jpg", PHOTO, "image/jpeg")
    page = form(client.post("/report", {**draft, "step": "photo", "go": "add", "file": [file]}))
    assert page.value("photo")
    person = {"name": NAME, "email": EMAIL, "phone": PHONE, "photo": page.value("photo")}
    answer = client.post("/report", {**draft, **person, "step": "contact", "go": "send"})
    assert answer.status_code == 303, answer.content
    planted.tokens.append(answer["Location"].split("/t/")[1].split("?")[0])
    planted.appeals[kind] = Appeal.objects.latest("id")


def _handle(planted: Planted) -> None:
    """What staff do: an answer everybody may read, a note for themselves, a report joined with one that is then hidden."""
    clerk, appeals = planted.city.clerk, planted.appeals
    triage.reply(appeals["open"], clerk, "It is on our list.")
    Event.objects.create(appeal=appeals["open"], kind="checked", state="new", note=NOTE, actor=clerk)
    triage.merge(appeals["joined"], appeals["hidden"], clerk)
    Appeal.objects.filter(pk=appeals["hidden"].pk).update(visibility="hidden")
    loose = form(Client().post("/report", {"step": "photo", "go": "add", "file": [_loose()]})).value("photo")
    assert Photo.objects.get(name=loose).appeal is None
    planted.signs["a photo that belongs to no report"] = loose.encode()


def _loose() -> SimpleUploadedFile:
    return SimpleUploadedFile("loose.jpg", PHOTO, "image/jpeg")


def _signs(kind: str, appeal: Appeal) -> dict[str, bytes]:
    public = kind in {"open", "waiting", "joined"}
    assert (appeal.visibility == "public") is public, (kind, appeal.visibility)
    photo = appeal.photos.get()
    assert photo.public is (kind == "open"), kind
    signs = {} if public else {f"the reference of the {kind} report": appeal.public_id.lower().encode()}
    if not public:
        signs[f"the reference of the {kind} report as people read it"] = _spelt(appeal.public_id).lower().encode()
    if not photo.public:
        signs[f"the photo of the {kind} report"] = photo.name.encode()
    return signs


def _spelt(reference: str) -> str:
    return f"{reference[:4]}-{reference[4:]}"


def _signs_of_all(planted: Planted) -> Mapping[str, bytes]:
    words: dict[str, Any] = {
        "the first name": "zanzibella", "the family name": "canarova", "the e-mail": "canary-mail", "the phone": "555 0142",
        "the phone without blanks": "5550142", "words that wait": WAITING, "private words": PRIVATE, "hidden words": HIDDEN,
        "held words": HELD, "a note of staff": NOTE, "an answer": ANSWER, "the camera": "quetzalcam", "the network": "203.0.113",
        "the address of an account or office": "@testville.invalid", "the name of an account": "testville clerk",
        "a hidden longitude": "10.06543", "a hidden latitude": "50.01234", "a hidden place in metres": "1120478",
    }  # fmt: skip
    tokens = {f"tracking link {number}": token.lower() for number, token in enumerate(planted.tokens)}
    return {what: sign.encode() for what, sign in (words | tokens).items()}
