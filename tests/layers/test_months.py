"""A year in one answer: cells by month, the same as counting the rows, as fine as fits."""

import datetime as dt
import json
import random
from collections import Counter
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from issues.models import Appeal
from issues.states import BEHIND
from layers import months as door
from layers import upkeep
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal

PUBLIC = {state: public for public, states in BEHIND.items() for state in states}
YEAR = {"from": "2024-01-01", "to": "2024-12-31"}


def ask(**query: Any) -> dict[str, Any]:
    """The answer; anything but 200 fails, and so does one that is too large."""
    response = Client().get("/months/appeals.json", query)
    assert response.status_code == 200, response.content
    assert len(response.content) <= 300_000
    told: dict[str, Any] = json.loads(response.content)
    for row in told["counts"]:
        assert len(row["cell"]) == len(row["count"]) == len(row["value"])
        assert len(set(row["cell"])) == len(row["cell"])
    assert len(told["counts"]) == len(told["months"])
    assert len(told["cells"]["lon"]) == len(told["cells"]["lat"])
    return told


def by_month(told: dict[str, Any]) -> dict[str, int]:
    return {month: sum(row["count"]) for month, row in zip(told["months"], told["counts"], strict=True) if row["count"]}


@pytest.fixture
def archive(a_city: TinyCity) -> TinyCity:
    """Two thousand appeals of two years over the city, some not public, some without a place, some at a month's very edge."""
    write(a_city, 2_000, random.Random(8))
    return a_city


def write(city: TinyCity, rows: int, dice: random.Random) -> None:
    edges = [dt.datetime(2024, 3, 31, 20, 59, 59, tzinfo=dt.UTC), dt.datetime(2024, 3, 31, 21, 0, tzinfo=dt.UTC)]
    kinds = list(city.categories.values())
    Appeal.objects.bulk_create(
        Appeal(
            public_id=f"{number:08X}",
            category=dice.choice(kinds),
            state=dice.choice(list(PUBLIC)),
            visibility=dice.choice(["public"] * 8 + ["held"]),
            point=None if number % 50 == 0 else Point(10 + 0.1 * dice.random(), 50 + 0.06 * dice.random(), srid=4326),
            created_at=dice.choice(
                [
                    *edges,
                    *(dt.datetime(2023, 6, 1, tzinfo=dt.UTC) + dt.timedelta(hours=dice.randrange(14_000)) for _ in range(30)),
                ]
            ),
        )
        for number in range(1, rows)
    )


def expected(**asked: str) -> Counter[str]:
    """How many a month, counted one by one in Python: the judge. Months are those of the city."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.code, a.state, to_char(a.created_at AT TIME ZONE 'Europe/Helsinki', 'YYYY-MM')
            FROM issues_appeal AS a JOIN issues_category AS c ON c.id = a.category_id WHERE a.visibility = 'public' AND point IS NOT NULL"""
        )
        rows = cursor.fetchall()
    return Counter(
        month
        for category, state, month in rows
        if category in asked.get("category", category).split(",")
        and PUBLIC[state] in asked.get("state", PUBLIC[state]).split(",")
        and asked["from"][:7] <= month <= asked["to"][:7]
    )


@pytest.mark.django_db
@pytest.mark.parametrize("merged", ["nothing merged", "half of it merged", "all merged"])
@pytest.mark.parametrize(
    "query",
    [
        YEAR,
        {"from": "2023-07-15", "to": "2024-06-02"},
        {**YEAR, "state": "new,fixed"},
        {**YEAR, "category": "lamp"},
        {**YEAR, "category": "lamp,tree", "state": "in_progress"},
        {**YEAR, "bbox": "9.9,49.9,10.2,50.2"},
        {**YEAR, "bbox": "-180,-90,180,90"},
        {**YEAR, "bbox": "9,49,-170,51"},
    ],
    ids=str,
)
def test_the_sums_of_each_month_are_those_of_the_rows(merged: str, query: dict[str, str], archive: TinyCity) -> None:
    if merged != "nothing merged":
        upkeep.merge_all() if merged == "all merged" else upkeep.merge(700)
    Appeal.objects.filter(pk__in=Appeal.objects.order_by("pk").values("pk")[:50]).update(state="done", visibility="public")
    assert by_month(ask(**query)) == expected(**query)


