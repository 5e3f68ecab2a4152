"""The description of a layer's tiles keeps every rule of TileJSON 3.0.0, and tells the truth about the tiles."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from citymap.layers import LAYERS
from gis_data.models import Boundary, City
from tests.factories import IN_WEST, TinyCity, an_appeal
from tests.layers.reading import around, ask, features

NAMES = [layer.name for layer in LAYERS]


def describe(name: str, query: str = "", **headers: str) -> dict[str, Any]:
    response: Any = Client().get(f"/tiles/{name}.json?{query}", headers=headers)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    assert response["Access-Control-Allow-Origin"] == "*"
    described: dict[str, Any] = json.loads(response.content)
    return described


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_the_description_keeps_the_rules_of_tilejson(name: str, a_city: TinyCity) -> None:
    told = describe(name)
    assert told["tilejson"] == "3.0.0"
    assert told["scheme"] == "xyz"
    (template,) = told["tiles"]
    address, _, edition = template.partition("?v=")
    assert address == f"http://testserver/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt"
    assert bool(edition) == (name != "appeals"), "of a live layer nothing is kept for long"
    assert 0 <= told["minzoom"] <= told["maxzoom"] <= 30
    west, south, east, north = told["bounds"]
    assert -180 <= west < east <= 180
    assert -90 <= south < north <= 90
    lon, lat, zoom = told["center"]
    assert west <= lon <= east
    assert south <= lat <= north
    assert told["minzoom"] <= zoom <= told["maxzoom"]
    assert isinstance(told["attribution"], str)
    (layer,) = told["vector_layers"]
    assert layer["id"] == name
    assert layer["fields"]
    assert all(isinstance(words, str) and words for words in layer["fields"].values())
    assert told["minzoom"] <= layer["minzoom"] <= layer["maxzoom"] <= told["maxzoom"]


@pytest.mark.django_db
def test_bounds_are_the_citys(a_city: TinyCity) -> None:
    assert describe("appeals")["bounds"] == pytest.approx([10.0, 50.0, 10.1, 50.06])


@pytest.mark.django_db
def test_before_a_city_is_loaded_bounds_are_those_of_the_grid() -> None:
    assert describe("appeals")["bounds"] == pytest.approx([-180, -85.0511287798, 180, 85.0511287798])


@pytest.mark.django_db
def test_fields_named_are_the_fields_in_the_tiles(a_city: TinyCity) -> None:
    an_appeal(a_city)
    named = set(describe("appeals")["vector_layers"][0]["fields"])
    carried = {key for zoom in (10, 16) for one in features("appeals", around(IN_WEST, zoom)) for key in one["properties"]}
    assert carried == named


@pytest.mark.django_db
def test_the_template_leads_to_the_tiles(a_city: TinyCity) -> None:
    an_appeal(a_city, "lamp")
    (template,) = describe("appeals", "state=new&category=lamp")["tiles"]
    assert template.endswith(".mvt?category=lamp&state=new")
    tile = around(IN_WEST, 16)
    path = re.sub(r"\{(\w)\}", lambda found: str(getattr(tile, found[1])), template.removeprefix("http://testserver"))
    assert Client().get(path).status_code == 200


@pytest.mark.django_db
def test_a_tile_of_a_named_edition_may_be_kept_for_ever_and_another_edition_has_another_address(a_city: TinyCity) -> None:
    (template,) = describe("districts", "lang=ru")["tiles"]
    assert "?lang=ru&v=" in template
    tile = around(IN_WEST, 12)
    edition = template.partition("&v=")[2]
    kept = ask("districts", tile, f"lang=ru&v={edition}")
    assert kept["Cache-Control"] == "public, max-age=31536000, immutable"
    assert kept.content == ask("districts", tile, "lang=ru").content
    assert describe("districts", "lang=ru")["tiles"] == [template]
    Boundary.objects.filter(code="west").update(names={"en": "Far west"})
    (renamed,) = describe("districts", "lang=ru")["tiles"]
    Boundary.objects.filter(code="east").update(valid=("2020-01-01", "2020-02-01"))
    (fewer,) = describe("districts", "lang=ru")["tiles"]
    assert len({template, renamed, fewer}) == 3


@pytest.mark.django_db
def test_a_live_tile_is_kept_for_a_second_whatever_edition_is_asked_for(a_city: TinyCity) -> None:
    an_appeal(a_city)
    assert Client().get("/tiles/appeals/16/0/0.mvt?v=1").status_code == 400
    assert ask("appeals", around(IN_WEST, 16))["Cache-Control"] == "public, max-age=1, must-revalidate"


@pytest.mark.django_db
@pytest.mark.parametrize("edition", ["v=", "v=1&v=2", "v=zz", "v=%27", "v=" + "1" * 33])
def test_an_edition_that_cannot_be_is_refused(edition: str) -> None:
    assert Client().get(f"/tiles/districts/12/0/0.mvt?{edition}").status_code == 400


@pytest.mark.django_db
def test_it_is_said_that_periods_are_of_whole_months_from_afar(a_city: TinyCity) -> None:
    assert "Below zoom 15, a period is counted by whole months." in describe("appeals")["description"]
    assert "months" not in describe("districts")["description"]


@pytest.mark.django_db
def test_credits_are_sentences_and_never_markup(a_city: TinyCity) -> None:
    City.objects.update(credits=["© <b>OpenStreetMap</b> contributors", {"en": "Testville", "ru": "Тестоград"}])
    assert describe("streets")["attribution"] == "© &lt;b&gt;OpenStreetMap&lt;/b&gt; contributors · Testville"
    assert describe("streets", "lang=ru")["attribution"].endswith("Тестоград")


@pytest.mark.django_db
def test_the_language_is_chosen_by_the_address_alone(a_city: TinyCity) -> None:
    by_header = describe("appeals", **{"Accept-Language": "ru", "Cookie": "django_language=ru"})
    assert by_header == describe("appeals")
    assert describe("appeals", "lang=zz")["name"] == describe("appeals")["name"]


@pytest.mark.django_db
def test_the_description_may_be_kept_and_asked_for_again(a_city: TinyCity) -> None:
    first: Any = Client().get("/tiles/districts.json")
    assert first["Cache-Control"] == "public, max-age=300, stale-while-revalidate=300"
    again: Any = Client().get("/tiles/districts.json", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.django_db
def test_a_forged_host_is_not_repeated_in_the_addresses() -> None:
    response: Any = Client().get("/tiles/appeals.json", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert b"evil.example/tiles" not in response.content
