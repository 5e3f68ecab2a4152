"""Photos: whatever is sent, either a clean JPEG is stored or a sentence is said."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import struct
import threading
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from gis_data import photo_files
from issues import housekeeping, intake, photos
from issues.errors import PhotoRefused
from issues.models import IntakeKey, Photo
from tests.factories import TinyCity, a_submission


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size, 128 if mode in {"L", "I;16"} else None).save(out, kind, **options)
    return out.getvalue()


def opened(jpeg: bytes) -> Image.Image:
    found = Image.open(BytesIO(jpeg))
    found.load()
    return found


def bomb() -> bytes:
    """A PNG of 60 million pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 10_000, 6_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1251 * 6000))) + chunk(b"IEND", b"")


def lying_png() -> bytes:
    """A PNG whose header promises 8000 × 5000 pixels and whose data unpacks without end."""
    data = bytearray(bomb())
    data[16:24] = struct.pack(">II", 8_000, 5_000)
    return bytes(data)


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "RGBA"), ("PNG", "P"),
                                            ("PNG", "I;16"), ("PNG", "1"), ("WEBP", "RGB"), ("WEBP", "RGBA")])  # fmt: skip
def test_every_kind_we_take_becomes_a_plain_jpeg(kind: str, mode: str) -> None:
    encoded = photos.reencode(BytesIO(picture(kind, mode=mode)))

    found = opened(encoded.jpeg)
    assert (found.format, found.mode, found.size) == ("JPEG", "RGB", (64, 48))
    assert (encoded.width, encoded.height) == (64, 48)


def test_a_big_one_is_made_smaller_and_has_a_thumbnail() -> None:
    encoded = photos.reencode(BytesIO(picture(size=(5000, 3000))))

    assert opened(encoded.jpeg).size == (2048, 1229)
    assert max(opened(encoded.thumb).size) == 480


def test_it_stands_upright_and_tells_nothing_about_where_and_when() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "Camera of a resident"
    exif.get_ifd(0x8825)[2] = (50.0, 2.0, 24.0)
    raw = picture(exif=exif, comment=b"my street", icc_profile=b"x" * 200)

    encoded = photos.reencode(BytesIO(raw))

    for jpeg in (encoded.jpeg, encoded.thumb):
        found = opened(jpeg)
        assert found.size == (48, 64)
        assert not found.getexif()
        assert not {"exif", "comment", "icc_profile", "xmp"} & set(found.info)
        assert b"resident" not in jpeg
        assert b"my street" not in jpeg


REFUSED: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"hello",
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "gif": lambda: picture("GIF", mode="P"),
    "bmp": lambda: picture("BMP"),
    "tiff": lambda: picture("TIFF"),
    "pdf": lambda: b"%PDF-1.7\n",
    "html that claims to be a jpeg": lambda: b"\xff\xd8\xff<html>",
    "truncated jpeg": lambda: picture(size=(900, 900))[:700],
    "truncated png": lambda: picture("PNG", size=(900, 900))[:-60],
    "bomb": bomb,
    "lying png": lying_png,
    "too many bytes": lambda: b"\xff\xd8\xff" + bytes(10 * 1024 * 1024),
    "huge jpeg": lambda: picture(size=(8000, 5001), quality=1),
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
def test_everything_else_is_refused_with_a_sentence(raw: Callable[[], bytes]) -> None:
    with pytest.raises(PhotoRefused) as refused:
        photos.reencode(BytesIO(raw()))

    assert str(refused.value).endswith(".")


def test_an_endless_upload_is_cut_off() -> None:
    class Endless:
        given = 0

        def read(self, size: int = -1, /) -> bytes:
            self.given += size
            return bytes(size)

    upload = Endless()
    with pytest.raises(PhotoRefused, match="10 MB"):
        photos.reencode(upload)
    assert upload.given <= 11 * 1024 * 1024


def test_what_hides_behind_a_picture_is_gone() -> None:
    raw = picture("PNG") + b"PK\x03\x04<script>alert(1)</script>"

    assert b"script" not in photos.reencode(BytesIO(raw)).jpeg


def test_a_child_that_dies_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    child = tmp_path / "child.py"
    child.write_text("import os, sys\nsys.stdin.buffer.read()\nos.kill(os.getpid(), 9)\n")
    monkeypatch.setattr(photo_files, "_CHILD", child)

    with pytest.raises(PhotoRefused):
        photos.reencode(BytesIO(picture()))


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    child = tmp_path / "child.py"
    child.write_text("import sys\nsys.stdin.buffer.read()\nwhile True: pass\n")
    monkeypatch.setattr(photo_files, "_CHILD", child)
    monkeypatch.setattr(photo_files, "SECONDS", 0.5)

    with pytest.raises(PhotoRefused):
        photos.reencode(BytesIO(picture()))


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a", "a" * 33, "a" * 31 + "/", "а" * 32])
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        photos.path(name)


