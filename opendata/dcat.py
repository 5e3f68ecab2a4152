"""The catalogue for machines: DCAT-AP 3 as Turtle, JSON-LD and RDF/XML, for data portals to harvest.

Closed layers are not in it, whoever asks: it is one document for everybody. What nobody has stated (a licence, a contact) is left
out, never made up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from gis_data.map_layers import the_city
from gis_data.models import City
from gis_data.names import in_language
from layers.declaration import MapLayer
from layers.exports import FORMATS
from layers.grid import Box
from layers.one_answer import one_answer
from opendata import links
from opendata.datasets import extent

#: How long portals may keep it, in seconds.
KEPT_S: Final = 300
_EU: Final = "http://publications.europa.eu/resource/authority/"
_GEOSPARQL: Final = Namespace("http://www.opengis.net/ont/geosparql#")
_LOCN: Final = Namespace("http://www.w3.org/ns/locn#")
_DCATAP: Final = Namespace("http://data.europa.eu/r5r/")
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_LANGUAGES: Final = {"en": "ENG", "ru": "RUS", "fi": "FIN", "sv": "SWE", "de": "DEU", "fr": "FRA", "es": "SPA"}
#: EU file types where the authority has them.
_FILE_TYPES: Final = {"csv": "CSV", "geojson": "GEOJSON", "gpkg": "GPKG"}
_WRITTEN: Final = {
    "ttl": ("turtle", "text/turtle; charset=utf-8"),
    "jsonld": ("json-ld", "application/ld+json"),
    "rdf": ("pretty-xml", "application/rdf+xml"),
}
_FEATURES: Final = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
_TILEJSON: Final = "https://github.com/mapbox/tilejson-spec/tree/master/3.0.0"
Address = Callable[[str], str]


@require_safe
@one_answer()
def catalog(request: HttpRequest, layers: Sequence[MapLayer], suffix: str) -> HttpResponse:
    """The catalogue in one of three notations; 304 for who has it."""
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
        ("gsp", _GEOSPARQL),
        ("locn", _LOCN),
        ("dcatap", _DCATAP),
    ):
        graph.bind(prefix, namespace)
    city = the_city()
    page = address(reverse("data"))
    whole, publisher = URIRef(f"{page}#catalogue"), _publisher(graph, city, address)
    _add(graph, whole, RDF.type, DCAT.Catalog)
    for language in _spoken():
        with translation.override(language):
            name = in_language(city.names) if city else "CityMap"
            _say(graph, whole, DCTERMS.title, translation.gettext("Open data of %(city)s") % {"city": name}, language)
            _say(graph, whole, DCTERMS.description, translation.gettext("What is on the city's map, as open data."), language)
        if code := _LANGUAGES.get(language):
            _add(graph, whole, DCTERMS.language, URIRef(f"{_EU}language/{code}"))
    _add(graph, whole, DCTERMS.publisher, publisher)
    _add(graph, whole, FOAF.homepage, URIRef(page))
    _add(graph, whole, DCAT.themeTaxonomy, URIRef(f"{_EU}data-theme"))
    if city:
        _cover(graph, whole, city.bounds.extent)
    moments = [_data_set(graph, whole, layer, publisher, address) for layer in layers]
    if known := [moment for moment in moments if moment]:
        _add(graph, whole, DCTERMS.modified, max(known))
    return graph


def _publisher(graph: Graph, city: City | None, address: Address) -> URIRef:
    publisher = _publisher_of(address)
    _add(graph, publisher, RDF.type, FOAF.Agent)
    for language, name in (city.names if city else {"en": "CityMap"}).items():
        _say(graph, publisher, FOAF.name, name, language)
    return publisher


def _publisher_of(address: Address) -> URIRef:
    return URIRef(f"{address(reverse('data'))}#publisher")


def _data_set(graph: Graph, whole: URIRef, layer: MapLayer, publisher: URIRef, address: Address) -> Literal | None:
    """Describe a layer and return when it last changed."""
    page = URIRef(address(reverse("data-set", kwargs={"name": layer.name})))
    node = URIRef(f"{page}#dataset")
    _add(graph, whole, DCAT.dataset, node)
    _add(graph, node, RDF.type, DCAT.Dataset)
    _name(graph, node, layer)
    for predicate, value in (
        (DCTERMS.identifier, Literal(layer.name)),
        (DCTERMS.publisher, publisher),
        (DCAT.landingPage, page),
        (DCAT.theme, URIRef(f"{_EU}data-theme/REGI")),
        (DCTERMS.accessRights, URIRef(f"{_EU}access-right/PUBLIC")),
    ):
        _add(graph, node, predicate, value)
    if box := layer.bounds():
        _cover(graph, node, box)
    changed = extent(layer).changed
    moment = Literal(changed.isoformat(), datatype=XSD.dateTime) if changed else None
    if moment:
        _add(graph, node, DCTERMS.modified, moment)
    if layer.fresh_seconds <= 1:
        _add(graph, node, DCTERMS.accrualPeriodicity, URIRef(f"{_EU}frequency/CONT"))
    _distributions(graph, node, layer, page, address)
    _services(graph, whole, node, layer, address)
    return moment


def _distributions(graph: Graph, node: URIRef, layer: MapLayer, page: URIRef, address: Address) -> None:
    licence, rights = _licence(graph, layer, page), _rights(graph, layer, page)
    media_types = {one.suffix: one.media_type.partition(";")[0] for one in FORMATS}
    for file in links.downloads(layer):
        given = URIRef(f"{page}#{file.suffix}")
        _add(graph, node, DCAT.distribution, given)
        _add(graph, given, RDF.type, DCAT.Distribution)
        _say(graph, given, DCTERMS.title, file.title, "en")
        _add(graph, given, DCAT.accessURL, page)
        _add(graph, given, DCAT.downloadURL, URIRef(address(file.address)))
        _add(graph, given, DCAT.mediaType, URIRef(_IANA + media_types[file.suffix]))
        if file.suffix in _FILE_TYPES:
            _add(graph, given, DCTERMS["format"], URIRef(f"{_EU}file-type/{_FILE_TYPES[file.suffix]}"))
        if licence:
            _add(graph, given, DCTERMS.license, licence)
        if rights:
            _add(graph, given, DCTERMS.rights, rights)
    for language in _spoken():
        with translation.override(language):
            for file in links.downloads(layer):
                _say(graph, URIRef(f"{page}#{file.suffix}"), DCTERMS.description, file.note, language)


def _services(graph: Graph, whole: URIRef, node: URIRef, layer: MapLayer, address: Address) -> None:
    for title, path, description, standard in (
        ("Vector tiles", links.tiles(layer), links.tiles(layer), _TILEJSON),
        ("OGC API – Features", links.collection(layer), reverse("ogc-api"), _FEATURES),
    ):
        if path:
            service = URIRef(f"{address(path)}#service")
            _add(graph, whole, DCAT.service, service)
            _add(graph, service, RDF.type, DCAT.DataService)
            _say(graph, service, DCTERMS.title, f"{title}: {layer.name}", "en")
            _add(graph, service, DCAT.endpointURL, URIRef(address(path)))
            _add(graph, service, DCAT.endpointDescription, URIRef(address(description)))
            _add(graph, service, DCTERMS.publisher, _publisher_of(address))
            _add(graph, service, DCAT.theme, URIRef(f"{_EU}data-theme/REGI"))
            _add(graph, service, DCAT.servesDataset, node)
            _add(graph, service, DCTERMS.conformsTo, URIRef(standard))


def _name(graph: Graph, node: URIRef, layer: MapLayer) -> None:
    for language in _spoken():
        with translation.override(language):
            _say(graph, node, DCTERMS.title, str(layer.title), language)
            _say(graph, node, DCTERMS.description, str(layer.description or layer.title), language)


def _licence(graph: Graph, layer: MapLayer, page: URIRef) -> URIRef | None:
    licence = layer.licence("en")
    if licence is None:
        return None
    terms = URIRef(licence.url or f"{page}#licence")
    _add(graph, terms, RDF.type, DCTERMS.LicenseDocument)
    _add(graph, terms, RDFS.label, Literal(licence.title))
    return terms


def _rights(graph: Graph, layer: MapLayer, page: URIRef) -> URIRef | None:
    """Who is to be named, as the city's pack says."""
    statement = URIRef(f"{page}#credits")
    for language in _spoken():
        if sentences := layer.attribution(language):
            _add(graph, statement, RDF.type, DCTERMS.RightsStatement)
            _say(graph, statement, RDFS.label, " · ".join(sentences), language)
    return statement if (statement, None, None) in graph else None


def _cover(graph: Graph, node: URIRef, box: Box) -> None:
    west, south, east, north = box
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    place = BNode()
    _add(graph, node, DCTERMS.spatial, place)
    _add(graph, place, RDF.type, DCTERMS.Location)
    shape = "POLYGON((" + ", ".join(f"{lon:.7g} {lat:.7g}" for lon, lat in corners) + "))"
    _add(graph, place, DCAT.bbox, Literal(shape, datatype=_GEOSPARQL.wktLiteral))


def _spoken() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]


def _add(graph: Graph, subject: Node, predicate: URIRef, value: Node) -> None:
    graph.add((subject, predicate, value))


def _say(graph: Graph, subject: Node, predicate: URIRef, text: str, language: str) -> None:
    if text:
        graph.add((subject, predicate, Literal(text, lang=language)))


def _said(graph: Graph) -> str:
    """The statements without the names of blank nodes, in order."""
    return "\n".join(sorted(" ".join("_" if isinstance(term, BNode) else term.n3() for term in triple) for triple in graph))
