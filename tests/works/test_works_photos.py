"""Photos of works: staff attach and remove them, everybody sees them, hostile files are a sentence."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import Membership, Role
from gis_data.photo_files import reencode
from tests.factories import TinyCity
from tests.places.makers import a_line, a_point, a_project, a_repair
from works import invented_photos, photos
from works.models import DataSet, Repair, WorksPhoto

pytestmark = pytest.mark.django_db


def a_jpeg(size: tuple[int, int] = (3000, 2000)) -> bytes:
    out = io.BytesIO()
    picture = Image.new("RGB", size, "teal")
    exif = picture.getexif()
    exif[0x8825] = {1: "N", 2: (60.0, 10.0, 0.0)}  # where it was taken
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def sent(content: bytes | None = None, **fields: Any) -> dict[str, Any]:
    photo = SimpleUploadedFile("a.jpg", a_jpeg() if content is None else content, "image/jpeg")
    return {"time": "after", "taken_on": "2024-05-07", "note": "New asphalt", "photo": photo, **fields}


@pytest.fixture
def keeper(client: Client, a_city: TinyCity) -> Client:
    user = get_user_model().objects.create_user("keeper@test.invalid", "x")
    Membership.objects.create(user=user, role=Role.DISPATCHER)
    client.force_login(user)
    return client


@pytest.fixture
def repair(a_city: TinyCity) -> Repair:
    return a_repair(a_point(10.01, 50.04))


def test_a_photo_is_made_safe_attached_and_public(keeper: Client, repair: Repair) -> None:
    answer = keeper.post(f"/desk/photos/repair/{repair.pk}", sent())
    assert answer.status_code == 302
    photo = WorksPhoto.objects.get()
    assert (photo.repair, photo.time, photo.taken_on, photo.note) == (repair, "after", dt.date(2024, 5, 7), "New asphalt")
    assert max(photo.width, photo.height) == 2048
    for size in ("", "?size=thumb"):
        file = Client().get(f"/works-photos/{photo.name}{size}")
        picture = Image.open(io.BytesIO(file.getvalue()))
        assert not picture.getexif()
    assert photo.name in Client().get(f"/repairs/{repair.public_id}").content.decode()
    assert photo.name in keeper.get(f"/desk/photos/repair/{repair.pk}").content.decode()


def test_a_project_has_photos_too(keeper: Client, a_city: TinyCity) -> None:
    project = a_project(a_line((10.01, 50.04), (10.02, 50.04)))
    assert keeper.post(f"/desk/photos/project/{project.pk}", sent(time="before", taken_on="", note="")).status_code == 302
    page = Client().get(f"/projects/{project.public_id}").content.decode()
    assert WorksPhoto.objects.get().name in page
    assert "Before and after" in page


def test_a_removed_photo_is_gone_with_its_files_and_stays_in_the_history(
    keeper: Client, repair: Repair, django_capture_on_commit_callbacks: Any
) -> None:
    keeper.post(f"/desk/photos/repair/{repair.pk}", sent())
    photo = WorksPhoto.objects.get()
    file = photos.path(photo.name, "thumb")
    assert file.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert keeper.post(f"/desk/photos/{photo.pk}/remove").status_code == 302
    assert not file.exists()
    assert Client().get(f"/works-photos/{photo.name}").status_code == 404
    assert WorksPhoto.pgh_event_model.objects.get(pgh_label="delete").name == photo.name  # type: ignore[attr-defined]  # made by pghistory


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"content": b"GIF89a not a photo"}, "not a photo we can show"), ({"content": b""}, "file is empty"),
        ({"time": "during"}, "before or after"), ({"photo": ""}, "Choose a photo"), ({"taken_on": "2024-13-01"}, "Choose a day"),
        ({"taken_on": "2999-01-01"}, "still to come"), ({"taken_on": "0001-01-01"}, "too long ago"), ({"note": "x" * 201}, "one line"),
        ({"note": "a\x00b"}, "one line"), ({"note": "a\nb"}, "one line"),
    ],
)  # fmt: skip
def test_what_cannot_be_attached_is_a_sentence_and_leaves_nothing(
    fields: dict[str, Any], words: str, keeper: Client, repair: Repair
) -> None:
    answer = keeper.post(f"/desk/photos/repair/{repair.pk}", sent(**fields))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not WorksPhoto.objects.exists()
    assert not photos.folder().exists()


def test_a_repair_has_a_dozen_photos_at_most(repair: Repair) -> None:
    encoded = reencode(io.BytesIO(a_jpeg((400, 300))))
    for _number in range(photos.MOST):
        photos.attach(repair, encoded, "after")
    with pytest.raises(photos.NotAttached, match="12 photos already"):
        photos.attach(repair, encoded, "after")


@pytest.mark.parametrize(
    "address",
    ["/desk/photos/repair/0", "/desk/photos/repair/99999999999999999999", "/desk/photos/bridge/1", "/desk/photos/%00/1",
     "/desk/photos/project/0"],
)  # fmt: skip
def test_works_that_are_not_there_have_no_page(address: str, keeper: Client) -> None:
    assert keeper.get(address).status_code == 404
    assert keeper.post(address, sent(b"x")).status_code == 404


def test_who_looks_after_one_area_touches_no_photo(keeper: Client, repair: Repair, a_city: TinyCity) -> None:
    keeper.post(f"/desk/photos/repair/{repair.pk}", sent())
    photo = WorksPhoto.objects.get()
    user = get_user_model().objects.create_user("west@test.invalid", "x")
    Membership.objects.create(user=user, role=Role.DISPATCHER, area=a_city.boundaries["west"])
    other = Client()
    other.force_login(user)
    add = f"/desk/photos/repair/{repair.pk}"
    for answer in (other.get(add), other.post(add, sent()), other.post(f"/desk/photos/{photo.pk}/remove")):
        assert answer.status_code == 403
    assert list(WorksPhoto.objects.all()) == [photo]
    assert add in keeper.get(f"/repairs/{repair.public_id}").content.decode()
    assert add not in other.get(f"/repairs/{repair.public_id}").content.decode()
    Membership.objects.create(user=user, role=Role.DISPATCHER)  # of the whole city as well
    assert other.get(add).status_code == 200


@pytest.mark.parametrize("name", ["x", "..%2Fsecret", "0" * 32, "A" * 32, "0" * 33, "%00", "0" * 32 + "?size=huge"])
def test_a_name_that_is_none_is_not_found(name: str, client: Client, repair: Repair) -> None:
    assert client.get(f"/works-photos/{name}").status_code == 404


def test_removing_what_is_not_there_is_not_found(keeper: Client) -> None:
    for number in ("0", "99999999999999999999"):
        assert keeper.post(f"/desk/photos/{number}/remove").status_code == 404


def test_a_photo_whose_file_is_lost_is_not_found(client: Client, repair: Repair) -> None:
    photo = photos.attach(repair, reencode(io.BytesIO(a_jpeg((400, 300)))), "after")
    photos.path(photo.name).unlink()
    assert client.get(f"/works-photos/{photo.name}").status_code == 404


def test_drawings_of_the_demonstration_say_so_and_are_made_once(
    client: Client, repair: Repair, django_capture_on_commit_callbacks: Any
) -> None:
    invented = DataSet.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        assert invented_photos.draw_invented(invented.pk) == 2
    assert invented_photos.draw_invented(invented.pk) == 0
    page = client.get(f"/repairs/{repair.public_id}").content.decode()
    assert page.count("/works-photos/") == 4
    assert page.count(">invented</span>") >= 2
    for photo in WorksPhoto.objects.all():
        assert photo.invented
        assert client.get(f"/works-photos/{photo.name}?size=thumb").status_code == 200
