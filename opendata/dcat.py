"""The catalogue for machines: DCAT-AP 3 as Turtle, JSON-LD and RDF/XML, for data portals to harvest.

Closed layers are not in it, whoever asks: it is one document for everybody. What nobody has stated (a licence, a contact) is left
out, never made up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, XSD, BNode, Graph, Literal, Namespace, URIRef

from gis_data.map_layers import the_city
from gis_data.models import City
from gis_data.names import in_language
from layers.declaration import MapLayer
from layers.doors import read_only, require_known
from layers.exports import FORMATS
from layers.one_answer import one_answer
from opendata import dcat_publications, links
from opendata.datasets import extent
from opendata.dcat_graph import EU, FILE_TYPES, GEOSPARQL, IANA, Address, add, cover, say, spoken

#: How long portals may keep it, in seconds.
KEPT_S: Final = 300
_LOCN: Final = Namespace("http://www.w3.org/ns/locn#")
_DCATAP: Final = Namespace("http://data.europa.eu/r5r/")
_LANGUAGES: Final = {"en": "ENG", "ru": "RUS", "fi": "FIN", "sv": "SWE", "de": "DEU", "fr": "FRA", "es": "SPA"}
_WRITTEN: Final = {
    "ttl": ("turtle", "text/turtle; charset=utf-8"),
    "jsonld": ("json-ld", "application/ld+json"),
    "rdf": ("pretty-xml", "application/rdf+xml"),
}
_FEATURES: Final = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
_TILEJSON: Final = "https://github.com/mapbox/tilejson-spec/tree/master/3.0.0"


@read_only
@one_answer()
def catalog(request: HttpRequest, layers: Sequence[MapLayer], suffix: str) -> HttpResponse:
    """The catalogue in one of three notations; 304 for who has it. It is in all languages at once and takes no parameter."""
    require_known(request)
    notation, media_type = _WRITTEN[suffix]
    graph = build([layer for layer in layers if layer.key and not layer.permission], request.build_absolute_uri)
    data = graph.serialize(format=notation, encoding="utf-8")
    # Names of blank nodes differ each time, so what tells two catalogues apart is what they say.
    etag = f'W/"{hashlib.blake2b(_said(graph).encode(), digest_size=12).hexdigest()}"'
    whole = HttpResponse(data, content_type=media_type)
    response = get_conditional_response(request, etag=etag, response=whole) or whole
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={KEPT_S}"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def build(layers: Sequence[MapLayer], address: Address) -> Graph:
    """Return the catalogue as a graph; ``address`` makes a path an absolute address. A query a layer, and one for the city."""
    graph = Graph()
    for prefix, namespace in (
        ("dcat", DCAT),
        ("dct", DCTERMS),
        ("foaf", FOAF),
        ("gsp", GEOSPARQL),
        ("locn", _LOCN),
        ("dcatap", _DCATAP),
    ):
        graph.bind(prefix, namespace)
    city = the_city()
    page = address(reverse("data"))
    whole, publisher = URIRef(f"{page}#catalogue"), _publisher(graph, city, address)
    add(graph, whole, RDF.type, DCAT.Catalog)
    for language in spoken():
        with translation.override(language):
            name = in_language(city.names) if city else "CityMap"
            say(graph, whole, DCTERMS.title, translation.gettext("Open data of %(city)s") % {"city": name}, language)
            say(graph, whole, DCTERMS.description, translation.gettext("What is on the city's map, as open data."), language)
        if code := _LANGUAGES.get(language):
            add(graph, whole, DCTERMS.language, URIRef(f"{EU}language/{code}"))
    add(graph, whole, DCTERMS.publisher, publisher)
    add(graph, whole, FOAF.homepage, URIRef(page))
    add(graph, whole, DCAT.themeTaxonomy, URIRef(f"{EU}data-theme"))
    if city:
        cover(graph, whole, city.bounds.extent)
    moments = [_data_set(graph, whole, layer, publisher, address) for layer in layers]
    dcat_publications.describe(graph, whole, publisher, address)
    if known := [moment for moment in moments if moment]:
        add(graph, whole, DCTERMS.modified, max(known))
    return graph


def _publisher(graph: Graph, city: City | None, address: Address) -> URIRef:
    publisher = _publisher_of(address)
    add(graph, publisher, RDF.type, FOAF.Agent)
    for language, name in (city.names if city else {"en": "CityMap"}).items():
        say(graph, publisher, FOAF.name, name, language)
    return publisher


def _publisher_of(address: Address) -> URIRef:
    return URIRef(f"{address(reverse('data'))}#publisher")


def _data_set(graph: Graph, whole: URIRef, layer: MapLayer, publisher: URIRef, address: Address) -> Literal | None:
    """Describe a layer and return when it last changed."""
    page = URIRef(address(reverse("data-set", kwargs={"name": layer.name})))
    node = URIRef(f"{page}#dataset")
    add(graph, whole, DCAT.dataset, node)
    add(graph, node, RDF.type, DCAT.Dataset)
    _name(graph, node, layer)
    for predicate, value in (
        (DCTERMS.identifier, Literal(layer.name)),
        (DCTERMS.publisher, publisher),
        (DCAT.landingPage, page),
        (DCAT.theme, URIRef(f"{EU}data-theme/REGI")),
        (DCTERMS.accessRights, URIRef(f"{EU}access-right/PUBLIC")),
    ):
        add(graph, node, predicate, value)
    if box := layer.bounds():
        cover(graph, node, box)
    changed = extent(layer).changed
    moment = Literal(changed.isoformat(), datatype=XSD.dateTime) if changed else None
    if moment:
        add(graph, node, DCTERMS.modified, moment)
    if layer.fresh_seconds <= 1:
        add(graph, node, DCTERMS.accrualPeriodicity, URIRef(f"{EU}frequency/CONT"))
    _distributions(graph, node, layer, page, address)
    _services(graph, whole, node, layer, address)
    return moment


def _distributions(graph: Graph, node: URIRef, layer: MapLayer, page: URIRef, address: Address) -> None:
    licence, rights = _licence(graph, layer, page), _rights(graph, layer, page)
    media_types = {one.suffix: one.media_type.partition(";")[0] for one in FORMATS}
    for file in links.downloads(layer):
        given = URIRef(f"{page}#{file.suffix}")
        add(graph, node, DCAT.distribution, given)
        add(graph, given, RDF.type, DCAT.Distribution)
        say(graph, given, DCTERMS.title, file.title, "en")
        add(graph, given, DCAT.accessURL, page)
        add(graph, given, DCAT.downloadURL, URIRef(address(file.address)))
        add(graph, given, DCAT.mediaType, URIRef(IANA + media_types[file.suffix]))
        if file.suffix in FILE_TYPES:
            add(graph, given, DCTERMS["format"], URIRef(f"{EU}file-type/{FILE_TYPES[file.suffix]}"))
        if licence:
            add(graph, given, DCTERMS.license, licence)
        if rights:
            add(graph, given, DCTERMS.rights, rights)
    for language in spoken():
        with translation.override(language):
            for file in links.downloads(layer):
                say(graph, URIRef(f"{page}#{file.suffix}"), DCTERMS.description, file.note, language)


def _services(graph: Graph, whole: URIRef, node: URIRef, layer: MapLayer, address: Address) -> None:
    for title, path, description, standard in (
        ("Vector tiles", links.tiles(layer), links.tiles(layer), _TILEJSON),
        ("OGC API – Features", links.collection(layer), reverse("ogc-api"), _FEATURES),
    ):
        if path:
            service = URIRef(f"{address(path)}#service")
            add(graph, whole, DCAT.service, service)
            add(graph, service, RDF.type, DCAT.DataService)
            say(graph, service, DCTERMS.title, f"{title}: {layer.name}", "en")
            add(graph, service, DCAT.endpointURL, URIRef(address(path)))
            add(graph, service, DCAT.endpointDescription, URIRef(address(description)))
            add(graph, service, DCTERMS.publisher, _publisher_of(address))
            add(graph, service, DCAT.theme, URIRef(f"{EU}data-theme/REGI"))
            add(graph, service, DCAT.servesDataset, node)
            add(graph, service, DCTERMS.conformsTo, URIRef(standard))


def _name(graph: Graph, node: URIRef, layer: MapLayer) -> None:
    for language in spoken():
        with translation.override(language):
            say(graph, node, DCTERMS.title, str(layer.title), language)
            say(graph, node, DCTERMS.description, str(layer.description or layer.title), language)


def _licence(graph: Graph, layer: MapLayer, page: URIRef) -> URIRef | None:
    licence = layer.licence("en")
    if licence is None:
        return None
    terms = URIRef(licence.url or f"{page}#licence")
    add(graph, terms, RDF.type, DCTERMS.LicenseDocument)
    add(graph, terms, RDFS.label, Literal(licence.title))
    return terms


def _rights(graph: Graph, layer: MapLayer, page: URIRef) -> URIRef | None:
    """Who is to be named, as the city's pack says."""
    statement = URIRef(f"{page}#credits")
    for language in spoken():
        if sentences := layer.attribution(language):
            add(graph, statement, RDF.type, DCTERMS.RightsStatement)
            say(graph, statement, RDFS.label, " · ".join(sentences), language)
    return statement if (statement, None, None) in graph else None


def _said(graph: Graph) -> str:
    """The statements without the names of blank nodes, in order."""
    return "\n".join(sorted(" ".join("_" if isinstance(term, BNode) else term.n3() for term in triple) for triple in graph))
