"""Counts of appeals kept in advance: always the same as counting the rows, whatever was written and whatever was merged."""

import datetime as dt
import importlib
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import mapbox_vector_tile
import pytest
from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.http import QueryDict

from issues.counted import COUNTED
from issues.map_layers import APPEALS
from issues.models import Appeal, Category, Visibility
from issues.states import BEHIND, STATES
from layers import pyramid_tile_sql, tile_sql, upkeep
from layers.filters import parse
from layers.grid import Tile
from layers.models import PyramidDelta, PyramidPart, PyramidTotal
from layers.pyramid import LEVELS, ZOOM_AT
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.layers.reading import around, features, place_of, values

#: The same layer without counts kept in advance: its rows are counted for each tile.
PLAIN: Final = replace(APPEALS, pyramid=None)
QUERIES: Final = (
    "",
    "category=lamp",
    "category=lamp,tree&state=new,fixed",
    "state=in_progress",
    "category=unheard-of",
    "state=declined",
)


def tiles_of_the_city(zoom: int) -> list[Tile]:
    first, last = around((9.99, 50.07), zoom), around((10.11, 49.99), zoom)
    return [Tile(zoom, x, y) for x in range(first.x, last.x + 1) for y in range(first.y, last.y + 1)]


def kept(tile: Tile, query: str = "") -> bytes:
    selection = parse(APPEALS, QueryDict(query))
    assert pyramid_tile_sql.reading(APPEALS, selection.whole_months()), "answered by counting rows"
    return tile_sql.fetch(tile_sql.statement(APPEALS, tile, selection))


def anew(tile: Tile, query: str = "") -> bytes:
    return tile_sql.fetch(tile_sql.statement(PLAIN, tile, parse(APPEALS, QueryDict(query)).whole_months()))


def assert_tiles_are_as_counted_anew() -> None:
    """Byte for byte, at every zoom; with filters, for one tile of each."""
    dice = random.Random(1)
    for zoom in LEVELS:
        tiles = tiles_of_the_city(zoom)
        some = dice.choice(tiles)
        for tile, query in [*((tile, "") for tile in tiles), *((some, query) for query in QUERIES)]:
            assert kept(tile, query) == anew(tile, query), (tile, query)


def assert_counts_are_those_of_the_rows() -> None:
    """After merging: the sums of every zoom, category and state, and of every zoom, month and state, are count(*)."""
    upkeep.merge_all()
    assert not PyramidDelta.objects.exists()
    for zoom in LEVELS:
        found: dict[tuple[int, int], int] = {}
        for cell, kind, value, n in PyramidPart.objects.values_list("cell", "kind", "value", "n"):
            if cell >> ZOOM_AT & 15 == zoom and n:
                found[kind, value] = found.get((kind, value), 0) + n
        assert found == _counted_rows()
        by_month: dict[int, int] = {}
        for total in PyramidTotal.objects.all():
            if total.cell >> ZOOM_AT & 31 == 16 + zoom:
                by_month[total.month] = by_month.get(total.month, 0) + total.n1 + total.n2 + total.n3 + total.n4
        assert {month: n for month, n in by_month.items() if n} == _rows_by_month()


def _counted_rows() -> dict[tuple[int, int], int]:
    expected: dict[tuple[int, int], int] = {}
    for kind, state in Appeal.objects.public().filter(point__isnull=False).values_list("category_id", "state"):
        public = next(code for code, states in BEHIND.items() if state in states)
        key = kind, 1 + sorted(BEHIND).index(public)
        expected[key] = expected.get(key, 0) + 1
    return expected


