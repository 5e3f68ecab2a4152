"""The report form as a resident without JavaScript walks it, from the pin to the confirmation."""

import re
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gis_data.models import Address
from issues.models import Appeal, Category, Event
from notifications.models import OutboxMessage
from tests.factories import IN_EAST, IN_GAP, IN_WEST, TinyCity, an_appeal
from tests.issues.forms import Form, form

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident(client: Client, a_city: TinyCity) -> Client:
    Address.objects.create(source_id="1", text="1 West Street", point=Point(*IN_WEST, srid=4326))
    Address.objects.create(source_id="2", text="2 East Street", point=Point(*IN_EAST, srid=4326))
    return client


def at_contact(client: Client, at: tuple[float, float] = IN_WEST, **fields: Any) -> Form:
    """Walk to the last step with a pothole, answering what has to be answered."""
    page = form(client.get("/report")).send(client, lon=at[0], lat=at[1])
    page = form(page).send(client, category="pothole")
    while form(page).value("step") != "contact":
        page = form(page).send(client, **({"q_depth": "deep"} if form(page).value("step") == "questions" else {}))
    return Form(page.content.decode())


def step_of(answer: Any) -> str:
    return form(answer).value("step")


def test_the_whole_walk_ends_on_a_confirmation_with_reference_service_reason_and_link(resident: Client) -> None:
    page = resident.get("/report")
    page = form(page).send(resident, lon=IN_WEST[0], lat=IN_WEST[1])
    assert step_of(page) == "category"
    page = form(page).send(resident, category="pothole")
    assert step_of(page) == "questions"
    page = form(page).send(resident, q_depth="deep")
    assert step_of(page) == "photo"
    page = form(page).send(resident)
    assert step_of(page) == "details"
    page = form(page).send(resident, text="A hole as deep as a bucket.")
    assert step_of(page) == "contact"
    assert "Road service" in page.content.decode()
    sent = form(page).send(resident, go="send", email="resident@testville.invalid")
    assert sent.status_code == 303
    told = resident.get(sent["Location"])
    appeal = Appeal.objects.get()
    text = told.content.decode()
    assert f"{appeal.public_id[:4]}-{appeal.public_id[4:]}" in text
    assert "Road service" in text
    assert "is the work of Road service" in text
    assert re.search(r"http://testserver/t/[\w-]{22}<", text)
    assert appeal.address == "1 West Street"
    assert appeal.answers == {"depth": "deep"}
    assert OutboxMessage.objects.filter(payload__to="reporter").exists()


def test_the_last_step_costs_two_statements_and_no_session(resident: Client) -> None:
    last = at_contact(resident)
    fresh = Client(enforce_csrf_checks=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', fresh.get("/report").content.decode())
    assert token is not None
    with CaptureQueriesContext(
        connection,
    ) as asked:
        sent = fresh.post("/report", last.data(go="send", csrfmiddlewaretoken=token[1]))
    assert sent.status_code == 303
    assert len([one for one in asked if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "PREPARE"))]) == 2
    assert "sessionid" not in sent.cookies


def test_the_last_step_without_the_forgery_token_is_refused(resident: Client) -> None:
    answer = Client(enforce_csrf_checks=True).post("/report", at_contact(resident).data(go="send"))
    assert answer.status_code == 403
    assert not Appeal.objects.exists()


def test_a_double_submit_is_one_appeal_and_the_same_confirmation(resident: Client) -> None:
    last = at_contact(resident)
    first, second = (last.send(resident, go="send") for _time in range(2))
    assert first["Location"] == second["Location"]
    assert Appeal.objects.count() == 1
    assert Event.objects.count() == 1


def test_a_form_changed_after_sending_says_so_and_can_be_sent_as_a_report_of_its_own(resident: Client) -> None:
    last = at_contact(resident)
    last.send(resident, go="send")
    answer = last.send(resident, go="send", name="Somebody else")
    assert answer.status_code == 422
    assert "already sent" in answer.content.decode()
    again = form(answer).send(resident, go="send")
    assert again.status_code == 303
    assert Appeal.objects.count() == 2


