"""Who may enter staff pages: the guard, and what it costs."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from accounts.permissions import StaffRequest, staff_of, staff_required
from tests.factories import TinyCity

pytestmark = pytest.mark.django_db
PAGE = "/desk/outbox"  # for administrators


@staff_required(Role.CLERK, Role.DISPATCHER)
def for_clerks(request: StaffRequest, word: str) -> HttpResponse:
    return HttpResponse(f"{word} {request.user.name} {sorted(request.staff.roles)}")


@staff_required()
def for_any_staff(request: StaffRequest) -> HttpResponse:
    return HttpResponse("in")


def test_a_visitor_is_asked_to_log_in_and_comes_back(client: Client) -> None:
    response = client.get(PAGE, {"before": "7"})
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/desk/outbox%3Fbefore%3D7"


def test_a_visitor_who_sent_a_form_does_not_come_back_to_an_error(client: Client) -> None:
    assert client.post("/desk/outbox/1/again")["Location"] == "/accounts/login/?next=/"


@pytest.mark.parametrize("role", ["clerk", "dispatcher", "crew", "head", "resident"])
def test_other_roles_are_turned_away(client: Client, a_city: TinyCity, role: str) -> None:
    client.force_login(a_city.people[role])
    assert client.get(PAGE).status_code == 403


def test_an_administrator_enters(client: Client, a_city: TinyCity) -> None:
    client.force_login(a_city.people["admin"])
    response = client.get(PAGE)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("role", "status"), [("clerk", 200), ("dispatcher", 200), ("admin", 200), ("crew", 403), ("head", 403), ("resident", 403)]
)
def test_the_guard_asks_for_one_of_the_roles(client: Client, a_city: TinyCity, role: str, status: int) -> None:
    assert enter(for_clerks, a_city, role, word="hello") == status


@pytest.mark.parametrize(("role", "status"), [("crew", 200), ("head", 200), ("resident", 403)])
def test_a_guard_without_roles_takes_any_staff(a_city: TinyCity, role: str, status: int) -> None:
    assert enter(for_any_staff, a_city, role) == status


def enter(view: object, city: TinyCity, role: str, **kwargs: str) -> int:
    from django.core.exceptions import PermissionDenied

    request = RequestFactory().get("/somewhere")
    request.user = city.people[role]
    try:
        return int(view(request, **kwargs).status_code)  # type: ignore[operator]
    except PermissionDenied:
        return 403


def test_a_dismissed_person_is_out_at_once(client: Client, a_city: TinyCity) -> None:
    admin = a_city.people["admin"]
    client.force_login(admin)
    admin.memberships.all().delete()
    assert client.get(PAGE).status_code == 403
    admin.is_active = False
    admin.save()
    assert client.get(PAGE).status_code == 302


def test_roles_cost_one_query_a_request(client: Client, a_city: TinyCity) -> None:
    client.force_login(a_city.people["admin"])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(PAGE).status_code == 200
    asked = [query["sql"] for query in queries if 'FROM "accounts_membership"' in query["sql"]]
    assert len(asked) == 1


def test_a_visitor_costs_no_query() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with CaptureQueriesContext(connection) as queries:
        staff = staff_of(request)
    assert not staff.roles
    assert not staff.has(Role.ADMIN)
    assert len(queries) == 0


@pytest.mark.parametrize("path", ["/accounts/login/", "/report"])
def test_a_page_for_everybody_reads_no_session_and_no_user(client: Client, a_city: TinyCity, path: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
    assert response.status_code == 200
    told = " ".join(query["sql"] for query in queries)
    assert "django_session" not in told
    assert "accounts_user" not in told
    assert "accounts_membership" not in told
    assert "sessionid" not in response.cookies
