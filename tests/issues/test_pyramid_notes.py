"""What of appeals is noted for the counts kept in advance, and what a tile reads of them."""

import datetime as dt
from typing import Any

import pgtrigger
import pytest
from django.db import connection
from django.http import QueryDict

from issues.map_layers import APPEALS
from issues.models import Appeal, Category
from layers import tile_sql, upkeep
from layers.filters import parse
from layers.models import PyramidDelta, PyramidPart, PyramidTotal
from tests.factories import IN_WEST, TinyCity, an_appeal
from tests.issues.counting import QUERIES, assert_counts_are_those_of_the_rows, kept
from tests.layers.reading import around, features, values


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
def test_notes_are_made_even_where_triggers_are_told_to_be_ignored(a_city: TinyCity) -> None:
    with pgtrigger.ignore("issues.Appeal:counted_insert", "issues.Appeal:counted_update"):
        appeal = an_appeal(a_city)
        Appeal.objects.filter(pk=appeal.pk).update(state="done")
    assert sorted(PyramidDelta.objects.values_list("n", flat=True)) == [-1, 1, 1]
    assert_counts_are_those_of_the_rows()


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
