"""What can be asked of a collection: how many, where, when, which; and pages that neither repeat nor leave out."""

import datetime as dt
from typing import Any, Final

import pytest
from django.db import connection
from django.test import Client

from gis_data.models import Street
from issues.map_layers import APPEALS
from issues.models import Appeal
from layers.features_paging import behind, order
from tests.factories import IN_EAST, IN_GAP, TinyCity, an_appeal
from tests.layers.asking import ask, follow, href, ids, items, shape, told, walk

NOON = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def three(a_city: TinyCity) -> dict[str, Appeal]:
    """Three appeals at noon (UTC) of three days, two in the west and one in the east."""
    return {
        "a": an_appeal(a_city, "lamp", state="new", created_at=NOON),
        "b": an_appeal(a_city, "lamp", state="started", created_at=NOON + DAY),
        "c": an_appeal(a_city, "tree", state="done", created_at=NOON + 2 * DAY, at=IN_EAST),
    }


def named(three: dict[str, Appeal], **query: Any) -> str:
    """Which of the three are answered, in the order of their names."""
    names = {appeal.public_id: name for name, appeal in three.items()}
    found = [names[one] for one in ids(**query)]
    assert len(found) == len(set(found))
    return "".join(sorted(found))


# limit


@pytest.mark.django_db
@pytest.mark.parametrize(("limit", "status", "returned"), [
    ("1", 200, 1), ("2", 200, 2), ("0002", 200, 2), ("9999", 200, 3), ("10000", 200, 3), ("10001", 200, 3), ("1000000000", 200, 3),
    ("9" * 5000, 200, 3), ("0", 400, 0), ("-1", 400, 0), ("+1", 400, 0), ("abc", 400, 0), ("1.0", 400, 0), ("1e3", 400, 0),
    ("", 400, 0), ("٣", 400, 0), ("1_0", 400, 0), (" 1", 400, 0), ("NaN", 400, 0),
])  # fmt: skip
def test_limit_is_a_whole_number_and_more_than_the_most_is_the_most(
    limit: str, status: int, returned: int, three: dict[str, Appeal]
) -> None:
    response = ask("collections/appeals/items", limit=limit)
    assert response.status_code == status
    if status == 200:
        assert response.json()["numberReturned"] == len(response.json()["features"]) == returned
        assert response.json()["numberMatched"] == 3


