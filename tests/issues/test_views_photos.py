"""Who may see which photo, and how it is served."""

import io
import re
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from issues import intake, photos
from issues.models import Appeal, Photo
from issues.views.photos import DRAFT, REPORTER, signed
from tests.factories import TinyCity, a_submission, an_appeal

pytestmark = pytest.mark.django_db


def a_photo(**fields: Any) -> Photo:
    held = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(held, "JPEG")
    held.seek(0)
    photo = photos.store_unattached(photos.reencode(held))
    Photo.objects.filter(pk=photo.pk).update(**fields)
    photo.refresh_from_db()
    return photo


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_public_photo_of_a_public_appeal_is_for_everybody_and_locked_down(client: Client, a_city: TinyCity) -> None:
    photo = a_photo(appeal=an_appeal(a_city), public=True)
    answer = client.get(f"/photos/{photo.name}")
    assert answer.status_code == 200
    assert body(answer).startswith(b"\xff\xd8")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Content-Disposition"] == f'inline; filename="{photo.name}.jpg"'
    assert answer["Cache-Control"] == "public, max-age=300"


def test_the_thumbnail_is_smaller_and_only_known_sizes_are_served(client: Client, a_city: TinyCity) -> None:
    photo = a_photo(appeal=an_appeal(a_city), public=True)
    whole, small = (body(client.get(f"/photos/{photo.name}{query}")) for query in ("", "?size=thumb"))
    assert Image.open(io.BytesIO(small)).width < Image.open(io.BytesIO(whole)).width
    assert client.get(f"/photos/{photo.name}?size=9999").status_code == 404


@pytest.mark.parametrize("visibility", ["held", "private", "hidden"])
def test_a_public_photo_of_an_appeal_that_is_not_public_is_not_found(client: Client, a_city: TinyCity, visibility: str) -> None:
    photo = a_photo(appeal=an_appeal(a_city, visibility=visibility), public=True)
    assert client.get(f"/photos/{photo.name}").status_code == 404


def test_a_photo_that_is_not_public_opens_for_its_reporter_and_its_staff_alone(client: Client, a_city: TinyCity) -> None:
    photo = a_photo(appeal=an_appeal(a_city))
    assert client.get(f"/photos/{photo.name}").status_code == 404
    mine = client.get(signed(photo.name, REPORTER, "thumb"))
    assert mine.status_code == 200
    assert mine["Cache-Control"] == "private, max-age=300"
    for who, status in (("clerk", 200), ("dispatcher", 200), ("clerk-parks", 404), ("resident", 404)):
        client.force_login(a_city.people[who])
        assert client.get(f"/photos/{photo.name}").status_code == status, who


def test_a_crews_photo_after_the_work_is_public_with_its_appeal(client: Client, a_city: TinyCity) -> None:
    photo = a_photo(appeal=an_appeal(a_city, state="done"), public=True, kind="after")
    assert client.get(f"/photos/{photo.name}").status_code == 200


def test_a_signature_opens_one_photo_for_one_purpose_and_not_for_ever(
    client: Client, a_city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached, other, waiting = a_photo(appeal=an_appeal(a_city)), a_photo(appeal=an_appeal(a_city)), a_photo()
    good = signed(attached.name, REPORTER)
    assert client.get(good).status_code == 200
    assert client.get(good.replace(attached.name, other.name)).status_code == 404
    assert client.get(signed(attached.name, DRAFT)).status_code == 404
    assert client.get(signed(waiting.name, REPORTER)).status_code == 404
    assert client.get(signed(waiting.name, DRAFT)).status_code == 200
    assert client.get(good[:-1] + ("A" if good[-1] != "A" else "B")).status_code == 404
    monkeypatch.setattr("django.core.signing.time.time", lambda: 4_000_000_000.0)
    assert client.get(good).status_code == 404


@pytest.mark.parametrize("name", ["..%2F..%2Fsecret_key", "0" * 31, "G" * 32, "a" * 32, "%00", "a" * 32 + ".jpg", "x" * 3000])
def test_names_that_are_none_are_not_found(client: Client, a_city: TinyCity, name: str) -> None:
    assert client.get(f"/photos/{name}").status_code == 404


def test_a_photo_whose_file_is_gone_is_not_found(client: Client, a_city: TinyCity) -> None:
    photo = a_photo(appeal=an_appeal(a_city), public=True)
    photos.path(photo.name).unlink()
    assert client.get(f"/photos/{photo.name}").status_code == 404


def test_the_secret_page_shows_the_reporters_own_photo_before_it_is_public(client: Client, a_city: TinyCity) -> None:
    photo = a_photo()
    receipt = intake.submit(a_submission(photos=(photo.name,)))
    assert Appeal.objects.get().photos.get().name == photo.name
    page = client.get(f"/t/{receipt.token}").content.decode()
    (address,) = re.findall(r'<img src="(/photos/[^"]+)"', page)
    assert client.get(address.replace("&amp;", "&")).status_code == 200
    assert f"/photos/{photo.name}" not in client.get(f"/a/{receipt.public_id}").content.decode()
