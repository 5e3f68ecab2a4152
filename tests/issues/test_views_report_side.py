"""Close to a border beyond which another service is responsible, the form asks on which side the problem is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from issues.models import Appeal
from tests.factories import TinyCity
from tests.issues.borders import JUST_INSIDE, JUST_OUTSIDE, WELL_INSIDE, a_border
from tests.issues.forms import Form, form

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident(client: Client, a_city: TinyCity) -> Client:
    a_border(a_city)
    return client


def after_the_questions(client: Client, at: tuple[float, float], category: str = "pothole") -> Any:
    """The page that follows place, category and questions."""
    page = form(client.get("/report")).send(client, lon=at[0], lat=at[1])
    page = form(page).send(client, category=category)
    return form(page).send(client, q_depth="deep") if form(page).value("step") == "questions" else page


def sent(client: Client, page: Any, **changes: Any) -> Appeal:
    """Walk on to the end and send."""
    page = form(page).send(client, **changes)
    while form(page).value("step") != "contact":
        page = form(page).send(client)
    assert form(page).send(client, go="send").status_code == 303
    return Appeal.objects.select_related("department").get()


def step_of(answer: Any) -> str:
    return form(answer).value("step")


@pytest.mark.parametrize("at", [JUST_INSIDE, JUST_OUTSIDE])
def test_near_the_border_of_another_service_the_side_is_asked_with_both_services(
    resident: Client, at: tuple[float, float]
) -> None:
    page = after_the_questions(resident, at)
    text = page.content.decode()
    assert step_of(page) == "side"
    assert form(page).offered["side"] in (
        ["zones/ring", "zones/outer", "not-sure"],
        ["zones/outer", "zones/ring", "not-sure"],
    )
    for part in ("Ring", "Outer", "Park service", "Road service", "7 m", 'class="sketch-area"', 'class="sketch-area-beside"'):
        assert part in text


def test_well_inside_nothing_is_asked(resident: Client) -> None:
    assert step_of(after_the_questions(resident, WELL_INSIDE)) == "photo"


def test_where_the_same_service_is_responsible_on_both_sides_nothing_is_asked(resident: Client, a_city: TinyCity) -> None:
    # The rule of the ring cannot send anything to a closed service, so the road service has both sides.
    a_city.departments["parks"].active = False
    a_city.departments["parks"].save()
    page = after_the_questions(resident, JUST_OUTSIDE)
    assert step_of(page) == "photo"


@pytest.mark.parametrize("at", [JUST_INSIDE, JUST_OUTSIDE])
@pytest.mark.parametrize(("side", "service"), [("zones/ring", "parks"), ("zones/outer", "roads")])
def test_the_service_of_the_side_that_was_named_gets_it(
    resident: Client, at: tuple[float, float], side: str, service: str
) -> None:
    appeal = sent(resident, after_the_questions(resident, at), side=side)
    assert appeal.department.code == service
    assert appeal.flags == []


def test_the_last_page_says_who_gets_it_on_the_side_that_was_named(resident: Client) -> None:
    page = form(after_the_questions(resident, JUST_INSIDE)).send(resident, side="zones/outer")
    while step_of(page) != "contact":
        page = form(page).send(resident)
    text = page.content.decode()
    assert "on the side of “Outer”" in text
    assert 'class="sketch-pin"' in text


def test_who_is_not_sure_is_believed_and_the_place_is_checked(resident: Client) -> None:
    appeal = sent(resident, after_the_questions(resident, JUST_INSIDE), side="not-sure")
    assert appeal.department.code == "parks"
    assert appeal.flags == ["border"]


@pytest.mark.parametrize("side", ["", "zones/nowhere", "districts/east", "x" * 5000, "zones/ring\x00"])
def test_an_answer_that_was_not_offered_is_asked_again(resident: Client, side: str) -> None:
    page = form(after_the_questions(resident, JUST_INSIDE)).send(resident, side=side)
    if side.startswith("zones/ring"):  # what cannot be seen is dropped
        assert step_of(page) == "photo"
        return
    assert page.status_code == 422
    assert step_of(page) == "side"
    assert "Say on which side the problem is" in page.content.decode()


def test_a_side_written_into_the_last_page_by_hand_is_not_believed(resident: Client) -> None:
    page = form(after_the_questions(resident, JUST_INSIDE)).send(resident, side="zones/ring")
    while step_of(page) != "contact":
        page = form(page).send(resident)
    assert form(page).send(resident, go="send", side="districts/east").status_code == 303
    appeal = Appeal.objects.select_related("department").get()
    assert (appeal.department.code, appeal.flags) == ("parks", ["border"])


def test_a_side_is_forgotten_when_the_pin_moves_away_from_the_border(resident: Client) -> None:
    page = form(after_the_questions(resident, JUST_INSIDE)).send(resident, side="zones/outer")
    page = form(page).send(resident, go="to-place")
    page = form(page).send(resident, lon=WELL_INSIDE[0], lat=WELL_INSIDE[1], address="")
    appeal = sent(resident, page)
    assert (appeal.department.code, appeal.flags) == ("parks", [])


def test_another_language_and_the_way_back_keep_the_answer(resident: Client) -> None:
    page = form(after_the_questions(resident, JUST_INSIDE)).send(resident, go="lang-ru", side="zones/outer")
    assert step_of(page) == "side"
    assert "Внешняя" in page.content.decode()
    assert form(page).value("side") == "zones/outer"
    onward = form(page).send(resident)
    assert step_of(onward) == "photo"
    back = form(onward).send(resident, go="back")
    assert (step_of(back), form(back).value("side")) == ("side", "zones/outer")


def test_after_a_double_click_there_is_one_report_on_the_side_that_was_named(resident: Client) -> None:
    page = form(after_the_questions(resident, JUST_INSIDE)).send(resident, side="zones/outer")
    while step_of(page) != "contact":
        page = form(page).send(resident)
    last = Form(page.content.decode())
    assert last.send(resident, go="send")["Location"] == last.send(resident, go="send")["Location"]
    assert Appeal.objects.get().department.code == "roads"
