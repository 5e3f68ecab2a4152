"""The pages of a street, district, contractor, project and repair."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from issues.models import Link
from tests.factories import an_appeal
from tests.places.conftest import Town
from tests.places.makers import a_firm, a_point, a_repair, a_street, reckon, some_money
from tests.places.test_money_pages import text_of
from works.models import Document, Organisation, Project, Repair

pytestmark = pytest.mark.django_db


def test_a_street_says_what_was_spent_by_whom_and_whether_it_is_under_warranty(client: Client, town: Town) -> None:
    page = text_of(client, f"/streets/{town.main.source_id}")
    assert "8,250.5" in page
    assert "1 work" in page
    assert "Stone & Son" in page
    assert "10 days left" in page
    assert "the warranty ended on" in page
    assert "1 is under warranty today" in page
    assert "km long" in page


def test_pieces_with_the_same_names_are_one_street(client: Client, town: Town) -> None:
    piece = a_street("Main Street", (10.02, 50.04), (10.03, 50.04))
    a_repair(a_point(10.025, 50.04), street=piece, cost=1)
    reckon()
    for one in (piece, town.main):
        page = text_of(client, f"/streets/{one.source_id}")
        assert "8,251.5" in page
        assert "4 repairs are known" in page


def test_reports_beside_the_street_stand_on_its_page_and_hidden_ones_do_not(client: Client, town: Town) -> None:
    near = an_appeal(town.city, at=(10.015, 50.0401))  # 11 m
    far = an_appeal(town.city, at=(10.015, 50.0405))  # 56 m
    held = an_appeal(town.city, at=(10.015, 50.04), visibility="held")
    page = text_of(client, f"/streets/{town.main.source_id}")
    assert near.public_id in page
    assert far.public_id not in page
    assert held.public_id not in page


def test_a_district_shows_only_its_part(client: Client, town: Town) -> None:
    page = text_of(client, "/districts/west")
    assert "8,250.5" in page
    assert "640" in page  # 10 of 25 parts of 1,600
    assert "1,600" not in page
    assert "2 repairs are known" in page


def test_a_contractor_shows_growth_and_its_other_names(client: Client, town: Town) -> None:
    page = text_of(client, f"/contractors/{town.firm.pk}")
    assert "STONE AND SON LTD" in page
    assert "1 contract went beyond" in page
    assert "+14 %" in page
    assert "1,600" in page


def test_the_address_of_a_merged_firm_leads_to_the_one_it_is(client: Client, town: Town) -> None:
    other = a_firm("Stone and sons")
    some_money("5", repair=town.held, payee=other)
    Organisation.objects.filter(pk=other.pk).update(merged_into=town.firm, merge_reason="same")
    reckon()
    assert client.get(f"/contractors/{other.pk}")["Location"] == f"/contractors/{town.firm.pk}"
    assert "1,605" in text_of(client, f"/contractors/{town.firm.pk}")
    Organisation.objects.filter(pk=town.firm.pk).update(merged_into=other, merge_reason="a ring")
    assert client.get(f"/contractors/{other.pk}").status_code == 404


def test_a_project_shows_the_promise_and_what_came_of_it(client: Client, town: Town) -> None:
    Document.objects.create(project=town.project, kind="photo-before", title="Before", url="https://photos.example/1.jpg")
    page = text_of(client, f"/projects/{town.project.public_id}")
    assert "New kerbs" in page
    assert "61 days later than promised" in page
    assert "7 % more than was promised" in page
    assert "Rock under the road" in page
    assert "+150" in page
    assert "photos.example" in page
    assert '<img src="https://photos' not in page
    answer = client.get(f"/projects/{town.project.public_id}", headers={"accept-language": "ru"})
    assert "Новые бордюры" in answer.content.decode()


@pytest.mark.parametrize("address", ["http://[abc", "https://exam\u2100ple.test/"])
def test_an_address_that_is_none_breaks_no_page(address: str, client: Client, town: Town) -> None:
    Document.objects.create(project=town.project, kind="photo-before", title="Before", url=address)
    Document.objects.create(project=town.project, kind="contractSigned", title="Paper", url=address)
    page = text_of(client, f"/projects/{town.project.public_id}")
    assert "Paper" in page
    assert "()" not in page


def test_a_project_in_two_currencies_keeps_them_apart(client: Client, town: Town) -> None:
    page = text_of(client, f"/projects/{town.project.public_id}").replace("\xa0", " ")
    assert "1,500 EUR" in page
    assert "70 USD" in page


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "today is the last day"), (1, "1 day left"), (-1, "the warranty ended on"), (None, "no warranty is known")],
)
def test_a_repair_tells_its_warranty(days: int | None, said: str, client: Client, town: Town) -> None:
    until = timezone.localdate() + dt.timedelta(days=days) if days is not None else None
    Repair.objects.filter(pk=town.held.pk).update(warranty_until=until)
    assert said in text_of(client, f"/repairs/{town.held.public_id}")


@pytest.mark.parametrize(
    ("status", "words"),
    [("planned", ["Planned start", "Planned end"]), ("running", ["Begun", "Planned end"]), ("finished", ["Begun", "Finished"])],
)
def test_the_days_of_a_repair_are_called_what_they_are(status: str, words: list[str], client: Client) -> None:
    repair = a_repair(status=status, started_on=dt.date(2024, 5, 1))
    page = client.get(f"/repairs/{repair.public_id}").content.decode()
    assert [word for word in ("Planned start", "Begun", "Planned end", "Finished") if f"<dt>{word}</dt>" in page] == words


def test_a_repair_without_a_cost_says_unknown_and_one_for_nothing_says_zero(client: Client, town: Town) -> None:
    page = text_of(client, f"/repairs/{town.unknown.public_id}").replace("\xa0", " ")
    assert "0 EUR" not in page
    free = a_repair(None, cost=0)
    page = text_of(client, f"/repairs/{free.public_id}").replace("\xa0", " ")
    assert "0 EUR" in page
    assert "names no place" in page


def test_only_confirmed_links_of_public_reports_are_shown(client: Client, town: Town) -> None:
    shown, hidden, proposed = an_appeal(town.city), an_appeal(town.city, visibility="private"), an_appeal(town.city)
    for appeal, state in ((shown, "confirmed"), (hidden, "confirmed"), (proposed, "proposed")):
        Link.objects.create(appeal=appeal, repair=town.held, meaning="returns", state=state, score=90, distance_m=1)
    for address in (f"/repairs/{town.held.public_id}", f"/contractors/{town.firm.pk}"):
        page = text_of(client, address)
        assert shown.public_id in page
        assert hidden.public_id not in page
        assert proposed.public_id not in page


@pytest.mark.parametrize(
    "address",
    ["/projects/none", "/repairs/none", "/contractors/99999999999999999999999", "/contractors/0", "/streets/none", "/districts/none",
     "/streets/%00", "/districts/%00", "/projects/%00", "/repairs/%00", "/projects/", "/streets/" + "x" * 3000],
)  # fmt: skip
def test_what_is_not_there_is_not_found(address: str, client: Client, town: Town) -> None:
    assert client.get(address).status_code == 404


def test_odd_numbers_of_sources_have_pages_too(client: Client, town: Town) -> None:
    Project.objects.filter(pk=town.project.pk).update(public_id="books-a/b c?d#é")
    page = client.get("/money/rows?stage=planned").content.decode()
    assert "/projects/books-a/b%20c%3Fd%23%C3%A9" in page
    assert client.get("/projects/books-a/b%20c%3Fd%23%C3%A9").status_code == 200
