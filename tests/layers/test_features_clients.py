"""Real clients read the door: GDAL through pyogrio, OWSLib, a validator of OpenAPI, and a fuzzer of everything it describes."""

import json
import subprocess
import sys
from typing import Any, Final

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from openapi_spec_validator import OpenAPIV30SpecValidator
from owslib.ogcapi.features import Features
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from citymap.requests import Wsgi
from issues.models import Appeal
from tests.factories import IN_EAST, TinyCity, an_appeal, build_city
from tests.layers.asking import shape, told, walk

#: Another process, for GDAL holds the lock that the server of the test needs. It prints what it found, and what it asked for.
_GDAL: Final = """
import json, sys
import pyogrio
pyogrio.set_gdal_config_options({"CPL_DEBUG": "HTTP"})
address, layer, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
meta, _fids, shapes, columns = pyogrio.raw.read(address, layer=layer, **{name: tuple(one) if name == "bbox" else one for name, one in options.items()})
print(json.dumps({
    "layers": pyogrio.list_layers(address).tolist(),
    "count": pyogrio.read_info(address, layer=layer, force_feature_count=True)["features"],
    "ids": list(columns[list(meta["fields"]).index("id")]),
    "types": dict(zip(list(meta["fields"]), [str(one) for one in meta["dtypes"]])),
    "geometry": meta["geometry_type"],
    "crs": meta["crs"][:40],
}))
"""


def gdal(site: str, layer: str, **options: Any) -> dict[str, Any]:
    """What GDAL reads from the door at ``site``, and under "asked" the addresses it fetched."""
    done = subprocess.run(
        [sys.executable, "-c", _GDAL, f"OAPIF:{site}/ogc/", layer, json.dumps(options)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    found["asked"] = [line.split("Fetch(")[1][:-1] for line in done.stderr.splitlines() if "Fetch(" in line]
    return found


@pytest.fixture
def busy(transactional_db: None) -> TinyCity:
    """Testville with a thousand and more appeals (so that GDAL needs a second page), visible to the live server."""
    city = build_city()
    Appeal.objects.bulk_create(
        Appeal(
            public_id=f"{number:08}",
            category=city.categories["lamp" if number % 3 else "tree"],
            point=shape(f"SRID=4326;POINT({10 + number / 20000} {50 + number / 40000})"),
            visibility="held" if number % 10 == 0 else "public",
        )
        for number in range(1300)
    )
    return city


def test_gdal_reads_all_rows_in_pages(busy: TinyCity, live_server: Any) -> None:
    found = gdal(live_server.url, "appeals")
    assert {one[0] for one in found["layers"]} == {one["id"] for one in told("collections")["collections"]}
    assert found["count"] == len(found["ids"]) == len(set(found["ids"])) == 1170
    assert set(found["ids"]) == {feature["id"] for feature in walk(limit=1000)}
    assert told("collections/appeals/items", limit=1)["numberMatched"] == 1170
    assert found["geometry"] == "Point"
    assert found["types"]["created"] == "datetime64[D]"
    assert "CRS84" in found["crs"]
    assert sum("after=" in address for address in found["asked"]) == 1


def test_gdal_leaves_the_choosing_to_us(busy: TinyCity, live_server: Any) -> None:
    for options, wanted, number in (
        ({"bbox": [10.01, 50.0, 10.02, 50.06]}, "bbox=10.01,50,10.02,50.0", 180),
        ({"where": "category = 'tree'"}, "tree", 390),
        ({"where": "id = '00000007'"}, "items/00000007", 1),
        ({"where": "created >= '2020-01-01'"}, "2020-01-01", 1170),
        ({"where": "created < '2020-01-01'"}, "2020-01-01", 0),
        ({"where": "category <> 'tree'"}, "filter=", 780),
        ({"where": "category IN ('tree', 'it''s')"}, "limit=1000&crs", 390),
        ({"where": "id LIKE '0000000%'"}, "filter=", 9),
        ({"where": "category = 'tree' OR state = 'fixed'"}, "filter=", 390),
        ({"where": "category IS NULL"}, "filter=", 0),
        ({"where": "category = 'tree' AND created > '2020-01-01'", "bbox": [10.01, 50.0, 10.02, 50.06]}, "tree", 60),
    ):
        found = gdal(live_server.url, "appeals", **options)
        assert len(found["ids"]) == number, (options, found["asked"])
        assert any(wanted in address for address in found["asked"]), (options, found["asked"])


def test_gdal_reads_every_layer(transactional_db: None, live_server: Any) -> None:
    build_city()
    found = gdal(live_server.url, "districts")
    assert sorted(found["ids"]) == ["east", "west"]
    assert found["geometry"] == "MultiPolygon"


def test_owslib_finds_its_way(transactional_db: None, live_server: Any) -> None:
    city = build_city()
    an_appeal(city)
    an_appeal(city, at=IN_EAST)
    door = Features(f"{live_server.url}/ogc/")
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in door.conformance()["conformsTo"]
    assert "appeals" in door.feature_collections()
    assert door.collection("appeals")["id"] == "appeals"
    assert door.collection_queryables("appeals")["properties"]["state"]["enum"]
    assert door.api()["openapi"].startswith("3.0")
    page = door.collection_items("appeals", bbox=[10.06, 50.0, 10.08, 50.06], limit=1, datetime_="2020-01-01T00:00:00Z/..")
    assert page["numberMatched"] == 1
    assert door.collection_item("appeals", page["features"][0]["id"])["id"] == page["features"][0]["id"]


@pytest.mark.django_db
def test_the_api_document_is_valid_and_needs_nothing_from_elsewhere(a_city: TinyCity) -> None:
    document = told("api")
    OpenAPIV30SpecValidator(document).validate()
    text = json.dumps(document)
    assert all(reference.startswith("#/") for reference in _references(document))
    assert "http://testserver/ogc" in text
    names = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    limit = next(one for one in document["paths"]["/collections/appeals/items"]["get"]["parameters"] if one["name"] == "limit")
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 100}


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [one for value in part.values() for one in _references(value)]
    return [one for value in part for one in _references(value)] if isinstance(part, list) else []


@pytest.mark.django_db
def test_every_parameter_that_is_read_is_described_and_the_other_way_round(a_city: TinyCity) -> None:
    document = told("api")
    for path, methods in document["paths"].items():
        if "{" in path:
            continue
        for parameter in methods["get"]["parameters"]:
            response = Client().get(f"/ogc{path}", {parameter["name"]: "\x01"})
            known = "is not a parameter" not in response.json().get("detail", "") if response.status_code == 400 else True
            assert known, (path, parameter["name"], response.content)


CHECKS: Final = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


def test_what_is_described_is_what_is_answered_whatever_is_asked(transactional_db: None) -> None:
    city = build_city()
    an_appeal(city, "lamp")
    an_appeal(city, at=None)
    schema = schemathesis.openapi.from_dict(told("api"))
    schema.app = application = Wsgi()
    for result in schema.get_all_operations():
        operation = result.ok()

        @seeded(4)
        @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def fuzz(case: Any) -> None:
            response = case.call(app=application, base_url="http://testserver/ogc", headers={"Accept-Encoding": "identity"})
            case.validate_response(response, checks=list(CHECKS))

        _given(operation, fuzz)()


def _given(operation: Any, fuzz: Any) -> Any:
    either = operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return given(case=either)(fuzz)
