"""OGC API – Features: a walk through pages meets everything once, whatever happens meanwhile."""

import datetime as dt
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.http import QueryDict

from gis_data.models import Street
from issues.map_layers import APPEALS
from issues.models import Appeal
from layers.features_paging import behind, order
from tests.factories import IN_EAST, IN_GAP, TinyCity, an_appeal
from tests.layers.asking import ask, follow, href, items, shape, told, walk

NOON = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)


# pages


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_a_walk_meets_everything_once_newest_first(limit: int, a_city: TinyCity) -> None:
    for number in range(23):  # several of one moment, so that the key decides
        an_appeal(a_city, created_at=NOON + dt.timedelta(seconds=number // 5))
    met = [feature["id"] for feature in walk(limit=limit)]
    assert met == list(Appeal.objects.public().order_by("-created_at", "-public_id").values_list("public_id", flat=True))


@pytest.mark.django_db
def test_where_a_page_begins_is_told_by_what_is_public_alone(a_city: TinyCity) -> None:
    """The gaps between primary keys would say how many reports are hidden, and when they came."""
    rows = []
    for number in range(4):
        rows.append(an_appeal(a_city, created_at=NOON - dt.timedelta(minutes=number, microseconds=number)))
        an_appeal(a_city, visibility="private")
    page = told("collections/appeals/items", limit=2)
    after = QueryDict(urlsplit(href(page, "next")).query)["after"]
    assert after == f"2025-01-01T11:58:59.999999Z,{rows[1].public_id}"
    Street.objects.create(source_id="a,1", names={"en": "Main"}, geometry=shape("SRID=4326;MULTILINESTRING((10 50, 10.1 50.1))"))
    Street.objects.create(source_id="b/2", names={"en": "Main"}, geometry=shape("SRID=4326;MULTILINESTRING((10 50, 10.1 50.1))"))
    assert QueryDict(urlsplit(href(told("collections/streets/items", limit=1), "next")).query)["after"] == ",a,1"


@pytest.mark.django_db
def test_a_walk_goes_on_behind_what_has_gone(a_city: TinyCity) -> None:
    """Also where several are of one moment, and where there is no moment at all."""
    for number in range(6):
        an_appeal(a_city, created_at=NOON)
        line = shape("SRID=4326;MULTILINESTRING((10 50, 10.1 50.1))")
        Street.objects.create(source_id=f"s{number}", names={"en": "Main"}, geometry=line)
    for layer in ("appeals", "streets"):
        everything = [feature["id"] for feature in items(layer)]
        page = told(f"collections/{layer}/items", limit=3)
        Appeal.objects.filter(public_id=everything[2]).update(visibility="hidden")
        Street.objects.filter(source_id=everything[2]).delete()
        following = follow(href(page, "next"))["features"]
        assert [feature["id"] for feature in following] == everything[3:]


@pytest.mark.django_db
def test_number_matched_is_on_the_first_page_and_true(scattered: TinyCity) -> None:
    first = told("collections/appeals/items", limit=1000)
    assert first["numberMatched"] == 2700 == len(list(walk(limit=1000)))
    second = follow(href(first, "next"))
    assert "numberMatched" not in second
    assert second["numberReturned"] == 1000
    assert follow(href(second, "first")) | {"timeStamp": ""} == first | {"timeStamp": ""} | {
        "links": follow(href(second, "first"))["links"]
    }
    box = "10.02,50.01,10.05,50.04"
    in_box = list(walk(bbox=box, limit=100))
    assert told("collections/appeals/items", bbox=box, limit=1)["numberMatched"] == len(in_box) > 100


@pytest.mark.django_db
def test_the_next_page_keeps_everything_that_was_asked(a_city: TinyCity) -> None:
    for _number in range(3):
        an_appeal(a_city, "lamp", at=IN_GAP)
        an_appeal(a_city, "tree", at=IN_GAP)
        an_appeal(a_city, "lamp", at=IN_EAST)
    asked = {
        "category": "lamp",
        "bbox": "10.04,50.03,10.05,50.05",
        "limit": 2,
        "lang": "ru",
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
    }
    page = told("collections/appeals/items", **asked)
    address = href(page, "next")
    assert address.startswith("http://testserver/ogc/collections/appeals/items?")
    following = follow(address)
    found = page["features"] + following["features"]
    assert len({feature["id"] for feature in found}) == page["numberMatched"] == 3
    assert {feature["properties"]["category"] for feature in found} == {"lamp"}
    assert all(feature["geometry"]["coordinates"][0] > 1_000_000 for feature in found)
    assert href(following, "next") == ""


@pytest.mark.django_db
def test_rows_that_come_go_and_change_meanwhile_disturb_no_walk(a_city: TinyCity) -> None:
    for number in range(20):
        an_appeal(a_city, created_at=NOON + dt.timedelta(minutes=number))
    at_first = {feature["id"] for feature in items()}
    met: list[str] = []
    gone: set[str] = set()
    for number, feature in enumerate(walk(limit=3)):
        met.append(feature["id"])
        an_appeal(a_city, created_at=NOON + dt.timedelta(days=number))  # before, and beyond where the walk is
        an_appeal(a_city, created_at=NOON - dt.timedelta(days=1 + number)) if number < 5 else None
        if number == 7:  # the row at which the next page begins is hidden, another is changed
            Appeal.objects.filter(public_id=met[-2]).update(visibility="hidden")
            gone.add(met[-2])
            Appeal.objects.filter(public_id=met[0]).update(state="done", updated_at=NOON + dt.timedelta(days=99))
    assert len(met) == len(set(met))
    assert at_first <= set(met)
    assert gone <= set(met)


@pytest.mark.django_db
def test_layers_without_time_are_walked_by_their_key(a_city: TinyCity) -> None:
    for number in range(7):
        Street.objects.create(
            source_id=f"s{number}",
            names={"en": "Main"},
            geometry=shape(f"SRID=4326;MULTILINESTRING((10 50, 10.0{number} 50.01))"),
        )
    assert [feature["id"] for feature in walk("streets", limit=3)] == [f"s{number}" for number in range(7)]
    for after in ("1.1", "s1", ",", "2025-01-01T12:00:00Z,s1"):
        assert ask("collections/streets/items", after=after).status_code == 400, after
    assert [feature["id"] for feature in items("streets", after=",s4")] == ["s5", "s6"]


@pytest.mark.django_db
def test_a_page_deep_in_the_list_reads_only_its_own_rows(scattered: TinyCity) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE issues_appeal SET created_at = now() - id * interval '1 second'")
        cursor.execute("ANALYZE issues_appeal")
    page = told("collections/appeals/items", limit=1000)
    page = follow(href(page, "next"))
    after = href(page, "next").split("after=")[1].split("&")[0]

    rows = APPEALS.queryset().filter(behind(APPEALS, after)).order_by(*order(APPEALS))[:10]
    plan = rows.values("pk").explain()
    assert "appeal_newest" in plan, plan
    assert "Presorted Key: created_at" in plan, plan  # what is left to sort is of one moment


@pytest.mark.django_db
def test_the_places_of_one_point_are_given_as_stored(a_city: TinyCity) -> None:
    an_appeal(a_city, at=(10.012345678, 50.012345678))
    assert items()[0]["geometry"]["coordinates"] == [10.0123457, 50.0123457]
