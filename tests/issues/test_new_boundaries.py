"""The first day of new boundaries: who is left in an area that ended, who is told, and what facts of earlier reports say."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from accounts.areas import left_behind
from accounts.models import Crew, Membership, Role, User
from gis_data import city_time
from gis_data.models import Boundary, BoundaryDraft, BoundarySet, City, DraftArea
from issues import batch_notice, intake, jobs, new_boundaries, triage
from issues.models import Appeal, AppealFacts, RoutingDecision
from issues.routing import derive
from notifications import outbox
from notifications.models import OutboxMessage
from tests import factories
from tests.factories import IN_EAST, TinyCity, a_submission, an_appeal, box


def a_draft(group: BoundarySet, **areas: tuple[float, float, float, float]) -> BoundaryDraft:
    """A draft of a set with these areas, by code."""
    draft = BoundaryDraft.objects.create(
        boundary_set=group, title="New", columns=["code"], code_column="code", name_columns={"en": "code"}
    )
    for row, (code, corners) in enumerate(areas.items(), start=1):
        DraftArea.objects.create(draft=draft, row=row, properties={"code": code}, geometry=box(*corners))
    return draft


@pytest.fixture
def without_west(a_city: TinyCity) -> BoundaryDraft:
    """One district for all: the crew and the clerk of the west have none any more."""
    return a_draft(a_city.sets["districts"], east=(10.0, 50.0, 10.09, 50.05))


def publish(draft: BoundaryDraft, *, moves_open: bool = True) -> None:
    """Published for today, and all that follows carried out."""
    jobs.publish_boundaries(draft, city_time.today(), moves_open=moves_open)
    while outbox.work_off().done:
        pass


def to_administrators() -> list[dict[str, Any]]:
    """What waits in the outbox for administrators."""
    return list(OutboxMessage.objects.filter(payload__has_key="administrator").order_by("id").values_list("payload", flat=True))


# Who is left


def test_crews_and_people_in_an_area_that_ended_are_found_and_those_who_can_follow_are_not(a_city: TinyCity) -> None:
    today = city_time.today()
    ended, grows = a_city.boundaries["west"], a_city.boundaries["east"]
    Boundary.objects.filter(pk__in=[ended.pk, grows.pk]).update(valid=(factories.FROM, today))
    Boundary.objects.create(
        boundary_set=grows.boundary_set, code="east", names=grows.names, geometry=grows.geometry, valid=(today, None)
    )
    assert left_behind(today - dt.timedelta(days=1)) == []
    assert [one.who for one in left_behind(today)] == ["Crew roads-west", "Testville clerk-west (clerk)"]


def test_a_crew_that_is_no_more_and_somebody_who_left_are_not_named(a_city: TinyCity, without_west: BoundaryDraft) -> None:
    Crew.objects.filter(code="roads-west").update(active=False)
    User.objects.filter(email="clerk-west@testville.invalid").update(is_active=False)
    publish(without_west)
    assert left_behind(city_time.today()) == []
    assert to_administrators() == []


def test_an_area_that_is_still_to_come_has_not_ended_and_one_that_was_withdrawn_has(a_city: TinyCity) -> None:
    today = city_time.today()
    row = {"boundary_set": a_city.sets["zones"], "names": {"en": "Soon"}, "geometry": box(10.0, 50.0, 10.01, 50.01)}
    soon = Boundary.objects.create(**row, code="soon", valid=(today + dt.timedelta(days=9), None))
    gone = Boundary.objects.create(**row, code="gone", valid="empty")
    Crew.objects.filter(code="roads-west").update(area=soon)
    Crew.objects.filter(code="parks-east").update(area=gone)
    assert [(one.who, one.area.code) for one in left_behind(today)] == [("Crew parks-east", "gone")]


# Who is told


def test_an_administrator_reads_who_is_left_and_in_which_area(
    a_city: TinyCity, without_west: BoundaryDraft, mailoutbox: list[Any]
) -> None:
    publish(without_west)

    (letter,) = [one for one in mailoutbox if one.to == ["admin@testville.invalid"]]
    assert letter.subject == "2 crews or people work in areas that have ended"
    assert "The boundaries of “Districts” have changed." in letter.body
    assert "\n- Crew roads-west: “West” (west)\n- Testville clerk-west (clerk): “West” (west)\n" in letter.body
    assert letter.body.count("/desk/routing") == 1
    assert "@testville.invalid" not in letter.body


def test_the_letter_is_in_the_language_of_the_city(a_city: TinyCity, without_west: BoundaryDraft, mailoutbox: list[Any]) -> None:
    City.objects.update(languages=["ru", "en"])
    publish(without_west)
    (letter,) = [one for one in mailoutbox if one.to == ["admin@testville.invalid"]]
    assert "Бригада roads-west: “Запад” (west)" in letter.body


def test_every_active_administrator_has_one_letter_a_publication_and_others_have_none(
    a_city: TinyCity, without_west: BoundaryDraft
) -> None:
    second = User.objects.create_user("second@testville.invalid", "testville")
    Membership.objects.create(user=second, role=Role.ADMIN)
    Membership.objects.create(user=second, role=Role.ADMIN, department=a_city.departments["parks"])
    gone = User.objects.create_user("gone@testville.invalid", "testville", is_active=False)
    Membership.objects.create(user=gone, role=Role.ADMIN)
    root = User.objects.create_superuser("root@testville.invalid", "testville")
    jobs.publish_boundaries(without_west, city_time.today(), moves_open=True)

    jobs.move_open({"boundary_draft": without_west.pk})
    jobs.move_open({"boundary_draft": without_west.pk})

    told = sorted(one["administrator"] for one in to_administrators())
    assert told == sorted([a_city.people["admin"].pk, second.pk, root.pk])
    assert {key for one in to_administrators() for key in one} == {"boundary_draft", "administrator"}, "no personal data"


def test_another_publication_of_the_set_is_another_letter_and_one_of_another_set_is_none(
    a_city: TinyCity, without_west: BoundaryDraft
) -> None:
    publish(without_west)
    publish(a_draft(a_city.sets["zones"], ring=(10.02, 50.01, 10.06, 50.03)))
    assert [one["boundary_draft"] for one in to_administrators()] == [without_west.pk]
    again = a_draft(a_city.sets["districts"], east=(10.0, 50.0, 10.08, 50.05))
    publish(again)
    assert [one["boundary_draft"] for one in to_administrators()] == [without_west.pk, again.pk]


def test_nobody_is_told_when_everybody_follows(a_city: TinyCity) -> None:
    publish(a_draft(a_city.sets["districts"], west=(10.0, 50.0, 10.02, 50.05), east=(10.02, 50.0, 10.09, 50.05)))
    assert to_administrators() == []
    assert Crew.objects.get(code="roads-west").area != a_city.boundaries["west"]


def test_a_letter_tells_what_is_so_when_it_is_written(
    a_city: TinyCity, without_west: BoundaryDraft, mailoutbox: list[Any]
) -> None:
    jobs.publish_boundaries(without_west, city_time.today(), moves_open=False)
    jobs.move_open({"boundary_draft": without_west.pk})
    (payload,) = to_administrators()
    Crew.objects.filter(code="roads-west").update(area=None)
    batch_notice.deliver(payload)
    assert mailoutbox[0].subject == "1 crew or person works in an area that has ended"
    Membership.objects.filter(area__isnull=False).delete()
    batch_notice.deliver(payload)
    Membership.objects.filter(role=Role.ADMIN).delete()
    batch_notice.deliver(payload)
    assert len(mailoutbox) == 1


def test_the_letter_and_the_new_areas_are_there_together_or_not_at_all(a_city: TinyCity, without_west: BoundaryDraft) -> None:
    jobs.publish_boundaries(without_west, city_time.today(), moves_open=False)
    without_west.refresh_from_db()
    before = Crew.objects.get(code="parks-east").area_id
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notifications_outboxmessage ADD CONSTRAINT no_letters CHECK (kind <> 'batch-mail')")
        with pytest.raises(IntegrityError):
            new_boundaries.begin(without_west, city_time.today())
        assert Crew.objects.get(code="parks-east").area_id == before
        cursor.execute("ALTER TABLE notifications_outboxmessage DROP CONSTRAINT no_letters")

    new_boundaries.begin(without_west, city_time.today())

    assert Crew.objects.get(code="parks-east").area_id != before
    assert len(to_administrators()) == 1


def test_the_workshop_says_who_works_in_an_area_that_has_ended(
    client: Client, a_city: TinyCity, without_west: BoundaryDraft
) -> None:
    client.force_login(a_city.people["dispatcher"])
    assert "that has ended" not in client.get("/desk/routing").content.decode()
    publish(without_west)
    page = client.get("/desk/routing").content.decode()
    assert "2 crews or people work in areas that have ended" in page
    assert 'Crew roads-west: <a href="/desk/routing/sets/districts">West (west)</a>' in page
    assert "Testville clerk-west (clerk)" in page


# What facts say


@pytest.fixture
def parishes(a_city: TinyCity) -> BoundarySet:
    """A set that was made in the workshop; its rest goes to the town hall's neighbour, the parks."""
    return BoundarySet.objects.create(code="parishes", names={"en": "Parishes"}, fallback_department="parks")


