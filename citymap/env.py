"""Strict readers of environment variables: a bad value stops the start with one clear line.

`BadSetting` leaves the interpreter (it is a `SystemExit`), so a web server, a worker and a command all end with the
same single line instead of a traceback.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


class BadSetting(SystemExit):
    """A setting that is missing or makes no sense."""

    def __init__(self, name: str, problem: str) -> None:
        self.line = f"CityMap cannot start: {name} {problem}"
        super().__init__(self.line)

    def __str__(self) -> str:
        return self.line


def text(name: str, default: str | None = None) -> str:
    """Return the variable, or ``default``; without a default it is required. An empty value counts as not set."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise BadSetting(name, "is not set")
    return default


def flag(name: str, default: bool) -> bool:
    value = text(name, "").lower()
    if not value:
        return default
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise BadSetting(name, f"must be yes or no, not {value!r}")


def whole(name: str, default: int, low: int, high: int) -> int:
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise BadSetting(name, f"must be a whole number, not {value!r}") from None
    if not low <= number <= high:
        raise BadSetting(name, f"must lie between {low} and {high}, not {number}")
    return number


def words(name: str, default: str | None = None) -> list[str]:
    """Return a comma-separated list without empty members."""
    found = [word.strip() for word in text(name, default).split(",") if word.strip()]
    if not found and default is None:
        raise BadSetting(name, "names nothing")
    return found


def publisher_prefix(name: str, default: str) -> str:
    """Return the six lowercase letters or digits by which the keepers of a standard know a publisher."""
    value = text(name, default)
    if not re.fullmatch(r"[a-z0-9]{6}", value, re.ASCII):
        raise BadSetting(name, f"must be six lowercase letters or digits, not {value!r}")
    return value


def folder(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().resolve()


def optional_folder(name: str) -> Path | None:
    value = text(name, "")
    if not value:
        return None
    path = Path(value).expanduser().resolve()
    if not path.is_dir():
        raise BadSetting(name, f"is not a folder: {value}")
    return path


def web_address(name: str, default: str | None = None) -> str:
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise BadSetting(name, f"must be a web address like https://map.example.org, not {value!r}")
    return value


def database(name: str) -> dict[str, Any]:
    """Return the Django database settings for ``postgis://user:password@host:port/name?host=/socket/folder``."""
    value = text(name)
    parts = urlsplit(value)
    if parts.scheme not in {"postgis", "postgres", "postgresql"}:
        raise BadSetting(name, "must begin with postgis://")
    base = unquote(parts.path.lstrip("/"))
    if not base:
        raise BadSetting(name, "names no database after the host")
    options: dict[str, Any] = {"connect_timeout": 3} | dict(parse_qsl(parts.query))
    host = options.pop("host", parts.hostname or "")
    try:
        port = parts.port
    except ValueError:
        raise BadSetting(name, "has a port that is no number") from None
    return {
        "ENGINE": "citymap.postgis",
        "NAME": base,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


def redis_url(name: str) -> str:
    """Return ``redis://…``, ``rediss://…`` or ``unix:///path`` as redis-py takes it."""
    value = text(name)
    if urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
        raise BadSetting(name, "must begin with redis://, rediss:// or unix://")
    return value


def broker_url(name: str, default: str) -> str:
    """Return a broker address as kombu takes it; a Redis socket is ``unix:///path`` here and ``redis+socket`` there."""
    value = text(name, default)
    if value.startswith("unix://"):
        path, _, query = value.removeprefix("unix://").partition("?")
        number = dict(parse_qsl(query)).get("db", "0")
        return f"redis+socket://{path}?virtual_host={number}"
    if "://" not in value:
        raise BadSetting(name, "must be an address like redis://… or amqp://…")
    return value


def mail(name: str, default: str | None = None) -> dict[str, Any]:
    """Return Django's mail settings for ``smtp://``, ``smtp+tls://`` (STARTTLS), ``smtps://`` or ``console://``."""
    parts = urlsplit(text(name, default))
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme not in {"smtp", "smtp+tls", "smtps"} or not parts.hostname:
        raise BadSetting(name, "must be smtp://user:password@host:port, smtp+tls://…, smtps://… or console://")
    usual = {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme]
    try:
        port = parts.port or usual
    except ValueError:
        raise BadSetting(name, "has a port that is no number") from None
    return {
        "EMAIL_BACKEND": "notifications.channels.smtp.SmtpBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
    }


def wheel_library(package: str, pattern: str) -> str | None:
    """Return the shared library inside an installed wheel (its name carries a hash), or None: Django then looks itself."""
    for root in sys.path:
        found = sorted(Path(root or ".").glob(f"{package}.libs/{pattern}"))
        if found:
            return str(found[0])
    return None
