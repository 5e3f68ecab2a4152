"""Numbers for addresses that make no sense, and for what nobody may see."""

import json

import pytest
from django.test import Client

from tests.factories import IN_WEST, TinyCity, an_appeal
from tests.layers.numbering import ask, fill


@pytest.fixture
def archive(a_city: TinyCity) -> TinyCity:
    return fill(a_city)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/counts/reporters.json", 404),
        ("/counts/appeals.json?visibility=held", 400),
        ("/counts/appeals.json?reporter__email=a", 400),
        ("/counts/appeals.json?state=accepted", 400),
        ("/counts/appeals.json?state=new'--", 400),
        ("/counts/appeals.json?category=%00", 400),
        ("/counts/appeals.json?category=lamp%27%29%3B--", 400),
        ("/counts/appeals.json?category=" + "a," * 300, 200),
        ("/counts/appeals.json?category=" + ",".join(f"c{n}" for n in range(300)), 400),
        ("/counts/appeals.json?from=2025-13-01", 400),
        ("/counts/appeals.json?from=2025-02-01&to=2025-01-01", 400),
        ("/counts/appeals.json?from=2025-02-01&from=2025-01-01", 400),
        ("/counts/appeals.json?from=1900-01-01&to=2999-12-31", 200),
        ("/counts/appeals.json?bbox=1,2,3", 400),
        ("/counts/appeals.json?bbox=NaN,2,3,4", 400),
        ("/counts/appeals.json?bbox=170,-10,-170,10", 200),
        ("/counts/appeals.json?bbox=-180,-90,180,90", 200),
        ("/counts/appeals.json?lang=xx", 200),
        ("/counts/appeals.json?lang=%3Cb%3E", 400),
        ("/counts/districts.json?from=2025-01-01", 400),
        ("/counts/streets.json?road_class=residential", 200),
    ],
)
def test_what_makes_no_sense_is_answered_by_the_book(address: str, status: int, archive: TinyCity) -> None:
    response = Client(raise_request_exception=False).get(address)
    assert response.status_code == status, response.content
    if status >= 400:
        assert response["Content-Type"] == "application/problem+json"
        assert json.loads(response.content)["detail"]


@pytest.mark.django_db
def test_nothing_but_reading_is_answered(db: None) -> None:
    assert Client().post("/counts/appeals.json").status_code in {403, 405}


@pytest.mark.django_db
def test_what_is_not_public_is_in_no_number(a_city: TinyCity) -> None:
    for visibility in ("held", "private", "hidden"):
        for at in (IN_WEST, None):
            an_appeal(a_city, "noise", at=at, visibility=visibility)
    for query in ({}, {"category": "noise"}, {"bbox": "10,50,10.1,50.1"}, {"from": "2020-01-01"}):
        told = ask(**query)
        assert (told["total"], told["filters"]["category"], told["filters"]["state"], told["months"]) == (0, {}, {}, [])