def noise(**changes: Any) -> Appeal:
    """A report that no rule and no category sends anywhere."""
    receipt = intake.submit(a_submission(category="noise", answers={}, **changes))
    return Appeal.objects.get(public_id=receipt.public_id)


def parish_of(appeal: Appeal) -> str | None:
    found: str | None = AppealFacts.objects.select_related("key").get(pk=appeal.pk).key.key["at"].get("parishes")
    return found


@pytest.mark.parametrize(("moves_open", "department"), [(True, "parks"), (False, "town-hall")])
def test_the_first_boundaries_of_a_set_are_learned_by_all_and_open_reports_still_move(
    a_city: TinyCity, parishes: BoundarySet, moves_open: bool, department: str
) -> None:
    waiting, done, elsewhere = noise(), noise(), noise(lon=IN_EAST[0], lat=IN_EAST[1])
    triage.close(done, a_city.people["admin"], "Nothing to do there.")
    decisions = list(RoutingDecision.objects.order_by("pk").values())

    publish(a_draft(parishes, north=(10.0, 50.03, 10.04, 50.05)), moves_open=moves_open)

    assert (parish_of(waiting), parish_of(done), parish_of(elsewhere)) == ("north", "north", None)
    waiting.refresh_from_db()
    done.refresh_from_db()
    assert waiting.department == a_city.departments[department]
    assert done.department == a_city.departments["town-hall"]
    assert list(RoutingDecision.objects.order_by("pk").values())[: len(decisions)] == decisions
    assert RoutingDecision.objects.count() == len(decisions) + moves_open


