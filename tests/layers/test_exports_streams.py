"""Streams of downloads give back what they hold, whoever goes away, and see one moment."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.test import RequestFactory

from gis_data.models import Asset
from layers import exports, exports_stream
from layers.exports_stream import snapshot
from tests.factories import TinyCity
from tests.layers.exporting import SUFFIXES, ask, body, table


@pytest.fixture(autouse=True)
def own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR = tmp_path


# From here on rows are committed, for a stream reads them on a connection of its own.


@pytest.fixture
def many(transactional_db: None, a_city: TinyCity) -> Iterator[int]:
    """So many addresses that they do not leave the database in one chunk."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO gis_data_asset (source_id, kind, names, owner, geometry)
            SELECT i, 'lamp', '{"en": "A lamp with a long name, so that rows are many bytes"}', repeat('o', 60),
                ST_SetSRID(ST_MakePoint(10 + i / 1e6, 50), 4326) FROM generate_series(1, 30000) AS i"""
        )
    yield 30_000
    connection.close()


def _exports_running() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'"
        )
        (running,) = cursor.fetchone()
    return int(running)


def _places_taken() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = %s", [exports_stream.LOCKS]
        )
        (taken,) = cursor.fetchone()
    return int(taken)


def test_a_big_stream_is_whole_and_gives_its_connection_back(many: int) -> None:
    response = ask("assets.csv")
    assert response.streaming
    assert _places_taken() == 1
    data = body(response).decode()
    assert len(data.split("\r\n")) == many + 2
    assert _exports_running() == _places_taken() == 0
    told = json.loads(body(ask("assets.geojson")))
    assert len(told["features"]) == len({feature["id"] for feature in told["features"]}) == many


def test_a_small_answer_holds_nothing_while_it_is_sent(many: int) -> None:
    response = ask("districts.csv")
    assert not response.streaming
    assert _exports_running() == 0


def test_a_client_that_goes_away_frees_everything_at_once(many: int) -> None:
    request = RequestFactory().get("/data/assets.geojson")
    from citymap.layers import LAYERS

    response: Any = exports.download(request, layers=LAYERS, name="assets", suffix="geojson")
    stream = response._iterator
    assert next(stream).startswith(b'{"type":"FeatureCollection"')
    assert _exports_running() == 1
    # The server asks for chunks in another thread than the view's, and closes in a third.
    for work in (lambda: next(stream), stream.close, stream.close):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert _exports_running() == _places_taken() == 0
    assert list(stream) == [], "what was closed stays closed"


def test_more_at_once_than_there_are_places_are_told_to_come_back(many: int) -> None:
    with ExitStack() as others:
        for _ in range(exports_stream.PLACES):
            others.enter_context(snapshot())
        for _ in range(exports_stream.BUILDING_PLACES):
            others.enter_context(snapshot(exports_stream.BUILDING_PLACES, exports_stream.BUILDING_LOCKS))
        for suffix in SUFFIXES:
            response = ask(f"assets.{suffix}")
            assert response.status_code == 503
            assert response["Retry-After"] == "10"
            assert "Many downloads" in json.loads(response.content)["detail"]
    assert len(table("assets.csv")) == many


def test_who_holds_a_place_too_long_loses_it_to_who_asks(many: int) -> None:
    with ExitStack() as others:
        others.enter_context(snapshot(places=2))
        slow = others.enter_context(snapshot(places=2))
        others.enter_context(snapshot(places=2, longest_s=0.001))
        with pytest.raises(OperationalError):
            slow.execute("SELECT 1")
    assert _places_taken() == 0


def test_a_statement_that_takes_too_long_is_stopped_and_said(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "snapshot", lambda *_: snapshot(longest_s=0.002))
    for suffix in ("csv", "gpkg"):
        response = ask(f"assets.{suffix}")
        assert response.status_code == 503
        assert "took too long" in json.loads(response.content)["detail"]
    assert _exports_running() == 0


def test_an_export_sees_one_moment_although_others_write(many: int) -> None:
    response = ask("assets.csv")
    Asset.objects.all().delete()
    assert len(body(response).split(b"\r\n")) == many + 2
    assert table("assets.csv") == []


def test_an_export_cannot_write(many: int) -> None:
    with snapshot() as cursor, pytest.raises(Exception, match="read-only"):
        cursor.execute("DELETE FROM gis_data_asset")