def test_going_back_keeps_everything_that_was_typed(resident: Client) -> None:
    page = at_contact(resident).send(resident, go="back", name="Ann", email="ann@testville.invalid")
    assert step_of(page) == "details"
    page = form(page).send(resident, go="back", text="Two holes")
    page = form(page).send(resident, go="back")
    assert step_of(page) == "questions"
    assert 'value="deep" checked' in page.content.decode()
    page = form(page).send(resident, go="back")
    assert step_of(page) == "category"
    assert 'value="pothole" checked' in page.content.decode()
    whole = form(page)
    assert (whole.value("text"), whole.value("name"), whole.value("email")) == ("Two holes", "Ann", "ann@testville.invalid")


def test_a_change_link_on_the_last_page_leads_to_its_step_and_loses_nothing(resident: Client) -> None:
    page = at_contact(resident).send(resident, go="to-place", name="Ann")
    assert step_of(page) == "place"
    assert form(page).value("name") == "Ann"
    assert form(page).value("category") == "pothole"


def test_another_category_drops_answers_that_it_does_not_ask(resident: Client) -> None:
    page = at_contact(resident).send(resident, go="to-category")
    page = form(page).send(resident, category="tree")
    assert step_of(page) == "photo"
    assert form(page).value("q-depth") == ""


def test_an_address_is_found_without_javascript_and_chosen_as_a_radio_button(resident: Client) -> None:
    page = form(resident.get("/report")).send(resident, go="find", address="west str")
    assert step_of(page) == "place"
    (only,) = form(page).offered["pick"]
    page = form(page).send(resident, pick=only)
    assert step_of(page) == "category"
    assert form(page).value("address") == "1 West Street"


def test_continue_with_words_alone_finds_the_address_too(resident: Client) -> None:
    page = form(resident.get("/report")).send(resident, address="east str")
    assert form(page).offered["pick"]


def test_an_unknown_address_says_so_and_keeps_the_words(resident: Client) -> None:
    page = form(resident.get("/report")).send(resident, go="find", address="Nowhere Lane")
    assert page.status_code == 422
    assert "No such address" in page.content.decode()
    assert form(page).value("address") == "Nowhere Lane"


def test_too_few_letters_for_an_address_ask_for_more(resident: Client) -> None:
    page = form(resident.get("/report")).send(resident, go="find", address="2 ea")
    assert page.status_code == 422
    assert "Write more letters" in page.content.decode()
    assert form(page).value("address") == "2 ea"


def test_a_pin_far_from_the_typed_address_asks_which_one_is_meant(resident: Client) -> None:
    page = form(resident.get("/report")).send(resident, lon=IN_WEST[0], lat=IN_WEST[1], address="east street")
    assert step_of(page) == "place"
    keep, east, *_others = form(page).offered["pick"]
    assert form(form(page).send(resident, pick=keep)).value("address") == "1 West Street"
    assert form(form(page).send(resident, pick=east)).value("address") == "2 East Street"


def test_the_address_of_the_page_puts_the_pin(resident: Client) -> None:
    page = form(resident.get(f"/report?lat={IN_EAST[1]}&lon={IN_EAST[0]}"))
    assert (page.value("lat"), page.value("lon")) == ("50.040000", "10.070000")
    assert page.value("key")


def test_words_written_into_the_hidden_address_never_become_the_public_address(resident: Client) -> None:
    at_contact(resident).send(resident, go="send", address="Call 555-0100 for a bargain")
    assert Appeal.objects.get().address == ""


def test_open_reports_nearby_are_shown_before_the_form_goes_on(resident: Client, a_city: TinyCity) -> None:
    other = an_appeal(a_city, address="1 West Street")
    page = form(resident.get("/report")).send(resident, lon=IN_WEST[0], lat=IN_WEST[1])
    page = form(page).send(resident, category="pothole")
    assert step_of(page) == "nearby"
    assert f"/a/{other.public_id}" in page.content.decode()
    assert step_of(form(page).send(resident)) == "questions"