def test_later_boundaries_of_a_set_leave_what_finished_reports_were_decided_on(a_city: TinyCity, parishes: BoundarySet) -> None:
    done = an_appeal(a_city, at=IN_EAST, state="done")
    derive.derive([done.pk])
    Boundary.objects.create(
        boundary_set=parishes,
        code="north",
        names={"en": "N"},
        geometry=box(10.0, 50.03, 10.04, 50.05),
        valid=(factories.FROM, None),
    )
    publish(a_draft(parishes, north=(10.0, 50.03, 10.09, 50.05)))
    assert parish_of(done) is None


def test_what_one_turn_cannot_learn_is_asked_for_again(
    a_city: TinyCity, parishes: BoundarySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derive, "STEP", 1)
    monkeypatch.setattr(new_boundaries, "_SECONDS", 0.0)
    done = [an_appeal(a_city, state="done") for _number in range(3)]
    derive.derive_missing()
    draft = a_draft(parishes, north=(10.0, 50.03, 10.04, 50.05))
    jobs.publish_boundaries(draft, city_time.today(), moves_open=True)
    jobs.move_open({"boundary_draft": draft.pk})
    assert [parish_of(one) for one in done].count("north") == 1

    while outbox.work_off().done:
        pass

    assert [parish_of(one) for one in done] == ["north"] * 3
    assert not OutboxMessage.objects.filter(done_at=None).exists()
