"""The catalogue for machines: DCAT-AP 3, valid by its own shapes, the same in three notations, without anything invented."""

import dataclasses
from pathlib import Path
from typing import Any

import pyshacl
import pytest
from django.test import Client, RequestFactory
from rdflib import DCAT, DCTERMS, FOAF, RDF, SH, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from citymap.layers import LAYERS
from issues.map_layers import APPEALS
from opendata import dcat
from opendata.publications import PUBLICATIONS
from tests.factories import TinyCity, an_appeal

pytestmark = pytest.mark.django_db
OWN = Path(__file__).with_name("own_shapes.ttl")
NOTATIONS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml"}
TYPES = {"ttl": "text/turtle; charset=utf-8", "jsonld": "application/ld+json", "rdf": "application/rdf+xml"}
LICENCES = {"default": {"title": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
            "streets": {"title": "By agreement", "url": ""}}  # fmt: skip


def ask(suffix: str = "ttl", **headers: str) -> Any:
    return Client().get(f"/data/catalog.{suffix}", headers=headers)


def graph(suffix: str = "ttl") -> Graph:
    response = ask(suffix)
    assert response.status_code == 200
    assert response["Content-Type"] == TYPES[suffix]
    return Graph().parse(data=response.content, format=NOTATIONS[suffix])


@pytest.fixture
def full(a_city: TinyCity) -> TinyCity:
    an_appeal(a_city)
    a_city.city.licences, a_city.city.credits = LICENCES, [{"en": "Testville survey", "ru": "Съёмка Тестограда"}]
    a_city.city.save()
    return a_city


def complaints(found: Graph, shapes: Path) -> str:
    good, _graph, text = pyshacl.validate(found, shacl_graph=Graph().parse(shapes), advanced=True)
    return "" if good else str(text)


def test_three_notations_say_the_same(full: TinyCity) -> None:
    first, second, third = (graph(suffix) for suffix in NOTATIONS)
    assert len(first) > 100
    assert isomorphic(first, second)
    assert isomorphic(first, third)


def test_it_is_valid_by_our_own_shapes(full: TinyCity) -> None:
    assert complaints(graph(), OWN) == ""


def test_our_own_shapes_see_what_is_missing(full: TinyCity) -> None:
    found = graph()
    found.remove((None, DCAT.downloadURL, None))
    assert "downloadURL" in complaints(found, OWN)


@pytest.mark.parametrize("stated", [True, False])
def test_it_is_valid_by_the_shapes_of_dcat_ap(stated: bool, full: TinyCity, standards: Path) -> None:
    if not stated:
        full.city.licences = {}
        full.city.save()
    assert complaints(graph(), standards / "schemas/dcat-ap-3.0.0/shapes.ttl") == ""


def test_of_what_dcat_ap_recommends_only_what_nobody_stated_is_missing(full: TinyCity, standards: Path) -> None:
    shapes = Graph().parse(standards / "schemas/dcat-ap-3.0.0/shapes_recommended.ttl")
    _good, report, text = pyshacl.validate(graph(), shacl_graph=shapes, advanced=True)
    assert isinstance(report, Graph)
    assert {str(one) for one in report.objects(None, SH.resultSeverity)} == {str(SH.Warning)}, text
    missing = {str(path).rpartition("/")[2].rpartition("#")[2] for path in report.objects(None, SH.resultPath)}
    assert missing == {
        "availability", "contactPoint", "keyword", "issued", "license",  # the city's word, which its pack has no place for
        "centroid", "temporal", "type",  # worked out by whoever wants them, from the rows, the box and the terms
        "format",  # the EU's list has no FlatGeobuf
    }  # fmt: skip


def test_every_data_set_is_in_it_with_its_files_terms_and_credits(full: TinyCity) -> None:
    found = graph()
    sets = {str(name): one for one in found.subjects(RDF.type, DCAT.Dataset) for name in found.objects(one, DCTERMS.identifier)}
    published = {one.name: {f"http://testserver{file.address}" for file in one.files} for one in PUBLICATIONS}
    assert set(sets) == {layer.name for layer in LAYERS if layer.key} | set(published)
    for name, addresses in published.items():
        given = found.objects(sets[name], DCAT.distribution)
        assert {str(address) for one in given for address in found.objects(one, DCAT.downloadURL)} == addresses
        for address in addresses:
            assert Client().get(address).status_code == 200
    files = {
        str(address)
        for one in found.objects(sets["appeals"], DCAT.distribution)
        for address in found.objects(one, DCAT.downloadURL)
    }
    assert files == {f"http://testserver/data/appeals.{suffix}" for suffix in ("csv", "geojson", "gpkg", "fgb")}
    for address in files:
        response = Client().head(address)
        assert response.status_code == 200
    titles = set(found.objects(sets["districts"], DCTERMS.title))
    assert titles == {Literal("Districts", lang="en"), Literal("Районы", lang="ru")}
    terms = {terms for one in found.objects(sets["appeals"], DCAT.distribution) for terms in found.objects(one, DCTERMS.license)}
    assert terms == {URIRef("https://creativecommons.org/licenses/by/4.0/")}
    assert Literal("Съёмка Тестограда", lang="ru") in set(found.objects())
    assert "CONT" in str(found.value(sets["appeals"], DCTERMS.accrualPeriodicity))


def test_what_nobody_stated_is_left_out(a_city: TinyCity) -> None:
    found = graph()
    assert not set(found.subject_objects(DCTERMS.license))
    assert not set(found.subject_objects(DCAT.contactPoint))
    assert {str(name) for name in found.objects(None, FOAF.name)} == {"Testville", "Тестоград"}


def test_a_closed_layer_is_not_in_it_whoever_asks(full: TinyCity) -> None:
    client = Client()
    client.force_login(full.people["admin"])
    closed = dataclasses.replace(APPEALS, name="closed", permission="issues.view_appeal", pyramid=None)
    assert b"closed" not in client.get("/data/catalog.ttl").content
    request = RequestFactory().get("/data/catalog.ttl")
    assert b"closed" not in dcat.catalog(request, layers=(*LAYERS, closed), suffix="ttl").content


def test_who_has_it_is_told_304_until_something_changes(full: TinyCity) -> None:
    first = ask()
    for suffix in NOTATIONS:
        first = ask(suffix)
        again = ask(suffix, **{"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    full.city.licences = {}
    full.city.save()
    assert ask("rdf", **{"If-None-Match": first["ETag"]}).status_code == 200


def test_no_other_notation_and_no_other_method(full: TinyCity) -> None:
    assert ask("nt").status_code == 404
    assert Client().post("/data/catalog.ttl").status_code == 405
