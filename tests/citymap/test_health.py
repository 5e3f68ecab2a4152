"""``/healthz`` tells the truth about each part, and answers even when parts are gone."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import User
from citymap.health import healthz
from notifications.models import OutboxMessage
from tests.factories import TinyCity


def ask() -> tuple[int, dict[str, Any]]:
    response = Client().get("/healthz")
    return response.status_code, response.json()


@pytest.mark.django_db
def test_all_is_well_with_database_and_redis(redis_url: str, settings: LazySettings) -> None:
    settings.REDIS_URL = redis_url
    status, body = ask()
    assert (status, body["status"]) == (200, "ok")
    assert body["outbox"] == {"ok": True, "waiting": 0, "lag_seconds": 0.0, "dead": 0}


@pytest.mark.django_db
def test_without_redis_it_is_degraded_but_up(settings: LazySettings, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/gone.sock"
    status, body = ask()
    assert (status, body["status"], body["redis"]) == (200, "degraded", {"ok": False})
    assert "ConnectionError" in caplog.text, "the reason is for the log"


@pytest.mark.django_db
def test_which_database_it_is_staff_alone_are_told(a_city: TinyCity) -> None:
    assert ask()[1]["database"] == {"ok": True}
    resident = User.objects.create_user("somebody@testville.invalid", "testville")
    for person, told in ((resident, False), (a_city.clerk, True)):
        client = Client()
        client.force_login(person)
        body = client.get("/healthz").json()
        assert ("version" in body["database"]) is ("postgis" in body["database"]) is told


@pytest.mark.django_db
def test_the_outbox_tells_how_long_the_oldest_letter_waits() -> None:
    now = timezone.now()
    OutboxMessage.objects.create(kind="mail", key="a", payload={}, available_at=now - timedelta(seconds=90))
    OutboxMessage.objects.create(kind="mail", key="b", payload={}, available_at=now + timedelta(hours=1))
    OutboxMessage.objects.create(kind="mail", key="c", payload={}, available_at=now, dead_at=now)
    OutboxMessage.objects.create(kind="mail", key="d", payload={}, available_at=now - timedelta(days=1), done_at=now)
    outbox = ask()[1]["outbox"]
    assert (outbox["waiting"], outbox["dead"]) == (1, 1)
    assert 90 <= outbox["lag_seconds"] < 120


def test_without_a_database_it_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = healthz(RequestFactory().get("/healthz"))
    assert response.status_code == 503
    assert b'"status": "down"' in response.content


@pytest.mark.django_db
def test_it_is_read_only() -> None:
    assert Client(enforce_csrf_checks=True).post("/healthz").status_code == 405
