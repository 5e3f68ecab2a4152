"""The desk by its public doors: what a clerk sees, may do, and is told when something is not possible."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from issues.models import Appeal, Event, Task
from issues.views import desk_queue
from notifications.models import OutboxMessage
from tests.factories import IN_EAST, TinyCity, a_submission, an_appeal


@pytest.fixture
def clerk(client: Client, a_city: TinyCity) -> Client:
    client.force_login(a_city.clerk)
    return client


def logged_in(city: TinyCity, who: str) -> Client:
    client = Client()
    client.force_login(city.people[who])
    return client


def test_the_queue_shows_the_late_ones_first(clerk: Client, a_city: TinyCity) -> None:
    now = timezone.now()
    later = an_appeal(a_city, due_at=now + dt.timedelta(days=2))
    late = an_appeal(a_city, due_at=now - dt.timedelta(days=2))
    without = an_appeal(a_city, due_at=None)
    shown = [appeal.pk for appeal in clerk.get("/desk").context["appeals"]]
    assert shown == [late.pk, later.pk, without.pk]


def test_a_clerk_sees_only_what_the_service_gets(clerk: Client, a_city: TinyCity) -> None:
    mine = an_appeal(a_city)
    theirs = an_appeal(a_city, department=a_city.departments["parks"])
    page = clerk.get("/desk").content.decode()
    assert mine.public_id[:4] in page
    assert theirs.public_id[:4] not in page
    assert clerk.get(f"/desk/{theirs.public_id}").status_code == 404
    assert clerk.post(f"/desk/{theirs.public_id}/accept").status_code == 404


def test_the_pages_of_a_long_queue_follow_each_other_without_gaps(
    clerk: Client, a_city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_queue, "PAGE", 3)
    now = timezone.now()
    dues = [now, now, now, None, None, now + dt.timedelta(hours=1), None, now - dt.timedelta(hours=1)]
    expected = {an_appeal(a_city, due_at=due).pk for due in dues}
    seen: list[int] = []
    address = "/desk"
    while address:
        answer = clerk.get(address)
        seen += [appeal.pk for appeal in answer.context["appeals"]]
        following = answer.context["next_address"]
        address = f"/desk{following}" if following else ""
    assert len(seen) == len(expected)
    assert set(seen) == expected


@pytest.mark.parametrize("rows", [2, 20])
def test_the_queue_costs_the_same_number_of_queries_for_any_length(
    clerk: Client, a_city: TinyCity, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        an_appeal(a_city)
    with django_assert_max_num_queries(14):
        clerk.get("/desk")


@pytest.mark.parametrize(
    "query",
    ["tab=nothing", "after=x", "after=2026-01-01T00:00:00_5", "category=%00", "after=9999-99-99_1", "department=" + "x" * 200],
)
def test_a_damaged_address_gets_a_sentence(clerk: Client, query: str) -> None:
    answer = clerk.get(f"/desk?{query}")
    assert answer.status_code == 400
    assert "cannot be shown" in answer.content.decode()


def test_a_moment_of_an_impossible_time_zone_is_a_place_in_the_list(clerk: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    for offset in ("+23:59", "-23:59"):
        assert list(clerk.get("/desk", {"after": f"2001-01-01T00:00:00{offset}_1"}).context["appeals"]) == [appeal]


@pytest.mark.parametrize(("action", "field"), [("assign", "crew"), ("accept", "crew"), ("reroute", "department")])
def test_a_code_with_a_nul_is_a_wrong_choice(clerk: Client, a_city: TinyCity, action: str, field: str) -> None:
    appeal = an_appeal(a_city)
    assert clerk.post(f"/desk/{appeal.public_id}/{action}", {field: "\0", "day": "2026-05-14"}).status_code == 422


def test_a_reference_is_found_however_it_is_typed(clerk: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, state="done")
    typed = f" {appeal.public_id[:4].lower()}-{appeal.public_id[4:].lower()} "
    assert [one.pk for one in clerk.get("/desk", {"reference": typed}).context["appeals"]] == [appeal.pk]
    assert list(clerk.get("/desk", {"reference": "what?"}).context["appeals"]) == []


def test_accepting_gives_it_to_the_crew_whose_area_covers_the_pin(clerk: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    answer = clerk.post(f"/desk/{appeal.public_id}/accept", follow=True)
    assert "Crew roads-west" in answer.content.decode()
    assert Task.objects.get(appeal=appeal).crew == a_city.crews["roads-west"]
    appeal.refresh_from_db()
    assert appeal.state == "planned"


def test_a_second_click_on_accept_changes_nothing_and_says_so(clerk: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    clerk.post(f"/desk/{appeal.public_id}/accept")
    before = Event.objects.filter(appeal=appeal).count()
    answer = clerk.post(f"/desk/{appeal.public_id}/accept")
    assert answer.status_code == 409
    assert "no longer possible" in answer.content.decode()
    assert Event.objects.filter(appeal=appeal).count() == before


def test_a_refused_assignment_keeps_what_was_typed(clerk: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    clerk.post(f"/desk/{appeal.public_id}/accept")
    answer = clerk.post(f"/desk/{appeal.public_id}/assign", {"crew": "roads-all", "day": "tomorrow"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Choose a day" in page
    assert '<option value="roads-all" selected>' in page
    other = clerk.post(f"/desk/{appeal.public_id}/assign", {"crew": "parks-east", "day": "2026-05-14"})
    assert other.status_code == 422


def test_a_reply_is_public_words_and_escaped(clerk: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    clerk.post(f"/desk/{appeal.public_id}/reply", {"text": "We look at it <script>alert(1)</script>"})
    page = clerk.get(f"/desk/{appeal.public_id}").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("action", ["reply", "reject", "close"])
def test_words_are_needed_where_the_resident_reads_them(clerk: Client, a_city: TinyCity, action: str) -> None:
    appeal = an_appeal(a_city)
    answer = clerk.post(f"/desk/{appeal.public_id}/{action}", {"text": "   "})
    assert answer.status_code == 422
    appeal.refresh_from_db()
    assert appeal.state == "new"


def test_sending_it_to_another_service_takes_it_off_the_desk(clerk: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    answer = clerk.post(f"/desk/{appeal.public_id}/reroute", {"department": "parks", "text": "The park's own path."})
    assert answer.status_code == 302
    assert answer["Location"] == "/desk"
    assert clerk.get(f"/desk/{appeal.public_id}").status_code == 404
    assert logged_in(a_city, "clerk-parks").get(f"/desk/{appeal.public_id}").status_code == 200


def test_only_a_dispatcher_releases_what_was_held(a_city: TinyCity) -> None:
    held = an_appeal(a_city, visibility="held")
    dispatcher = logged_in(a_city, "dispatcher")
    assert [one.pk for one in dispatcher.get("/desk?tab=held").context["appeals"]] == [held.pk]
    assert list(dispatcher.get("/desk").context["appeals"]) == []
    assert "Release" in dispatcher.get(f"/desk/{held.public_id}").content.decode()
    dispatcher.post(f"/desk/{held.public_id}/release")
    held.refresh_from_db()
    assert held.visibility == "public"


def test_a_service_without_crews_marks_it_as_fixed_and_the_resident_is_told(clerk: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, email="resident@testville.invalid")
    assert clerk.post(f"/desk/{appeal.public_id}/fix", {"text": ""}).status_code == 422
    clerk.post(f"/desk/{appeal.public_id}/fix", {"text": "Filled by the contractor."})
    appeal.refresh_from_db()
    assert appeal.state == "done"
    event = Event.objects.get(appeal=appeal, kind="done")
    assert event.words == "Filled by the contractor."
    assert OutboxMessage.objects.filter(payload__event=event.pk, payload__to="reporter").exists()


def test_a_clerk_cannot_release_what_was_held(clerk: Client, a_city: TinyCity) -> None:
    held = an_appeal(a_city, visibility="held")
    clerk.post(f"/desk/{held.public_id}/release")
    held.refresh_from_db()
    assert held.visibility == "held"


def test_a_head_reads_and_does_not_act(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    head = logged_in(a_city, "head")
    page = head.get(f"/desk/{appeal.public_id}")
    assert page.status_code == 200
    assert "/accept" not in page.content.decode()
    assert head.post(f"/desk/{appeal.public_id}/accept").status_code == 403


def test_an_appeal_without_a_place_says_so_and_is_not_drawn(clerk: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, at=None, flags=["no_location"])
    answer = clerk.get("/desk")
    assert "no place" in answer.content.decode()
    assert answer.context["map"]["features"]["features"] == []
    assert "has no place" in clerk.get(f"/desk/{appeal.public_id}").content.decode()


def test_joining_needs_a_report_of_the_own_lists(clerk: Client, a_city: TinyCity) -> None:
    one, other = an_appeal(a_city), an_appeal(a_city)
    elsewhere = an_appeal(a_city, at=IN_EAST, department=a_city.departments["parks"])
    assert clerk.post(f"/desk/{one.public_id}/merge", {"reference": elsewhere.public_id}).status_code == 422
    clerk.post(f"/desk/{one.public_id}/merge", {"reference": other.public_id})
    one.refresh_from_db()
    assert (one.parent, one.state) == (other, "closed")


def test_the_contact_of_the_reporter_is_for_staff_pages_alone(clerk: Client, a_city: TinyCity) -> None:
    from issues import intake

    receipt = intake.submit(a_submission(email="somebody@example.org"))
    assert "somebody@example.org" in clerk.get(f"/desk/{receipt.public_id}").content.decode()
    assert "somebody@example.org" not in Client().get(f"/a/{receipt.public_id}").content.decode()


def test_unknown_actions_and_references_are_not_found(clerk: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    assert clerk.post(f"/desk/{appeal.public_id}/explode").status_code == 404
    assert clerk.get("/desk/NOTHERE1").status_code == 404
    assert clerk.get(f"/desk/{appeal.public_id}/accept").status_code == 405
    assert Appeal.objects.get(pk=appeal.pk).state == "new"
