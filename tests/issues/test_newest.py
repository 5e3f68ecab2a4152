"""The newest appeals of an area and a choice: always those that reading the whole table gives, whichever way they are found."""

import datetime as dt
import random
import re
from typing import Any

import pytest
from django.contrib.gis.geos import Point, Polygon
from django.db import connection

from issues import newest_sql
from issues.counted import COUNTED
from issues.models import Appeal
from issues.newest_sql import Asked, newest
from layers import pyramid_box_sql, upkeep
from layers.grid import Box
from layers.pyramid_box_sql import count_in_box
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.issues.counting import insert, merge, some_keys, update

#: PATIENCE, SHORTEST, GATHERED, BEGUN, and how many squares are told one by one.
WAYS = {
    "walk": (1, 1, 10**9, 0, 0),
    "give_up_walking": (0, 1, 10**9, 0, 0),
    "gather": (1, 1, 0, 0, 0),
    "walk_in_squares": (1, 1, 10**9, -(10**9), 64),
    "give_up_walking_in_squares": (0, 1, 10**9, -(10**9), 64),
    "as_it_is": None,
}


def by_reading_all(asked: Asked, limit: int) -> list[int]:
    found = Appeal.objects.filter(visibility="public")
    if asked.categories:
        found = found.filter(category__in=asked.categories)
    if asked.states:
        found = found.filter(state__in=asked.states)
    if asked.box:
        found = found.filter(point__bboverlaps=Polygon.from_bbox(asked.box))
    if asked.since:
        found = found.filter(created_at__gte=asked.since)
    if asked.until:
        found = found.filter(created_at__lt=asked.until)
    rows = sorted(found.values_list("created_at", "id"), reverse=not asked.upward)
    if asked.beyond:
        rows = [row for row in rows if (row > asked.beyond if asked.upward else row < asked.beyond)]
    return [key for _at, key in rows[:limit]]


