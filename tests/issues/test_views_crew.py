"""A crew's day by its public doors."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from gis_data import city_time
from issues import triage
from issues.models import Appeal, Photo, Task
from tests.factories import TinyCity, an_appeal


@pytest.fixture
def crew(client: Client, a_city: TinyCity) -> Client:
    client.force_login(a_city.crew_member)
    return client


@pytest.fixture
def visit(a_city: TinyCity) -> Task:
    task = triage.accept(an_appeal(a_city, address="1 West Street"), a_city.clerk)
    assert task is not None
    return task


def a_photo() -> SimpleUploadedFile:
    held = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(held, "JPEG")
    return SimpleUploadedFile("after.jpg", held.getvalue(), "image/jpeg")


def state_of(visit: Task) -> str:
    return Appeal.objects.get(pk=visit.appeal_id).state


def test_todays_list_shows_the_visit_and_its_place(crew: Client, visit: Task) -> None:
    answer = crew.get("/crew")
    assert "1 West Street" in answer.content.decode()
    assert answer.context["map"]["features"]["features"][0]["properties"]["url"] == f"/crew/{visit.pk}"


def test_a_visit_left_from_yesterday_is_still_there_and_tomorrows_waits(crew: Client, visit: Task) -> None:
    Task.objects.filter(pk=visit.pk).update(day=city_time.today() - dt.timedelta(days=1))
    assert [task.pk for task in crew.get("/crew").context["visits"]] == [visit.pk]
    Task.objects.filter(pk=visit.pk).update(day=city_time.today() + dt.timedelta(days=1))
    answer = crew.get("/crew")
    assert answer.context["visits"] == []
    assert [task.pk for task in answer.context["later"]] == [visit.pk]


def test_start_then_done_with_a_photo_fixes_the_appeal(crew: Client, visit: Task) -> None:
    crew.post(f"/crew/{visit.pk}/start")
    assert state_of(visit) == "started"
    answer = crew.post(f"/crew/{visit.pk}/done", {"note": "Filled.", "photo": a_photo()}, follow=True)
    assert "The resident is told" in answer.content.decode()
    assert state_of(visit) == "done"
    photo = Photo.objects.get(appeal=visit.appeal_id)
    assert (photo.kind, photo.task_id) == ("after", visit.pk)


def test_a_file_that_is_no_photo_is_refused_on_the_same_page_and_the_note_is_kept(crew: Client, visit: Task) -> None:
    crew.post(f"/crew/{visit.pk}/start")
    fake = SimpleUploadedFile("after.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/jpeg")
    answer = crew.post(f"/crew/{visit.pk}/done", {"note": "Filled the hole.", "photo": fake})
    assert answer.status_code == 422
    assert "Filled the hole." in answer.content.decode()
    assert state_of(visit) == "started"
    assert not Photo.objects.exists()


def test_too_many_photos_are_refused_before_any_is_stored(crew: Client, visit: Task) -> None:
    crew.post(f"/crew/{visit.pk}/start")
    answer = crew.post(f"/crew/{visit.pk}/done", {"photo": [a_photo() for _ in range(4)]})
    assert answer.status_code == 422
    assert not Photo.objects.exists()


def test_could_not_needs_a_reason_and_gives_it_back_to_the_desk(crew: Client, visit: Task) -> None:
    assert crew.post(f"/crew/{visit.pk}/could_not", {"note": " "}).status_code == 422
    crew.post(f"/crew/{visit.pk}/could_not", {"note": "A car stands on it."})
    assert state_of(visit) == "accepted"
    visit.refresh_from_db()
    assert visit.state == "could_not"


def test_a_second_press_of_done_says_that_it_is_done(crew: Client, visit: Task) -> None:
    crew.post(f"/crew/{visit.pk}/start")
    crew.post(f"/crew/{visit.pk}/done")
    assert crew.post(f"/crew/{visit.pk}/done").status_code == 409


def test_another_crews_visit_is_not_found(crew: Client, a_city: TinyCity) -> None:
    task = triage.accept(an_appeal(a_city), a_city.clerk, a_city.crews["roads-all"])
    assert task is not None
    assert crew.get(f"/crew/{task.pk}").status_code == 404
    assert crew.post(f"/crew/{task.pk}/start").status_code == 404
    assert state_of(task) == "planned"


def test_unknown_actions_are_not_found(crew: Client, visit: Task) -> None:
    assert crew.post(f"/crew/{visit.pk}/explode").status_code == 404
    assert crew.post("/crew/999999999/start").status_code == 404
