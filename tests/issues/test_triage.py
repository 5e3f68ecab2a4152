"""What clerks do: one move, one event, the right letters; the second click moves nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from issues import tasks, triage
from issues.errors import Invalid
from issues.models import Appeal, Event, Photo, Task
from issues.states import NotAllowed
from notifications.models import OutboxMessage
from tests.factories import IN_EAST, TinyCity, an_appeal
from tests.issues.triaging import again, story, told

pytestmark = pytest.mark.django_db
RESIDENT: dict[str, Any] = {"name": "Robin Example", "email": "robin@testville.invalid", "phone": "+1 (555) 010-0123"}


def test_accepting_proposes_the_crew_whose_area_covers_the_pin(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, email="robin@testville.invalid")

    task = triage.accept(appeal, a_city.clerk)

    assert task is not None
    assert task.crew == a_city.crews["roads-west"]
    assert task.day == timezone.localdate()
    assert again(appeal).state == "planned"
    assert story(appeal) == ["opened", "accepted"]
    assert told(appeal, "accepted") == {"reporter"}


def test_elsewhere_the_crew_without_an_area_is_proposed(a_city: TinyCity) -> None:
    task = triage.accept(an_appeal(a_city, at=IN_EAST), a_city.clerk)

    assert task is not None
    assert task.crew == a_city.crews["roads-all"]


def test_the_smallest_covering_area_wins(a_city: TinyCity) -> None:
    a_city.crews["roads-all"].area = a_city.boundaries["ring"]
    a_city.crews["roads-all"].save()

    appeal = an_appeal(a_city, at=(10.03, 50.02))

    assert tasks.propose_crew(appeal) == a_city.crews["roads-all"], "the ring is smaller than the district"


def test_without_a_crew_accepting_only_accepts(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, department=a_city.departments["town-hall"])

    assert triage.accept(appeal, a_city.clerk) is None
    assert again(appeal).state == "accepted"


def test_accepting_with_a_foreign_crew_is_refused(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)

    with pytest.raises(Invalid):
        triage.accept(appeal, a_city.clerk, a_city.crews["parks-east"])
    assert again(appeal).state == "new"
    assert story(appeal) == ["opened"]


def test_assigning_again_withdraws_the_earlier_visit(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    first = triage.accept(appeal, a_city.clerk)
    tomorrow = timezone.localdate() + dt.timedelta(days=1)

    second = triage.assign(appeal, a_city.clerk, a_city.crews["roads-all"], tomorrow)

    assert first is not None
    assert Task.objects.get(pk=first.pk).state == "could_not"
    assert (second.day, second.state, again(appeal).state) == (tomorrow, "planned", "planned")
    with pytest.raises(NotAllowed):
        tasks.start(first, a_city.crew_member)


def test_a_day_that_is_over_is_refused(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, state="accepted")

    with pytest.raises(Invalid) as refused:
        triage.assign(appeal, a_city.clerk, a_city.crews["roads-all"], dt.date(2020, 1, 1))
    assert list(refused.value.errors) == ["day"]


CLICKS: dict[str, Callable[[Appeal, TinyCity], Any]] = {
    "accept": lambda appeal, city: triage.accept(appeal, city.clerk),
    "reject": lambda appeal, city: triage.reject(appeal, city.clerk, "Not ours."),
    "close": lambda appeal, city: triage.close(appeal, city.clerk, "Was fixed before."),
    "reply": lambda appeal, city: triage.reply(appeal, city.clerk, "We are looking."),
    "reroute": lambda appeal, city: triage.reroute(appeal, city.clerk, city.departments["parks"], "A park."),
    "refuse": lambda appeal, city: triage.refuse(appeal, city.clerk, "A park."),
    "merge": lambda appeal, city: triage.merge(appeal, an_appeal(city), city.clerk),
    "show": lambda appeal, city: triage.show_words(appeal, city.clerk, public=True),
}


@pytest.mark.parametrize("click", CLICKS.values(), ids=CLICKS)
def test_the_second_click_is_not_allowed_and_leaves_no_second_event(a_city: TinyCity, click: Callable[..., Any]) -> None:
    appeal = an_appeal(a_city, email="robin@testville.invalid")
    click(appeal, a_city)
    events, letters = story(appeal), OutboxMessage.objects.count()

    with pytest.raises(NotAllowed) as refused:
        click(appeal, a_city)

    assert str(refused.value)
    assert story(appeal) == events
    assert OutboxMessage.objects.count() == letters


def test_an_answer_is_public_and_sent(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, **RESIDENT)

    triage.reply(appeal, a_city.clerk, "  Call the office: 555-7777\r\nor write to roads@testville.invalid\x00 ")

    event = Event.objects.get(appeal=appeal, kind="replied")
    assert event.words == "Call the office: 555-7777\nor write to roads@testville.invalid"
    assert again(appeal).state == "new"
    assert told(appeal, "replied") == {"reporter"}


@pytest.mark.parametrize(
    "words",
    ["Dear Robin, thank you.", "Mr EXAMPLE, we come.", "We wrote to ROBIN@testville.invalid.", "We called 555 010 0123.",
     "We called +15550100123.", "Robin Example said so."],
)  # fmt: skip
def test_public_words_must_not_name_the_resident(a_city: TinyCity, words: str) -> None:
    appeal = an_appeal(a_city, **RESIDENT)

    with pytest.raises(Invalid) as refused:
        triage.reply(appeal, a_city.clerk, words)

    assert "personal data" in refused.value.errors["text"]
    assert story(appeal) == ["opened"]


def test_an_address_is_recognised_however_it_is_written(a_city: TinyCity) -> None:
    with pytest.raises(Invalid):
        triage.reply(an_appeal(a_city, email="walker77@testville.invalid"), a_city.clerk, "Sent to Walker77@TESTVILLE.invalid.")


@pytest.mark.parametrize("words", ["For example, robins nest there.", "In 2025 we had 010 such cases.", "Call 555-010-9999."])
def test_ordinary_words_that_look_a_little_alike_pass(a_city: TinyCity, words: str) -> None:
    triage.reply(an_appeal(a_city, **RESIDENT), a_city.clerk, words)

    assert Event.objects.get(kind="replied").words == words


@pytest.mark.parametrize("words", ["", " \x00\u202e ", "x" * 4001])
def test_missing_or_endless_reasons_are_refused(a_city: TinyCity, words: str) -> None:
    appeal = an_appeal(a_city)

    with pytest.raises(Invalid):
        triage.reject(appeal, a_city.clerk, words)
    assert again(appeal).state == "new"


def test_declining_ends_it_and_tells_the_resident(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, email="robin@testville.invalid")

    triage.reject(appeal, a_city.clerk, "This is private ground.")

    row = again(appeal)
    assert row.state == "rejected"
    assert row.closed_at is not None
    assert told(appeal, "rejected") == {"reporter"}


def test_closing_withdraws_the_visit(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    triage.accept(appeal, a_city.clerk)

    triage.close(appeal, a_city.clerk, "Somebody was quicker.")

    assert Task.objects.get().state == "could_not"


def test_rerouting_makes_it_new_for_the_other_service_with_a_decision(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, state="accepted", email="robin@testville.invalid")

    triage.reroute(appeal, a_city.clerk, a_city.departments["parks"], "It is in a park.")

    row = again(appeal)
    assert (row.state, row.department) == ("new", a_city.departments["parks"])
    assert row.decisions.latest("id").reason["from"]["code"] == "roads"
    assert told(appeal, "routed") == {"reporter", "department"}


def test_reopening_clears_the_end_and_leaves_the_story(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    triage.close(appeal, a_city.clerk, "Done by others.")

    triage.reopen(appeal, a_city.clerk, "It is back.")

    row = again(appeal)
    assert (row.state, row.closed_at) == ("accepted", None)
    assert story(appeal) == ["opened", "closed", "reopened"]


def test_a_held_appeal_moves_only_after_its_release(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, category="lamp", visibility="held", email="robin@testville.invalid")
    with pytest.raises(NotAllowed):
        triage.accept(appeal, a_city.clerk)

    triage.release(appeal, a_city.people["dispatcher"])

    row = again(appeal)
    assert (row.visibility, row.text_public) == ("public", True)
    assert told(appeal, "released") == {"reporter", "department"}
    with pytest.raises(NotAllowed):
        triage.release(appeal, a_city.people["dispatcher"])


def test_declining_a_held_one_writes_to_nobody(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, visibility="held", email="robin@testville.invalid")

    triage.reject(appeal, a_city.people["dispatcher"], "A flood.")

    assert not OutboxMessage.objects.exists()


def test_joining_carries_the_followers_along(a_city: TinyCity) -> None:
    first, second, third = (an_appeal(a_city, email=f"r{n}@testville.invalid") for n in range(3))
    triage.merge(third, second, a_city.clerk)
    triage.merge(second, first, a_city.clerk)
    assert again(third).parent_id == first.pk

    task = triage.accept(first, a_city.clerk)
    assert task is not None
    tasks.done(task, a_city.crew_member, "", [])

    event = Event.objects.get(appeal=first, kind="done")
    letters = OutboxMessage.objects.filter(payload__event=event.pk)
    assert {message.payload["appeal"] for message in letters} == {first.pk, second.pk, third.pk}


def test_joining_with_itself_with_a_joined_or_with_a_held_one_is_refused(a_city: TinyCity) -> None:
    one, two, three = (an_appeal(a_city) for _ in range(3))
    held = an_appeal(a_city, visibility="held")
    triage.merge(two, one, a_city.clerk)

    for into in (three, two, held):
        with pytest.raises(Invalid):
            triage.merge(three, into, a_city.clerk)
    assert again(three).state == "new"


def test_words_and_photos_are_shown_and_hidden_again(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, text="Look!")
    photo = Photo.objects.create(name="a" * 32, width=1, height=1, size=1, appeal=appeal)

    triage.show_words(appeal, a_city.clerk, public=True)
    photo.refresh_from_db()
    assert (again(appeal).text_public, photo.public) == (True, True)

    triage.show_words(appeal, a_city.clerk, public=False)
    photo.refresh_from_db()
    assert (again(appeal).text_public, photo.public) == (False, False)
    assert story(appeal) == ["opened", "shown", "hidden"]


def test_words_of_a_category_that_never_shows_them_stay_inside(a_city: TinyCity) -> None:
    with pytest.raises(NotAllowed):
        triage.show_words(an_appeal(a_city, category="noise"), a_city.clerk, public=True)
