"""Numbers by filter and by month: the same as counting the rows, whatever waits to be merged, and without reading the table."""

import datetime as dt
import json
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Func, TextField, Value
from django.db.models.functions import Cast
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from gis_data.map_layers import DISTRICTS
from gis_data.models import Boundary
from issues.counted import COUNTED
from issues.models import Appeal
from issues.states import PUBLIC_STATES
from layers import counts, upkeep
from layers.models import PyramidTotal
from tests.factories import TinyCity, an_appeal
from tests.layers.numbering import PUBLIC, ask, expected, fill


@pytest.fixture
def archive(a_city: TinyCity) -> TinyCity:
    return fill(a_city)


QUERIES: list[dict[str, str]] = [
    {},
    {"category": "lamp"},
    {"category": "lamp,tree", "state": "new,fixed"},
    {"category": "unheard-of"},
    {"state": "in_progress"},
    {"from": "2024-01-01", "to": "2024-12-31"},
    {"from": "2025-01-01"},
    {"to": "2024-12-31", "state": "declined"},
    {"category": "pothole", "from": "2024-05-05", "to": "2024-05-25"},
    {"category": "lamp", "state": "new", "from": "2024-03-01"},
    {"bbox": "10,50,10.1,50.1"},
    {"bbox": "10,50,10.1,50.1", "category": "tree", "state": "fixed", "from": "2024-02-02", "to": "2025-02-02"},
    {"bbox": "1,1,2,2"},
    {"bbox": "10,50.01,10.08,50.05"},
    {"bbox": "10,50.01,10.08,50.05", "state": "new,fixed"},
    {"bbox": "10,50.01,10.08,50.05", "category": "lamp"},
    {"bbox": "10,50.01,10.08,50.05", "from": "2024-01-01", "to": "2024-12-31"},
    {"bbox": "10.0333,50.0111,10.0777,50.0444", "category": "lamp,tree", "state": "declined"},
    {"bbox": "10.0099,50.0399,10.0101,50.0401"},
    {"bbox": "10.01,50.04,10.01,50.04"},
    {"bbox": "-180,-90,180,90"},
    {"bbox": "-20,-85,180,80", "state": "in_progress"},
]


@pytest.mark.django_db
@pytest.mark.parametrize("merged", ["nothing merged", "half of it merged", "all merged"])
def test_numbers_are_those_of_the_rows(merged: str, archive: TinyCity) -> None:
    assert Appeal.objects.public().filter(point__isnull=True).count() > 20
    if merged != "nothing merged":
        upkeep.merge_all() if merged == "all merged" else upkeep.merge(200)
    Appeal.objects.filter(pk__in=Appeal.objects.order_by("pk").values("pk")[:50]).update(state="done", visibility="public")
    for query in QUERIES:
        told, right = ask(**query), expected(**query)
        assert told["total"] == right["total"], query
        assert told["filters"] == right["filters"], query
        assert {month: n for month, n in told["months"] if n} == right["months"], query
        assert told["counted"] is True
        assert told["whole_months"] is False, "all these periods are months already, or are counted by rows"


@pytest.mark.django_db
def test_months_have_no_gaps(a_city: TinyCity) -> None:
    for month in (2, 5):
        an_appeal(a_city, created_at=dt.datetime(2025, month, 15, tzinfo=dt.UTC))
    for query in ({}, {"category": "pothole"}, {"from": "2025-02-01", "to": "2025-02-28"}):
        assert ask(**query)["months"] == [["2025-02", 1], ["2025-03", 0], ["2025-04", 0], ["2025-05", 1]]


@pytest.mark.django_db
def test_days_are_widened_to_whole_months_only_where_counts_kept_in_advance_answer(archive: TinyCity) -> None:
    told = ask(**{"from": "2024-03-10", "to": "2024-04-02"})
    assert told["whole_months"] is True
    right = expected(**{"from": "2024-03-01", "to": "2024-04-30"})
    assert (told["total"], told["filters"]) == (right["total"], right["filters"]), "the same days for every number"
    told = ask(**{"from": "2024-03-10", "to": "2024-04-02", "category": "lamp"})
    assert told["whole_months"] is False
    assert told["total"] == expected(**{"from": "2024-03-10", "to": "2024-04-02", "category": "lamp"})["total"]


