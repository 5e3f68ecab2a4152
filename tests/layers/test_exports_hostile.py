"""Downloads and those who mean ill: formulas, broken questions, closed layers, crowds, clients that go away."""

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import AnonymousUser, Permission
from django.contrib.gis.geos import Point
from django.http import HttpResponseBase
from django.test import Client, RequestFactory

from accounts.models import User
from gis_data.models import Address, Asset
from layers import exports
from layers.declaration import Field, MapLayer
from tests.factories import IN_WEST, TinyCity
from tests.layers.exporting import FILES, SUFFIXES, ask, body, file, table, undone

#: Beginnings that some spreadsheet runs: bare, behind blanks of all kinds, wide, and behind what a writer may have put there.
LIVE: Final = [
    blank + sign + "1+1"
    for blank in ("", " ", "  ", "\t", "\n", "\r", "\r\n", "\x0b", "\x01", "\xa0", "\u3000", "\ufeff", "\u200b", "\u2028", "\x7f")
    for sign in ("=", "+", "-", "@", "＝", "＋", "－", "＠")
]
TRICKY: Final = [
    *LIVE, "\tplain", "\rplain", "\nplain", "'", "'quoted", "''twice", "'=1", '"', '""', '=cmd|"/C calc"!A0', '","=1+1', 'a\r\n=1+1', "a;=1",
    "", " ", "=", "-", "@", "\\.", "\\N", "NULL", "Жуковского, 5", "日本語 \U0001f6a7", "a,b", "{}", "%s", "%(x)s", "a\\b", "\x02\x01", "</script>",
    "DROP TABLE", "1e5", "00123", "2025-01-01", "\u202egnirts", "é", "e\u0301", "x" * 70,
]  # fmt: skip


@pytest.fixture(autouse=True)
def own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR = tmp_path


@pytest.fixture
def tricky(a_city: TinyCity) -> dict[str, str]:
    """Assets whose owners are called so; by their ids."""
    owners = {f"a{number}": text for number, text in enumerate(TRICKY)}
    for name, owner in owners.items():
        Asset.objects.create(
            source_id=name, kind="k", owner=owner, names={"en": owner} if owner else {}, geometry=Point(*IN_WEST)
        )
    return owners


@pytest.mark.django_db
def test_no_cell_of_a_csv_is_a_formula_and_every_text_comes_back(tricky: dict[str, str]) -> None:
    rows = table("assets.csv")
    for row in rows:
        for cell in row.values():
            assert not cell.lstrip(" \t\r\n\x0b\x01\xa0\u3000\ufeff\u200b\u2028\x7f").startswith(tuple("=+-@＝＋－＠")), row
            assert not cell.startswith(("\t", "\r", "\n"))
    assert {row["id"]: undone(row["owner"]) for row in rows} == tricky
    assert {row["id"]: undone(row["name"]) for row in rows} == tricky
    assert sum(row["owner"].startswith("'") for row in rows) == len(LIVE) + 11


@pytest.mark.django_db
def test_a_csv_is_as_its_standard_says(tricky: dict[str, str]) -> None:
    data = body(ask("assets.csv")).decode()
    assert data.endswith("\r\n")
    lines = list(csv.reader(io.StringIO(data, newline=""), strict=True))
    assert {len(line) for line in lines} == {5}
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(lines)
    assert len(lines) == len(TRICKY) + 1
    assert list(csv.reader(io.StringIO(written.getvalue(), newline=""))) == lines


