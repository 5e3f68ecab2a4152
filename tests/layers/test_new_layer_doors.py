"""A layer added as docs/layers.md says is there in every door, without a word about it anywhere else."""

from __future__ import annotations

import ast
import html
import importlib
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import mapbox_vector_tile
import pyogrio
import pytest
from django.core.management import call_command
from django.test import Client
from rdflib import DCAT, DCTERMS, Graph, Literal

from layers import upkeep
from layers.models import PyramidPart
from tests.factories import IN_WEST, TinyCity
from tests.guards import doors
from tests.layers.reading import around
from tests.layers.recipe import a_city_with_trees, blocks, write_app

pytestmark = pytest.mark.django_db
MOST_LINES: Final = 40
NOTE: Final = "Gardener says no"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recipe")
    write_app(folder)
    return folder


@pytest.fixture
def trees(app: Path, a_city: TinyCity) -> Iterator[Any]:
    """Three trees, of which two are for everybody."""
    with a_city_with_trees(app):
        models = importlib.import_module("trees.models")
        oak = models.Species.objects.create(code="oak", names={"en": "Old oak", "ru": "Старый дуб"})
        row = {"species": oak, "health": "fair", "planted_at": datetime(2025, 3, 1, 9, tzinfo=UTC), "gardener_note": NOTE}
        for number, visibility in (("T-17", "public"), ("T-18", "public"), ("T-19", "hidden")):
            place = f"SRID=4326;POINT({IN_WEST[0]} {IN_WEST[1]})"
            models.Tree.objects.create(number=number, visibility=visibility, point=place, **row)
        yield models


def get(address: str) -> Any:
    response: Any = Client().get(address)
    assert response.status_code == 200, (address, response.content)
    return response


def body(address: str) -> bytes:
    response = get(address)
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


def addresses() -> list[str]:
    """Every public address of a layer, asked of the new one: a door that is added later is visited as well."""
    found = []
    for rows in doors.public_routes().values():
        for row in rows:
            if re.search(r"\b(appeals|districts)\b", row):
                found.append(re.sub(r"\b(appeals|districts)\b", "trees", row).replace("{own}", "T-17"))
    return found


def test_the_declaration_is_no_longer_than_promised() -> None:
    code = blocks()
    lines = 0
    for name, what in (("trees/counted.py", "COUNTED"), ("trees/map_layers.py", "TREES")):
        (declared,) = [
            node
            for node in ast.parse(code[name]).body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == what
        ]
        assert declared.end_lineno
        lines += declared.end_lineno - declared.lineno + 1
    assert lines <= MOST_LINES
    entry = code["citymap/layers.py"]
    assert entry.count("\n") == 1
    assert "TREES" in entry


def test_its_migration_is_generated_and_nothing_is_missing_from_it(trees: Any, app: Path) -> None:
    (migration,) = (app / "trees/migrations").glob("0001_*.py")
    assert "counted_insert" in migration.read_text()
    call_command("makemigrations", "trees", check=True, dry_run=True, verbosity=0)


def test_every_door_that_everybody_may_read_has_it(trees: Any) -> None:
    found = addresses()
    assert len(found) >= 12
    for address in found:
        if address.startswith("/tiles/trees/"):
            continue  # at a place of another city: see below
        data = body(address)
        assert NOTE.encode() not in data, address
        assert b"T-19" not in data, address


def test_tiles_and_their_description(trees: Any) -> None:
    tile = around(IN_WEST, 16)
    decoded = mapbox_vector_tile.decode(body(f"/tiles/trees/16/{tile.x}/{tile.y}.mvt?lang=ru"))["trees"]["features"]
    assert sorted(one["properties"]["id"] for one in decoded) == ["T-17", "T-18"]
    assert {one["properties"]["name"] for one in decoded} == {"Старый дуб"}
    described = json.loads(body("/tiles/trees.json"))
    assert set(described["vector_layers"][0]["fields"]) == {"id", "species", "name", "health", "count"}


@pytest.mark.parametrize("merged", [False, True])
def test_its_points_are_counted_in_advance(trees: Any, merged: bool) -> None:
    if merged:
        assert upkeep.merge_all() == 2
        assert PyramidPart.objects.exists()
    tile = around(IN_WEST, 12)
    for query, number in (
        ("", 2),
        ("species=oak", 2),
        ("health=poor", 0),
        ("from=2025-03-01&to=2025-03-31", 2),
        ("to=2024-12-31", 0),
    ):
        answer: Any = Client().get(f"/tiles/trees/12/{tile.x}/{tile.y}.mvt?{query}")
        drawn = mapbox_vector_tile.decode(answer.content)["trees"]["features"] if answer.content else []
        assert sum(one["properties"]["count"] for one in drawn) == number, query


