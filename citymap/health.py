"""``/healthz``: what a load balancer and a person on call need to know, as JSON."""

import logging
from typing import Any, Final

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts.permissions import staff_of
from notifications import outbox

PATIENCE = 0.3  # seconds for Redis: it is only the doorbell
_log: Final = logging.getLogger(__name__)


def _failed(part: str, error: Exception) -> dict[str, Any]:
    """What everybody hears; the reason is for the log."""
    _log.warning("%s: %s: %s", part, type(error).__name__, error)
    return {"ok": False}


def _database() -> dict[str, Any]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        connection.close()  # a broken connection must not outlive this answer
        return _failed("database", error)
    return {"ok": True}


def _versions() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), postgis_lib_version()")
        server, postgis = cursor.fetchone()
    return {"version": server, "postgis": postgis}


def _redis() -> dict[str, Any]:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry_on_timeout=False
        ) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return _failed("redis", error)
    return {"ok": True}


def _outbox() -> dict[str, Any]:
    """Messages that are due, the age in seconds of the oldest that is due, and those given up."""
    try:
        lag = outbox.lag()
    except DatabaseError as error:
        return _failed("outbox", error)
    return {"ok": True, "waiting": lag.due, "lag_seconds": round(lag.seconds, 1), "dead": lag.dead}


@csrf_exempt  # nothing is changed here, and a POST is to hear 405 rather than 403
@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 ``ok``; 200 ``degraded`` without Redis (reports are still taken); 503 ``down`` without the database.

    Which database it is, staff alone are told: by its version one looks up what is wrong with it.
    """
    database = _database()
    letters = _outbox() if database["ok"] else {"ok": False}
    doorbell = _redis()
    status = "down" if not (database["ok"] and letters["ok"]) else "ok" if doorbell["ok"] else "degraded"
    if status != "down" and staff_of(request).memberships:
        database |= _versions()
    body = {"status": status, "database": database, "redis": doorbell, "outbox": letters}
    return JsonResponse(body, status=503 if status == "down" else 200)
