"""The addresses at which a layer is given, door by door. A door that this installation does not have is left out."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from layers.declaration import MapLayer
from layers.exports import FORMATS
from opendata.datasets import Download, Link


def downloads(layer: MapLayer, query: str = "") -> list[Download]:
    """Return the files of a layer, the most common first."""
    about = {
        "csv": ("CSV", _("A table for spreadsheets and programs, the place in columns of its own.")),
        "geojson": ("GeoJSON", _("For web maps and most programs; the place as a shape.")),
        "gpkg": ("GeoPackage", _("One file for QGIS, ArcGIS and databases, with an index; a broken download can go on.")),
        "fgb": ("FlatGeobuf", _("A compact file with an index, also read in parts over the web; a broken download can go on.")),
    }
    return [
        Download(one.suffix, *about[one.suffix], one.media_type, address)
        for one in FORMATS
        if (address := _address("data-download", query, name=layer.name, suffix=one.suffix))
    ]


def doors(layer: MapLayer, query: str = "") -> list[Link]:
    """Return the other ways to the same rows."""
    ways = [
        Link(_("What the columns mean"), _("for machines, CSV on the Web"), _address("data-columns", query, name=layer.name)),
        Link(_("Vector tiles"), _("TileJSON; for maps on the web"), tiles(layer, query)),
        Link(_("OGC API – Features"), _("for QGIS and GIS programs: ask for parts, page by page"), collection(layer)),
        Link(_("News feed"), _("Atom: what is new and what has changed, newest first"), feed(layer)),
        Link("REST", _("for apps and sites: single things and small pages, as GeoJSON"), rest(layer, query)),
        Link(_("All of this for programs"), _("every address with its parameters, also as OpenAPI 3.0"), _address("api-docs")),
    ]
    return [way for way in ways if way.address]


def tiles(layer: MapLayer, query: str = "") -> str:
    """Return the address that describes the layer's tiles; '' where there is none."""
    return _address("tilejson", query, name=layer.name)


def collection(layer: MapLayer) -> str:
    """Return the address of the layer in OGC API – Features; '' where there is none."""
    return _address("ogc-collection", name=layer.name)


def feed(layer: MapLayer) -> str:
    """Return the address of the layer's feed; '' where there is none. It needs to know when things came and changed."""
    return _address("feed", name=layer.name) if layer.created and layer.updated else ""


def rest(layer: MapLayer, query: str = "") -> str:
    """Return the address of the layer in REST; '' for a layer with a permission, for nobody is asked there who they are."""
    return "" if layer.permission else _address("api-things", query, name=layer.name)


def _address(route: str, query: str = "", **arguments: str) -> str:
    try:
        address = reverse(route, kwargs=arguments)
    except NoReverseMatch:
        return ""
    return f"{address}?{query}" if query else address
