"""A database that is away is 503 and a time to come back; one that came back costs nothing more."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection
from django.test import Client, RequestFactory
from django.urls import get_resolver

from citymap.city import forget_city
from citymap.requests import Wsgi
from gis_data.models import City
from issues import public_id
from issues.models import Appeal
from tests.factories import IN_WEST, build_city
from tests.issues.test_history import break_connection
from tests.issues.test_views_report_hostile import good


@pytest.fixture
def no_database(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody listens where the database was."""
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nowhere")
        yield
    connection.close()


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize(
    "address",
    ["/", "/a/{}", "/t/" + "x" * 22, "/photos/" + "0" * 32, "/search/address?q=street", "/tiles/appeals/14/8647/5546.mvt"],
)
def test_without_a_database_a_page_says_when_to_come_back(address: str) -> None:
    answer = Client(raise_request_exception=False).get(address.format(public_id.new()))

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "no-store" in answer["Cache-Control"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "try again in a minute" in answer.content.decode()


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize("address", ["/desk", "/no-such-page", "/accounts/login/"])
def test_somebody_logged_in_gets_the_same_page_though_the_session_is_away_too(address: str) -> None:
    client = Client(raise_request_exception=False, headers={"accept-language": "ru"})
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    answer = client.get(address)

    assert answer.status_code == 503
    assert '<html lang="ru">' in answer.content.decode()
    assert "Попробуйте снова через минуту" in answer.content.decode()


@pytest.mark.usefixtures("no_database")
def test_a_report_sent_meanwhile_is_503_too() -> None:
    assert Client(raise_request_exception=False).post("/report", good()).status_code == 503


FIRST_REQUEST = """
from citymap.wsgi import application
from django.test import RequestFactory
application(RequestFactory().get("/").environ, lambda status, headers, *_: print(status, dict(headers)))
"""


def test_a_server_that_starts_before_its_database_answers_the_same() -> None:
    env = {**os.environ, "DATABASE_URL": "postgis://citymap@/citymap?host=/nowhere"}
    run = subprocess.run([sys.executable, "-c", FIRST_REQUEST], env=env, capture_output=True, text=True, check=False)

    assert run.stdout.startswith("503 "), run.stderr[-500:]
    assert "Retry-After" in run.stdout
    assert "Content-Security-Policy" in run.stdout


@pytest.mark.django_db
def test_a_fault_of_ours_is_still_500() -> None:
    get_resolver().check()  # the addresses are read before anything breaks

    def broken(*_: object) -> None:
        raise ProgrammingError("no such column")

    with connection.execute_wrapper(broken):
        answer = Client(raise_request_exception=False).get(f"/a/{public_id.new()}")

    assert answer.status_code == 500
    assert "Retry-After" not in answer
    assert "Something broke on our side" in answer.content.decode()


def ask(address: str, data: dict[str, Any] | None = None) -> int:
    """Send a request as the web server does: unlike the test client, it has Django look after the thread's connection."""
    factory = RequestFactory()
    factory.cookies["csrftoken"] = token = "c" * 32
    environ = (factory.get(address) if data is None else factory.post(address, {**data, "csrfmiddlewaretoken": token})).environ
    said: list[str] = []

    def start(status: str, *_: Any) -> Any:
        said.append(status)

    Wsgi()(environ, start).close()
    return int(said[0].split()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kept", [True, False], ids=["city remembered", "city forgotten"])
def test_a_connection_that_died_between_requests_costs_no_answer(kept: bool) -> None:
    build_city()
    near = {"step": "place", "lon": IN_WEST[0], "lat": IN_WEST[1]}
    requests: list[tuple[str, dict[str, Any] | None]] = [
        ("/", None),
        ("/tiles/appeals/14/8647/5546.mvt", None),
        ("/report", {**near, "step": "category", "category": "pothole"}),
    ]
    for address, data in requests:
        assert ask(address, data) in {200, 204}, address
        if not kept:
            forget_city()
        break_connection()
        assert ask(address, data) in {200, 204}, address


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_dies_within_a_request_costs_that_answer_alone() -> None:
    build_city()
    assert ask("/") == 200
    killed: list[str] = []

    def kill(execute: Any, sql: str, *rest: Any) -> Any:
        if not killed and "issues_appeal" in sql:
            killed.append(sql)
            break_connection()
        return execute(sql, *rest)

    with connection.execute_wrapper(kill):
        assert [ask("/"), ask("/"), ask("/")] == [503, 200, 200]
    assert killed
    assert City.objects.exists()
    assert not Appeal.objects.exists()
