"""What a crew does to an appeal: start, done with a photo, could not."""

from __future__ import annotations

import pytest
from django.utils import timezone

from issues import tasks, triage
from issues.errors import Invalid
from issues.models import Photo
from issues.states import NotAllowed
from tests.factories import NOWHERE, TinyCity, an_appeal
from tests.issues.triaging import again, story, told

pytestmark = pytest.mark.django_db


def test_a_crew_starts_and_fixes_it_with_a_photo(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, email="robin@testville.invalid", at=NOWHERE)
    task = triage.accept(appeal, a_city.clerk)
    photo = Photo.objects.create(name="a" * 32, width=1, height=1, size=1)
    assert task is not None

    tasks.start(task, a_city.crew_member)
    tasks.done(task, a_city.crew_member, "Filled.", [photo])

    task.refresh_from_db()
    photo.refresh_from_db()
    assert (again(appeal).state, task.state, task.note) == ("done", "done", "Filled.")
    assert (photo.appeal, photo.task, photo.kind, photo.public) == (appeal, task, "after", True)
    assert story(appeal) == ["opened", "accepted", "started", "done"]
    assert told(appeal, "done") == {"reporter"}
    for click in (lambda: tasks.start(task, a_city.crew_member), lambda: tasks.done(task, a_city.crew_member, "", [])):
        with pytest.raises(NotAllowed):
            click()
    assert len(story(appeal)) == 4


def test_a_crew_takes_no_photo_of_another_report(a_city: TinyCity) -> None:
    other = an_appeal(a_city)
    photo = Photo.objects.create(name="a" * 32, width=1, height=1, size=1, appeal=other)
    task = triage.accept(an_appeal(a_city), a_city.clerk)
    assert task is not None

    tasks.done(task, a_city.crew_member, "", [photo])

    photo.refresh_from_db()
    assert (photo.appeal, photo.task) == (other, None)


def test_a_crew_that_could_not_hands_it_back_with_its_reason(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, email="robin@testville.invalid")
    task = triage.accept(appeal, a_city.clerk)
    assert task is not None
    with pytest.raises(Invalid) as refused:
        tasks.could_not(task, a_city.crew_member, "")
    assert list(refused.value.errors) == ["note"]

    tasks.could_not(task, a_city.crew_member, "A car stands on it.")

    assert again(appeal).state == "accepted"
    assert told(appeal, "could_not") == {"reporter", "department"}
    with pytest.raises(NotAllowed):
        tasks.could_not(task, a_city.crew_member, "Again.")
    assert triage.assign(appeal, a_city.clerk, a_city.crews["roads-west"], timezone.localdate()).pk != task.pk


def test_a_crew_sees_its_own_tasks_alone(a_city: TinyCity) -> None:
    triage.accept(an_appeal(a_city), a_city.clerk)

    assert tasks.of_member(a_city.crew_member).count() == 1
    assert tasks.of_member(a_city.clerk).count() == 0
    a_city.crew_member.is_active = False
    assert tasks.of_member(a_city.crew_member).count() == 0