@pytest.mark.django_db
def test_no_page_is_longer_than_the_most(scattered: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layers.features_paging.MOST", 1000)
    page = told("collections/appeals/items", limit=10**9)
    assert (page["numberReturned"], page["numberMatched"]) == (1000, 2700)
    assert "limit=1000&" in href(page, "next")
    assert len(items()) == 100


# bbox


@pytest.mark.django_db
@pytest.mark.parametrize(("bbox", "expected"), [
    ("10,50,10.02,50.06", "ab"),
    ("10,50,0,10.02,50.06,100", "ab"),
    ("10.010,50.040,10.010,50.040", "ab"),  # a point
    ("10.010,50,10.010,51", "ab"),  # a line
    ("10.010,50.040,10.070,50.040", "abc"),  # corners are edges too
    ("10.0100001,50.03,10.0699999,50.05", ""),
    ("10.06,50,10.08,50.06", "c"),
    ("-180,-90,180,90", "abc"),
    ("170,-90,10.02,90", "ab"),  # across the antimeridian
    ("10.05,-90,-170,90", "c"),
    ("1e1,5.0e1,10.02,50.06", "ab"),
    ("10, 50, 10.02, 50.06", "ab"),
])  # fmt: skip
def test_bbox_chooses_what_touches_it(bbox: str, expected: str, three: dict[str, Appeal]) -> None:
    assert named(three, bbox=bbox) == expected
    assert told("collections/appeals/items", bbox=bbox)["numberMatched"] == len(expected)


NO_BBOX: Final = [
    "", "1", "1,2,3", "1,2,3,4,5", "1,2,3,4,5,6,7", "a,b,c,d", "NaN,NaN,NaN,NaN", "nan,50,11,51", "10,50,inf,51", "10,50,11,1e400",
    "10,51,11,50", "10,50,5,11,51,4", "-181,50,11,51", "10,50,181,51", "10,-91,11,51", "10,50,11,91", "10;50;11;51", "10,50,11,51,",
    "0x10,50,11,51", "1_0,50,11,51", "١٠,50,11,51", "10,50,11,51&bbox=10,50,11,51",
]  # fmt: skip


@pytest.mark.django_db
def test_a_bbox_that_makes_no_sense_is_refused(a_city: TinyCity) -> None:
    for bbox in NO_BBOX:
        assert Client().get(f"/ogc/collections/appeals/items?bbox={bbox}").status_code == 400, bbox


@pytest.mark.django_db
def test_what_has_no_place_is_in_every_box(a_city: TinyCity) -> None:
    nowhere = an_appeal(a_city, at=None)
    an_appeal(a_city)
    assert ids(bbox="0,0,1,1") == [nowhere.public_id]
    assert len(ids(bbox="10,50,11,51")) == 2


@pytest.mark.django_db
def test_a_box_cuts_shapes_not_their_boxes(a_city: TinyCity) -> None:
    Street.objects.create(
        source_id="bend", names={"en": "Bend"}, geometry=shape("SRID=4326;MULTILINESTRING((10 50, 10.09 50, 10.09 50.05))")
    )
    assert ids("streets", bbox="10.01,50.01,10.02,50.02") == []
    assert ids("streets", bbox="10.08,50.02,10.1,50.03") == ["bend"]
    assert ids("districts", bbox="10.04,50.05,10.045,50.06") == ["west", "east"]  # edges alone


# datetime


@pytest.mark.django_db
@pytest.mark.parametrize(("moment", "expected"), [
    ("2025-01-01T12:00:00Z", "a"),
    ("2025-01-01t12:00:00z", "a"),
    ("2025-01-01T14:00:00+02:00", "a"),
    ("2025-01-01T12:00:00.000000000Z", "a"),
    ("2025-01-01T11:59:60Z", "a"),  # a leap second
    ("2025-01-01T12:00:01Z", ""),
    ("2025-01-01T12:00:00Z/2025-01-02T12:00:00Z", "ab"),  # closed at both ends
    ("2025-01-01T12:00:00.000001Z/2025-01-02T11:59:59.999999Z", ""),
    ("2025-01-02T00:00:00Z/..", "bc"),
    ("2025-01-02T00:00:00Z/", "bc"),
    ("../2025-01-02T12:00:00Z", "ab"),
    ("/2025-01-02T12:00:00Z", "ab"),
    ("../..", "abc"),
    ("/", "abc"),
    ("../", "abc"),
    ("2025-01-02", "b"),
    ("2025-01-02/2025-01-03", "bc"),
    ("2025-01-02T/..", "bc"),  # as GDAL writes a day
    ("2025-01-02/2025-01-02T11:59:59Z", ""),
    ("0001-01-01T00:00:00+14:00/9999-12-31T23:59:59-14:00", "abc"),
])  # fmt: skip
def test_datetime_chooses_by_the_moment_of_the_report(moment: str, expected: str, three: dict[str, Appeal]) -> None:
    assert named(three, datetime=moment) == expected


NO_MOMENT: Final = [
    "", "..", "yesterday", "2025", "2025-01", "2025-13-01", "2025-02-30", "2025-01-01T25:00:00Z", "2025-01-01T12:00:61Z",
    "2025-01-01T12:00:00", "2025-01-01T12:00Z", "2025-01-01 12:00:00Z", "2025-01-01T12:00:00+25:00", "2025-01-01T12:00:00+0200",
    "2025-01-02T00:00:00Z/2025-01-01T00:00:00Z", "2025-01-02/2025-01-01", "2025-01-01/2025-01-02/2025-01-03", "../../..", "//",
    "0000-01-01", "9999-12-31", "9999-12-31T23:59:60Z", "99999-01-01T00:00:00Z", "2025-W01-1", "1735732800", "٢٠٢٥-01-01", "now()",
    "P1D/2025-01-01", "2025-01-01T12:00:00Z/P1D", "2025-01-01T12:00:00ZZ", "-2025-01-01T00:00:00Z",
]  # fmt: skip


@pytest.mark.django_db
def test_a_datetime_that_makes_no_sense_is_refused(a_city: TinyCity) -> None:
    for moment in NO_MOMENT:
        for name in ("appeals", "districts"):
            assert ask(f"collections/{name}/items", datetime=moment).status_code == 400, moment


@pytest.mark.django_db
def test_what_has_no_time_matches_every_time(a_city: TinyCity) -> None:
    assert ids("districts", datetime="1990-01-01T00:00:00Z") == ["west", "east"]


# properties


@pytest.mark.django_db
def test_properties_and_the_layers_own_filters_are_joined(three: dict[str, Appeal]) -> None:
    assert named(three, category="lamp") == "ab"
    assert named(three, category="lamp,tree", state="new,fixed") == "ac"
    assert named(three, id=three["b"].public_id) == "b"
    assert named(three, id="nothing") == ""
    assert named(three, created="2025-01-02") == "b"
    assert named(three, **{"from": "2025-01-02", "to": "2025-01-02"}) == "b"
    assert (
        named(three, category="lamp", bbox="10,50,11,51", datetime="2025-01-02/..", state="in_progress", created="2025-01-02")
        == "b"
    )
    assert ids("streets", road_class="primary", owner="city") == []


NOT_KNOWN: Final = [
    "color=red", "Limit=1", "offset=0", "token=x", "page=2", "_=1", "state=zzz", "state=", "category=", "category=a%27b", "created=x",
    "created=2025-02-30", "from=yesterday", "id=1&id=2", "limit=1&limit=1", "f=xml", "f=json&f=json", "lang=english", "lang=en&lang=ru",
    "crs=EPSG:4326", "bbox-crs=x", "after=x", "after=1", "after=1.2.3", "after=-1.x", "after=1.99999999999999999999",
    "after=999999999999999999.1", "geometry=1", "=1",
]  # fmt: skip


@pytest.mark.django_db
def test_a_parameter_or_value_that_is_not_known_is_refused(a_city: TinyCity) -> None:
    for query in NOT_KNOWN:
        response = Client().get(f"/ogc/collections/appeals/items?{query}")
        assert response.status_code == 400, (query, response.content)
        assert response["Content-Type"] == "application/problem+json"
        told_of = response.json()
        assert told_of["status"] == 400
        assert told_of["title"] == "Bad Request"
        assert told_of["code"] == "InvalidParameterValue"
        assert told_of["detail"] == told_of["description"] != ""


# pages


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_a_walk_meets_everything_once_newest_first(limit: int, a_city: TinyCity) -> None:
    for number in range(23):  # several of one moment, so that the key decides
        an_appeal(a_city, created_at=NOON + dt.timedelta(seconds=number // 5))
    met = [feature["id"] for feature in walk(limit=limit)]
    assert met == list(Appeal.objects.public().order_by("-created_at", "-pk").values_list("public_id", flat=True))


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
    assert ask("collections/streets/items", after="1.1").status_code == 400


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
    assert "appeal_time" in plan, plan
    assert "Sort" not in plan, plan


@pytest.mark.django_db
def test_the_places_of_one_point_are_given_as_stored(a_city: TinyCity) -> None:
    an_appeal(a_city, at=(10.012345678, 50.012345678))
    assert items()[0]["geometry"]["coordinates"] == [10.0123457, 50.0123457]