@pytest.mark.django_db
def test_texts_are_themselves_in_the_other_formats(tricky: dict[str, str]) -> None:
    told = json.loads(body(ask("assets.geojson")))
    assert {feature["id"]: feature["properties"]["owner"] for feature in told["features"]} == tricky
    for suffix in FILES:
        assert {row["id"]: row["owner"] for row in file(f"assets.{suffix}")[1]} == tricky


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nothing.csv", 404),
        ("auth_user.csv", 404),
        ("appeals.xlsx", 404),
        ("appeals.shp", 404),
        ("appeals.CSV", 404),
        ("nothing.columns.json", 404),
        ("appeals.csv?color=red", 400),
        ("appeals.csv?visibility=held", 400),
        ("appeals.csv?reporter__email__startswith=a", 400),
        ("appeals.gpkg?category=%27%20OR%201=1--", 400),
        ("appeals.csv?category=%00", 400),
        ("appeals.csv?state=nope", 400),
        ("appeals.fgb?bbox=1,2,3", 400),
        ("appeals.csv?bbox=nan,0,1,1", 400),
        ("appeals.csv?bbox=0,1,1,0", 400),
        ("appeals.csv?from=2025-13-01", 400),
        ("appeals.csv?from=2025-02-01&to=2025-01-01", 400),
        ("appeals.geojson?lang=../../etc", 400),
        ("appeals.csv?limit=-1", 400),
        ("appeals.columns.json?color=red", 400),
        ("appeals.csv?bbox=170,-10,-170,10", 200),
        ("appeals.gpkg?category=a%25s,%7Bx%7D", 400),
        ("appeals.csv?category=" + "a," * 150 + "a", 200),
        ("appeals.csv?category=" + ",".join(f"c{n}" for n in range(300)), 400),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_with_a_sentence(path: str, status: int, a_city: TinyCity) -> None:
    response = ask(path)
    assert response.status_code == status
    if status != 200:
        assert response["Content-Type"] == "application/problem+json"
        told = json.loads(response.content)
        assert told["status"] == status
        assert told["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("suffix", [*SUFFIXES, "columns.json"])
def test_only_get_and_head_are_answered(suffix: str, a_city: TinyCity) -> None:
    client = Client()
    for method in (client.post, client.put, client.delete, client.patch, client.options):
        assert method(f"/data/districts.{suffix}").status_code == 405


GUARDED: Final = MapLayer(
    name="guarded",
    title="Guarded addresses",
    geometry="point",
    queryset=Address.objects.all,
    fields=(Field("text", "Address", "text"),),
    geometry_column="point",
    permission="gis_data.view_address",
    key="text",
)


def _as(user: Any, suffix: str) -> HttpResponseBase:
    request = RequestFactory().get("/")
    request.user = user
    return exports.download(request, layers=[GUARDED], name="guarded", suffix=suffix)


@pytest.mark.django_db
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_closed_layer_does_not_exist_for_others(suffix: str, a_city: TinyCity) -> None:
    Address.objects.create(source_id="1", text="1 West Street", point=Point(*IN_WEST, srid=4326))
    person = User.objects.create_user("somebody@testville.invalid", "testville")
    assert _as(AnonymousUser(), suffix).status_code == 404
    assert _as(person, suffix).status_code == 404
    person.user_permissions.add(Permission.objects.get(codename="view_address"))
    answer = _as(User.objects.get(pk=person.pk), suffix)
    assert answer.status_code == 200
    assert b"1 West Street" in body(answer)
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.django_db
def test_a_layer_without_a_key_has_no_downloads(a_city: TinyCity) -> None:
    nameless = MapLayer(
        name="nameless", title="N", geometry="point", queryset=Address.objects.all, fields=(), geometry_column="point"
    )
    request = RequestFactory().get("/")
    for suffix in SUFFIXES:
        assert exports.download(request, layers=[nameless], name="nameless", suffix=suffix).status_code == 404


@pytest.mark.django_db
def test_a_file_of_too_many_rows_is_refused_with_advice(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_IN_A_FILE", 1)
    response = ask("districts.gpkg")
    assert response.status_code == 400
    assert "CSV or GeoJSON" in json.loads(response.content)["detail"]
    assert ask("districts.csv").status_code == 200


@pytest.mark.django_db
def test_dates_beyond_all_calendars_are_no_fault_of_ours(a_city: TinyCity) -> None:
    from tests.factories import an_appeal

    an_appeal(a_city, created_at=dt.datetime(9998, 12, 31, tzinfo=dt.UTC))
    an_appeal(a_city, created_at=dt.datetime(1, 1, 2, tzinfo=dt.UTC))
    for suffix in SUFFIXES:
        response = ask(f"appeals.{suffix}")
        assert response.status_code == 200
        assert body(response)
