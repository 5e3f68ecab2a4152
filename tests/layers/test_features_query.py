"""What can be asked of a collection: how many, where, when, which; and pages that neither repeat nor leave out."""

import datetime as dt
from typing import Any, Final

import pytest
from django.test import Client

from gis_data.models import Street
from issues.models import Appeal
from tests.factories import IN_EAST, TinyCity, an_appeal
from tests.layers.asking import ask, href, ids, items, shape, told

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
    assert ids("districts", bbox="10.04,50.05,10.045,50.06") == ["east", "west"]  # edges alone


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
    ("0001-01-01T00:00:00+23:59/9999-12-31T23:59:59-23:59", "abc"),
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
    assert ids("districts", datetime="1990-01-01T00:00:00Z") == ["east", "west"]


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
    "after=999999999999999999.1", "after=,A", "after=2025-13-01T00:00:00Z,A", "after=2025-01-01T00:00:00Z,", "after=2025-01-01T00:00:00Z",
    "geometry=1", "=1",
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
