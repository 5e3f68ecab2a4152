"""``/healthz``: what a load balancer and a person on call need to know, as JSON."""

from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from notifications import outbox

PATIENCE = 0.3  # seconds for Redis: it is only the doorbell


def _database() -> dict[str, Any]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), postgis_lib_version()")
            server, postgis = cursor.fetchone()
    except DatabaseError as error:
        connection.close()  # a broken connection must not outlive this answer
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True, "version": server, "postgis": postgis}


def _redis() -> dict[str, Any]:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry_on_timeout=False
        ) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True}


def _outbox() -> dict[str, Any]:
    """Messages that are due, the age in seconds of the oldest that is due, and those given up."""
    try:
        lag = outbox.lag()
    except DatabaseError as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True, "waiting": lag.due, "lag_seconds": round(lag.seconds, 1), "dead": lag.dead}


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 ``ok``; 200 ``degraded`` without Redis (reports are still taken); 503 ``down`` without the database."""
    database = _database()
    letters = _outbox() if database["ok"] else {"ok": False}
    doorbell = _redis()
    status = "down" if not (database["ok"] and letters["ok"]) else "ok" if doorbell["ok"] else "degraded"
    body = {"status": status, "database": database, "redis": doorbell, "outbox": letters}
    return JsonResponse(body, status=503 if status == "down" else 200)
