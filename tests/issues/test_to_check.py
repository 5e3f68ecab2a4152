"""What somebody has to look at: the desk's list "To check", flags in words, and the look that empties the list."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from issues import intake, triage
from issues.models import Appeal, Event, RoutingDecision
from issues.states import NotAllowed
from notifications.models import OutboxMessage
from tests.factories import IN_GAP, TinyCity, a_submission, an_appeal

pytestmark = pytest.mark.django_db


def desk(city: TinyCity, who: str) -> Client:
    client = Client()
    client.force_login(city.people[who])
    return client


def listed(client: Client) -> set[int]:
    return {appeal.pk for appeal in client.get("/desk?tab=check").context["appeals"]}


@pytest.mark.parametrize("flag", ["border", "gap", "open", "broken", "hops"])
def test_each_flag_that_asks_for_a_look_puts_an_open_report_on_the_list(a_city: TinyCity, flag: str) -> None:
    marked = an_appeal(a_city, flags=["no_location", flag])
    an_appeal(a_city, flags=["urgent", "no_location"])
    an_appeal(a_city, flags=[flag], state="done")
    an_appeal(a_city, flags=[flag], visibility="held")
    assert listed(desk(a_city, "dispatcher")) == {marked.pk}


def test_a_clerk_sees_what_is_marked_of_their_own_service_alone(a_city: TinyCity) -> None:
    mine = an_appeal(a_city, flags=["gap"])
    an_appeal(a_city, flags=["gap"], department=a_city.departments["parks"])
    nobodys = an_appeal(a_city, flags=["open"], department=None)
    assert listed(desk(a_city, "clerk")) == {mine.pk}
    assert nobodys.pk in listed(desk(a_city, "admin"))


def test_the_tab_says_how_many_there_are_within_the_filters(a_city: TinyCity) -> None:
    an_appeal(a_city, flags=["gap", "broken"])
    an_appeal(a_city, "tree", flags=["border"], department=a_city.departments["parks"])
    client = desk(a_city, "dispatcher")
    counts = [
        next(tab["count"] for tab in client.get(address).context["tabs"] if tab["code"] == "check")
        for address in ("/desk", "/desk?department=parks", "/desk?category=lamp")
    ]
    assert counts == ["2", "1", "0"]


def test_flags_stand_in_words_in_the_list_and_on_the_page(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, flags=["border", "urgent", "of_tomorrow"])
    client = desk(a_city, "clerk")
    for address in ("/desk", f"/desk/{appeal.public_id}"):
        text = client.get(address).content.decode()
        assert '<span class="tag late">urgent</span>' in text
        assert "border close by" in text
        assert "of_tomorrow" not in text


def test_a_broken_rule_is_named_even_after_the_report_went_on(a_city: TinyCity) -> None:
    a_city.departments["parks"].active = False
    a_city.departments["parks"].save()
    receipt = intake.submit(a_submission(lon=10.03, lat=50.02))
    appeal = Appeal.objects.get(public_id=receipt.public_id)
    assert "broken" in appeal.flags
    triage.refuse(appeal, a_city.clerk, "Not ours.")
    text = desk(a_city, "dispatcher").get(f"/desk/{appeal.public_id}").content.decode()
    assert "The rule “ring” should have decided and could not" in text


@pytest.mark.parametrize("who", ["clerk", "dispatcher", "admin"])
def test_a_look_at_the_place_empties_the_list_and_stands_in_the_history(a_city: TinyCity, who: str) -> None:
    appeal = an_appeal(a_city, flags=["border", "gap", "broken", "urgent", "hops"], email="who@testville.invalid")
    client = desk(a_city, who)
    assert "Place checked" in client.get(f"/desk/{appeal.public_id}").content.decode()

    answer = client.post(f"/desk/{appeal.public_id}/check")

    assert answer.status_code == 302
    appeal.refresh_from_db()
    assert appeal.flags == ["urgent", "hops"], "only whom it belongs to is left to a dispatcher"
    event = Event.objects.get(appeal=appeal, kind="checked")
    assert (event.actor, event.data) == (a_city.people[who], {"flags": ["border", "gap", "broken"]})
    assert not OutboxMessage.objects.filter(payload__event=event.pk).exists()
    assert "Place checked" not in client.get(f"/desk/{appeal.public_id}").content.decode().split('id="story"')[0]


def test_a_second_look_changes_nothing_and_says_so(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, flags=["gap"])
    client = desk(a_city, "clerk")
    client.post(f"/desk/{appeal.public_id}/check")
    answer = client.post(f"/desk/{appeal.public_id}/check")
    assert answer.status_code == 409
    assert "waits for a look" in answer.content.decode()
    assert Event.objects.filter(appeal=appeal, kind="checked").count() == 1


def test_the_look_is_the_offices_own_business(client: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, flags=["gap"])
    triage.check_place(appeal, a_city.clerk)
    assert "checked" not in client.get(f"/a/{appeal.public_id}").content.decode().lower()


@pytest.mark.parametrize("who", ["head", "clerk-parks", "crew", "resident"])
def test_others_cannot_say_that_the_place_was_checked(a_city: TinyCity, who: str) -> None:
    appeal = an_appeal(a_city, flags=["gap"])
    assert desk(a_city, who).post(f"/desk/{appeal.public_id}/check").status_code in {403, 404}
    appeal.refresh_from_db()
    assert appeal.flags == ["gap"]


def test_nobodys_report_is_settled_by_sending_it_somewhere(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, department=None, flags=["open"])
    with pytest.raises(NotAllowed):
        triage.check_place(appeal, a_city.people["dispatcher"])
    triage.reroute(appeal, a_city.people["dispatcher"], a_city.departments["roads"], "Yours.")
    assert listed(desk(a_city, "dispatcher")) == set()


def test_a_pin_in_a_gap_comes_to_the_list_by_itself(a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission(lon=IN_GAP[0], lat=IN_GAP[1]))
    assert listed(desk(a_city, "dispatcher")) == {Appeal.objects.get(public_id=receipt.public_id).pk}


# The crew that the rule names


def accepted_by(city: TinyCity, reason: dict[str, Any]) -> str | None:
    appeal = an_appeal(city)
    RoutingDecision.objects.create(appeal=appeal, department=city.departments["roads"], reason=reason)
    task = triage.accept(appeal, city.clerk)
    return task.crew.code if task else None


def test_the_crew_that_the_rule_named_is_proposed_before_the_one_whose_area_fits(a_city: TinyCity) -> None:
    assert accepted_by(a_city, {"how": "rule", "crew": {"code": "roads-all", "names": {}}}) == "roads-all"
    assert accepted_by(a_city, {"how": "rule"}) == "roads-west"


def test_the_crew_that_the_rule_named_may_have_another_area(a_city: TinyCity) -> None:
    a_city.crews["roads-all"].area = a_city.boundaries["east"]
    a_city.crews["roads-all"].save()
    assert accepted_by(a_city, {"how": "rule", "crew": {"code": "roads-all"}}) == "roads-all"


@pytest.mark.parametrize("crew", [{"code": "parks-east"}, {"code": "gone"}, {"code": None}, "roads-all", None, 7])
def test_a_crew_that_is_not_the_services_or_not_there_is_not_proposed(a_city: TinyCity, crew: Any) -> None:
    assert accepted_by(a_city, {"how": "rule", "crew": crew}) == "roads-west"


def test_a_crew_that_was_closed_since_is_not_proposed(a_city: TinyCity) -> None:
    a_city.crews["roads-all"].active = False
    a_city.crews["roads-all"].save()
    assert accepted_by(a_city, {"how": "rule", "crew": {"code": "roads-all"}}) == "roads-west"