@pytest.mark.django_db
def test_every_month_is_there_also_one_without_things(a_city: TinyCity) -> None:
    an_appeal(a_city, state="done", created_at=dt.datetime(2025, 2, 3, tzinfo=dt.UTC))
    told = ask(**{"from": "2025-01-10", "to": "2025-03-02"})
    assert told["months"] == ["2025-01", "2025-02", "2025-03"]
    assert told["counts"] == [
        {"cell": [], "count": [], "value": []},
        {"cell": [0], "count": [1], "value": ["fixed"]},
        {"cell": [], "count": [], "value": []},
    ]
    assert told["zoom"] == 14
    assert told["layer"] == "appeals"
    assert (told["cells"]["lon"][0], told["cells"]["lat"][0]) == pytest.approx(IN_WEST, abs=2e-5)


@pytest.mark.django_db
@pytest.mark.parametrize("query", [{}, {"category": "pothole"}], ids=["from counts", "from rows"])
def test_a_cell_stands_in_the_middle_of_what_it_counts_and_wears_its_most_frequent_state(
    query: dict[str, str], a_city: TinyCity
) -> None:
    moment = dt.datetime(2025, 2, 3, tzinfo=dt.UTC)
    west, east = (10.0101, 50.0400), (10.0103, 50.0402)
    for at, state in ((west, "new"), (west, "planned"), (west, "done"), (east, "started")):
        an_appeal(a_city, at=at, state=state, created_at=moment)
    told = ask(**{"from": "2025-02-01", "to": "2025-02-28"}, **query)
    assert told["counts"] == [{"cell": [0], "count": [4], "value": ["in_progress"]}]
    assert told["cells"]["lon"] == pytest.approx([10.01015], abs=2e-5)
    assert told["cells"]["lat"] == pytest.approx([50.04005], abs=2e-5)


@pytest.mark.django_db
@pytest.mark.parametrize("query", [{}, {"category": "pothole"}, {"state": "new"}], ids=str)
def test_a_box_gives_the_cells_that_touch_it_and_no_others(query: dict[str, str], a_city: TinyCity) -> None:
    for at in (IN_WEST, IN_EAST):
        an_appeal(a_city, at=at, created_at=dt.datetime(2025, 2, 3, tzinfo=dt.UTC))
    month = {"from": "2025-02-01", "to": "2025-02-28", **query}
    assert by_month(ask(**month)) == {"2025-02": 2}
    told = ask(**month, bbox="10.0,50.03,10.02,50.05")
    assert by_month(told) == {"2025-02": 1}
    assert told["cells"]["lon"] == pytest.approx([IN_WEST[0]], abs=2e-5)
    assert by_month(ask(**month, bbox="10.0,50.03,10.0098,50.05")) == {"2025-02": 1}, "the cell reaches into the box"
    assert by_month(ask(**month, bbox="10.03,50.03,10.04,50.05")) == {}
    assert by_month(ask(**month, bbox=f"{IN_WEST[0]},{IN_WEST[1]},{IN_WEST[0]},{IN_WEST[1]}")) == {"2025-02": 1}
    assert by_month(ask(**month, bbox="10.06,50,10.02,50.1")) == {"2025-02": 2}, "around the world, from east to west"


@pytest.fixture
def many(a_city: TinyCity) -> TinyCity:
    """Thirty thousand appeals of one year over a wide land, in a pattern without dice."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO issues_appeal (public_id, category_id, state, visibility, point, created_at)
            SELECT lpad(to_hex(i), 8, '0'), %s, (ARRAY['new', 'accepted', 'done', 'rejected'])[1 + i %% 4], 'public',
                   ST_SetSRID(ST_MakePoint(10 + 0.6 * (i * 0.6180339887 - floor(i * 0.6180339887)), 50 + 0.4 * (i * 0.7548776662 - floor(i * 0.7548776662))), 4326),
                   timestamptz '2024-01-01 12:00Z' + interval '1 hour' * (i %% 8700)
            FROM generate_series(1, 30000) AS i""",
            [a_city.categories["lamp"].pk],
        )
    return a_city


@pytest.mark.django_db
@pytest.mark.parametrize("merged", [True, False], ids=["merged", "nothing merged"])
@pytest.mark.parametrize("query", [{}, {"category": "lamp"}], ids=["from counts", "from rows"])
def test_a_year_of_many_is_as_fine_as_fits_into_300_kilobytes(query: dict[str, str], merged: bool, many: TinyCity) -> None:
    if merged:
        upkeep.merge_all()
    told = ask(**YEAR, **query)
    assert sum(by_month(told).values()) == 30_000
    size = len(json.dumps(told, separators=(",", ":")))
    assert 75_000 < size <= 300_000, "the next finer cells would be up to four times as many"
    wide = told["zoom"]
    near = ask(**YEAR, **query, bbox="10.1,50.1,10.2,50.16")
    assert near["zoom"] > wide
    assert sum(by_month(near).values()) > 500


