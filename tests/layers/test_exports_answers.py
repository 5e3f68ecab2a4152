"""How downloads travel: named, conditional, in parts, described; and what they cost."""

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from issues.models import Appeal
from tests.factories import TinyCity, an_appeal
from tests.layers.exporting import FILES, STREAMS, SUFFIXES, ask, body, read, table

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR = tmp_path


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_headers_name_keep_and_describe_it(suffix: str, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    response = ask(f"appeals.{suffix}?state=new")
    assert response["Content-Disposition"] == f'attachment; filename="appeals-{timezone.localdate()}.{suffix}"'
    assert response["Cache-Control"] == "public, max-age=1, must-revalidate"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Link"] == '</data/appeals.columns.json?state=new>; rel="describedby"; type="application/csvm+json"'
    assert response["Last-Modified"] == appeal.updated_at.strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert response["Accept-Ranges"] == ("bytes" if suffix in FILES else "none")
    assert "Set-Cookie" not in response
    body(response)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_who_has_it_is_told_304_until_it_changes(suffix: str, a_city: TinyCity) -> None:
    appeal, other = an_appeal(a_city), an_appeal(a_city)
    first = ask(f"appeals.{suffix}")
    body(first)
    again = ask(f"appeals.{suffix}", If_None_Match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Access-Control-Allow-Origin"] == "*"
    # A slower transaction ends later and writes an earlier time: neither the number nor the latest moment tells it.
    Appeal.objects.filter(pk=appeal.pk).update(state="done", updated_at=other.updated_at - dt.timedelta(seconds=5))
    changed = ask(f"appeals.{suffix}", If_None_Match=first["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    assert b"fixed" in body(changed)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_layer_without_moments_is_told_apart_by_what_it_holds(suffix: str, a_city: TinyCity) -> None:
    first = ask(f"districts.{suffix}")
    body(first)
    assert "Last-Modified" not in first
    assert ask(f"districts.{suffix}", If_None_Match=first["ETag"]).status_code == 304
    a_city.boundaries["west"].names = {"en": "Far West"}
    a_city.boundaries["west"].save()
    assert ask(f"districts.{suffix}", If_None_Match=first["ETag"]).status_code == 200


def test_other_questions_have_other_marks(a_city: TinyCity) -> None:
    an_appeal(a_city)
    paths = ("appeals.csv", "appeals.csv?state=new", "appeals.geojson", "appeals.csv?lang=ru", "districts.csv")
    assert len({ask(path)["ETag"] for path in paths}) == len(paths)
    assert ask("appeals.csv?state=new&category=")["ETag"] == ask("appeals.csv?state=new,new")["ETag"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_head_says_the_same_without_the_rows(suffix: str, a_city: TinyCity) -> None:
    an_appeal(a_city)
    get, head = ask(f"appeals.{suffix}"), Client().head(f"/data/appeals.{suffix}")
    assert head.status_code == 200
    assert body(head) == b""
    for header in ("ETag", "Content-Type", "Content-Disposition", "Link", "Accept-Ranges"):
        assert head[header] == get[header]
    if suffix in FILES:
        assert head["Content-Length"] == str(len(body(get)))


def test_a_stream_has_no_ranges_and_gives_the_whole(a_city: TinyCity) -> None:
    an_appeal(a_city)
    for suffix in STREAMS:
        response = ask(f"appeals.{suffix}", Range="bytes=0-3")
        assert response.status_code == 200
        assert body(response) == body(ask(f"appeals.{suffix}"))


@pytest.mark.parametrize("suffix", FILES)
def test_a_download_that_broke_off_goes_on(suffix: str, a_city: TinyCity, settings: LazySettings) -> None:
    for _ in range(20):
        an_appeal(a_city)
    path = f"appeals.{suffix}"
    whole = ask(path)
    data, etag = body(whole), whole["ETag"]
    assert not etag.startswith("W/")
    part = ask(path, Range=f"bytes=1000-{len(data) - 1001}", If_Range=etag)
    assert part.status_code == 206
    assert part["Content-Range"] == f"bytes 1000-{len(data) - 1001}/{len(data)}"
    assert body(part) == data[1000:-1000]
    # Another machine, or this one after a clean-up, builds the same bytes anew.
    shutil.rmtree(Path(settings.VAR) / "exports")
    rest = ask(path, Range="bytes=1000-", If_Range=etag)
    assert rest.status_code == 206
    assert data[:1000] + body(rest) == data
    assert body(ask(path, Range="bytes=-7")) == data[-7:]
    assert len(read(data, suffix)[1]) == 20


def test_what_changed_in_between_is_sent_whole(a_city: TinyCity) -> None:
    an_appeal(a_city)
    etag = ask("appeals.gpkg")["ETag"]
    an_appeal(a_city)
    response = ask("appeals.gpkg", Range="bytes=1000-", If_Range=etag)
    assert response.status_code == 200
    assert len(read(body(response), "gpkg")[1]) == 2
    for stale in ('"other"', f"W/{etag}", "Sun, 06 Nov 1994 08:49:37 GMT"):
        assert ask("appeals.gpkg", Range="bytes=1000-", If_Range=stale).status_code == 200


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("bytes=999999999-", 416),
        ("bytes=-0", 416),
        ("bytes=5-2", 200),
        ("bytes=0-1,5-6", 200),
        ("lines=0-1", 200),
        ("bytes=", 200),
        ("bytes=a-b", 200),
        ("bytes=-", 200),
        ("bytes=" + "9" * 400 + "-", 200),
        ("bytes=0-999999999999999999", 206),
        ("bytes=-999999999999999999", 206),
        ("bytes = 0 - 0", 206),
    ],
)
def test_ranges_of_every_wrong_kind(asked: str, status: int, a_city: TinyCity) -> None:
    response = ask("districts.fgb", Range=asked)
    assert response.status_code == status
    if status == 416:
        assert response["Content-Range"].startswith("bytes */")
    body(response)


def test_a_file_is_built_once_and_forgotten_after_a_while(
    a_city: TinyCity, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    from layers import exports_files

    folder = Path(settings.VAR) / "exports"
    for _ in range(2):
        body(ask("districts.gpkg"))
    assert len(list(folder.iterdir())) == 1
    body(ask("districts.gpkg?lang=ru"))
    assert len(list(folder.iterdir())) == 2
    monkeypatch.setattr(exports_files, "MOST_BYTES", 1)
    body(ask("districts.fgb"))
    assert list(folder.iterdir()) == []


def test_the_number_of_statements_does_not_grow_with_the_rows(a_city: TinyCity) -> None:
    def statements(suffix: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            body(ask(f"appeals.{suffix}?lang=en&state=new"))
        return len(seen)

    an_appeal(a_city)
    statements("csv")  # the first request of a process asks for the city as well
    few = {suffix: statements(suffix) for suffix in SUFFIXES}
    for _ in range(30):
        an_appeal(a_city)
    assert {suffix: statements(suffix) for suffix in SUFFIXES} == few
    assert few["csv"] <= 6


def test_the_dictionary_describes_exactly_the_columns(a_city: TinyCity) -> None:
    an_appeal(a_city)
    for name in ("appeals", "districts", "streets", "assets", "addresses"):
        response = ask(f"{name}.columns.json")
        assert response["Content-Type"] == "application/csvm+json"
        told = json.loads(response.content)
        assert told["@context"] == ["http://www.w3.org/ns/csvw", {"@language": "en"}]
        assert told["url"] == f"http://testserver/data/{name}.csv"
        columns = told["tableSchema"]["columns"]
        header = body(ask(f"{name}.csv")).decode().partition("\r\n")[0].split(",")
        assert [column["name"] for column in columns] == header
        assert all(column["name"] == column["titles"][0] for column in columns)
        assert told["tableSchema"]["primaryKey"] in header
    assert ask("appeals.columns.json", If_None_Match=ask("appeals.columns.json")["ETag"]).status_code == 304


def test_the_dictionary_gives_the_words_of_codes_and_the_terms(a_city: TinyCity) -> None:
    told = json.loads(ask("appeals.columns.json?state=new&lang=en").content)
    assert told["url"].endswith("/data/appeals.csv?state=new&lang=en")
    (state,) = (column for column in told["tableSchema"]["columns"] if column["name"] == "state")
    assert "in_progress = " in state["dc:description"]
    assert "dc:license" not in told
    a_city.city.licences = {"appeals": {"title": "CC0 1.0", "url": "https://creativecommons.org/publicdomain/zero/1.0/"}}
    a_city.city.save()
    told = json.loads(ask("appeals.columns.json").content)
    assert told["dc:license"] == {"@id": "https://creativecommons.org/publicdomain/zero/1.0/"}
    assert table("appeals.csv") == []
