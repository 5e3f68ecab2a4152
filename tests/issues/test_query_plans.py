"""The lists read along their indexes: a plan that sorts or joins to find its rows would be slow in a big city only."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from issues.models import Appeal
from issues.querysets import NEVER
from issues.views import desk_queue
from issues.views.desk_queue import QueueFilter
from tests.factories import TinyCity, an_appeal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def many_rows(a_city: TinyCity) -> None:
    """A few rows that the planner takes for many: it may neither read the table through nor sort where an index will do."""
    for _ in range(3):
        an_appeal(a_city)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")


def plan(user: User | AnonymousUser, wanted: QueueFilter) -> str:
    return str(desk_queue.rows(Appeal.objects.visible_to(user), wanted, timezone.now()).explain())


@pytest.mark.parametrize("tab", ["new", "late", "work"])
def test_the_queue_of_the_city_is_read_in_order(a_city: TinyCity, tab: str) -> None:
    found = plan(a_city.people["dispatcher"], QueueFilter(tab=tab))
    assert "Index Scan using appeal_city_queue" in found
    assert "Sort" not in found


@pytest.mark.parametrize("tab", ["closed", "all"])
def test_what_a_service_had_is_read_newest_first(a_city: TinyCity, tab: str) -> None:
    found = plan(a_city.clerk, QueueFilter(tab=tab))
    assert "Index Scan Backward using appeal_service_time" in found or "Index Scan Backward using appeal_newest" in found
    assert "Sort" not in found


def test_a_later_page_starts_in_the_index_and_not_at_its_beginning(a_city: TinyCity) -> None:
    found = plan(a_city.people["dispatcher"], QueueFilter(after=(NEVER, 5)))
    condition = next(line for line in found.splitlines() if "Index Cond" in line)
    assert "COALESCE(due_at" in condition


def test_what_is_to_be_checked_is_found_without_a_walk_through_all_that_waits(a_city: TinyCity) -> None:
    found = plan(a_city.people["dispatcher"], QueueFilter(tab="check"))
    assert "Index Scan using appeal_to_check" in found
    assert "Sort" not in found


def test_the_tabs_are_counted_by_two_statements_of_which_the_second_reads_what_is_marked(a_city: TinyCity) -> None:
    an_appeal(a_city, visibility="held")
    an_appeal(a_city, state="accepted", flags=["urgent", "gap"])
    mine = Appeal.objects.visible_to(a_city.people["dispatcher"])
    with CaptureQueriesContext(connection) as queries:
        counts = desk_queue.tab_counts(mine, QueueFilter(), timezone.now())
    assert counts == {"new": "3", "work": "1", "late": "0", "held": "1", "check": "1"}
    assert len(queries) == 2
    assert '"flags"' not in queries[0]["sql"], "the wide count reads nothing that its index does not hold"


def test_a_long_queue_is_counted_up_to_a_limit(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_queue, "COUNT_UP_TO", 2)
    mine = Appeal.objects.visible_to(a_city.people["dispatcher"])
    assert desk_queue.tab_counts(mine, QueueFilter(), timezone.now())["new"] == "2+"


def test_the_desk_reads_no_shape_of_a_district(a_city: TinyCity, client: Client) -> None:
    client.force_login(a_city.clerk)
    with CaptureQueriesContext(connection) as queries:
        client.get("/desk")
    assert not [one["sql"] for one in queries if '"gis_data_boundary"."geometry"' in one["sql"].split("WHERE")[0]]


def test_the_home_list_looks_for_a_category_by_its_number(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get("/?category=pothole")
    rows = next(one["sql"] for one in queries if "FROM issues_appeal" in one["sql"])
    assert "issues_category" not in rows
    assert "category_id = " in rows
