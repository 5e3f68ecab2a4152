"""Withdrawing what is scheduled, on its page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from gis_data.models import Boundary
from issues import jobs
from issues.models import RuleSet
from issues.routing.publish import publish_rules
from tests.factories import TinyCity
from tests.issues.withdrawing import boundaries, deciding, later, rules


def page_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


# Pages


def test_the_page_of_scheduled_rules_says_what_withdrawing_does_and_does_it(dispatcher: Client, a_city: TinyCity) -> None:
    draft = rules(a_city)
    publish_rules(draft, later(3), moves_open=True)
    address = f"/desk/routing/rules/{draft.pk}"
    assert "on their days “Rules of the city pack” keeps deciding" in page_of(dispatcher.get(address))

    answer = dispatcher.post(f"{address}/withdraw")

    assert (answer.status_code, answer["Location"]) == (302, address)
    page = page_of(dispatcher.get(address))
    assert "Withdrawn: these rules are a draft again." in page
    assert "Publish…" in page
    assert "Withdraw…" not in page
    assert deciding(3) == [a_city.rule_set]


def test_the_page_says_that_no_rules_are_left_where_none_are_in_force_before(dispatcher: Client, a_city: TinyCity) -> None:
    RuleSet.objects.update(valid="empty")
    draft = rules(a_city)
    publish_rules(draft, later(3), moves_open=True)
    assert "each report goes to the service of its category." in page_of(dispatcher.get(f"/desk/routing/rules/{draft.pk}"))


def test_rules_that_decide_show_no_way_to_withdraw_and_a_late_press_gets_a_sentence(dispatcher: Client, a_city: TinyCity) -> None:
    address = f"/desk/routing/rules/{a_city.rule_set.pk}"
    assert "Withdraw…" not in page_of(dispatcher.get(address))
    answer = dispatcher.post(f"{address}/withdraw")
    assert answer.status_code == 409
    assert "These rules have begun to decide" in page_of(answer)
    assert deciding(0) == [a_city.rule_set]


def test_the_page_of_scheduled_boundaries_says_what_withdrawing_does_and_does_it(dispatcher: Client, a_city: TinyCity) -> None:
    draft = boundaries(a_city)
    jobs.publish_boundaries(draft, later(3), moves_open=True)
    address = f"/desk/routing/drafts/{draft.pk}"
    assert "nothing changes: the areas of the day before stay" in page_of(dispatcher.get(address))

    answer = dispatcher.post(f"{address}/withdraw")

    assert (answer.status_code, answer["Location"]) == (302, address)
    page = page_of(dispatcher.get(address))
    assert "Withdrawn: these boundaries are a draft again." in page
    assert "Throw the draft away" in page
    assert "Withdraw…" not in page
    on_that_day = Boundary.objects.on(later(3)).filter(boundary_set=draft.boundary_set)
    assert {one.code: one.pk for one in on_that_day} == {code: a_city.boundaries[code].pk for code in ("west", "east")}


def test_boundaries_in_force_show_no_way_to_withdraw_and_a_late_press_gets_a_sentence(
    dispatcher: Client, a_city: TinyCity
) -> None:
    draft = boundaries(a_city)
    jobs.publish_boundaries(draft, later(0), moves_open=True)
    address = f"/desk/routing/drafts/{draft.pk}"
    assert "Withdraw…" not in page_of(dispatcher.get(address))
    answer = dispatcher.post(f"{address}/withdraw")
    assert answer.status_code == 409
    assert "These boundaries are in force and can no longer be withdrawn" in page_of(answer)


@pytest.mark.parametrize("who", ["clerk", "crew", "head", "resident"])
def test_others_do_not_withdraw(client: Client, a_city: TinyCity, who: str) -> None:
    draft, borders = rules(a_city), boundaries(a_city)
    publish_rules(draft, later(3), moves_open=True)
    jobs.publish_boundaries(borders, later(3), moves_open=True)
    client.force_login(a_city.people[who])
    assert client.post(f"/desk/routing/rules/{draft.pk}/withdraw").status_code == 403
    assert client.post(f"/desk/routing/drafts/{borders.pk}/withdraw").status_code == 403
    borders.refresh_from_db()
    assert (deciding(3), borders.state) == ([draft], "published")


@pytest.mark.parametrize("kind", ["rules", "drafts"])
def test_a_draft_a_second_press_a_look_and_what_is_not_there(dispatcher: Client, a_city: TinyCity, kind: str) -> None:
    found = rules(a_city) if kind == "rules" else boundaries(a_city)
    address = f"/desk/routing/{kind}/{found.pk}/withdraw"
    for _press in range(2):
        answer = dispatcher.post(address)
        assert answer.status_code == 409
        assert "not published: there is nothing to withdraw" in page_of(answer)
    assert dispatcher.get(address).status_code == 405
    assert dispatcher.post(f"/desk/routing/{kind}/999999/withdraw").status_code == 404
    assert dispatcher.post(f"/desk/routing/{kind}/west/withdraw").status_code == 404
