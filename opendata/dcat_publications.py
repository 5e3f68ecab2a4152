"""Publications in the catalogue for machines: each a data set of its own, with its standard and its files."""

from __future__ import annotations

from django.urls import reverse
from django.utils import translation
from rdflib import DCAT, DCTERMS, RDF, RDFS, Graph, Literal, URIRef

from gis_data.map_layers import city_bounds
from opendata.dcat_graph import EU, FILE_TYPES, IANA, Address, add, cover, say, spoken
from opendata.publications import PUBLICATIONS, File, Publication, licence


def describe(graph: Graph, whole: URIRef, publisher: URIRef, address: Address) -> None:
    """Add all publications to the catalogue."""
    page = address(reverse("data"))
    for one in PUBLICATIONS:
        _data_set(graph, whole, publisher, one, page, address)


def _data_set(graph: Graph, whole: URIRef, publisher: URIRef, one: Publication, page: str, address: Address) -> None:
    node = URIRef(f"{page}#{one.name}")
    for language in spoken():
        with translation.override(language):
            say(graph, node, DCTERMS.title, str(one.title), language)
            say(graph, node, DCTERMS.description, str(one.description), language)
    for predicate, value in (
        (RDF.type, DCAT.Dataset),
        (DCTERMS.identifier, Literal(one.name)),
        (DCTERMS.publisher, publisher),
        (DCAT.landingPage, URIRef(page)),
        (DCAT.theme, URIRef(f"{EU}data-theme/{one.theme}")),
        (DCTERMS.accessRights, URIRef(f"{EU}access-right/PUBLIC")),
        (DCTERMS.conformsTo, URIRef(one.standard)),
    ):
        add(graph, node, predicate, value)
    add(graph, URIRef(one.standard), RDF.type, DCTERMS.Standard)
    add(graph, whole, DCAT.dataset, node)
    if box := city_bounds():
        cover(graph, node, box)
    for file in one.files:
        _distribution(graph, node, file, page, address)


def _distribution(graph: Graph, node: URIRef, file: File, page: str, address: Address) -> None:
    there = address(file.address)
    given = URIRef(f"{there}#distribution")
    stated = licence()
    say(graph, given, DCTERMS.title, file.title, "en")
    say(graph, given, DCTERMS.description, file.title, "en")
    for predicate, value in (
        (RDF.type, DCAT.Distribution),
        (DCAT.accessURL, URIRef(page)),
        (DCAT.downloadURL, URIRef(there)),
        (DCAT.mediaType, URIRef(IANA + file.media_type)),
        (DCTERMS["format"], URIRef(f"{EU}file-type/{FILE_TYPES[file.suffix]}")),
    ):
        add(graph, given, predicate, value)
    add(graph, node, DCAT.distribution, given)
    if stated:
        terms = URIRef(stated.url or f"{page}#licence")
        add(graph, terms, RDF.type, DCTERMS.LicenseDocument)
        add(graph, terms, RDFS.label, Literal(stated.title))
        add(graph, given, DCTERMS.license, terms)