@pytest.mark.django_db
def test_the_default_view_reads_counts_and_the_few_rows_without_a_place(
    archive: TinyCity, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask()
    with django_assert_num_queries(2) as asked:
        ask()
    assert "layers_pyramidpart" in asked.captured_queries[0]["sql"]
    assert "issues_appeal" not in asked.captured_queries[0]["sql"]
    assert '"point" IS NULL' in asked.captured_queries[1]["sql"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "statements"),
    [
        ({"state": "new"}, 2),
        ({"category": "lamp"}, 3),  # by month of one category, from kinds by month
        ({"from": "2025-01-01"}, 3),  # by category of a period, from the same
        ({"category": "lamp", "from": "2025-01-01", "to": "2025-03-31"}, 3),
        ({"bbox": "10,50,10.1,50.1"}, 2),  # what is counted inside, and the rows of the rim
        ({"bbox": "10,50,10.1,50.1", "state": "new", "from": "2025-01-01"}, 3),
        ({"bbox": "10.01,50.04,10.01,50.04"}, 1),  # too small for counts: one condition for every number
        ({"bbox": "170,50,-170,50.1"}, 1),
        ({"bbox": "10,50,10.1,50.1", "category": "lamp", "state": "new", "from": "2025-01-01"}, 3),
    ],
    ids=str,
)
def test_each_question_costs_a_few_statements(
    query: dict[str, str], statements: int, archive: TinyCity, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask()
    with django_assert_num_queries(statements):
        ask(**query)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", [{"category": "lamp"}, {"from": "2024-03-01"}, {"category": "tree", "state": "new", "to": "2024-12-31"}], ids=str
)
def test_a_category_with_months_needs_no_row_but_those_without_a_place(
    query: dict[str, str], archive: TinyCity, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask()
    with django_assert_num_queries(3) as asked:
        ask(**query)
    assert all('"point" IS NULL' in one["sql"] for one in asked.captured_queries if "issues_appeal" in one["sql"])


@pytest.mark.django_db
def test_a_database_older_than_kinds_by_month_counts_rows_until_all_is_counted_anew(archive: TinyCity) -> None:
    upkeep.merge_all()
    PyramidTotal.objects.filter(cell__range=COUNTED.kinds_by_month).delete()
    migration: Any = import_module("layers.migrations.0003_kinds_by_month")
    with connection.cursor() as cursor:
        cursor.execute(migration.UNTOLD)
    for _time in range(2):
        for query in QUERIES:
            told, right = ask(**query), expected(**query)
            assert (told["total"], told["filters"]) == (right["total"], right["filters"]), query
            assert {month: n for month, n in told["months"] if n} == right["months"], query
        upkeep.rebuild(COUNTED)
    told_by = PyramidTotal.objects.filter(cell__range=COUNTED.kinds_by_month)
    assert told_by.exists()
    assert not told_by.filter(cell=COUNTED.kinds_by_month[1]).exists()


@pytest.mark.django_db
def test_every_layer_has_numbers_with_and_without_filters(a_city: TinyCity) -> None:
    told = ask("districts")
    assert told == {"layer": "districts", "total": 2, "filters": {}, "months": [], "whole_months": False, "counted": True}
    assert ask("districts", bbox="10.05,50.01,10.06,50.02")["total"] == 1
    for layer in ("streets", "assets"):
        assert ask(layer)["total"] == 0
        (numbers,) = ask(layer)["filters"].values()
        assert numbers == {}


@pytest.mark.django_db
def test_words_for_states_are_those_of_the_filter(a_city: TinyCity) -> None:
    for state in PUBLIC:
        an_appeal(a_city, state=state)
    assert ask()["filters"]["state"] == {"new": 1, "in_progress": 3, "fixed": 1, "declined": 2}
    assert set(ask()["filters"]["state"]) == set(PUBLIC_STATES)


@pytest.mark.django_db
def test_an_empty_city_has_no_numbers(db: None) -> None:
    assert ask() == {
        "layer": "appeals", "total": 0, "filters": {"category": {}, "state": {}}, "months": [],
        "whole_months": False, "counted": True,
    }  # fmt: skip


@pytest.mark.django_db
def test_what_takes_too_long_is_said_to_be_uncounted(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    nap = Cast(Func(Value(1), function="pg_sleep"), TextField())
    slow = replace(DISTRICTS, queryset=lambda: Boundary.objects.alias(slept=nap).exclude(slept="never"))
    monkeypatch.setattr("layers.counts_sql.LONGEST_MS", 50)
    with transaction.atomic():
        response = counts.counts(RequestFactory().get("/"), layers=[slow], name="districts")
        transaction.set_rollback(True)
    assert response.status_code == 200
    assert json.loads(response.content) == {
        "layer": "districts", "total": None, "filters": {}, "months": [], "whole_months": False, "counted": False,
    }  # fmt: skip
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_who_has_the_numbers_is_told_so(archive: TinyCity) -> None:
    first = Client().get("/counts/appeals.json")
    assert first["Content-Type"] == "application/json"
    assert first["Access-Control-Allow-Origin"] == "*"
    assert Client().get("/counts/appeals.json", headers={"If-None-Match": first["ETag"]}).status_code == 304
    an_appeal(archive)
    assert Client().get("/counts/appeals.json", headers={"If-None-Match": first["ETag"]}).status_code == 200
