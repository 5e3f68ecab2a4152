"""The description of the doors: valid, complete, in step with the declarations, and true whatever is asked."""

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
import schemathesis
import yaml
from django.contrib.gis.geos import Point
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from citymap.layers import LAYERS
from citymap.requests import Wsgi
from gis_data.models import Asset
from issues.models import Appeal, Photo
from layers.declaration import MapLayer, listed
from opendata.rest_appeals import STORIES
from opendata.rest_schema import describe
from tests.factories import IN_WEST, TinyCity, an_appeal, build_city
from tests.layers.test_new_layer import GUARDED, HOUSES
from tests.opendata.asking import ask, told

CHECKS: Final = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
OPEN: Final = [one for one in LAYERS if one.key and not one.permission]


def parameters(document: dict[str, Any], path: str) -> dict[str, Any]:
    return {one["name"]: one for one in document["paths"][path]["get"]["parameters"]}


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [one for value in part.values() for one in references(value)]
    return [one for value in part for one in references(value)] if isinstance(part, list) else []


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_document_is_valid_and_needs_nothing_from_elsewhere(language: str, a_city: TinyCity) -> None:
    document = told("schema/", lang=language)
    OpenAPIV30SpecValidator(document).validate()
    assert all(reference.startswith("#/") for reference in references(document))
    names = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    assert all(one["summary"] for methods in document["paths"].values() for one in methods.values())
    assert yaml.safe_load(ask("schema/", format="yaml", lang=language).content) == document


@pytest.mark.django_db
def test_each_layer_has_paths_of_its_own_with_the_filters_it_declares(a_city: TinyCity) -> None:
    document = told("schema/")
    for layer in OPEN:
        for path in (f"/api/{layer.name}/", f"/data/{layer.name}.csv", f"/tiles/{layer.name}.json"):
            own = {name for one in layer.filters for name in one.parameters}
            assert own | {"lang"} <= set(parameters(document, path)), path
        item = document["paths"][f"/api/{layer.name}/{{key}}/"]["get"]
        (answer,) = {json.dumps(one["schema"]) for one in item["responses"]["200"]["content"].values()}
        shape = document["components"]["schemas"][json.loads(answer)["$ref"].rsplit("/", 1)[1]]
        assert set(shape["properties"]["properties"]["properties"]) == {field.name for field in layer.fields}
        assert ("story" in shape["properties"]) == (layer.name in STORIES)
    assert parameters(document, "/api/appeals/")["state"]["schema"]["items"]["enum"]
    assert parameters(document, "/api/appeals/")["limit"]["schema"]["maximum"] == 100


def test_a_new_layer_is_described_by_its_declaration_alone_and_a_closed_one_never() -> None:
    new = _keyed(HOUSES, "address_book")
    document = describe([one for one in listed(*OPEN, new, GUARDED) if one.key and not one.permission], STORIES)
    OpenAPIV30SpecValidator(document).validate()
    assert "postcode" in parameters(document, "/api/address_book/")
    assert "guarded" not in json.dumps(document)


@pytest.mark.django_db
def test_real_things_have_the_shape_that_is_described(a_city: TinyCity) -> None:
    """The names of real things are not guessed by who asks at random."""
    parent, row = an_appeal(a_city, "lamp", text="A lamp"), an_appeal(a_city)
    Appeal.objects.filter(pk=row.pk).update(parent=parent.pk, state="closed")
    Photo.objects.create(appeal=row, name="a" * 32, width=40, height=30, size=9, public=True)
    Asset.objects.create(source_id="1/2", kind="bench", names={}, geometry=Point(*IN_WEST, srid=4326))
    document = told("schema/")
    asked = 0
    for layer in OPEN:
        page = told(f"{layer.name}/")
        conforms(document, f"/api/{layer.name}/", page)
        for feature in page["features"]:
            conforms(document, f"/api/{layer.name}/{{key}}/", told(f"{layer.name}/{feature['id']}/"))
            asked += 1
    assert asked >= 5
    found = Client().get("/who.json?lat=50.02&lon=10.03&category=pothole")
    conforms(document, "/who.json", found.json())


def conforms(document: dict[str, Any], path: str, answer: Any) -> None:
    (schema,) = {json.dumps(one["schema"]) for one in document["paths"][path]["get"]["responses"]["200"]["content"].values()}
    OAS30Validator({**json.loads(schema), "components": document["components"]}).validate(answer)


def test_describing_leaves_nothing_in_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    describe(OPEN, STORIES)
    assert capfd.readouterr() == ("", "")


def test_requests_at_once_do_not_mix_their_descriptions() -> None:
    alone = describe(OPEN, STORIES)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _number: describe(OPEN, STORIES), range(12)))
    assert all(one == alone for one in together)


def _keyed(layer: MapLayer, name: str) -> MapLayer:
    return dataclasses.replace(layer, name=name, key="text")


@pytest.mark.django_db
def test_every_door_of_a_layer_is_described_where_it_is(a_city: TinyCity) -> None:
    document = told("schema/")
    for layer in OPEN:
        for route, more in (("tilejson", {}), ("data-columns", {}), ("data-download", {"suffix": "gpkg"}), ("counts", {})):
            assert reverse(route, kwargs={"name": layer.name, **more}) in document["paths"]
    for path, methods in document["paths"].items():
        if "{" in path or any(one.get("required") for one in methods["get"]["parameters"]):
            continue
        response: Any = Client().get(path)
        given = methods["get"]["responses"][str(response.status_code)]
        if response.status_code == 200:
            assert response["Content-Type"].partition(";")[0] in given["content"], path
        if response.streaming:
            b"".join(response.streaming_content)


@pytest.mark.django_db
def test_every_parameter_of_a_layers_door_is_read(a_city: TinyCity) -> None:
    """A parameter that is described and not known would be refused by its name."""
    for path, methods in told("schema/")["paths"].items():
        if "{" in path:
            continue
        for one in methods["get"]["parameters"]:
            response: Any = Client().get(path, {one["name"]: "\x01"})
            told_why = response.json()["detail"] if response.status_code == 400 else ""
            assert "is not a parameter" not in told_why, (path, one["name"])
            if response.streaming:
                b"".join(response.streaming_content)


@pytest.mark.parametrize("doors", ["api", "data", "tiles|feeds", "others"])
def test_what_is_described_is_what_is_answered_whatever_is_asked(doors: str, transactional_db: None) -> None:
    city = build_city()
    an_appeal(city, "lamp", text="A lamp", email="somebody@testville.invalid")
    an_appeal(city, at=None)
    document = told("schema/")
    named = {path: path.split("/")[1] for path in document["paths"]}
    told_apart = {"api", "data", "tiles", "feeds"}
    wanted = set(doors.split("|")) if doors != "others" else set(named.values()) - told_apart
    document["paths"] = {path: one for path, one in document["paths"].items() if named[path] in wanted}
    assert document["paths"]
    schema = schemathesis.openapi.from_dict(document)
    schema.app = application = Wsgi()
    for result in schema.get_all_operations():
        operation = result.ok()

        @seeded(4)
        @settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def fuzz(case: Any) -> None:
            response = case.call(app=application, base_url="http://testserver", headers={"Accept-Encoding": "identity"})
            case.validate_response(response, checks=list(CHECKS))

        _given(operation, fuzz)()


def _given(operation: Any, fuzz: Any) -> Any:
    either = operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return given(case=either)(fuzz)
