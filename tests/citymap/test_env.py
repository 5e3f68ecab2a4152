"""Settings are read strictly: what makes no sense stops the start with one line that names the variable."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from citymap import env

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (lambda: env.text("X_SETTING"), ""),
        (lambda: env.text("X_SETTING"), "   "),
        (lambda: env.flag("X_SETTING", False), "perhaps"),
        (lambda: env.whole("X_SETTING", 5, 0, 9), "ten"),
        (lambda: env.whole("X_SETTING", 5, 0, 9), "10"),
        (lambda: env.whole("X_SETTING", 5, 0, 9), "-1"),
        (lambda: env.words("X_SETTING"), ", ,"),
        (lambda: env.optional_folder("X_SETTING"), "/nowhere/at/all"),
        (lambda: env.web_address("X_SETTING"), "map.example.org"),
        (lambda: env.web_address("X_SETTING"), "ftp://map.example.org"),
        (lambda: env.web_address("X_SETTING"), "https://"),
        (lambda: env.web_address("X_SETTING"), "https://map.example.org/?a=b"),
        (lambda: env.publisher_prefix("X_SETTING", "000000"), "ABC123"),
        (lambda: env.publisher_prefix("X_SETTING", "000000"), "abc-12"),
        (lambda: env.publisher_prefix("X_SETTING", "000000"), "abc1234"),
        (lambda: env.database("X_SETTING"), "mysql://u@h/n"),
        (lambda: env.database("X_SETTING"), "postgis://u@h"),
        (lambda: env.database("X_SETTING"), "postgis://u@h:port/n"),
        (lambda: env.redis_url("X_SETTING"), "localhost:6379"),
        (lambda: env.broker_url("X_SETTING", "redis://h"), "rabbit"),
        (lambda: env.mail("X_SETTING"), "mail.example.org"),
        (lambda: env.mail("X_SETTING"), "smtp://"),
        (lambda: env.mail("X_SETTING"), "smtp://h:port"),
    ],
)
def test_a_bad_value_leaves_with_one_line_naming_the_variable(
    reader: Callable[[], Any], value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X_SETTING", value)
    with pytest.raises(env.BadSetting) as refused:
        reader()
    assert "X_SETTING" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_SETTING", "")
    assert env.whole("X_SETTING", 5, 0, 9) == 5
    assert env.flag("X_SETTING", True) is True
    assert env.optional_folder("X_SETTING") is None


def test_a_database_on_a_socket_keeps_the_folder_as_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_SETTING", "postgis://citymap@/town?host=/run/citymap")
    database = env.database("X_SETTING")
    assert (database["HOST"], database["NAME"], database["USER"], database["PORT"]) == ("/run/citymap", "town", "citymap", "")
    assert "host" not in database["OPTIONS"]


def test_a_database_password_may_hold_any_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_SETTING", "postgis://u:p%40ss%2F%3A@db.example.org:5433/town?sslmode=require")
    database = env.database("X_SETTING")
    assert (database["PASSWORD"], database["PORT"], database["OPTIONS"]["sslmode"]) == ("p@ss/:", "5433", "require")


def test_a_redis_socket_is_rewritten_for_the_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("X_SETTING", raising=False)
    assert env.broker_url("X_SETTING", "unix:///run/redis.sock?db=3") == "redis+socket:///run/redis.sock?virtual_host=3"
    assert env.broker_url("X_SETTING", "amqp://rabbit") == "amqp://rabbit"


@pytest.mark.parametrize(
    ("value", "port", "tls", "ssl"),
    [("smtp://h", 25, False, False), ("smtp+tls://u:p@h", 587, True, False), ("smtps://h:2465", 2465, False, True)],
)
def test_each_kind_of_mail_server_is_understood(
    value: str, port: int, tls: bool, ssl: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X_SETTING", value)
    mail = env.mail("X_SETTING")
    assert (mail["EMAIL_PORT"], mail["EMAIL_USE_TLS"], mail["EMAIL_USE_SSL"]) == (port, tls, ssl)


def test_geodjango_uses_the_libraries_of_the_wheels() -> None:
    geos, gdal = env.wheel_library("shapely", "libgeos_c-*"), env.wheel_library("pyogrio", "libgdal-*")
    assert geos is not None
    assert "shapely.libs" in geos
    assert gdal is not None
    assert "pyogrio.libs" in gdal
    assert env.wheel_library("no-such-package", "*") is None


def start(settings: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=kept | {"DJANGO_SETTINGS_MODULE": settings} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "PUBLIC_URL", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"])
def test_a_production_server_does_not_start_without(missing: str) -> None:
    whole = {
        "SECRET_KEY": "k" * 40,
        "ALLOWED_HOSTS": "map.example.org",
        "PUBLIC_URL": "https://map.example.org",
        "DATABASE_URL": "postgis://u@h/n",
        "REDIS_URL": "redis://h/0",
        "EMAIL_URL": "smtp://h",
        "DEFAULT_FROM_EMAIL": "map@example.org",
    }
    del whole[missing]
    done = start("citymap.settings.base", **whole)
    assert done.returncode == 1
    assert done.stderr.strip() == f"CityMap cannot start: {missing} is not set"


def test_a_short_secret_is_refused() -> None:
    done = start(
        "citymap.settings.base",
        SECRET_KEY="short",
        DATABASE_URL="postgis://u@h/n",
    )
    assert done.stderr.strip().startswith("CityMap cannot start: SECRET_KEY is too short")
