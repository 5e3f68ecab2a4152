"""What the parts of the catalogue for machines are written with: statements, texts by language, boxes, and the lists of the EU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from rdflib import DCAT, DCTERMS, RDF, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from layers.grid import Box

EU: Final = "http://publications.europa.eu/resource/authority/"
GEOSPARQL: Final = Namespace("http://www.opengis.net/ont/geosparql#")
IANA: Final = "https://www.iana.org/assignments/media-types/"
#: EU file types where the authority has them.
FILE_TYPES: Final = {"csv": "CSV", "geojson": "GEOJSON", "gpkg": "GPKG", "json": "JSON"}
Address = Callable[[str], str]


def cover(graph: Graph, node: URIRef, box: Box) -> None:
    west, south, east, north = box
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    place = BNode()
    add(graph, node, DCTERMS.spatial, place)
    add(graph, place, RDF.type, DCTERMS.Location)
    shape = "POLYGON((" + ", ".join(f"{lon:.7g} {lat:.7g}" for lon, lat in corners) + "))"
    add(graph, place, DCAT.bbox, Literal(shape, datatype=GEOSPARQL.wktLiteral))


def spoken() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]


def add(graph: Graph, subject: Node, predicate: URIRef, value: Node) -> None:
    graph.add((subject, predicate, value))


def say(graph: Graph, subject: Node, predicate: URIRef, text: str, language: str) -> None:
    if text:
        graph.add((subject, predicate, Literal(text, lang=language)))
