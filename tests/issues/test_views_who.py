"""Who is responsible for a place and why: the page, and the same as JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gis_data.models import Address
from issues.models import Appeal, RuleSet
from tests.factories import IN_EAST, IN_GAP, IN_RING_WEST, IN_WEST, NOWHERE, OUTSIDE, TinyCity
from tests.issues.borders import JUST_INSIDE, a_border
from tests.issues.forms import form

pytestmark = pytest.mark.django_db


def asked(at: tuple[float, float] = IN_WEST, category: str = "pothole", **more: Any) -> str:
    return urlencode({"lat": at[1], "lon": at[0], "category": category, **more})


def page(client: Client, query: str) -> str:
    return str(client.get(f"/who?{query}").content.decode())


def answer(client: Client, query: str) -> Any:
    return client.get(f"/who.json?{query}").json()


# The page


def test_the_page_names_the_service_the_reason_and_a_way_to_report(client: Client, a_city: TinyCity) -> None:
    Address.objects.create(source_id="1", text="1 West Street", point=Point(*IN_WEST, srid=4326))
    text = page(client, asked())
    assert "<h1>Road service</h1>" in text
    assert "Pothole · 1 West Street" in text
    assert "is the work of Road service" in text
    assert 'class="sketch-area"' in text
    assert 'href="/report?lat=50.040000&amp;lon=10.010000&amp;category=pothole"' in text
    assert "roads@testville.invalid" not in text


def test_the_button_opens_the_form_with_place_and_category(client: Client, a_city: TinyCity) -> None:
    start = form(client.get(f"/report?{asked()}"))
    assert (start.value("lat"), start.value("lon")) == ("50.040000", "10.010000")
    assert 'value="pothole" checked' in start.send(client).content.decode()


def test_who_comes_next_is_named(client: Client, a_city: TinyCity) -> None:
    assert "Next in line: Road service, Town hall." in page(client, asked(IN_RING_WEST))


def test_a_border_close_by_is_told_with_the_service_beyond_it(client: Client, a_city: TinyCity) -> None:
    a_border(a_city)
    text = page(client, asked(JUST_INSIDE))
    assert "within 7 m of “Outer”, where Road service is responsible" in text
    assert "asked on which side" in text
    assert "within 7 m" not in page(client, asked(IN_RING_WEST))


def test_a_place_in_a_gap_and_one_in_no_district_are_answered(client: Client, a_city: TinyCity) -> None:
    assert "The pin lies between areas; “West” is the nearest" in page(client, asked(IN_GAP))
    text = page(client, asked(NOWHERE))
    assert "<h1>A dispatcher decides</h1>" in text
    assert "far from all of them" in text


def test_a_private_category_can_be_asked_about_and_an_emergency_says_whom_to_call(client: Client, a_city: TinyCity) -> None:
    assert "<h1>Town hall</h1>" in page(client, asked(category="noise"))
    lamp = a_city.categories["lamp"]
    lamp.emergency = {"phone": "112", "words": {"en": "Keep away."}}
    lamp.save()
    text = page(client, asked(category="lamp"))
    assert 'href="tel:112"' in text
    assert "Report a problem here" not in text


def test_without_parameters_there_is_a_form_that_needs_no_script(client: Client, a_city: TinyCity) -> None:
    answered = client.get("/who")
    text = answered.content.decode()
    assert answered.status_code == 200
    for part in ('name="q"', 'name="lat"', 'name="lon"', '<optgroup label="Street">', '<option value="noise"'):
        assert part in text
    assert "error-summary" not in text


def test_an_address_leads_by_a_link_to_the_answer(client: Client, a_city: TinyCity) -> None:
    Address.objects.create(source_id="2", text="2 East Street", point=Point(*IN_EAST, srid=4326))
    with_category = page(client, "q=east+street&lat=&lon=&category=pothole")
    assert 'href="/who?lat=50.040000&amp;lon=10.070000&amp;category=pothole">2 East Street' in with_category
    without = page(client, "q=east+street&category=")
    assert 'href="/who?lat=50.040000&amp;lon=10.070000">2 East Street' in without
    onward = page(client, "lat=50.040000&lon=10.070000")
    assert 'value="50.040000"' in onward
    assert "error-summary" not in onward, "the category is still to be chosen"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("q=&lat=&lon=&category=pothole", "Put the pin on the map or write an address."),
        ("q=&lat=50.04&lon=10.01&category=", "Choose what the problem is."),
        ("q=&lat=50.04&lon=10.01&category=nothing", "There is no category “nothing”."),
        ("q=xy&category=", "Write more letters"),
        ("q=nowhere+at+all&category=", "No such address is known here"),
        ("lat=north&lon=10.01&category=pothole", "Write the latitude as a number"),
        ("lat=50.04&lon=NaN&category=pothole", "Write the longitude as a number"),
        ("lat=1e999&lon=10.01&category=pothole", "Write the latitude as a number"),
        (asked(OUTSIDE), "This place is outside the city."),
        (asked((50.04, 10.01)), "Latitude and longitude look exchanged: did you mean 50.04000, 10.01000?"),
    ],
)
def test_a_mistake_is_a_sentence_on_the_form_which_keeps_what_was_typed(
    client: Client, a_city: TinyCity, query: str, sentence: str
) -> None:
    answered = client.get(f"/who?{query}")
    text = answered.content.decode()
    assert answered.status_code == 422
    assert sentence in text
    assert "error-summary" in text
    for name, value in (pair.split("=") for pair in query.split("&")):
        if name == "lat" and value:
            assert f'name="lat" value="{value}"' in text


def test_exchanged_numbers_are_put_right_by_one_link(client: Client, a_city: TinyCity) -> None:
    text = page(client, asked((50.04, 10.01)))
    assert 'href="/who?lat=50.040000&amp;lon=10.010000&amp;category=pothole">Yes, exchange them' in text


@pytest.mark.parametrize(
    "query", ["q=%00%00abc", "lat=%00&lon=%00&category=%00", "category=%00", "q=" + "x" * 5000, "lat[]=1", "q=%ff%fe"]
)
def test_nothing_typed_breaks_the_page(client: Client, a_city: TinyCity, query: str) -> None:
    assert client.get(f"/who?{query}").status_code in {200, 422}


def test_the_page_speaks_russian(client: Client, a_city: TinyCity) -> None:
    assert "Дорожная служба" in client.get(f"/who?{asked()}", headers={"accept-language": "ru"}).content.decode()


def test_an_answer_costs_four_queries(client: Client, a_city: TinyCity) -> None:
    client.get("/who")
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/who?{asked()}").status_code == 200
    assert len(queries) == 4, "what decides, its shapes, the address, the categories"


def test_asking_leaves_no_trace(client: Client, a_city: TinyCity) -> None:
    for address in ("/who", "/who.json"):
        answered = client.get(f"{address}?{asked()}")
        assert "sessionid" not in answered.cookies
    assert not Appeal.objects.exists()


def test_every_page_leads_here(client: Client, a_city: TinyCity) -> None:
    assert '<a href="/who">Who is responsible for a place?</a>' in client.get("/").content.decode()


# JSON


def test_a_program_gets_service_reason_words_and_who_is_next(client: Client, a_city: TinyCity) -> None:
    found = answer(client, asked(IN_RING_WEST))
    assert found["place"] == {"lat": 50.02, "lon": 10.03}
    assert found["category"] == "pothole"
    assert found["department"] == {"code": "parks", "names": {"en": "Park service", "ru": "Служба парков"}}
    assert found["confidence"] == "sure"
    assert found["reason"]["how"] == "rule"
    assert found["reason"]["because"][0]["code"] == "ring"
    assert [one["department"]["code"] for one in found["runners_up"]] == ["roads", "town-hall"]
    assert "goes to Park service here" in found["words"]["en"]
    assert "Служба парков" in found["words"]["ru"]
    assert found["may_change_with"] == []
    assert found["emergency"] is None


def test_a_program_hears_of_nobody_of_a_border_and_of_a_gap(client: Client, a_city: TinyCity) -> None:
    a_border(a_city)
    nobody = answer(client, asked(NOWHERE))
    assert (nobody["department"], nobody["confidence"]) == (None, "open")
    near = answer(client, asked(JUST_INSIDE))
    assert (near["confidence"], near["reason"]["border"]["department"]["code"]) == ("border", "roads")
    assert answer(client, asked(IN_GAP))["confidence"] == "gap"


def change_the_ring(city: TinyCity, **changes: Any) -> None:
    """The rule of the ring as if it had been published so."""
    rule_sets = RuleSet.objects.filter(pk=city.rule_set.pk)
    rule_sets.update(state="draft", valid=None)
    city.rule_set.rules.filter(code="ring").update(**changes)
    rule_sets.update(state="published", valid=(None, None))


def test_what_was_not_asked_but_matters_is_said(client: Client, a_city: TinyCity) -> None:
    change_the_ring(a_city, answers={"depth": ["deep"]}, weekdays=[1, 2])
    assert answer(client, asked(IN_RING_WEST))["may_change_with"] == ["answers", "time"]
    assert "can change this" in page(client, asked(IN_RING_WEST))
    assert answer(client, asked())["may_change_with"] == []


def test_the_crew_that_a_rule_names_stays_inside_the_service(client: Client, a_city: TinyCity) -> None:
    change_the_ring(a_city, crew=a_city.crews["parks-east"])
    answered = client.get(f"/who.json?{asked(IN_RING_WEST)}").content.decode()
    assert '"rule": "ring"' in answered
    assert "parks-east" not in answered
    assert "parks-east" not in page(client, asked(IN_RING_WEST))


def test_any_site_may_read_it_and_a_cache_keeps_it_a_minute(client: Client, a_city: TinyCity) -> None:
    answered = client.get(f"/who.json?{asked()}")
    assert answered["Access-Control-Allow-Origin"] == "*"
    assert answered["Cache-Control"] == "public, max-age=60"
    assert answered["Content-Type"] == "application/json"
    assert client.head(f"/who.json?{asked()}").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("address", ["/who", "/who.json"])
def test_nothing_can_be_done_here(client: Client, a_city: TinyCity, address: str, method: str) -> None:
    assert getattr(client, method)(f"{address}?{asked()}").status_code == 405


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("lat=50.04&lon=10.01", 400),
        ("lat=&lon=10.01&category=pothole", 400),
        ("lat=north&lon=10.01&category=pothole", 400),
        ("lat=NaN&lon=10.01&category=pothole", 400),
        ("lat=inf&lon=10.01&category=pothole", 400),
        ("lat=1e999&lon=10.01&category=pothole", 400),
        ("lat=50.04&lon=1_0&category=pothole", 400),
        ("lat=50.04&lon=1810&category=pothole", 400),
        ("lat=٥٠&lon=10.01&category=pothole", 400),
        ("lat=50.04&lat=50.04&lon=10.01&category=pothole", 400),
        ("lat=50.04&lon=10.01&category=pothole&category=pothole", 400),
        ("lat=50.04&lon=10.01&category=pothole&at=2020-01-01", 400),
        ("lat=50.04&lon=10.01&category=nothing", 404),
        ("lat=50.04&lon=10.01&category=pot%00hole", 404),
        ("lat=50.04&lon=10.01&category=" + "x" * 3000, 404),
        ("lat=51&lon=11.5&category=pothole", 422),
        ("lat=100&lon=100&category=pothole", 422),
        ("lat=-90&lon=-180&category=pothole", 422),
        ("lat=10.01&lon=50.04&category=pothole", 422),
    ],
)
def test_a_mistake_is_a_problem_with_a_sentence(client: Client, a_city: TinyCity, query: str, status: int) -> None:
    answered = client.get(f"/who.json?{query}")
    assert answered.status_code == status
    assert answered["Content-Type"] == "application/problem+json"
    assert answered["Access-Control-Allow-Origin"] == "*"
    problem = answered.json()
    assert problem["status"] == status
    assert problem["detail"].endswith((".", "?"))


def test_exchanged_coordinates_are_named(client: Client, a_city: TinyCity) -> None:
    assert "look exchanged: did you mean 50.04000, 10.01000?" in answer(client, asked((50.04, 10.01)))["detail"]


def test_a_category_that_is_over_is_not_there(client: Client, a_city: TinyCity) -> None:
    a_city.categories["tree"].valid = ("2020-01-01", "2021-01-01")
    a_city.categories["tree"].save()
    assert client.get(f"/who.json?{asked(category='tree')}").status_code == 404


def test_the_answer_is_what_a_report_would_get(client: Client, a_city: TinyCity) -> None:
    for at in (IN_WEST, IN_EAST, IN_RING_WEST, IN_GAP, NOWHERE):
        for category in ("lamp", "tree", "noise"):
            told = answer(client, asked(at, category))["department"]
            start = form(client.get(f"/report?{asked(at, category)}"))
            walk = start.send(client)
            while form(walk).value("step") != "contact":
                walk = form(walk).send(client)
            form(walk).send(client, go="send")
            got = Appeal.objects.select_related("department").latest("id").department
            assert (told["code"] if told else None) == (got.code if got else None), (at, category)
