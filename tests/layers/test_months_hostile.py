"""Months for addresses that make no sense, and of what nobody may see."""

import datetime as dt
import json

import pytest
from django.test import Client

from tests.factories import TinyCity, an_appeal


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/months/reporters.json", 404, "reporters"),
        ("/months/districts.json", 404, "not counted by month"),
        ("/months/streets.json?road_class=a", 404, "not counted by month"),
        ("/months/appeals.json?from=2020-01-01&to=2023-01-01", 400, "36"),
        ("/months/appeals.json?from=1900-01-01&to=2999-12-31", 400, "36"),
        ("/months/appeals.json?from=2025-02-01&to=2025-01-01", 400, "after"),
        ("/months/appeals.json?from=yesterday", 400, "from"),
        ("/months/appeals.json?from=2025-02-30", 400, "from"),
        ("/months/appeals.json?visibility=held", 400, "visibility"),
        ("/months/appeals.json?zoom=3", 400, "zoom"),
        ("/months/appeals.json?state=held", 400, "held"),
        ("/months/appeals.json?category=%27)%3B--", 400, "category"),
        ("/months/appeals.json?bbox=1,2,3", 400, "bbox"),
        ("/months/appeals.json?bbox=nan,nan,nan,nan", 400, "bbox"),
        ("/months/appeals.json?bbox=1,5,3,4", 400, "bbox"),
        ("/months/appeals.json?bbox=1e400,5,3,4", 400, "bbox"),
        ("/months/appeals.json?bbox=180,90,180,90", 200, ""),
        ("/months/appeals.json?bbox=-180,-90,-180,-90", 200, ""),
        ("/months/appeals.json?bbox=180,-90,-180,90&category=lamp", 200, ""),
        ("/months/appeals.json?category=unheard-of", 200, ""),
    ],
)
def test_what_makes_no_sense_is_answered_by_the_book(address: str, status: int, words: str, a_city: TinyCity) -> None:
    response = Client(raise_request_exception=False).get(address)
    assert response.status_code == status, response.content
    if status >= 400:
        assert response["Content-Type"] == "application/problem+json"
        assert words in json.loads(response.content)["detail"]


@pytest.mark.django_db
def test_what_is_not_public_is_in_no_cell(a_city: TinyCity) -> None:
    for visibility in ("held", "private", "hidden"):
        an_appeal(a_city, "noise", visibility=visibility, created_at=dt.datetime(2025, 2, 3, tzinfo=dt.UTC))
    for query in ({}, {"category": "noise"}):
        response = Client().get("/months/appeals.json", {"from": "2025-02-01", "to": "2025-02-28", **query})
        told = json.loads(response.content)
        assert told["cells"] == {"lon": [], "lat": []}