def by_chance(dice: random.Random, city: TinyCity) -> Asked:
    kinds = [city.categories[code].pk for code in ("lamp", "tree", "pothole")]
    west, south = 9.99 + 0.1 * dice.random(), 49.99 + 0.06 * dice.random()
    side = dice.choice([0.002, 0.02, 0.2])
    day = dt.datetime(2025, dice.randrange(1, 5), dice.randrange(1, 28), tzinfo=dt.UTC)
    keys = list(Appeal.objects.filter(pk__in=some_keys(dice)).values_list("created_at", "id"))
    return Asked(
        categories=dice.choice([[], dice.sample(kinds, 1), dice.sample(kinds, 2)]),
        states=dice.choice([[], ["new"], ["rejected", "closed"], ["accepted", "planned", "started", "done"]]),
        box=dice.choice([None, (west, south, west + side, south + side)]),
        since=dice.choice([None, None, day]),
        until=dice.choice([None, None, day + dt.timedelta(days=40)]),
        beyond=dice.choice([None, *keys[:2]]),
        upward=dice.random() < 0.4,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_whichever_way_they_are_found_they_are_the_newest(way: str, a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    if numbers := WAYS[way]:
        for name, number in zip(("PATIENCE", "SHORTEST", "GATHERED", "BEGUN"), numbers, strict=False):
            monkeypatch.setattr(newest_sql, name, number)
        monkeypatch.setattr(pyramid_box_sql, "MOST_SQUARES", numbers[-1])
    dice = random.Random(way)
    found = 0
    for _again in range(4):
        for change in (insert, update, dice.choice([merge, insert])):
            change(dice, a_city)
        for _one in range(40):
            asked, limit = by_chance(dice, a_city), dice.choice([1, 5, 31])
            assert newest(asked, limit) == by_reading_all(asked, limit), asked
            found += len(newest(asked, limit))
    assert found > 100


@pytest.mark.django_db
def test_appeals_without_a_place_are_in_the_list_of_the_whole_city(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, "lamp")
    Appeal.objects.filter(pk=appeal.pk).update(point=None)
    upkeep.merge_all()
    lamp = [a_city.categories["lamp"].pk]
    assert newest(Asked(), 5) == newest(Asked(categories=lamp), 5) == newest(Asked(states=["new"]), 5) == [appeal.pk]
    assert newest(Asked(categories=lamp, box=(-180, -90, 180, 90)), 5) == []
    assert newest(Asked(categories=[a_city.categories["tree"].pk]), 5) == []


@pytest.mark.django_db
def test_where_the_counts_know_of_none_no_appeal_is_read(a_city: TinyCity, django_assert_num_queries: Any) -> None:
    an_appeal(a_city, "lamp")
    upkeep.merge_all()
    with django_assert_num_queries(1) as queries:
        assert newest(Asked(categories=[a_city.categories["tree"].pk], box=(9.9, 49.9, 10.2, 50.2)), 5) == []
    assert "issues_appeal" not in queries[0]["sql"]


@pytest.mark.django_db
def test_a_walk_reads_no_row_of_the_table(a_city: TinyCity, django_assert_num_queries: Any) -> None:
    insert(random.Random(1), a_city)
    # So few rows are as quickly walked in either index.
    for categories, index in (([], "appeal_newest"), ([a_city.categories["lamp"].pk], "appeal_(category_)?newest")):
        with django_assert_num_queries(1) as queries:
            newest_sql._walk(Asked(categories=categories, box=(9.9, 49.9, 10.2, 50.2)), 5, newest_sql._Walk.of(5, 5, 1000))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
            cursor.execute(f"EXPLAIN {queries[0]['sql']}")
            assert re.search(f"Index Only Scan Backward using {index} ", "\n".join(line for (line,) in cursor.fetchall()))


@pytest.mark.django_db
def test_squares_are_read_from_their_index_alone(a_city: TinyCity, django_assert_num_queries: Any) -> None:
    for _again in range(6):
        an_appeal(a_city, "lamp", at=IN_WEST)
    asked = Asked(states=["new"], box=(IN_WEST[0] - 0.02, IN_WEST[1] - 0.02, IN_WEST[0] + 0.02, IN_WEST[1] + 0.02))
    squares = count_in_box(COUNTED, asked.box, (), ()).squares
    assert len(squares) > 1
    for read in (
        lambda: newest_sql._walk(asked, 5, newest_sql._Walk.of(5, 5, 1000, squares)),
        lambda: newest_sql._gather(asked, 5, squares=squares),
    ):
        with django_assert_num_queries(1) as queries:
            assert len(read()) == 5
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
            cursor.execute(f"EXPLAIN {queries[0]['sql']}")
            scans = [line for (line,) in cursor.fetchall() if "Scan" in line and "Subquery" not in line]
        assert scans
        assert all("Index Only Scan" in line and "using appeal_square" in line for line in scans), scans


@pytest.mark.django_db
@pytest.mark.parametrize("merged", [False, True])
def test_counts_of_a_box_are_never_too_few(merged: bool, a_city: TinyCity) -> None:
    dice = random.Random(9)
    for _again in range(4):
        insert(dice, a_city)
    if merged:
        upkeep.merge_all()
    for _one in range(60):
        asked = by_chance(dice, a_city)
        box = asked.box or (-180.0, -90.0, 180.0, 90.0)
        values = newest_sql._values(asked.states)
        counted = count_in_box(COUNTED, asked.box, asked.categories, values)
        public = Appeal.objects.filter(visibility="public", point__bboverlaps=Polygon.from_bbox(box))
        kinds = public.filter(category__in=asked.categories) if asked.categories else public
        states = kinds.filter(state__in=asked.states) if asked.states else kinds
        assert counted.asked >= states.count()
        assert counted.kinds >= kinds.count()
        assert counted.all >= public.count()


@pytest.mark.django_db
@pytest.mark.parametrize("box", [(-180.0, -90.0, 180.0, 90.0), (179.9, 89.0, 180.0, 90.0), (-180.0, -90.0, -179.9, -89.0)])
def test_boxes_at_the_ends_of_the_world_are_answered(box: Box, a_city: TinyCity) -> None:
    here = an_appeal(a_city, at=IN_WEST)
    an_appeal(a_city, at=IN_EAST, visibility="held")
    Appeal.objects.filter(pk=an_appeal(a_city).pk).update(point=Point(180, 89.5, srid=4326))
    assert newest(Asked(box=box), 5) == by_reading_all(Asked(box=box), 5)
    assert (here.pk in newest(Asked(box=box), 5)) is (box[0] == -180 and box[2] == 180)


@pytest.mark.django_db
def test_a_search_ends_after_one_walk_whatever_is_found(
    a_city: TinyCity, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    """Old ones only: the walk finds too few."""
    for number in range(30):
        day = dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=number)
        an_appeal(a_city, "lamp", created_at=day if number % 2 else dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    upkeep.merge_all()
    for patience, shortest in ((0, 1), (1, 1), (2, 5), (2, 3000)):
        monkeypatch.setattr(newest_sql, "PATIENCE", patience)
        monkeypatch.setattr(newest_sql, "SHORTEST", shortest)
        for limit in (1, 10, 29, 31, 500):
            asked = Asked(states=["new"], box=(9.9, 49.9, 10.2, 50.2))
            with django_assert_max_num_queries(3):
                found = newest(asked, limit)
            assert found == by_reading_all(asked, limit)
