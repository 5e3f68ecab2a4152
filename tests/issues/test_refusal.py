"""A service says "not ours": the next in line gets it, everybody sees who refused and why, and circles end at a dispatcher."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Department
from issues import triage
from issues.errors import Invalid
from issues.models import Appeal, Event, RoutingDecision, RoutingRule, RuleSet, Task
from issues.routing.words import reason_in_words
from issues.states import NotAllowed
from tests.factories import FROM, TinyCity, an_appeal
from tests.issues.borders import JUST_INSIDE, a_border
from tests.issues.refusing import again, clerk_of, reported, who_has

pytestmark = pytest.mark.django_db


def last_reason(appeal: Appeal) -> dict[str, Any]:
    reason: dict[str, Any] = appeal.decisions.order_by("-id").values_list("reason", flat=True)[0]
    return reason


def test_the_next_service_in_line_gets_it_as_new_with_a_decision_and_a_public_change(a_city: TinyCity) -> None:
    appeal = reported()
    assert who_has(appeal) == "parks"

    got = triage.refuse(appeal, a_city.people["clerk-parks"], "This is a carriageway, not a park.")

    assert got == a_city.departments["roads"]
    assert (who_has(appeal), again(appeal).state) == ("roads", "new")
    reason = last_reason(appeal)
    assert (reason["how"], reason["from"]["code"], reason["department"]["code"]) == ("refused", "parks", "roads")
    assert [one["department"]["code"] for one in reason["runners_up"]] == ["town-hall"]
    event = Event.objects.get(appeal=appeal, kind="routed")
    assert event.data == {"department": "roads", "refused_by": "parks"}
    assert event.words == "This is a carriageway, not a park."


def test_a_service_that_had_it_already_and_a_closed_one_are_passed_over(a_city: TinyCity) -> None:
    appeal = reported()
    Department.objects.filter(code="roads").update(active=False)
    triage.refuse(appeal, a_city.people["clerk-parks"], "Not ours.")
    assert who_has(appeal) == "town-hall"
    triage.refuse(appeal, clerk_of(a_city, "town-hall"), "Not ours.")
    assert who_has(appeal) is None, "the road service is closed and the parks had it"


def test_with_nobody_left_a_dispatcher_decides_and_finds_it(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)  # taken over from elsewhere: nobody is next in line
    assert triage.refuse(appeal, a_city.clerk, "Not ours.") is None
    assert who_has(appeal) is None
    assert again(appeal).flags == ["open"]
    words = reason_in_words(last_reason(appeal))
    assert "there is no next service, so a dispatcher decides" in words
    assert Event.objects.get(appeal=appeal, kind="routed").data == {"department": "", "refused_by": "roads"}


def test_close_to_a_border_the_service_across_it_comes_first(a_city: TinyCity) -> None:
    a_border(a_city)
    with_rule(a_city, "outer", "outer", Department.objects.create(code="across", names={"en": "Service across"}))
    appeal = reported(JUST_INSIDE, side="not-sure")
    assert last_reason(appeal)["runners_up"][0]["department"]["code"] == "roads"
    triage.refuse(appeal, a_city.people["clerk-parks"], "It is on the other side.")
    assert who_has(appeal) == "across"


def with_rule(city: TinyCity, code: str, zone: str, department: Department) -> None:
    """A rule more in the set in force: what lies in the zone goes to the department."""
    rule_set = RuleSet.objects.filter(pk=city.rule_set.pk)
    rule_set.update(state="draft", valid=None)
    RoutingRule.objects.create(
        rule_set=city.rule_set,
        code=code,
        boundary_set=city.sets["zones"],
        boundary_code=zone,
        department=department,
        valid=(FROM, None),
    )
    rule_set.update(state="published", valid=(None, None))


def test_the_third_hop_goes_to_a_dispatcher(a_city: TinyCity) -> None:
    Department.objects.create(code="fourth", names={"en": "Fourth service"})
    appeal = reported()
    triage.refuse(appeal, a_city.people["clerk-parks"], "Not ours.")
    triage.reroute(appeal, a_city.clerk, a_city.departments["parks"], "It is theirs.")
    assert who_has(appeal) == "parks", "a clerk may insist once"

    assert triage.refuse(appeal, a_city.people["clerk-parks"], "It is not.") is None

    assert who_has(appeal) is None
    assert "hops" in again(appeal).flags
    assert last_reason(appeal)["hops"] == 3
    assert "not theirs either, so a dispatcher decides" in reason_in_words(last_reason(appeal))


def test_a_clerk_cannot_pass_it_on_a_third_time_whatever_service_is_chosen(a_city: TinyCity) -> None:
    appeal = reported()
    triage.refuse(appeal, a_city.people["clerk-parks"], "Not ours.")
    triage.refuse(appeal, a_city.clerk, "Not ours.")
    assert who_has(appeal) == "town-hall"

    assert triage.reroute(appeal, clerk_of(a_city, "town-hall"), a_city.departments["parks"], "Theirs.") is None

    assert who_has(appeal) is None
    reason = last_reason(appeal)
    assert (reason["how"], reason["hops"], reason["wanted"]["code"]) == ("refused", 3, "parks")
    assert Event.objects.filter(appeal=appeal).last().data == {"department": "", "refused_by": "town-hall"}


def test_staff_read_whom_the_clerk_wanted_the_third_time_and_the_resident_does_not(client: Client, a_city: TinyCity) -> None:
    appeal = reported()
    triage.refuse(appeal, a_city.people["clerk-parks"], "Not ours.")
    triage.refuse(appeal, a_city.clerk, "Not ours.")
    triage.reroute(appeal, clerk_of(a_city, "town-hall"), a_city.departments["parks"], "Theirs.")
    refused = "Town hall said that it is not theirs either, so a dispatcher decides who gets it."
    reason = last_reason(appeal)

    assert reason_in_words(reason, "en", for_staff=True) == f"{refused} Town hall wanted to send it to Park service."
    assert reason_in_words(reason, "en") == refused
    client.force_login(a_city.people["dispatcher"])
    assert "Town hall wanted to send it to Park service." in client.get(f"/desk/{appeal.public_id}").content.decode()
    assert "wanted to send" not in Client().get(f"/a/{appeal.public_id}").content.decode()


def test_staff_read_who_would_have_been_next_when_nobody_was_named(a_city: TinyCity) -> None:
    appeal = reported()
    for clerk, service in (("clerk-parks", "roads"), ("clerk", "parks")):
        triage.reroute(appeal, a_city.people[clerk], a_city.departments[service], "Theirs.")
    assert triage.refuse(appeal, a_city.people["clerk-parks"], "Not ours.") is None
    refused = "Park service said that it is not theirs either, so a dispatcher decides who gets it."
    assert reason_in_words(last_reason(appeal), "en", for_staff=True) == f"{refused} Next in line: Town hall."
    assert reason_in_words(last_reason(appeal), "en") == refused


@pytest.mark.parametrize("wanted", [None, "parks", 7, [], {}, {"names": {}}, {"code": ""}])
def test_a_wanted_service_that_cannot_be_read_is_not_spoken_of(wanted: Any) -> None:
    reason = {"how": "refused", "from": {"code": "roads"}, "department": None, "hops": 3, "wanted": wanted, "runners_up": "x"}
    assert reason_in_words(reason, "en", for_staff=True) == reason_in_words(reason, "en")


def test_a_refusal_with_a_next_service_says_the_same_to_everybody(a_city: TinyCity) -> None:
    appeal = reported()
    triage.refuse(appeal, a_city.people["clerk-parks"], "Not ours.")
    assert reason_in_words(last_reason(appeal), "en", for_staff=True) == reason_in_words(last_reason(appeal), "en")


@pytest.mark.parametrize("who", ["dispatcher", "admin"])
def test_what_a_dispatcher_decides_settles_the_flags_and_starts_the_count_anew(a_city: TinyCity, who: str) -> None:
    appeal = reported()
    Appeal.objects.filter(pk=appeal.pk).update(flags=["border", "gap", "broken", "urgent", "no_location"])
    for clerk, service in (("clerk-parks", "roads"), ("clerk", "parks"), ("clerk-parks", "roads")):
        triage.reroute(appeal, a_city.people[clerk], a_city.departments[service], "Theirs.")
    assert who_has(appeal) is None

    triage.reroute(appeal, a_city.people[who], a_city.departments["roads"], "You have it.")

    assert (who_has(appeal), again(appeal).flags) == ("roads", ["urgent", "no_location"])
    triage.reroute(appeal, a_city.clerk, a_city.departments["parks"], "Theirs.")
    assert who_has(appeal) == "parks", "the count began anew"
    for _time in range(5):
        for service in ("town-hall", "parks"):
            triage.reroute(appeal, a_city.people[who], a_city.departments[service], "Moving it freely.")
    assert who_has(appeal) == "parks"


def test_refusing_withdraws_the_visit_and_keeps_flags_that_ask_for_a_look(a_city: TinyCity) -> None:
    appeal = reported()
    Appeal.objects.filter(pk=appeal.pk).update(flags=["border"])
    triage.reroute(appeal, a_city.people["dispatcher"], a_city.departments["roads"], "Yours.")
    Appeal.objects.filter(pk=appeal.pk).update(flags=["border"])
    triage.accept(appeal, a_city.clerk)
    triage.refuse(appeal, a_city.clerk, "Seen on the spot: not ours.")
    assert Task.objects.get(appeal=appeal).state == "could_not"
    assert (again(appeal).state, again(appeal).flags) == ("new", ["border"])


@pytest.mark.parametrize("state", ["started", "done", "rejected", "closed"])
def test_work_that_began_or_ended_cannot_be_refused(a_city: TinyCity, state: str) -> None:
    appeal = an_appeal(a_city, state=state)
    with pytest.raises(NotAllowed):
        triage.refuse(appeal, a_city.clerk, "Not ours.")
    assert RoutingDecision.objects.filter(appeal=appeal).count() == 1


def test_a_held_one_nobodys_and_one_without_words_are_not_refused(a_city: TinyCity) -> None:
    for appeal in (an_appeal(a_city, visibility="held"), an_appeal(a_city, department=None)):
        with pytest.raises(NotAllowed) as refused:
            triage.refuse(appeal, a_city.people["admin"], "Not ours.")
        assert str(refused.value)
    with pytest.raises(Invalid):
        triage.refuse(an_appeal(a_city), a_city.clerk, " \x00 ")
    assert not Event.objects.filter(kind="routed").exists()


def test_a_refusal_must_not_name_the_resident(a_city: TinyCity) -> None:
    appeal = reported(name="Robin Example")
    with pytest.raises(Invalid):
        triage.refuse(appeal, a_city.people["clerk-parks"], "Robin should ask the road service.")


def test_a_reason_that_cannot_be_read_sends_it_to_a_dispatcher(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    strange = {"how": "rule", "runners_up": [1, {"department": "roads"}, {"department": {"code": "nobody"}}], "border": "x"}
    RoutingDecision.objects.create(appeal=appeal, department=a_city.departments["roads"], reason=strange)
    assert triage.refuse(appeal, a_city.clerk, "Not ours.") is None