def test_an_emergency_category_stops_the_form_and_names_whom_to_call(resident: Client, a_city: TinyCity) -> None:
    Category.objects.filter(code="tree").update(emergency={"words": {"en": "Call the rescue service."}, "phone": "112"})
    page = form(resident.get("/report")).send(resident, lon=IN_WEST[0], lat=IN_WEST[1])
    page = form(page).send(resident, category="tree")
    text = page.content.decode()
    assert "Call the rescue service." in text
    assert 'href="tel:112"' in text
    assert ("go", "next") not in form(page).buttons
    assert step_of(form(page).send(resident, go="to-category")) == "category"


def test_a_required_question_left_open_is_named_on_its_own_page(resident: Client) -> None:
    page = form(resident.get("/report")).send(resident, lon=IN_WEST[0], lat=IN_WEST[1])
    page = form(page).send(resident, category="pothole")
    page = form(page).send(resident, q_where="By the gate")
    assert page.status_code == 422
    text = page.content.decode()
    assert 'href="#id_q-depth"' in text
    assert 'id="id_q-depth"' in text
    assert form(page).value("q-where") == "By the gate"


def test_a_category_is_found_by_a_word_of_its_name(resident: Client) -> None:
    page = form(resident.get("/report")).send(resident, lon=IN_WEST[0], lat=IN_WEST[1])
    page = form(page).send(resident, go="filter", wanted="LAMP")
    assert form(page).offered["category"] == ["lamp"]


def test_many_categories_are_folded_into_groups_with_a_search_box(resident: Client) -> None:
    for number in range(40):
        Category.objects.create(
            code=f"c{number}", names={"en": f"Kind {number}"}, group=f"g{number % 4}",
            group_names={"en": f"Group {number % 4}"}, valid=("2020-01-01", None),
        )  # fmt: skip
    page = form(resident.get("/report")).send(resident, lon=IN_WEST[0], lat=IN_WEST[1])
    assert page.content.decode().count('<details class="group">') == 6
    assert "wanted" in dict(form(page).fields)


def test_a_pin_in_a_gap_between_districts_is_taken_and_the_confirmation_says_so(resident: Client) -> None:
    sent = at_contact(resident, at=IN_GAP).send(resident, go="send")
    assert "between areas" in resident.get(sent["Location"]).content.decode()


def test_a_report_held_for_a_flood_is_kept_and_says_so(resident: Client, settings: Any) -> None:
    settings.FLOOD_LIMIT = 1
    at_contact(resident).send(resident, go="send")
    sent = at_contact(resident).send(resident, go="send")
    assert sent.status_code == 303
    assert "Nothing is lost" in resident.get(sent["Location"]).content.decode()
    assert Appeal.objects.filter(visibility="held").count() == 1


def test_the_form_speaks_russian(resident: Client) -> None:
    page = resident.get("/report", headers={"accept-language": "ru"})
    assert '<html lang="ru"' in page.content.decode()
    page = form(page).send(resident, lon=IN_WEST[0], lat=IN_WEST[1])
    last = Client(headers={"accept-language": "ru"})
    chosen = form(page).send(last, category="pothole")
    assert "Какой глубины?" in chosen.content.decode()


def test_changing_the_language_in_the_middle_loses_nothing_and_is_remembered(resident: Client) -> None:
    page = at_contact(resident).send(resident, go="to-details")
    page = form(page).send(resident, go="lang-ru", text="Typed in the middle")
    assert step_of(page) == "details"
    assert '<html lang="ru"' in page.content.decode()
    assert form(page).value("text") == "Typed in the middle"
    assert '<html lang="ru"' in resident.get("/report").content.decode()
    assert form(page).send(resident, go="lang-xx").status_code == 200


@pytest.mark.django_db
def test_somebody_with_an_account_finds_their_contact_filled_in(client: Client, a_city: TinyCity) -> None:
    client.force_login(a_city.people["resident"])
    page = client.get("/report").content.decode()
    assert 'name="email" value="resident@testville.invalid"' in page
    assert "resident@testville.invalid" not in Client().get("/report").content.decode()