@pytest.mark.django_db
def test_stored_photos_lie_whole_under_their_names() -> None:
    photo = photos.store_unattached(photos.reencode(BytesIO(picture())))

    assert len(photo.name) == 32
    assert photo.appeal is None
    assert opened(photos.path(photo.name).read_bytes()).size == (photo.width, photo.height)
    assert photos.path(photo.name, "thumb").exists()
    assert not list(photos.folder().glob("*/*.part"))


@pytest.mark.django_db
def test_what_no_form_claimed_for_a_day_is_swept(a_city: TinyCity) -> None:
    encoded = photos.reencode(BytesIO(picture()))
    old, claimed, fresh = (photos.store_unattached(encoded) for _ in range(3))
    intake.submit(a_submission(photos=(claimed.name,)))
    Photo.objects.exclude(pk=fresh.pk).update(created_at=timezone.now() - dt.timedelta(days=2))

    assert housekeeping.forget_unattached_photos() == 2
    assert not photos.path(old.name).exists()
    assert photos.path(claimed.name).exists()
    assert photos.path(fresh.name).exists()
    assert housekeeping.forget_unattached_photos() == 0


@pytest.mark.django_db
def test_files_that_no_row_knows_are_swept() -> None:
    stray = photos.path("f" * 32)
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"x")
    yesterday = (timezone.now() - dt.timedelta(days=2)).timestamp()
    os.utime(stray, (yesterday, yesterday))

    assert housekeeping.forget_unattached_photos() == 1
    assert not stray.exists()


@pytest.mark.django_db
def test_strays_are_looked_up_many_at_a_time_and_known_files_stay(django_assert_max_num_queries: Any) -> None:
    known = photos.store_unattached(photos.reencode(BytesIO(picture())))
    strays = [photos.path(f"{number:032x}") for number in range(20)]
    for stray in strays:
        stray.parent.mkdir(parents=True, exist_ok=True)
        stray.write_bytes(b"x")
    yesterday = (timezone.now() - dt.timedelta(days=2)).timestamp()
    for file in photos.folder().glob("??/*"):
        os.utime(file, (yesterday, yesterday))

    with django_assert_max_num_queries(3):  # unclaimed photos, then all the names together
        assert housekeeping.forget_unattached_photos() == 20
    assert photos.path(known.name).exists()
    assert photos.path(known.name, "thumb").exists()
    assert not any(stray.exists() for stray in strays)


@pytest.mark.django_db
def test_where_photos_came_from_is_kept_as_a_hash_and_forgotten_after_a_day() -> None:
    encoded = photos.reencode(BytesIO(picture()))
    old, fresh = (photos.store_unattached(encoded, "203.0.113.0/24") for _ in range(2))
    staff = photos.store_unattached(encoded)
    Photo.objects.filter(pk=old.pk).update(created_at=timezone.now() - dt.timedelta(days=2))

    kept = bytes(Photo.objects.get(pk=fresh.pk).address_block or b"")
    assert len(kept) == 16
    assert b"203" not in kept
    assert housekeeping.forget_address_blocks() == 1
    blocks = dict(Photo.objects.values_list("pk", "address_block"))
    assert [blocks[one.pk] is None for one in (old, fresh, staff)] == [True, False, True]


def test_a_photo_waits_only_a_moment_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_files, "_PATIENCE_S", 0.01)
    monkeypatch.setattr(photo_files, "_AT_ONCE", (turns := threading.BoundedSemaphore(1)))
    with turns, pytest.raises(PhotoRefused, match="Try again in a moment"):
        photos.reencode(BytesIO(picture()))
    for content in (picture(), b"no picture", picture()):  # a turn is given back, whatever came of it
        with contextlib.suppress(PhotoRefused):
            photos.reencode(BytesIO(content))
    assert turns.acquire(blocking=False)


@pytest.mark.django_db
def test_where_reports_came_from_is_forgotten_after_a_day(a_city: TinyCity) -> None:
    intake.submit(a_submission())
    intake.submit(a_submission())
    first = IntakeKey.objects.order_by("created_at")[0]
    IntakeKey.objects.filter(pk=first.pk).update(created_at=timezone.now() - dt.timedelta(days=2))

    assert housekeeping.forget_address_blocks() == 1
    assert [key.address_block is None for key in IntakeKey.objects.order_by("created_at")] == [True, False]