def _rows_by_month() -> dict[int, int]:
    expected: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT extract(year FROM at) * 12 + extract(month FROM at) - 1900 * 12 - 1, count(*) FROM (
                SELECT created_at AT TIME ZONE 'Europe/Helsinki' AS at FROM issues_appeal WHERE visibility = 'public' AND point IS NOT NULL
            ) AS moments GROUP BY 1"""
        )
        expected.update((int(month), n) for month, n in cursor.fetchall())
    return expected


Change = Callable[[random.Random, TinyCity], None]


def _insert(dice: random.Random, city: TinyCity) -> None:
    categories = [city.categories[code].pk for code in ("lamp", "tree", "pothole")]
    Appeal.objects.bulk_create(
        Appeal(
            public_id=f"{dice.getrandbits(32):08x}",
            category_id=dice.choice(categories),
            state=dice.choice(STATES),
            visibility=dice.choice(["public", "public", "public", *Visibility.values]),
            point=dice.choice([_somewhere(dice), _somewhere(dice), None]),
            created_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=dice.randrange(3000)),
        )
        for _ in range(dice.randrange(20, 50))
    )


def _somewhere(dice: random.Random) -> Point:
    # A few spots lie exactly on edges of tiles.
    edge = around(IN_WEST, 14).box_in_degrees()
    lon = dice.choice([edge[0], 10 + 0.1 * dice.random(), 10 + 0.1 * dice.random()])
    lat = dice.choice([edge[1], 50 + 0.06 * dice.random(), 50 + 0.06 * dice.random()])
    return Point(lon, lat, srid=4326)


def _update(dice: random.Random, city: TinyCity) -> None:
    some = Appeal.objects.filter(pk__in=_some_keys(dice))
    which = dice.randrange(5)
    if which == 0:
        some.update(state=dice.choice(STATES))
    elif which == 1:
        some.update(visibility=dice.choice(Visibility.values))
    elif which == 2:
        some.update(category=city.categories[dice.choice(["lamp", "tree"])])
    elif which == 3:
        some.update(point=dice.choice([_somewhere(dice), None]))
    else:
        some.update(created_at=dt.datetime(2025, dice.randrange(1, 12), 1, tzinfo=dt.UTC), text="x")


def _delete(dice: random.Random, city: TinyCity) -> None:
    Appeal.objects.filter(pk__in=_some_keys(dice)[:5]).delete()


def _merge(dice: random.Random, city: TinyCity) -> None:
    upkeep.merge(dice.randrange(1, 60))


def _undone(dice: random.Random, city: TinyCity) -> None:
    with transaction.atomic():
        _insert(dice, city)
        _merge(dice, city)
        _update(dice, city)
        transaction.set_rollback(True)


def _some_keys(dice: random.Random) -> list[int]:
    keys = sorted(Appeal.objects.values_list("pk", flat=True))
    return dice.sample(keys, min(len(keys), dice.randrange(1, 30)))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_written_and_merged_the_counts_are_those_of_the_rows(seed: int, a_city: TinyCity) -> None:
    dice = random.Random(seed)
    changes: list[Change] = [_insert, _update, _update, _update, _delete, _merge, _undone]
    for step in range(40):
        dice.choice(changes)(dice, a_city) if step else _insert(dice, a_city)
        if step in {13, 27}:
            assert_tiles_are_as_counted_anew()
    assert Appeal.objects.count() > 25
    assert_tiles_are_as_counted_anew()
    assert_counts_are_those_of_the_rows()
    assert_tiles_are_as_counted_anew()


def _all_counts() -> tuple[list[Any], list[Any]]:
    upkeep.merge_all()
    upkeep.sweep()
    return (
        sorted(PyramidPart.objects.values_list("cell", "kind", "value", "n", "su", "sv")),
        sorted(PyramidTotal.objects.values_list("cell", "month", "n1", "n2", "n3", "n4", "n5", "su", "sv")),
    )


@pytest.mark.django_db
def test_counts_grown_by_changes_are_those_from_scratch(a_city: TinyCity) -> None:
    dice = random.Random(11)
    for change in (_insert, _update, _merge, _insert, _delete, _update, _merge, _insert):
        change(dice, a_city)
    grown = _all_counts()
    assert len(grown[0]) > 100
    upkeep.rebuild(COUNTED)
    assert _all_counts() == grown


@pytest.mark.django_db
def test_counting_from_scratch_takes_what_was_noted_with_it(a_city: TinyCity) -> None:
    dice = random.Random(7)
    _insert(dice, a_city)
    upkeep.merge_all()
    _insert(dice, a_city)
    assert PyramidDelta.objects.exists()
    rows = upkeep.rebuild(COUNTED)
    assert rows == Appeal.objects.public().filter(point__isnull=False).count()
    assert not PyramidDelta.objects.exists()
    assert_tiles_are_as_counted_anew()
    assert_counts_are_those_of_the_rows()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["from=2025-02-01", "to=2025-02-28&state=new,fixed", "from=2025-02-10&to=2025-03-20&category=lamp,tree"]
)
def test_periods_are_counted_by_months(query: str, a_city: TinyCity) -> None:
    dice = random.Random(5)
    for change in (_insert, _insert, _merge, _update, _insert):
        change(dice, a_city)
    for zoom in LEVELS:
        tiles = tiles_of_the_city(zoom)
        expected = sum(count for tile in tiles for count in _counts(anew(tile, query)))
        assert sum(sum(values(features("appeals", tile, query), "count")) for tile in tiles) == expected > 0


def _counts(data: bytes) -> list[int]:
    decoded = mapbox_vector_tile.decode(data) if data else {}
    return [feature["properties"]["count"] for layer in decoded.values() for feature in layer["features"]]


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["from=2025-01-01", "from=2025-01-01&state=new", "from=2025-01-01&state=new&category=lamp"])
def test_a_period_puts_its_counts_where_the_appeals_are(query: str, a_city: TinyCity) -> None:
    for state in ("new", "done", "done"):
        an_appeal(a_city, "lamp", state=state)
    for merged in (False, True):
        tile = around(IN_WEST, 10)
        (cell,) = features("appeals", tile, query)
        assert cell["properties"]["count"] == (1 if "state" in query else 3)
        assert cell["properties"]["state"] == ("new" if "state" in query else "fixed")
        assert place_of(tile, cell) == pytest.approx(IN_WEST, abs=2e-4)
        if not merged:
            upkeep.merge_all()


@pytest.mark.django_db
def test_a_period_reads_no_row_unless_it_is_of_some_categories(a_city: TinyCity) -> None:
    for query, from_counts in {
        "from=2025-01-01": True,
        "from=2025-01-01&state=new": True,
        "from=2025-01-01&category=lamp": False,
    }.items():
        sql = tile_sql.statement(APPEALS, around(IN_WEST, 10), parse(APPEALS, QueryDict(query))).sql
        assert ("issues_appeal" not in sql) is from_counts
        assert ("layers_months" in sql) is from_counts


@pytest.mark.django_db
@pytest.mark.parametrize("visibility", ["held", "private", "hidden"])
def test_what_is_not_public_is_not_even_noted(visibility: str, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, visibility=visibility)
    Appeal.objects.filter(pk=appeal.pk).update(state="done", point=None)
    Appeal.objects.filter(pk=appeal.pk).update(point=appeal.point)
    assert not PyramidDelta.objects.exists()
    Appeal.objects.filter(pk=appeal.pk).update(visibility="public")
    assert sum(values(features("appeals", around(IN_WEST, 10)), "count")) == 1
    Appeal.objects.filter(pk=appeal.pk).update(visibility=visibility)
    assert features("appeals", around(IN_WEST, 10)) == []
    upkeep.merge_all()
    assert features("appeals", around(IN_WEST, 10)) == []
    assert not PyramidPart.objects.filter(n__gt=0).exists()


@pytest.mark.django_db
def test_a_change_that_no_tile_shows_is_not_noted(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, state="accepted")
    upkeep.merge_all()
    Appeal.objects.filter(pk=appeal.pk).update(text="x", address="y", state="planned", due_at=dt.datetime.now(dt.UTC))
    assert not PyramidDelta.objects.exists(), "accepted and planned are one public state"
    Appeal.objects.filter(pk=appeal.pk).update(state="done")
    assert sorted(PyramidDelta.objects.values_list("n", flat=True)) == [-1, 1]


@pytest.mark.django_db
def test_copy_and_raw_statements_count_and_one_statement_is_one_note_for_each_place(a_city: TinyCity) -> None:
    lamp = a_city.categories["lamp"].pk
    with connection.cursor() as cursor:
        with cursor.copy("COPY issues_appeal (public_id, category_id, point) FROM STDIN") as copy:
            for number in range(100):
                copy.write_row((f"{number:08}", lamp, "SRID=4326;POINT(10.01 50.04)"))
        tile = around(IN_WEST, 12)
        assert values(features("appeals", tile), "count") == [100]
        upkeep.merge_all()
        cursor.execute("UPDATE issues_appeal SET state = 'done'")
        assert sorted(PyramidDelta.objects.values_list("n", flat=True)) == [-100, 100]
        assert [one["properties"] for one in features("appeals", tile)] == [{"count": 100, "state": "fixed"}]
        cursor.execute("DELETE FROM issues_appeal WHERE public_id < '00000050'")
        assert values(features("appeals", tile), "count") == [50]
        assert_counts_are_those_of_the_rows()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE issues_appeal CASCADE")
    assert features("appeals", tile) == []
    assert_counts_are_those_of_the_rows()


@pytest.mark.django_db
def test_a_category_keeps_its_counts_under_another_code(a_city: TinyCity) -> None:
    an_appeal(a_city, "lamp")
    upkeep.merge_all()
    Category.objects.filter(code="lamp").update(code="light", valid=("2000-01-01", "2001-01-01"))
    tile = around(IN_WEST, 10)
    assert features("appeals", tile, "category=lamp") == []
    assert values(features("appeals", tile, "category=light"), "count") == [1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "place", ["POINT(10 89)", "POINT(180 50)", "POINT(-180 50)", "POINT EMPTY", "POINT(10 85.06)", "POINT(10 -85.06)"]
)
def test_a_place_at_the_end_of_the_world_stops_no_report(place: str, a_city: TinyCity) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO issues_appeal (public_id, category_id, point) VALUES ('x', %s, ST_GeomFromText(%s, 4326))",
            [a_city.categories["lamp"].pk, place],
        )
    assert Appeal.objects.count() == 1
    upkeep.merge_all()
    assert PyramidTotal.objects.exists() == ("180 50" in place), "the last meridian is in the last and in the first tile"


@pytest.mark.django_db
@pytest.mark.parametrize("moment", ["infinity", "-infinity", "0001-01-01", "9999-12-31"])
def test_a_moment_at_the_end_of_time_stops_no_report(moment: str, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE issues_appeal SET created_at = %s WHERE id = %s", [moment, appeal.pk])
    upkeep.merge_all()
    assert values(features("appeals", around(IN_WEST, 10)), "count") == [1]


@pytest.mark.django_db
def test_a_tile_of_counts_is_one_query_that_reads_no_appeal(a_city: TinyCity, django_assert_num_queries: Any) -> None:
    an_appeal(a_city)
    tile = around(IN_WEST, 14)
    for query in QUERIES:
        with django_assert_num_queries(1) as queries:
            kept(tile, query)
        assert "issues_appeal" not in queries[0]["sql"]


@pytest.mark.django_db(transaction=True)
def test_merges_at_the_same_time_lose_nothing_and_count_nothing_twice(a_city: TinyCity) -> None:
    dice = random.Random(3)
    for _ in range(30):
        _insert(dice, a_city)
    noted = PyramidDelta.objects.count()
    assert noted > 200

    def work(number: int) -> int:
        try:
            taken = 0
            own = random.Random(number)
            for _ in range(25):
                taken += upkeep.merge(own.randrange(5, 40))
                Appeal.objects.filter(pk__in=_some_keys(own)).update(state=own.choice(STATES))
            return taken
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(work, range(4)))
    assert sum(taken) > noted / 2
    assert_tiles_are_as_counted_anew()
    assert_counts_are_those_of_the_rows()


@pytest.mark.django_db(transaction=True)
def test_counting_from_scratch_while_others_write_and_merge_loses_nothing(a_city: TinyCity) -> None:
    dice = random.Random(4)
    for _ in range(10):
        _insert(dice, a_city)

    def write(number: int) -> None:
        own = random.Random(number)
        try:
            for _ in range(20):
                Appeal.objects.filter(pk__in=_some_keys(own)).update(
                    state=own.choice(STATES), visibility=own.choice(["public", "held"])
                )
                upkeep.merge(own.randrange(1, 30))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        writing = [threads.submit(write, number) for number in range(2)]
        while not all(one.done() for one in writing):
            upkeep.rebuild(COUNTED)
        for one in writing:
            one.result()
    assert_tiles_are_as_counted_anew()
    assert_counts_are_those_of_the_rows()


@pytest.mark.django_db
def test_what_was_there_before_counts_were_kept_is_noted_by_the_migration(a_city: TinyCity) -> None:
    note_all: str = importlib.import_module("issues.migrations.0010_counted").NOTE_ALL
    an_appeal(a_city)
    an_appeal(a_city, at=IN_EAST, visibility="held")
    upkeep.merge_all()
    PyramidPart.objects.all().delete()
    PyramidTotal.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(note_all)
    assert_tiles_are_as_counted_anew()
    assert_counts_are_those_of_the_rows()
