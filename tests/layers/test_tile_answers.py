"""How the door of tiles answers: empty, unchanged, compressed, refused, stopped."""

import gzip
import json
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from citymap.layers import LAYERS
from issues.models import Appeal
from layers import tile_sql, tiles
from layers.problems import TooMuchWork
from tests.factories import IN_RING_WEST, IN_WEST, TinyCity, an_appeal
from tests.layers.reading import address, around, ask, features

NEAR, FAR = 16, 10


@pytest.mark.django_db
def test_an_empty_tile_is_204_without_a_body(a_city: TinyCity) -> None:
    response = ask("appeals", around(IN_WEST, NEAR))
    assert (response.status_code, response.content) == (204, b"")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Content-Type" not in response


@pytest.mark.django_db
def test_who_has_the_tile_is_told_304_until_it_changes(a_city: TinyCity) -> None:
    an_appeal(a_city)
    tile = around(IN_WEST, NEAR)
    first = ask("appeals", tile)
    assert first["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert first["Cache-Control"] == "public, max-age=1, must-revalidate"
    for named in (first["ETag"], f'"other", {first["ETag"]}', "*", first["ETag"].removeprefix("W/")):
        again = ask("appeals", tile, **{"If-None-Match": named})
        assert (again.status_code, again.content) == (304, b"")
        for header in ("ETag", "Cache-Control", "Access-Control-Allow-Origin"):
            assert again[header] == first[header]
        assert "Accept-Encoding" in again["Vary"]
    an_appeal(a_city)
    changed = ask("appeals", tile, **{"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


@pytest.mark.django_db
def test_a_tile_is_compressed_when_it_is_worth_it_and_wanted(scattered: TinyCity) -> None:
    tile = around(IN_RING_WEST, 13)
    plain = ask("appeals", tile)
    packed = ask("appeals", tile, **{"Accept-Encoding": "br;q=1.0, gzip;q=0.8, *;q=0.1"})
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content)
    assert packed["ETag"] == plain["ETag"]
    for refused in ("gzip;q=0", "gzip; q=0.0", "identity", "br", ""):
        assert "Content-Encoding" not in ask("appeals", tile, **{"Accept-Encoding": refused})


@pytest.mark.django_db
def test_a_small_tile_is_not_compressed(a_city: TinyCity) -> None:
    an_appeal(a_city)
    assert "Content-Encoding" not in ask("appeals", around(IN_WEST, NEAR), **{"Accept-Encoding": "gzip"})


@pytest.mark.django_db
def test_only_get_and_head_are_answered(a_city: TinyCity) -> None:
    an_appeal(a_city)
    where = address("appeals", around(IN_WEST, NEAR))
    client = Client()
    head = client.head(where)
    assert head.status_code == 200
    assert head.content == b""
    assert head["ETag"] == client.get(where)["ETag"]
    for method in (client.post, client.put, client.delete, client.patch, client.options):
        response = method(where)
        assert response.status_code == 405
        assert "GET" in response["Allow"]


def _without_database(
    name: str, z: str = "10", x: str = "540", y: str = "347", query: str = ""
) -> tuple[HttpResponse, HttpResponse]:
    """What the doors of tiles and of descriptions answer, called directly: pages ask the database for the city's time."""
    request = RequestFactory().get(f"/?{query}")
    return tiles.tile(request, layers=LAYERS, name=name, z=z, x=x, y=y), tiles.tilejson(request, layers=LAYERS, name=name)


def _problem(response: Any, status: int) -> str:
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "no-store"
    body = json.loads(response.content)
    assert set(body) == {"type", "title", "status", "detail"}
    assert body["status"] == status
    detail: str = body["detail"]
    assert "Traceback" not in detail
    return detail


@pytest.mark.parametrize("name", ["nothing", "Appeals", "appeals2", "auth_user", "x" * 300])
def test_an_unknown_layer_is_404(name: str) -> None:
    for response in _without_database(name):
        assert "no layer" in _problem(response, 404)


@pytest.mark.parametrize(
    "path",
    [
        "5/0/0",
        "17/0/0",
        "10/1024/0",
        "10/0/1024",
        "10/-1/0",
        "10/a/b",
        "10/1.5/0",
        "1e3/0/0",
        "10/0x1/0",
        "99999999999999999999/0/0",
    ],
)
@pytest.mark.django_db
def test_an_address_outside_the_grid_is_400(path: str) -> None:
    assert _problem(Client().get(f"/tiles/appeals/{path}.mvt"), 400)


@pytest.mark.parametrize(
    "query",
    [
        "state=new%27;DROP%20TABLE%20issues_appeal;--",
        "category=%27%20OR%20%271%27=%271",
        "category=%25s",
        "category=%00",
        "from=%27;SELECT%20pg_sleep(10)--",
        "lang=%27)%20FROM%20accounts_user--",
        "bbox=1,2,3,4);DROP%20TABLE%20x",
        "visibility=held",
        "reporter__email__startswith=a",
        "%22=1",
        "f=json",
        "=1",
        "state=" + "new," * 5000 + "x",
    ],
)
def test_an_injection_is_a_sentence_not_a_query(query: str) -> None:
    """This test may not use the database: nothing of this comes as far as SQL."""
    for response in _without_database("appeals", query=query):
        assert _problem(response, 400)


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["a%s", "a'b", 'a"b', "a;b", "a\\", "100%", "{x}", "a--"])
def test_codes_with_teeth_are_refused_or_match_nothing(code: str, a_city: TinyCity) -> None:
    an_appeal(a_city)
    response: Any = Client().get(address("appeals", around(IN_WEST, NEAR)), {"category": code})
    assert response.status_code in {204, 400}
    assert Appeal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_tile_that_takes_too_long_is_stopped_and_said(a_city: TinyCity) -> None:
    slow = tile_sql.Statement("SELECT 'x'::bytea FROM pg_sleep(%s)", (30,))
    with pytest.raises(TooMuchWork):
        tile_sql.fetch(slow, longest_ms=50)
    an_appeal(a_city)
    assert features("appeals", around(IN_WEST, NEAR)), "the connection is good"
    with connection.cursor() as cursor:  # each limit was that of one statement
        cursor.execute("SELECT name FROM pg_settings WHERE source = 'session' AND setting <> reset_val")
        changed = {name for (name,) in cursor.fetchall()}
    assert not changed & {"statement_timeout", "jit", "max_parallel_workers_per_gather"}


@pytest.mark.django_db
def test_too_much_work_is_503_with_a_time_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: Any) -> bytes:
        raise TooMuchWork

    monkeypatch.setattr(tile_sql, "fetch", stopped)
    response, _ = _without_database("appeals", query="state=new")
    assert "Zoom in" in _problem(response, 503)
    assert response["Retry-After"] == "10"
