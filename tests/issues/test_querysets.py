"""Who may read what: the public reading cannot leak, staff see what their role, service and area open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import F, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Role, User
from issues import triage
from issues.errors import NotPublic
from issues.models import Appeal, PublicAppeal
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal

pytestmark = pytest.mark.django_db


def codes(found: QuerySet[Appeal]) -> set[int]:
    return set(found.values_list("pk", flat=True))


def test_the_public_reading_holds_public_appeals_alone(a_city: TinyCity) -> None:
    shown = an_appeal(a_city)
    for visibility in ("held", "private", "hidden"):
        an_appeal(a_city, visibility=visibility)

    assert codes(Appeal.objects.public()) == {shown.pk}


def test_a_public_appeal_reads_its_public_columns_with_one_statement(a_city: TinyCity) -> None:
    an_appeal(a_city, text="secret words")

    with CaptureQueriesContext(connection) as queries:
        row = Appeal.objects.public().select_related("category", "department", "district").get()
        assert isinstance(row, PublicAppeal)
        assert (row.state, row.category.code, row.department.code, row.district.code) == ("new", "pothole", "roads", "west")
    assert len(queries) == 1
    assert "text" not in queries[0]["sql"].split("FROM")[0].replace("text_public", "")


LEAKS: dict[str, Callable[[], Any]] = {
    "text": lambda: Appeal.objects.public().get().text,
    "answers": lambda: Appeal.objects.public().get().answers,
    "flags": lambda: Appeal.objects.public().get().flags,
    "reporter": lambda: Appeal.objects.public().get().reporter,
    "events": lambda: Appeal.objects.public().get().events,
    "refresh": lambda: Appeal.objects.public().get().refresh_from_db(),
    "only": lambda: Appeal.objects.public().only("text"),
    "defer": lambda: Appeal.objects.public().defer(None),
    "values": lambda: Appeal.objects.public().values("text"),
    "values_list": lambda: Appeal.objects.public().values_list("reporter__email", flat=True),
    "values of an expression": lambda: Appeal.objects.public().values(said=F("text")),
    "order": lambda: Appeal.objects.public().order_by("text"),
    "order by a person": lambda: Appeal.objects.public().order_by(F("reporter__email").desc()),
    "select_related": lambda: Appeal.objects.public().select_related("reporter"),
    "select_related of all": lambda: Appeal.objects.public().select_related(),
    "prefetch": lambda: Appeal.objects.public().prefetch_related("events"),
    "after a filter": lambda: Appeal.objects.public().filter(state="new").values("text"),
    "first": lambda: Appeal.objects.public().order_by("-id").first().reporter,
    "save": lambda: Appeal.objects.public().get().save(),
    "delete": lambda: Appeal.objects.public().get().delete(),
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_what_is_not_public_cannot_be_read_from_it(a_city: TinyCity, leak: Callable[[], Any]) -> None:
    an_appeal(a_city, text="secret words", email="robin@testville.invalid")

    with pytest.raises(NotPublic):
        leak()


def test_plain_values_of_the_public_reading_are_the_allow_list(a_city: TinyCity) -> None:
    an_appeal(a_city, text="secret words")

    rows: QuerySet[Any, Any] = Appeal.objects.public().values()
    row = rows.get()

    assert "text" not in row
    assert "answers" not in row
    assert row["public_id"]


def test_words_come_only_where_they_may_be_shown(a_city: TinyCity) -> None:
    an_appeal(a_city, text="secret words")
    an_appeal(a_city, text="open words", text_public=True)

    rows: QuerySet[Any] = Appeal.objects.public().with_words().order_by("id")

    assert [row.public_text for row in rows] == ["", "open words"]
    assert [row["public_text"] for row in rows.values()] == ["", "open words"]


@pytest.fixture
def appeals(a_city: TinyCity) -> dict[str, Appeal]:
    made = {
        "west": an_appeal(a_city, at=IN_WEST),
        "east": an_appeal(a_city, at=IN_EAST),
        "parks": an_appeal(a_city, department=a_city.departments["parks"]),
        "nobody's": an_appeal(a_city, department=None),
        "held": an_appeal(a_city, visibility="held"),
        "private": an_appeal(a_city, category="noise"),
        "no place": an_appeal(a_city, at=None),
    }
    triage.accept(made["west"], a_city.clerk)
    return made


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("clerk", {"west", "east", "private", "no place"}),
        ("head", {"west", "east", "private", "no place"}),
        ("clerk-parks", {"parks"}),
        ("clerk-west", {"west", "private"}),
        ("crew", {"west"}),
        ("dispatcher", {"west", "east", "parks", "nobody's", "held", "private", "no place"}),
        ("admin", {"west", "east", "parks", "nobody's", "held", "private", "no place"}),
        ("resident", set()),
    ],
)
def test_staff_see_what_role_service_and_area_open(
    a_city: TinyCity, appeals: dict[str, Appeal], who: str, sees: set[str]
) -> None:
    found = codes(Appeal.objects.visible_to(a_city.people[who]))

    assert {name for name, appeal in appeals.items() if appeal.pk in found} == sees


def test_strangers_and_the_dismissed_see_nothing(a_city: TinyCity, appeals: dict[str, Appeal]) -> None:
    a_city.clerk.is_active = False

    assert not Appeal.objects.visible_to(a_city.clerk).exists()
    assert not Appeal.objects.visible_to(AnonymousUser()).exists()


def test_a_superuser_sees_everything(a_city: TinyCity, appeals: dict[str, Appeal]) -> None:
    boss = User.objects.create_superuser("boss@testville.invalid", "testville")

    assert Appeal.objects.visible_to(boss).count() == len(appeals)


def test_two_memberships_add_up_and_no_row_comes_twice(a_city: TinyCity, appeals: dict[str, Appeal]) -> None:
    Membership.objects.create(user=a_city.clerk, role=Role.CREW, crew=a_city.crews["roads-west"])
    Membership.objects.create(user=a_city.clerk, role=Role.CLERK, department=a_city.departments["parks"])

    found = list(Appeal.objects.visible_to(a_city.clerk))

    assert len(found) == len({row.pk for row in found}) == 5


def test_the_queue_puts_the_latest_first_and_leaves_out_what_is_done(a_city: TinyCity) -> None:
    now = timezone.now()
    later = an_appeal(a_city, due_at=now + dt.timedelta(hours=1))
    late = an_appeal(a_city, due_at=now - dt.timedelta(days=1))
    never = an_appeal(a_city)
    done = an_appeal(a_city, state="done", due_at=now - dt.timedelta(days=9))

    assert list(Appeal.objects.queue()) == [late, later, never]
    assert list(Appeal.objects.overdue(now)) == [late]
    assert done not in Appeal.objects.overdue(now)