def test_counts_from_scratch_are_the_same(trees: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = importlib.import_module("addresses_with_trees").LAYERS
    monkeypatch.setattr("citymap.management.commands.rebuild_pyramid.LAYERS", layers)
    call_command("rebuild_pyramid", "trees", stdout=io.StringIO())
    assert sum(PyramidPart.objects.filter(cell__gte=41 << 45).values_list("n", flat=True)) == 2 * 9  # zooms 6 to 14


def test_features(trees: Any) -> None:
    assert "trees" in [one["id"] for one in json.loads(body("/ogc/collections?f=json"))["collections"]]
    page = json.loads(body("/ogc/collections/trees/items?species=oak&filter=health='good'&f=json"))
    assert {one["id"] for one in page["features"]} == {"T-17", "T-18"}
    assert json.loads(body("/ogc/collections/trees/items/T-17?f=json"))["properties"]["name"] == "Old oak"
    assert set(json.loads(body("/ogc/collections/trees/schema"))["properties"]) >= {"id", "species", "name", "health"}
    asked = json.loads(body("/ogc/api?f=json"))["paths"]["/collections/trees/items"]["get"]["parameters"]
    assert {"species", "health", "from", "to", "bbox", "datetime", "filter"} <= {one.get("name", "") for one in asked}


@pytest.mark.parametrize("suffix", ["csv", "geojson", "gpkg", "fgb"])
def test_files(trees: Any, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"trees.{suffix}"
    path.write_bytes(body(f"/data/trees.{suffix}?health=good"))
    info, _ids, _shapes, columns = pyogrio.raw.read(path)
    assert set(columns[list(info["fields"]).index("id")]) == {"T-17", "T-18"}


def test_the_feed_the_catalogue_and_the_lists_name_it(trees: Any) -> None:
    feed = body("/feeds/trees.atom?species=oak").decode()
    assert feed.count("<entry>") == 2
    assert "Healthy" in feed
    assert "/data/trees" in body("/data/").decode()
    for word in (
        "Every tree that the city looks after.",
        "Species",
        "/ogc/collections/trees",
        "/feeds/trees.atom",
        "/tiles/trees.json",
    ):
        assert word in body("/data/trees").decode()
    graph = Graph().parse(data=body("/data/catalog.ttl"), format="turtle")
    (dataset,) = graph.subjects(DCTERMS.identifier, Literal("trees"))
    assert len(list(graph.objects(dataset, DCAT.distribution))) == 4


@pytest.mark.parametrize("merged", [False, True])
def test_numbers_and_months(trees: Any, merged: bool) -> None:
    if merged:
        upkeep.merge_all()
    numbers = json.loads(body("/counts/trees.json"))
    assert (numbers["total"], numbers["filters"]["species"]["oak"], numbers["filters"]["health"]) == (2, 2, {"good": 2})
    assert numbers["months"] == [["2025-03", 2]]
    played = json.loads(body("/months/trees.json?from=2025-01-01&to=2025-12-31"))
    assert played["months"][2] == "2025-03"
    assert [sum(month["count"]) for month in played["counts"]] == [0, 0, 2, *[0] * 9]


def test_search_rest_and_the_map_page(trees: Any) -> None:
    (group,) = [one for one in json.loads(body("/search.json?q=oak"))["groups"] if one["layer"] == "trees"]
    assert (group["title"], len(group["found"])) == ("Trees", 2)
    assert {one["id"] for one in json.loads(body("/api/trees/"))["features"]} == {"T-17", "T-18"}
    assert json.loads(body("/api/trees/T-17/"))["properties"]["name"] == "Old oak"
    page = html.unescape(body("/?layers=trees").decode())
    switch = {
        one["name"]: one
        for one in json.loads(re.findall(r'data-config="(.*?)"', body("/").decode())[0].replace("&quot;", '"'))["layers"]
    }
    assert (switch["trees"]["title"], switch["trees"]["geometry"], switch["trees"]["period"]) == ("Trees", "point", True)
    assert "Trees" in page


def test_a_declaration_that_says_other_rows_than_its_counts_stops_the_start(trees: Any) -> None:
    from dataclasses import replace

    from layers.declaration_checks import BadDeclaration

    layer = importlib.import_module("trees.map_layers").TREES
    with pytest.raises(BadDeclaration, match="a pyramid counts other rows than its queryset gives"):
        replace(layer, queryset=trees.Tree.objects.all)
    plain = replace(layer, name="plain", pyramid=None, queryset=trees.Tree.objects.all)
    assert plain.pyramid is None