@pytest.mark.django_db
@pytest.mark.parametrize("query", [{}, {"category": "lamp"}], ids=["from counts", "from rows"])
def test_the_zoom_is_the_finest_that_fits(query: dict[str, str], many: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    upkeep.merge_all()
    chosen = ask(**YEAR, **query)["zoom"]
    monkeypatch.setattr(door, "LARGEST", 10_000_000)
    monkeypatch.setattr(door, "_MOST_ENTRIES", 1_000_000)
    response = Client().get("/months/appeals.json", {**YEAR, **query})
    finest = json.loads(response.content)
    assert finest["zoom"] == 14
    # What the answer would have been with the cells one zoom finer, by the same rule for its size.
    monkeypatch.setattr(door, "LEVELS", range(6, chosen + 2))
    finer = Client().get("/months/appeals.json", {**YEAR, **query})
    assert json.loads(finer.content)["zoom"] == chosen + 1
    assert len(finer.content) > 300_000


@pytest.mark.django_db
def test_rows_are_added_up_once_however_coarse_the_cells_must_be(
    many: TinyCity, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """And each cell is told whole, also where the box cuts it: the same as the counts kept in advance say."""
    upkeep.merge_all()
    box = "10.111,50.111,10.333,50.222"
    from_rows = ask(**YEAR)
    for most in (37_500, 4_000, 900, 100):
        monkeypatch.setattr(door, "_MOST_ENTRIES", most)
        with django_assert_num_queries(1):
            from_rows = ask(**YEAR, category="lamp", bbox=box)
        assert from_rows == ask(**YEAR, bbox=box)
        assert sum(len(row["cell"]) for row in from_rows["counts"]) <= most
    assert from_rows["zoom"] < 12


@pytest.mark.django_db
def test_what_fits_in_no_way_is_said(many: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "LARGEST", 500)
    response = Client().get("/months/appeals.json", YEAR)
    assert response.status_code == 400
    assert "smaller area" in json.loads(response.content)["detail"]
    monkeypatch.setattr(door, "_MOST_ENTRIES", 3)
    assert Client().get("/months/appeals.json", {**YEAR, "category": "lamp"}).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(("query", "statements"), [({}, 2), ({"state": "new"}, 2), ({"category": "lamp"}, 1)], ids=str)
def test_an_answer_costs_two_statements(
    query: dict[str, str], statements: int, archive: TinyCity, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask(**YEAR)
    with django_assert_num_queries(statements) as asked:
        ask(**YEAR, **query)
    if "category" not in query:
        assert not any("issues_appeal" in one["sql"] for one in asked.captured_queries)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "first", "last", "months"),
    [
        ({}, "2024-07", "2025-06", 12),
        ({"to": "2024-03-31"}, "2023-04", "2024-03", 12),
        ({"from": "2025-02-03"}, "2025-02", "2025-06", 5),
        ({"from": "2020-02-03"}, "2020-02", "2023-01", 36),
        ({"from": "2026-02-03"}, "2026-02", "2026-02", 1),
        ({"from": "2022-07-01", "to": "2025-06-30"}, "2022-07", "2025-06", 36),
        ({"to": "1900-02-01"}, "1900-01", "1900-02", 2),
        ({"from": "2999-12-31"}, "2999-12", "2999-12", 1),
    ],
    ids=str,
)
def test_the_months_are_those_asked_for_or_the_last_twelve(
    query: dict[str, str], first: str, last: str, months: int, a_city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layers.months.timezone.localdate", lambda: dt.date(2025, 6, 20))
    told = ask(**query)
    assert (told["months"][0], told["months"][-1], len(told["months"])) == (first, last, months)
    assert told["cells"] == {"lon": [], "lat": []}


@pytest.mark.django_db
def test_who_has_the_answer_is_told_so(archive: TinyCity) -> None:
    first = Client().get("/months/appeals.json", YEAR)
    again = Client().get("/months/appeals.json", YEAR, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    small = Client().get("/months/appeals.json", YEAR, headers={"Accept-Encoding": "gzip"})
    assert small["Content-Encoding"] == "gzip"
    assert len(small.content) < len(first.content) / 2
